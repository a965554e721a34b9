"""Which streams travel, and how (`Streams`); who notices that a copy of one is written (`Copies`).

Knows nothing of the rest of the package.
"""

from __future__ import annotations

import _io
import _socket
import contextlib
import copyreg
import io
import sys
import types
from collections.abc import Callable
from typing import Any

IN_MEMORY: tuple[Any, ...] = (io.StringIO, io.BytesIO)
_FILES: tuple[type, ...] = (
    *(io.FileIO, io.TextIOWrapper, io.BufferedReader, io.BufferedWriter, io.BufferedRandom, io.BufferedRWPair),
)
_WAYS = ("__reduce__", "__reduce_ex__", "__getstate__")
AT_END = "it is at its end: nothing is left to read, and what is written to a copy of it does not come back"
OPEN = "it belongs to the process that has opened it"
_WRITTEN = (
    "a {} came as an argument and was written to: that was a copy, and the one that was given is as it was. Create it "
    "in the interpreter, with env.run(type), pass that Var, and fetch its getvalue()"
)


class Refusal(Exception):
    """Raised for a stream that shall not travel. Its text is the reason."""


class Streams:
    """How the streams inside one value travel.

    Open files and sockets belong to their process: there is no copy of them. Of a stream in memory there is one. In an
    argument that is refused where the stream is at its end: it is there to be written, and what is written to a copy
    is lost. A stream with something to read is copied, and marked so that the interpreter can find out whether it is
    written to (`Copies`).

    Args:
        argument: whether the value is one of a call.
    """

    def __init__(self, argument: bool) -> None:
        self._argument = argument
        pipes = sys.modules.get("multiprocessing.connection")  # costs too much to be imported for nothing
        self._sockets: tuple[type, ...] = (_socket.socket, *([] if pipes is None else [pipes.Connection]))
        outputs = (type(sys.stdout), type(sys.stderr))  # may be anything that has a `write`
        self.kinds: tuple[type, ...] = (_io._IOBase, types.MethodDescriptorType, *self._sockets, *outputs)
        """Whatever is of none of these types is no stream, and no mark of one."""
        self.at_end: list[Any] = []
        """Streams of a value that is no argument, which were copied at their end."""
        self._marks: list[Any] = []

    def reduce(self, stream: Any) -> Any:
        """As `pickle.Pickler.reducer_override`. Raises `Refusal`."""
        if type(stream) is types.MethodDescriptorType:
            # Under this name, by which no other value travels, it is a mark (`Copies.watching`), and nothing but a
            # method to releases that know no marks.
            return f"{stream.__objclass__.__name__}.__setstate__" if stream in self._marks else NotImplemented
        for name in ("stdout", "stderr"):  # stand for those of the other process, whatever they are here
            if stream is getattr(sys, name, None) or stream is getattr(sys, f"__{name}__", None):
                return getattr, (sys, name)
        for memory in IN_MEMORY:
            if issubclass(type(stream), memory):  # not `isinstance`, which asks the object
                return self._reduce_in_memory(stream, memory)
        for known, ways in ((_FILES, _WAYS), (self._sockets, _WAYS[:2])):  # a socket's `__getstate__` only raises
            if issubclass(type(stream), known) and not _has_own_way(type(stream), known, *ways):
                raise Refusal(OPEN)
        return NotImplemented

    def _reduce_in_memory(self, stream: Any, memory: Any) -> Any:
        kind: Any = type(stream)
        if _has_own_way(kind, (memory,), *_WAYS[:2]):
            return NotImplemented
        if memory.tell(stream) >= _length(stream, memory):  # a closed one raises here what its pickling would
            if self._argument:
                raise Refusal(AT_END)
            self.at_end.append(stream)
        elif self._argument and kind.__setstate__ is memory.__setstate__:
            self._marks.append(memory.__setstate__)  # which sets the state, as `pickle` does it without being told
            return (*stream.__reduce_ex__(5)[:3], None, None, memory.__setstate__)
        return NotImplemented


def _has_own_way(kind: type, known: tuple[type, ...], *names: str) -> bool:
    """Whether a type that is derived from a known one has a way of its own to be pickled."""
    own = kind.__mro__[: next(at for at, base in enumerate(kind.__mro__) if base in known)]
    return kind in copyreg.dispatch_table or any(name in vars(base) for base in own for name in names)


def _length(stream: Any, memory: Any) -> int:
    if memory is io.StringIO:
        return len(io.StringIO.getvalue(stream))
    with io.BytesIO.getbuffer(stream) as content:
        return content.nbytes


class Copies:
    """Streams that came in the arguments of one message."""

    def __init__(self) -> None:
        self.before: list[tuple[Any, Any, Any]] = []
        """Each with its type, and with what was in it."""

    def watching(self, module: str, name: str) -> Callable[[Any, Any], None] | None:
        """What to put into the place of a global of a pickle, where that is the mark of a stream; else None."""
        if module not in ("_io", "io") or not name.endswith("IO.__setstate__"):
            return None
        memory = next(memory for memory in IN_MEMORY if memory.__name__ == name.partition(".")[0])

        def set_state(stream: Any, state: Any) -> None:
            memory.__setstate__(stream, state)
            self.before.append((stream, memory, memory.getvalue(stream)))

        return set_state

    def written(self) -> str | None:
        """A warning, if one of them was written to since. None of them is watched any more."""
        before, self.before = self.before, []
        for stream, memory, content in before:
            with contextlib.suppress(ValueError):  # closed: then nobody can tell
                if memory.getvalue(stream) != content:
                    return _WRITTEN.format(type(stream).__qualname__)
        return None
