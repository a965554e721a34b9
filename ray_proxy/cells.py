"""Cells that run in interpreters, from Python: what ``%%remote`` does in a notebook.

A cell is text whose globals are the interpreter's named variables: what it assigns is there as ``env["name"]``, for
each client, and what a client sets by ``env["name"] = value`` is a global of its functions.
"""

from __future__ import annotations

import ast
import hashlib
import linecache
from typing import Any, NamedTuple

import ray

from .cluster.factory import RemoteInterpreterFactory
from .cluster.remote import RemoteInterpreter
from .errors import VersionError
from .var.core import wrap
from .var.gathering import wait
from .var.interface import IRemoteInterpreter, Var, handle_of

NAMESPACE = "ray_proxy"
"""The namespace of Ray in which `connect` looks for interpreters, where nothing else is said."""
_THERE = "ray_proxy.interpreter.cells"
_SINCE = 5
"""The minor version of the protocol with which cells came."""


class Entry(NamedTuple):
    """A named variable of an interpreter, in words."""

    name: str
    type: str
    size: str
    """The shape of an array or a frame, or the length; empty where it has none."""
    text: str
    """The first 80 characters of its `repr`."""


def connect(address: str | None = None, namespace: str | None = None) -> str:
    """Connect to Ray, where this process is not connected yet; gives words of what was done, empty for nothing.

    Without an address, that is the Ray which runs on this machine; where none does, one is started that ends with this
    process.

    Args:
        namespace: in which interpreters have their names; by default ``"ray_proxy"``.

    Raises:
        ConnectionError: nothing answers at that address.
    """
    if ray.is_initialized():
        return ""
    namespace = namespace or NAMESPACE
    try:
        ray.init(address=address or "auto", namespace=namespace, log_to_driver=False, logging_level="ERROR")
    except ConnectionError:
        if address is not None:
            raise
        ray.init(namespace=namespace, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
        return (
            f"ray_proxy: no Ray runs here, so one was started, which ends with this process (namespace {namespace!r}); "
            "`ray start --head` in a terminal starts one that stays"
        )
    return f"ray_proxy: connected to Ray at {ray.get_runtime_context().gcs_address}, namespace {namespace!r}"


def interpreter(name: str, **options: Any) -> RemoteInterpreter:
    """The interpreter of that name: the one that is there, or one that is created with these options, and stays until
    it is destroyed.

    Raises:
        ValueError: as for `RemoteInterpreterFactory.create`.
    """
    return RemoteInterpreterFactory().get_or_create(name, **{"lifetime": "detached", **options})


def run(env: IRemoteInterpreter, source: str, file: str | None = None) -> Var[Any] | None:
    """Run a cell in an interpreter, and wait for it.

    A function or class that it defines again takes the place of the live one, as after an edit of a module. ``await``
    may stand outside of functions. An interrupt here (Ctrl-C, the stop button) interrupts it there; what it has
    assigned until then stays.

    Args:
        file: what tracebacks call it; by default a name that says which text it is.

    Returns:
        The value of its last expression; None where it ends with something else, with a semicolon, or with None.

    Raises:
        SyntaxError: of its text. Then nothing is executed.
        VersionError: the interpreter runs a release that knows no cells.
        Exception: what the cell raises.
    """
    if file is None:
        file = file_of(source)
        linecache.cache[file] = len(source), None, source.splitlines(keepends=True), file
    has_result = gives_result(source, file)
    var = _call(env, "run", source, file)
    handle = handle_of(var)
    wait([var])
    handle.session.raise_failure(handle)
    if not has_result or (handle.is_known() and handle.value is None):
        return None
    return var


def file_of(source: str) -> str:
    """What tracebacks call a cell without a file: a name that tells its text from others, also from other clients'."""
    digest = hashlib.blake2b(source.encode(errors="surrogatepass"), digest_size=4).hexdigest()
    return f"<remote cell {digest}>"


def gives_result(source: str, file: str = "<remote cell>") -> bool:
    """Whether a cell ends with an expression, and no semicolon behind it. Raises `SyntaxError`."""
    tree = compile(source, file, "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, True)
    if not tree.body or not isinstance(tree.body[-1], ast.Expr):
        return False
    last = tree.body[-1]
    rest = "\n".join(source.splitlines()[(last.end_lineno or 1) - 1 :])
    after = rest.encode()[last.end_col_offset or 0 :].decode()
    return not after.lstrip().startswith(";")


def listing(env: IRemoteInterpreter) -> list[Entry]:
    """The named variables of an interpreter, told there in one trip. None of them is copied."""
    return [Entry(*told) for told in _call(env, "listing").fetch()]


def _call(env: IRemoteInterpreter, name: str, *args: object) -> Var[Any]:
    module = env.module(_THERE)
    session = handle_of(module).session
    if not session.speaks(_SINCE):
        raise VersionError(
            f"the interpreter {session.label()} runs a release of ray-proxy that knows no cells: install this one "
            "there (runtime_env={'pip': ['ray-proxy']}), and create another interpreter"
        )
    function = wrap(session.getattr(handle_of(module), name))
    var: Var[Any] = wrap(session.call(handle_of(function), args, {}))
    return var
