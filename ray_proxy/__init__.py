"""Ray-Proxy: remote Python objects that feel local.

``env = RemoteInterpreterFactory().create()`` starts an interpreter in a Ray cluster, ``env.put(obj)`` moves an
object there and returns a `Var`, which behaves as the object does.
"""

import importlib as _importlib
import sys as _sys
from importlib.metadata import PackageNotFoundError as _PackageNotFoundError, version as _version
from typing import TYPE_CHECKING, Any as _Any

# Doors, see docs/architecture.md: what is pickled by name must be found there, or it is pickled by value.
from . import definitions, exceptions, interface, pickling, replayer  # noqa: F401
from .doors import stand_behind as _stand_behind
from .errors import (
    AuthenticationError,
    BulkTransferError,
    CodeChangedWarning,
    CodeKeptWarning,
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
    ResourceError,
    SessionLostError,
    StaleVarError,
    VersionError,
)
from .logs.operations import Operation, operations
from .logs.reader import Log
from .logs.replaying import replay
from .logs.report import Difference, Report
from .session.bringing import LiveModule
from .tracebacks.lines import show_all_frames
from .tracebacks.showing import install as _install
from .var.core import attr
from .var.debugging import pm
from .var.gathering import as_completed, fetch, progress, ref, wait
from .var.interface import IRemoteInterpreter, Var
from .var.iteration import prefetch
from .var.state import state

try:
    __version__ = _version("ray-proxy")
except _PackageNotFoundError:  # used from a source tree that is not installed
    __version__ = "0"

__all__ = [
    "AuthenticationError",
    "BulkTransferError",
    "CodeChangedWarning",
    "CodeKeptWarning",
    "DeadlockError",
    "Difference",
    "IRemoteInterpreter",
    "InterpreterDiedError",
    "InterpreterNotFoundError",
    "LiveModule",
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
    "ResourceError",
    "Restored",
    "SessionLostError",
    "StaleVarError",
    "Var",
    "VersionError",
    "as_completed",
    "attr",
    "fetch",
    "operations",
    "pm",
    "prefetch",
    "progress",
    "ref",
    "replay",
    "show_all_frames",
    "state",
    "wait",
]

# Code that travels by value refers to these; so every release finds them.
_stand_behind(__name__, IRemoteInterpreter, Log, Operation)
_stand_behind(__name__, as_completed, attr, fetch, operations, pm, prefetch, progress, ref, replay, state, wait)

if TYPE_CHECKING:
    from .cluster.factory import RemoteInterpreterFactory
    from .cluster.remote import RemoteInterpreter, Restored
else:
    # Ray takes half a second to import. Whoever only reads a log, or speaks the protocol, does not need it.
    _WITH_RAY = {"RemoteInterpreterFactory": "factory", "RemoteInterpreter": "remote", "Restored": "remote"}

    def __getattr__(name):
        if name not in _WITH_RAY:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        globals()[name] = found = getattr(_importlib.import_module(f"{__name__}.cluster.{_WITH_RAY[name]}"), name)
        return found

    def __dir__():
        return sorted({*globals(), *_WITH_RAY})


def load_ipython_extension(shell: _Any) -> None:
    """``%load_ext ray_proxy``, which `docs/notebook.md` tells of."""
    from .notebook import home

    home.load(shell)


def unload_ipython_extension(shell: _Any) -> None:
    """``%unload_ext ray_proxy``."""
    from .notebook import home

    home.unload(shell)


_install()
if "IPython" in _sys.modules:
    from .notebook import home as _home

    _home.settle_in()
