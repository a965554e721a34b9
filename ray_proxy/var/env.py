"""`SessionInterpreter`: the interpreter as users see it, over a session with any channel.

What only a process placed by Ray has (its life, its control connection) is added by the layer above.
"""

from __future__ import annotations

import inspect
import math
import os
import sys
import time
import weakref
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from types import FunctionType
from typing import TYPE_CHECKING, Any

from ..logs.writer import LIMIT
from ..session.bringing import LiveModule
from ..session.printing import printer
from ..session.session import Session
from ..values.codec import shown
from ..values.definitions import ABSENT
from ..values.pickler import Binding
from . import looks
from .bar import bar_of
from .core import operand, wrap
from .interface import F, IRemoteInterpreter, Var, handle_of


class SessionInterpreter(IRemoteInterpreter):
    """Everything of an interpreter that is a matter of messages."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def run(self, func: Any, args: Iterable[Any] = (), kwargs: Mapping[str, Any] | None = None) -> Any:
        if isinstance(args, (Var, str, bytes)) or not isinstance(args, Iterable):
            raise TypeError(
                f"args is a tuple of arguments, not a {type(args).__qualname__}: env.run(f, (x,)), or env.remote(f)(x)"
            )
        if isinstance(kwargs, Var) or not isinstance(kwargs or {}, Mapping):
            raise TypeError(f"kwargs is a mapping of this process, not a {type(kwargs).__qualname__}: {shown(kwargs)}")
        held = tuple(args)  # Vars that an iterator makes live until the call is on its way
        given = [operand(argument) for argument in held]
        named = {name: operand(argument) for name, argument in (kwargs or {}).items()}
        return wrap(self.session.call(operand(func), given, named))

    def remote(self, func: F) -> Var[F]:
        var: Var[F] = wrap(self.session.put(operand(func), _binding(func)))
        _remember(var, func)
        if type(func) in (FunctionType, type):
            looks.sent_from_here(handle_of(var), func)
        return var

    if not TYPE_CHECKING:  # see the interface

        def put(self, value, *, progress=False):
            if not progress:
                return wrap(self.session.put(operand(value)))
            with bar_of(2, True, "put") as bar:
                handle = self.session.put(operand(value))
                self.session.flush()
                bar.update()
                self.session.wait(handle.id)
                bar.update()
            return wrap(handle)

        def put_named(self, name, value):
            _check_name(name)
            handle = self.session.put(operand(value))
            self.session.set_named(name, handle)
            return wrap(handle)

        def module(self, name):
            return wrap(self.session.module(name))

    def get_named(self, name: str) -> Var[Any]:
        return wrap(self.session.get_named(_check_name(name)))

    def del_named(self, name: str) -> None:
        self.session.del_named(_check_name(name))

    def get_named_instances(self) -> dict[str, Var[Any]]:
        return {name: self.get_named(name) for name in self.instance_names()}

    def instance_names(self) -> list[str]:
        return self.session.names()

    def delete_unnamed_vars(self) -> None:
        self.session.clear()

    def __getitem__(self, name: str) -> Var[Any]:
        return self.get_named(name)

    def __setitem__(self, name: str, value: object) -> None:
        self.put_named(name, value)

    def __delitem__(self, name: str) -> None:
        self.del_named(name)

    def __contains__(self, name: object) -> bool:
        return name in self.instance_names()

    def __iter__(self) -> Any:
        return iter(self.instance_names())

    def sync(self, timeout: float | None = None) -> None:
        self.session.sync(timeout)

    def code(self, *, push: bool = False) -> list[LiveModule]:
        if push:
            self.session.push_code()
            self.session.raise_pending()
        listed = self.status().get("code", ())
        return [LiveModule(**{name: told.get(name) for name in LiveModule._fields}) for told in listed]

    def output(self, *, file: Any = ABSENT, since: float | datetime | timedelta | None = None) -> Any:
        if since is not None:
            if file is not ABSENT:
                raise TypeError("env.output takes file= or since=, not both")
            pieces = self._written(_epoch(since))
            return b"".join(data for _, data in pieces).decode("utf-8", "replace")
        if file is ABSENT:
            raise TypeError("env.output needs file=, where output shall go, or since=, from when on it is told")
        if file is not None:
            try:
                file.write("")
            except Exception as error:
                raise TypeError(f"file is a text file that is open for writing, or None, not {shown(file)}") from error
        return _Redirected(self.session, file)

    def _written(self, since: float) -> list[tuple[int, bytes]]:
        return []  # in the same process it is this process's own

    def eager(self) -> AbstractContextManager[None]:
        return self.session.eagerly()

    def record(self, path: str | os.PathLike[str], *, limit: int = LIMIT) -> AbstractContextManager[None]:
        return _Recording(self.session, os.path.abspath(path), limit)


class _Redirected(AbstractContextManager[None]):
    """What `output(file=…)` gives: output goes there from now on, or to the end of the block."""

    def __init__(self, session: Session, file: Any) -> None:
        self._outputs = session.outputs
        printer.show()
        self._before = self._outputs.file
        self._outputs.file = file

    def __exit__(self, *error: object) -> None:
        printer.show()
        self._outputs.file = self._before


def _epoch(since: float | datetime | timedelta) -> float:
    """A time in seconds since 1970."""
    if isinstance(since, timedelta):
        return time.time() - since.total_seconds()
    if isinstance(since, datetime):
        return since.timestamp()
    if isinstance(since, (int, float)) and math.isfinite(since):
        return float(since)
    raise TypeError(f"since is a time (time.time(), a datetime), or a timedelta before now, not {shown(since)}")


class _Recording(AbstractContextManager[None]):
    """The block of `record`."""

    def __init__(self, session: Session, path: str, limit: int) -> None:
        self._session, self._path, self._limit = session, path, limit

    def __enter__(self) -> None:
        self._session.begin_recording(self._path, self._limit)

    def __exit__(self, *error: object) -> None:
        self._session.end_recording()


def _check_name(name: object) -> str:
    if not isinstance(name, str):
        raise TypeError(f"the name of a variable is a str, not a {type(name).__qualname__}: {shown(name)}")
    return name


_remotes: dict[int, tuple[weakref.ref[Any], tuple[str, str]]] = {}
"""By id, the Vars that `remote` has made, with module and name of the function or class."""


def _remember(var: Any, definition: Any) -> None:
    key = id(var)
    _remotes[key] = weakref.ref(var, lambda _: _remotes.pop(key, None)), _called(definition)


def _called(definition: Any) -> tuple[str, str]:
    return str(getattr(definition, "__module__", "")), str(getattr(definition, "__qualname__", ""))


def _binding(definition: Any) -> Binding | None:
    """How a function or class is found by its name where it is going, if it has one.

    A name that stands for something else here is left alone.
    """
    if type(definition) is Var:
        return None
    function = inspect.unwrap(definition) if hasattr(definition, "__wrapped__") else definition
    name, called = getattr(definition, "__name__", None), _called(definition)
    if not isinstance(name, str) or not name.isidentifier() or not isinstance(function, (FunctionType, type)):
        return None

    def is_replaced(value: object) -> bool:
        made = _remotes.get(id(value))
        return made is not None and made[0]() is value and made[1] == called

    globals: dict[str, Any] | None = None
    if called[1] == name:  # it is no function or class inside another
        globals = function.__globals__ if isinstance(function, FunctionType) else _globals_of(function)
        value = ABSENT if globals is None else globals.get(name, ABSENT)
        if value is not ABSENT and not is_replaced(value):
            globals = None
    return Binding(definition, name, globals, is_replaced)


def _globals_of(kind: type) -> dict[str, Any] | None:
    module = sys.modules.get(kind.__module__)
    return None if module is None else vars(module)
