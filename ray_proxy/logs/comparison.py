"""Compares answers of a replay with the recorded ones, and tells the differences."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from .. import protocol
from ..errors import BulkTransferError, printable
from ..protocol import Applied, Bulk, Bytes, Error, Items, Pickled, Ref, Reply
from ..values.codec import Codec
from ..values.definitions import Definitions
from .operations import STALE, UNTOLD, Operation, operations_of, outcomes
from .records import Left, digest
from .replayer import Replayed, Replayer
from .report import Difference
from .sameness import EXACT, Tolerance, masked, on_cpu, same, same_types
from .text import shorten, show
from .volatile import Volatile

_BULK = f"{BulkTransferError.__module__}.{BulkTransferError.__qualname__}"


class Comparison:
    def __init__(
        self, replayer: Replayer, volatile: Sequence[str], by_type: bool, tolerance: Tolerance = EXACT
    ) -> None:
        self._replayer = replayer
        self._by_type = by_type
        self._tolerance = tolerance
        self._volatile = Volatile(volatile) if volatile else None
        self._unsettled: dict[str, tuple[Operation, Bulk]] = {}
        """By their recorded tokens, bulk results of which no digest is recorded yet, and what they are now."""
        self.unknown: int = 0
        """Operations that need what was made before the recording began."""
        self._unnamed: set[tuple[str, int, int]] = set()
        """Where names were asked for that had been given before."""

    def unmatched(self) -> list[str]:
        """Marks that no operation has matched."""
        return [] if self._volatile is None else self._volatile.unmatched()

    def _is_unknown(self, operation: Operation, error: Error | None) -> bool:
        """Whether an operation fails only because its session, or the interpreter, had begun before the recording."""
        if error is None or operation.error is not None or operation.client not in self._replayer.frames.late:
            return False
        place = (error.session, error.frame, error.message)
        if isinstance(operation.message, (protocol.GetNamed, protocol.DelNamed)) and error.type_name == "KeyError":
            self._unnamed.add(place)
        return error.type_name == STALE or place in self._unnamed

    def differences(self, replayed: Replayed) -> Iterator[Difference]:
        step, now = replayed
        if self._volatile is None and _is_same(step.answer, now):
            return
        values, errors = outcomes(now)
        for operation in operations_of(step):
            by_type = (self._volatile is not None and self._volatile.take(operation)) or self._by_type
            if self._is_unknown(operation, errors.get(operation.at)):
                self.unknown += 1
                continue
            was, is_now = self._outcomes(operation, values.get(operation.at, UNTOLD), errors.get(operation.at), by_type)
            if was != is_now:
                yield _difference(operation, was, is_now)

    def late_differences(self, left: Left) -> Iterator[Difference]:
        """What a client has found only when it took the value."""
        unsettled = self._unsettled.pop(left.token, None)
        if unsettled is not None:
            operation, now = unsettled
            self._replayer.digests.pop(left.token, None)
            if left.digest != now.token:
                yield _difference(operation, show(operation.value), self._of_another_content(operation, now))

    def _outcomes(self, operation: Operation, value: Any, error: Error | None, by_type: bool) -> tuple[str, str]:
        """What came of it, then and now; the same text where that is the same."""
        equal = ("", "")
        if operation.refused is not None:
            return equal  # nothing was executed
        if operation.message is None:
            return "answered", "not executed, for its frame is of a later version of the protocol"
        if operation.error is not None or error is not None:
            if operation.error is None:
                return _told(operation.value), f"!! {_text_of(error)}"
            if error is None:
                return f"!! {_text_of(operation.error)}", _told(value)
            alike = _what_of(operation.error, by_type) == _what_of(error, by_type)
            return equal if alike else _told_apart(operation.error, error)
        if operation.value is UNTOLD and (value is UNTOLD or _rides_along(operation, value)):
            return equal
        if operation.value is UNTOLD or value is UNTOLD:
            return _told(operation.value), _told(value)
        if isinstance(operation.value, Bulk) and isinstance(value, Pickled) and _size(value) == operation.value.size:
            # Other releases send smaller values beside the channel. It is compared as one that was left there.
            value = Bulk(digest([value.data, *value.buffers]), operation.value.size)
        if self._alike(operation, operation.value, value, by_type):
            return equal
        was, now = show(operation.value), show(value)
        is_bulk = isinstance(operation.value, Bulk) and isinstance(value, Bulk)
        is_told = was != now and not (is_bulk and any(self._tolerance))
        return (was, now) if is_told else (was, self._of_another_content(operation, value))

    def _of_another_content(self, operation: Operation, now: Any) -> str:
        text = f"{show(now)}, of another content"
        if not (isinstance(now, Bulk) and any(self._tolerance)):
            return text
        remedy = f"to compare it by its type alone, mark it as volatile: '#{operation.number}'"
        return f"{text}; so large a value is known by a checksum, which knows no tolerance: {remedy}"

    def _alike(self, operation: Operation, was: Any, now: Any, by_type: bool) -> bool:
        if type(was) is not type(now):
            return False
        if isinstance(was, Bulk):
            told = self._replayer.digests.pop(was.token, None)
            if by_type or told is not None:
                return by_type or told == now.token
            self._unsettled[was.token] = operation, now
            return bool(was.size == now.size)
        if isinstance(was, Pickled):
            return bool(was == now) or _same_values(was, now, by_type, self._tolerance)
        if by_type or isinstance(was, (protocol.Kept, protocol.Declined, protocol.Stored)):
            return True
        if isinstance(was, Items):
            return _shape(was) == _shape(now) and all(
                self._alike(operation, one, other, by_type) for one, other in zip(was.values, now.values)
            )
        if isinstance(was, Applied):  # in which words an edit is told is each release's own
            return bool(was.edits) == bool(now.edits) and bool(was.older == now.older)
        if isinstance(was, (Bytes, Ref)):
            return bool(was == now)
        return same(was, now, self._tolerance)


def _shape(items: Items) -> tuple[int, int, str, bool, bool]:
    return len(items.values), items.parts, items.dtype, items.end, items.frozen


def _difference(operation: Operation, was: str, now: str) -> Difference:
    return Difference(operation.number, operation.client, operation.text, operation.place, was, now)


def _is_same(was: Any, now: Reply | None) -> bool:
    """The usual case, quickly."""
    if now is None:
        return not isinstance(was, Reply)  # what is answered and not executed has to be told
    if was.failures or now.failures:
        return False
    return was.values == now.values and protocol.encode(was.values) == protocol.encode(now.values)


def _same_values(was: Pickled, now: Pickled, by_type: bool, tolerance: Tolerance) -> bool:
    """Whether two pickles are of the same value."""
    try:
        one, other = (_loaded(value, any(tolerance)) for value in (was, now))
        return same_types(one, other) if by_type else same(one, other, tolerance)
    except KeyboardInterrupt:
        raise
    except BaseException:  # of users' code: it cannot be told
        return False


def _loaded(value: Pickled, anywhere: bool) -> Any:
    """Args: `anywhere`: a tensor need not be on the device on which it was, which may be none of this machine."""
    codec = Codec(variable=_Variable, known=Definitions())
    try:
        return codec.load(value)
    except Exception:
        torch = sys.modules.get("torch")
        if torch is None or not anywhere:
            raise
        with on_cpu(torch):
            return codec.load(value)


@dataclass(frozen=True)
class _Variable:
    """Stands for a variable inside a value."""

    id: int


def _size(value: Pickled) -> int:
    return len(value.data) + sum(map(len, value.buffers))


def _told(value: Any) -> str:
    return "done" if value is UNTOLD else show(value)


def _rides_along(operation: Operation, value: Any) -> bool:
    """Whether nobody has asked for this value: such a one may not be told where it was deleted soon."""
    return bool(getattr(operation.message, "id", 0)) and not isinstance(value, (Ref, protocol.Declined))


def _text_of(error: Error | None) -> str:
    return "" if error is None else shorten(error.text)


def _what_of(error: Error, by_type: bool) -> Any:
    """What of an error is compared."""
    if by_type:
        return error.type_name
    if error.type_name == _BULK:  # its text is of what carried the value
        return error.type_name, "", error.session, error.frame, error.message
    return error.type_name, masked(error.text), error.session, error.frame, error.message


def _told_apart(was: Error, now: Error) -> tuple[str, str]:
    """Two errors, as texts that differ."""
    ways: list[Callable[[Error], str]] = [
        lambda error: f"!! {shorten(error.text)}",
        lambda error: f"!! {shorten(error.text)}, a {shorten(error.type_name)}",
        lambda error: f"!! {shorten(error.text)}, of message {error.message} of frame {error.frame}",
        lambda error: f"!! {printable(error.text)}, of session {shorten(error.session)}",
    ]
    pairs = [(tell(was), tell(now)) for tell in ways]
    differing = (pair for pair in pairs if masked(pair[0]) != masked(pair[1]))
    return next(differing, (pairs[0][0], f"{pairs[0][1]}, another error"))
