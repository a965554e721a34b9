"""What users hold: `Var`, and `IRemoteInterpreter`, the abstract base of every interpreter's local handle.

Each speaks of the other, so they stand in one file. Only the interface, so that code can be written and annotated
against it: `var` puts Python's data model into `Var`, and `env` implements the interpreter over a session.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Generator, Iterable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Generic, TextIO, TypeVar, cast, overload

from ..doors import stand_behind
from ..logs.writer import LIMIT
from ..session.bringing import LiveModule
from ..session.session import Handle

T_co = TypeVar("T_co", covariant=True)

if TYPE_CHECKING:
    from typing_extensions import Self

    # What a `Var[T]` has of T; `put` and `module`, which know the modules of an overlay.
    from ray_proxy_members import Interpreter as _Interpreter, Members as _Members
else:
    _Interpreter, _Members = object, Generic

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])
R = TypeVar("R")
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")
E = TypeVar("E")


class Var(_Members[T_co]):
    """The local handle of a remote variable whose value is a `T`.

    It behaves as the remote object does. Operations return a `Var` at once and are executed in order in the
    interpreter; what Python must know now (``bool(v)``, ``len(v)``, ``print(v)``, iteration, ``v in …``) waits.

    Only `fetch` and `env` are its own names; for a remote attribute of that name see `ray_proxy.attr`.
    """

    __slots__ = ("__weakref__", "_handle")

    def fetch(self, timeout: float | None = None, copy: bool = True) -> T_co:
        """The value, here.

        Args:
            timeout: seconds to wait; None waits for as long as it takes.
            copy: False gives the arrays of a large value as read-only views of Ray's object store.

        Raises:
            TimeoutError: no answer yet; nothing is cancelled. The next `fetch` waits for the same answer, if this
                process has done nothing in that interpreter meanwhile; it takes one that came up to 10 seconds ago.
            NotPicklableError: the value cannot travel.
            Exception: the error of the operation that should have made the value.
        """
        handle = handle_of(self)
        return cast(T_co, handle.session.fetch(handle, timeout, copy))

    @property
    def env(self) -> IRemoteInterpreter:
        """The interpreter in which the value lives."""
        return cast("IRemoteInterpreter", handle_of(self).session.env())

    if TYPE_CHECKING:

        def __await__(self) -> Generator[Any, None, T_co]: ...
        def __getattr__(self, name: str) -> Var[Any]: ...
        def __setattr__(self, name: str, value: Any) -> None: ...
        def __delattr__(self, name: str) -> None: ...


# The slot is taken out of the class, so that a remote attribute of that name is not shadowed.
_slot = Var.__dict__["_handle"]
handle_of: Callable[[Any], Handle] = _slot.__get__
set_handle: Callable[[Any, Handle], object] = _slot.__set__
del Var._handle  # type: ignore[attr-defined]
stand_behind("ray_proxy.var", Var)


class IRemoteInterpreter(ABC, _Interpreter):
    """A Python process that holds variables and executes operations on them.

    Operations are pipelined: they return a `Var` at once and are executed in order, in the interpreter, while
    this process goes on. An error is raised where a value is needed; with `eager`, where it happens.
    """

    @property
    @abstractmethod
    def id(self) -> str:
        """Unique among all interpreters of the cluster; the same in every process."""

    if not TYPE_CHECKING:  # the overlay has these, with what it knows of modules

        @abstractmethod
        def put(self, value: T, *, progress: bool = False) -> Var[T]:
            """A variable that holds a copy of a local value.

            A module arrives as that module; an `ObjectRef` as the value behind it, straight from Ray; a `Var`
            anywhere inside as the object that it stands for.

            Args:
                progress: show a bar of two steps: the value has left this process; it has arrived there. Waits for
                    that.

            Raises:
                NotPicklableError: the value cannot be pickled. Nothing was sent.
            """

        @abstractmethod
        def module(self, name: str) -> Var[Any]:
            """The module of that dotted name, imported there; it need not exist here.

            A missing one is a `ModuleNotFoundError` where the value is needed.
            """

        @abstractmethod
        def put_named(self, name: str, value: T) -> Var[T]:
            """As `put`; the interpreter keeps it under a name, for all clients, until `del_named`."""

    @overload
    def run(self, func: Var[Callable[[], Coroutine[Any, Any, R]]], args: tuple[()] = ()) -> Var[R]: ...

    @overload
    def run(self, func: Callable[[], Coroutine[Any, Any, R]], args: tuple[()] = ()) -> Var[R]: ...

    @overload
    def run(self, func: Var[Callable[[], R]], args: tuple[()] = ()) -> Var[R]: ...

    @overload
    def run(self, func: Callable[[], R], args: tuple[()] = ()) -> Var[R]: ...

    @overload
    def run(self, func: Var[Callable[[A], Coroutine[Any, Any, R]]], args: tuple[Var[A]]) -> Var[R]: ...

    @overload
    def run(self, func: Callable[[A], Coroutine[Any, Any, R]], args: tuple[Var[A]]) -> Var[R]: ...

    @overload
    def run(self, func: Var[Callable[[A], R]], args: tuple[Var[A]]) -> Var[R]: ...

    @overload
    def run(self, func: Callable[[A], R], args: tuple[Var[A]]) -> Var[R]: ...

    @overload
    def run(self, func: Var[Callable[[A], Coroutine[Any, Any, R]]], args: tuple[A | Var[A]]) -> Var[R]: ...

    @overload
    def run(self, func: Callable[[A], Coroutine[Any, Any, R]], args: tuple[A | Var[A]]) -> Var[R]: ...

    @overload
    def run(self, func: Var[Callable[[A], R]], args: tuple[A | Var[A]]) -> Var[R]: ...

    @overload
    def run(self, func: Callable[[A], R], args: tuple[A | Var[A]]) -> Var[R]: ...

    @overload
    def run(self, func: Var[Callable[[A, B], Coroutine[Any, Any, R]]], args: tuple[Var[A], Var[B]]) -> Var[R]: ...

    @overload
    def run(self, func: Callable[[A, B], Coroutine[Any, Any, R]], args: tuple[Var[A], Var[B]]) -> Var[R]: ...

    @overload
    def run(self, func: Var[Callable[[A, B], R]], args: tuple[Var[A], Var[B]]) -> Var[R]: ...

    @overload
    def run(self, func: Callable[[A, B], R], args: tuple[Var[A], Var[B]]) -> Var[R]: ...

    @overload
    def run(
        self, func: Var[Callable[[A, B], Coroutine[Any, Any, R]]], args: tuple[A | Var[A], B | Var[B]]
    ) -> Var[R]: ...

    @overload
    def run(self, func: Callable[[A, B], Coroutine[Any, Any, R]], args: tuple[A | Var[A], B | Var[B]]) -> Var[R]: ...

    @overload
    def run(self, func: Var[Callable[[A, B], R]], args: tuple[A | Var[A], B | Var[B]]) -> Var[R]: ...

    @overload
    def run(self, func: Callable[[A, B], R], args: tuple[A | Var[A], B | Var[B]]) -> Var[R]: ...

    @overload
    def run(
        self, func: Var[Callable[[A, B, C], Coroutine[Any, Any, R]]], args: tuple[Var[A], Var[B], Var[C]]
    ) -> Var[R]: ...

    @overload
    def run(self, func: Callable[[A, B, C], Coroutine[Any, Any, R]], args: tuple[Var[A], Var[B], Var[C]]) -> Var[R]: ...

    @overload
    def run(self, func: Var[Callable[[A, B, C], R]], args: tuple[Var[A], Var[B], Var[C]]) -> Var[R]: ...

    @overload
    def run(self, func: Callable[[A, B, C], R], args: tuple[Var[A], Var[B], Var[C]]) -> Var[R]: ...

    @overload
    def run(
        self, func: Var[Callable[[A, B, C], Coroutine[Any, Any, R]]], args: tuple[A | Var[A], B | Var[B], C | Var[C]]
    ) -> Var[R]: ...

    @overload
    def run(
        self, func: Callable[[A, B, C], Coroutine[Any, Any, R]], args: tuple[A | Var[A], B | Var[B], C | Var[C]]
    ) -> Var[R]: ...

    @overload
    def run(self, func: Var[Callable[[A, B, C], R]], args: tuple[A | Var[A], B | Var[B], C | Var[C]]) -> Var[R]: ...

    @overload
    def run(self, func: Callable[[A, B, C], R], args: tuple[A | Var[A], B | Var[B], C | Var[C]]) -> Var[R]: ...

    @overload
    def run(
        self, func: Var[Callable[[A, B, C, D], Coroutine[Any, Any, R]]], args: tuple[Var[A], Var[B], Var[C], Var[D]]
    ) -> Var[R]: ...

    @overload
    def run(
        self, func: Callable[[A, B, C, D], Coroutine[Any, Any, R]], args: tuple[Var[A], Var[B], Var[C], Var[D]]
    ) -> Var[R]: ...

    @overload
    def run(self, func: Var[Callable[[A, B, C, D], R]], args: tuple[Var[A], Var[B], Var[C], Var[D]]) -> Var[R]: ...

    @overload
    def run(self, func: Callable[[A, B, C, D], R], args: tuple[Var[A], Var[B], Var[C], Var[D]]) -> Var[R]: ...

    @overload
    def run(
        self,
        func: Var[Callable[[A, B, C, D], Coroutine[Any, Any, R]]],
        args: tuple[A | Var[A], B | Var[B], C | Var[C], D | Var[D]],
    ) -> Var[R]: ...

    @overload
    def run(
        self,
        func: Callable[[A, B, C, D], Coroutine[Any, Any, R]],
        args: tuple[A | Var[A], B | Var[B], C | Var[C], D | Var[D]],
    ) -> Var[R]: ...

    @overload
    def run(
        self, func: Var[Callable[[A, B, C, D], R]], args: tuple[A | Var[A], B | Var[B], C | Var[C], D | Var[D]]
    ) -> Var[R]: ...

    @overload
    def run(
        self, func: Callable[[A, B, C, D], R], args: tuple[A | Var[A], B | Var[B], C | Var[C], D | Var[D]]
    ) -> Var[R]: ...

    @overload
    def run(
        self,
        func: Var[Callable[[A, B, C, D, E], Coroutine[Any, Any, R]]],
        args: tuple[Var[A], Var[B], Var[C], Var[D], Var[E]],
    ) -> Var[R]: ...

    @overload
    def run(
        self,
        func: Callable[[A, B, C, D, E], Coroutine[Any, Any, R]],
        args: tuple[Var[A], Var[B], Var[C], Var[D], Var[E]],
    ) -> Var[R]: ...

    @overload
    def run(
        self, func: Var[Callable[[A, B, C, D, E], R]], args: tuple[Var[A], Var[B], Var[C], Var[D], Var[E]]
    ) -> Var[R]: ...

    @overload
    def run(
        self, func: Callable[[A, B, C, D, E], R], args: tuple[Var[A], Var[B], Var[C], Var[D], Var[E]]
    ) -> Var[R]: ...

    @overload
    def run(
        self,
        func: Var[Callable[[A, B, C, D, E], Coroutine[Any, Any, R]]],
        args: tuple[A | Var[A], B | Var[B], C | Var[C], D | Var[D], E | Var[E]],
    ) -> Var[R]: ...

    @overload
    def run(
        self,
        func: Callable[[A, B, C, D, E], Coroutine[Any, Any, R]],
        args: tuple[A | Var[A], B | Var[B], C | Var[C], D | Var[D], E | Var[E]],
    ) -> Var[R]: ...

    @overload
    def run(
        self,
        func: Var[Callable[[A, B, C, D, E], R]],
        args: tuple[A | Var[A], B | Var[B], C | Var[C], D | Var[D], E | Var[E]],
    ) -> Var[R]: ...

    @overload
    def run(
        self,
        func: Callable[[A, B, C, D, E], R],
        args: tuple[A | Var[A], B | Var[B], C | Var[C], D | Var[D], E | Var[E]],
    ) -> Var[R]: ...

    @overload
    def run(
        self, func: Var[Callable[..., Coroutine[Any, Any, R]]], args: Iterable[Any] = ..., *, kwargs: Mapping[str, Any]
    ) -> Var[R]: ...

    @overload
    def run(
        self, func: Var[Callable[..., Coroutine[Any, Any, R]]], args: Iterable[Any], kwargs: Mapping[str, Any]
    ) -> Var[R]: ...

    @overload
    def run(self, func: Var[Callable[..., Coroutine[Any, Any, R]]], args: list[Any]) -> Var[R]: ...

    @overload
    def run(
        self, func: Callable[..., Coroutine[Any, Any, R]], args: Iterable[Any] = ..., *, kwargs: Mapping[str, Any]
    ) -> Var[R]: ...

    @overload
    def run(
        self, func: Callable[..., Coroutine[Any, Any, R]], args: Iterable[Any], kwargs: Mapping[str, Any]
    ) -> Var[R]: ...

    @overload
    def run(self, func: Callable[..., Coroutine[Any, Any, R]], args: list[Any]) -> Var[R]: ...

    @overload
    def run(self, func: Var[Callable[..., R]], args: Iterable[Any] = ..., *, kwargs: Mapping[str, Any]) -> Var[R]: ...

    @overload
    def run(self, func: Var[Callable[..., R]], args: Iterable[Any], kwargs: Mapping[str, Any]) -> Var[R]: ...

    @overload
    def run(self, func: Var[Callable[..., R]], args: list[Any]) -> Var[R]: ...

    @overload
    def run(self, func: Callable[..., R], args: Iterable[Any] = ..., *, kwargs: Mapping[str, Any]) -> Var[R]: ...

    @overload
    def run(self, func: Callable[..., R], args: Iterable[Any], kwargs: Mapping[str, Any]) -> Var[R]: ...

    @overload
    def run(self, func: Callable[..., R], args: list[Any]) -> Var[R]: ...

    @abstractmethod
    def run(self, func: Any, args: Iterable[Any] = (), kwargs: Mapping[str, Any] | None = None) -> Any:
        """The `Var` of ``func(*args, **kwargs)``, called in the interpreter; a coroutine is run to its end there.

        An interpreter does one thing at a time, in the order in which it is asked.

        Args:
            func: a function of this process, or a Var.
            args: positional arguments, as a tuple or another iterable of this process.
            kwargs: keyword arguments.

        Raises:
            NotPicklableError: an argument cannot be pickled. Nothing was sent.
            TypeError: `args` or `kwargs` are not what they should be.
        """

    @abstractmethod
    def remote(self, func: F) -> Var[F]:
        """The function or class, moved there: its calls return `Var`. Also as a decorator."""

    @abstractmethod
    def get_named(self, name: str) -> Var[Any]:
        """The object of that name. A missing name is a `KeyError` where the value is needed."""

    @abstractmethod
    def del_named(self, name: str) -> None:
        """Forget a name; Vars of its object stay. A missing name is a `KeyError` at the next wait."""

    @abstractmethod
    def get_named_instances(self) -> dict[str, Var[Any]]:
        """All names with their objects."""

    @abstractmethod
    def instance_names(self) -> list[str]:
        """All names."""

    @abstractmethod
    def delete_unnamed_vars(self) -> None:
        """Drop all variables that this process has there, save those that have a name. Its Vars become stale."""

    @abstractmethod
    def __getitem__(self, name: str) -> Var[Any]:
        """As `get_named`."""

    @abstractmethod
    def __setitem__(self, name: str, value: object) -> None:
        """As `put_named`."""

    @abstractmethod
    def __delitem__(self, name: str) -> None:
        """As `del_named`."""

    @abstractmethod
    def __contains__(self, name: object) -> bool:
        """Whether there is a variable of that name. Waits."""

    @abstractmethod
    def status(self) -> dict[str, Any]:
        """What the interpreter does, answered also while user code runs.

        A dict with ``variables``, ``named``, ``leases`` (what is held for pickled Vars and for forked processes),
        ``clients`` and ``lost`` (those of them whose link is lost; all counts), ``busy`` (bool), ``doing`` (list[str]:
        what keeps it busy, and the lines of user code, innermost last), ``waits`` (list[str]: operations that wait for
        a lock, a queue or the like, while others go on), ``standstill`` (None; or, where others have waited for 5 s
        behind a call that stands in one place, a dict of its ``file``, ``line``, ``function``, of ``since``, in s
        since 1970, of ``computes``, whether it uses the processor, and of ``behind``, names of their sessions),
        ``code`` (list of dicts: what `code` gives as tuples), ``host`` (str) and ``pid`` (int).

        Raises:
            InterpreterDiedError: it has ended.
        """

    @abstractmethod
    def code(self, *, push: bool = False) -> list[LiveModule]:
        """The modules of project code that the interpreter has from its clients, in the order in which they came;
        answered also while user code runs.

        Args:
            push: first put the texts of this process in the place of those that are in force, also of newer ones, and
                wait until that is done. Modules that it has not named, here or in an interpreter, are not among them.

        Raises:
            SyntaxError, or whatever a text raises where it is applied: then all texts in force are as they were.
            InterpreterDiedError: it has ended.
        """

    @abstractmethod
    def get_host(self) -> str:
        """Name of the machine on which it runs."""

    @abstractmethod
    def interrupt(self) -> None:
        """Raise KeyboardInterrupt in the user code that runs there now, whosever it is; nothing where none runs.

        Its caller gets the KeyboardInterrupt. Ctrl-C in a wait does the same for the operations of that thread.
        """

    @abstractmethod
    def sync(self, timeout: float | None = None) -> None:
        """Wait until all that this process asked for is done.

        Args:
            timeout: seconds; None waits for as long as it takes.

        Raises:
            TimeoutError: it is not done yet; it goes on.
            Exception: the first error of this thread's operations that was not raised yet.
        """

    @overload
    def output(self, *, file: TextIO | None) -> AbstractContextManager[None]: ...
    @overload
    def output(self, *, since: float | datetime | timedelta) -> str: ...
    @abstractmethod
    def output(self, *, file: Any = ..., since: Any = None) -> Any:
        """What remote code writes to stdout and stderr: where it goes here, or what of it is kept there.

        Args:
            file: a text file; what code writes there for this process goes into it from now on. With None, it goes to
                `sys.stdout` and `sys.stderr`, as it does at first. ``with env.output(file=f):`` does that for a block.
            since: a time (seconds since 1970, or a `datetime`), or a `timedelta` before now. Gives what was written
                since then, for all clients, both streams as one text: the last megabyte of it.

        Raises:
            TypeError: `file` cannot be written to, or `since` is no time.
            InterpreterDiedError: it has ended (`since`).
        """

    @abstractmethod
    def eager(self) -> AbstractContextManager[None]:
        """A block in which every operation waits, and raises its error at once, as a local object would."""

    @abstractmethod
    def record(self, path: str | os.PathLike[str], *, limit: int = LIMIT) -> AbstractContextManager[None]:
        """A block in which all that this process asks for is recorded to a message log, with the answers.

        The log can be read, compared and executed again (`replay`). What a variable that was made before the block
        holds is not in it. For a recording of all clients, from the beginning, see `RemoteInterpreterFactory.create`.

        Args:
            path: a file of this machine, which must not exist yet.
            limit: bytes at which the recording stops, with a warning.

        Raises:
            LogError: the file exists or cannot be written, or this process records the interpreter already.
        """

    @abstractmethod
    def destroy(self) -> None:
        """End the interpreter's process at once, for all clients. Its variables, and work not done, are gone."""

    def __enter__(self) -> Self:
        """``with rif.create() as env:`` gives the interpreter for the time of the block."""
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        """Wait for what was asked for, raise what `sync` raises, and destroy the interpreter in any case.

        A block that is left by an error does not wait.
        """
        try:
            if error is None:
                self.sync()
        finally:
            self.destroy()
