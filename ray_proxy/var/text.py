"""What stands for a `Var` in a text."""

from __future__ import annotations

from typing import Any

from ..protocol import Error, Op, Ref
from .interface import handle_of


def text_in_error(var: Any) -> str:
    """What stands for a Var in the text of an error that holds it; its own error is not raised by that."""
    handle = handle_of(var)
    session = handle.session
    mark = f"Var@{session.label()}:"
    try:
        if handle.is_known():
            return mark + repr(handle.value)
        failure = handle.failure
        if failure is None:
            question = session.question(Op(0, "repr", [Ref(handle.id)]))
            session.wait(question)
            failure = question.failure
            if failure is None:
                text: str = session.codec.load(question.value)
                return mark + text
        problem = failure.error.text if isinstance(failure.error, Error) else repr(failure.error)
    except Exception as error:
        problem = repr(error)
    return f"<{mark} it has failed with {problem}; its fetch() raises that>"
