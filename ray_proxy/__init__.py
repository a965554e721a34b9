"""Ray-Proxy: remote Python objects that feel local.

``env = RemoteInterpreterFactory().create()`` starts an interpreter in a Ray cluster, ``env.put(obj)`` moves an
object there and returns a `Var`, which behaves as the object does.
"""

from importlib.metadata import PackageNotFoundError as _PackageNotFoundError, version as _version

# Doors, see docs/architecture.md: what is pickled by name must be found there, or it is pickled by value.
from . import actor, definitions, exceptions, factory, interface, mailbox, pickling, relay, replayer  # noqa: F401
from .cluster.factory import RemoteInterpreterFactory
from .cluster.remote import RemoteInterpreter, Restored
from .doors import stand_behind as _stand_behind
from .errors import (
    AuthenticationError,
    BulkTransferError,
    DeadlockError,
    InterpreterDiedError,
    InterpreterNotFoundError,
    LogError,
    NotPicklableError,
    ProtocolError,
    RayProxyError,
    RayProxyWarning,
    RemoteError,
    RemoteTraceback,
    SessionLostError,
    StaleVarError,
    VersionError,
)
from .logs.operations import Operation, operations
from .logs.reader import Log
from .logs.replaying import replay
from .logs.report import Difference, Report
from .var.core import attr
from .var.gathering import as_completed, fetch, ref, wait
from .var.interface import IRemoteInterpreter, Var
from .var.iteration import prefetch

try:
    __version__ = _version("ray-proxy")
except _PackageNotFoundError:  # used from a source tree that is not installed
    __version__ = "0"

__all__ = [
    "AuthenticationError",
    "BulkTransferError",
    "DeadlockError",
    "Difference",
    "IRemoteInterpreter",
    "InterpreterDiedError",
    "InterpreterNotFoundError",
    "Log",
    "LogError",
    "NotPicklableError",
    "Operation",
    "ProtocolError",
    "RayProxyError",
    "RayProxyWarning",
    "RemoteError",
    "RemoteInterpreter",
    "RemoteInterpreterFactory",
    "RemoteTraceback",
    "Report",
    "Restored",
    "SessionLostError",
    "StaleVarError",
    "Var",
    "VersionError",
    "as_completed",
    "attr",
    "fetch",
    "operations",
    "prefetch",
    "ref",
    "replay",
    "wait",
]

# Code that travels by value refers to these; so every release finds them.
_stand_behind(__name__, IRemoteInterpreter, RemoteInterpreter, RemoteInterpreterFactory, Restored, Log, Operation)
_stand_behind(__name__, as_completed, attr, fetch, operations, prefetch, ref, replay, wait)
