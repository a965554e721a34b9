"""Which messages make a frame: as many as fit. What is too large alone travels as its error: `fitting`."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from typing import Any

from ..errors import ProtocolError
from ..protocol import MAX_FRAME, Call, Message, Op, Pickled, Put, Ref, SetNamed, encode


def up_to_await(messages: Sequence[Message]) -> int:
    """How many of the messages make a frame: one that awaits is its last, so what came before it is answered first."""
    return next((index for index, message in enumerate(messages, 1) if awaits(message)), len(messages))


def awaits(message: Message) -> bool:
    return type(message) is Op and message.op == "await"


class Unsendable(Exception):
    """A message that cannot be sent, not even with its error in the place of an operand."""

    def __init__(self, error: Exception) -> None:
        super().__init__(error)
        self.error: Exception = error


def fitting(messages: list[Message], frame: Callable[[list[Message]], bytes]) -> tuple[bytes, int]:
    """A frame of as many of these messages as fit, from the first one on; and how many it has.

    A message that does not fit alone is sent with its error in the place of what is too large. So it fails by itself,
    in its turn, and what depends on it fails with the same error.

    Args:
        frame: encodes a frame of these, or fewer, messages.

    Raises:
        Unsendable: the first message cannot be sent at all.
        Exception: what a signal handler has raised in the middle; nothing is lost by that.
    """
    count = len(messages)
    while True:
        try:
            data = frame(messages[:count])
            if len(data) <= MAX_FRAME:
                return data, count
        except Exception as error:  # our own checks have missed something, or a handler has raised it
            if not _fails_again(frame, messages[:count], error):
                raise
            if count == 1:
                return _frame_of(_failing(messages[0], error), frame), 1
        if count == 1:
            size = len(encode(messages[0]))
            too_large = ProtocolError(
                f"an operation of {size:,} bytes does not fit into a frame of {MAX_FRAME:,}, "
                "and there is no object store beside this channel"
            )
            return _frame_of(_failing(messages[0], too_large), frame), 1
        count //= 2


def _fails_again(frame: Callable[[list[Message]], bytes], messages: list[Message], error: Exception) -> bool:
    try:
        frame(messages)
    except Exception as again:
        return type(again) is type(error)
    return False


def _frame_of(message: Message, frame: Callable[[list[Message]], bytes]) -> bytes:
    try:
        return frame([message])
    except Exception as error:
        if _fails_again(frame, [message], error):
            raise Unsendable(error) from error
        raise


def _failing(message: Message, error: Exception) -> Message:
    """The message with an operand whose unpickling raises the error, in the place of those that may be too large."""
    operand = Pickled(pickle.dumps(_Raising(error)))
    if type(message) is Put:
        return Put(message.id, operand)
    if type(message) is SetNamed:
        return SetNamed(message.name, operand)
    if type(message) is Call:
        return Call(message.id, operand)
    if type(message) is Op and message.args:
        left = message.args[0]  # an operator in place leaves it as it is, where it fails
        return Op(message.id, message.op, [left if type(left) is Ref else operand, operand])
    raise Unsendable(error) from error


class _Raising:
    """Its pickle raises an error where it is read, by any release."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __reduce__(self) -> tuple[Any, ...]:
        return exec, ("raise error", {"error": self._error})
