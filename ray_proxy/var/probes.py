"""Probes: questions whether a remote object has an attribute, by `hasattr`, `getattr`, `dict(v)`, numpy, `inspect`.

A probe waits, in every mode, and leaves nothing behind: its error is nobody's but the caller's. Errors of earlier
operations stay for the next wait of their thread, because who probes takes any AttributeError for a no.

It deals in handles. It must never know what a `Var` is.
"""

from __future__ import annotations

import inspect
import pydoc
import re
import sys
from typing import Any

from ..errors import NotPicklableError
from ..protocol import Call, Fetch, Message, Op, Operand, Ref
from ..session.asked import UNKNOWN, Question
from ..session.session import Handle
from .instructions import MERGE, SYNTAX, TELLS

ALWAYS = re.compile(r"__\w+__|_repr_\w+_|_ipython_\w+_")
"""Names that are waited for however they are asked for, because libraries do it by `v.name` in a `try`, too. Where the
object itself has failed, there is none of them: `isinstance` would raise else."""

_TEXTS = frozenset("__name__ __qualname__ __module__ __doc__".split())
_PLAIN = frozenset({str, int, bool, bytes, type(None)})
_REAL: dict[str, tuple[type, ...]] = {
    "__annotations__": (dict,),
    "__type_params__": (tuple,),
    "__signature__": (inspect.Signature,),
}
"""What is a real value where a call asks for it, as `functools.wraps` and `inspect` do, and its types then."""


def answer(target: Handle, name: str, how: int) -> Any:
    """What a probe gives: the value, where only a real one is of use, or the variable of the attribute (`Handle`).

    Raises `AttributeError` where there is no such attribute, and whatever else getting it has raised.
    """
    if name == "__signature__" and how == SYNTAX:  # so does `inspect.signature`
        return _value(target, _call(target, inspect.signature))
    if name == "__numpy_dtype__":
        return _dtype(target)
    if name == "dtype" and how != SYNTAX and _is_older_numpy() and _stands_for_dtype(target):
        return _dtype(target)
    found = _find(target, name)
    if name in _TEXTS:
        return _real(found, (str, type(None)))
    if name == "__bases__":
        return _real(found, (tuple,))  # `issubclass` takes nothing else
    return _real(found, _REAL[name]) if name in _REAL and called(how) else found


def called(how: int) -> bool:
    """Whether a call asks for a name that is always waited for, or it cannot be told."""
    return how != SYNTAX or not TELLS


def _find(target: Handle, name: str) -> Handle:
    """An attribute, there when this returns."""
    session = target.session
    found = session.begin_getattr(target, name)
    try:
        session.wait(found.id)
        if found.failure is not None:
            raise _error(found, target, name)
    except BaseException:
        session.drop(found.id)
        raise
    return found


def _value(target: Handle, message: Message, name: str = "") -> Any:
    """The value of a question about a variable."""
    session = target.session
    question = session.question(message)
    try:
        session.wait(question)
        if question.failure is not None:
            raise _error(question, target, name)
    except BaseException:
        session.abandon(question)
        raise
    return None if question.value is UNKNOWN else session.codec.load(question.value)


def _error(answer: Handle | Question, target: Handle, name: str) -> BaseException:
    """Why there is no answer. The error of the object itself is seen only by who is told of it."""
    failure = answer.failure
    assert failure is not None
    error = failure.exception()
    if failure is target.failure:
        if ALWAYS.fullmatch(name):
            no = AttributeError(name)
            no.__cause__ = error
            return no
        if isinstance(error, AttributeError):
            return error
    return target.session.see(failure)


def _real(found: Handle, kinds: tuple[type, ...]) -> Any:
    """The value of an attribute, if it is of one of these types and can travel; else the attribute."""
    if found.is_known():
        value = found.value
    else:
        try:
            value = _value(found, Fetch(Ref(found.id)))
        except Exception:
            return found
        except BaseException:
            found.session.drop(found.id)
            raise
    if not isinstance(value, kinds):
        return found
    found.session.drop(found.id)
    return value


def _call(target: Handle, function: object) -> Call:
    """Call a local function with a variable, where it lives."""
    return Call(0, target.session.operand(function, "the function", []), [Ref(target.id)])


# ----------------------------------------------------------------------------------------------------- mappings


def find_keys(target: Handle, how: int) -> None:
    """Raise `AttributeError` where a remote object has no `keys`."""
    session = target.session
    found = session.ledger.with_keys  # `dict(v)` asks twice; what merges calls it at once
    if how != MERGE and found.get(target.id) != session.operations:
        session.drop(_find(target, "keys").id)
        found[target.id] = session.operations


def keys(target: Handle) -> list[Any]:
    """The keys of a remote mapping, real ones. Raises where one of them cannot travel."""
    session = target.session
    method = session.begin_getattr(target, "keys")
    given = session.begin(lambda id: Call(id, Ref(method.id)))
    try:
        found: list[Any] = _value(target, _call(given, list))
    except NotPicklableError as error:
        raise NotPicklableError(f"a key of the remote mapping cannot travel: {error}") from error
    finally:
        session.drop(method.id)
        session.drop(given.id)
    doubtful = [key for key in found if not _is_plain(key)]
    for key, is_there in zip(doubtful, _contains(target, doubtful)):
        if not is_there:
            raise NotPicklableError(
                f"a key of the remote mapping cannot travel: {key!r:.100}, as it came here, is not equal to the key "
                "there; leave the mapping where it is, as in env.run(dict, (v,))"
            )
    return found


def _is_plain(key: object) -> bool:
    """Whether it is surely equal to what it is a copy of."""
    kind = type(key)
    return all(map(_is_plain, key)) if kind is tuple else kind in _PLAIN  # type: ignore[call-overload]


def _contains(target: Handle, items: list[Any]) -> list[bool]:
    """Whether a remote mapping has each of these keys; yes, where it cannot be asked."""
    if not items:
        return []
    session = target.session
    method = session.begin_getattr(target, "__contains__")
    held: list[object] = []
    given = [session.operand(map, "the function", held), Ref(method.id), session.operand(items, "the keys", held)]
    mapped = session.begin(lambda id: Call(id, given[0], given[1:]))
    try:
        answers: list[bool] = _value(target, _call(mapped, list))
    except Exception:
        return [True] * len(items)
    finally:
        session.drop(method.id)
        session.drop(mapped.id)
    return answers


# -------------------------------------------------------------------------------------------------------- numpy


def _dtype(target: Handle) -> Any:
    """What numpy makes of a remote object where a dtype is needed: a real dtype."""
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        try:
            value = _value(target, _call(target, numpy.dtype), "__numpy_dtype__")
        except Exception as error:
            if target.session.is_broken():
                raise
            raise AttributeError("__numpy_dtype__") from error
        if isinstance(value, numpy.dtype):
            return value
    raise AttributeError("__numpy_dtype__")


def _is_older_numpy() -> bool:
    """Whether this process has a numpy that asks an object for no more than `dtype` (until 2.3)."""
    numpy = sys.modules.get("numpy")
    return numpy is not None and tuple(map(int, re.findall(r"\d+", numpy.__version__)[:2])) < (2, 4)


def _stands_for_dtype(target: Handle) -> bool:
    """Whether a remote object is a dtype, or a scalar type of numpy: they have none themselves, or a descriptor."""
    numpy = sys.modules["numpy"]
    session = target.session
    for name, kind in (("isinstance", numpy.dtype), ("issubclass", numpy.generic)):
        operands: list[Operand] = [Ref(target.id), session.operand(kind, "the class", [])]
        try:
            if _value(target, Op(0, name, operands)):
                return True
        except Exception:
            if target.failure is not None or session.is_broken():
                raise
    return False


# --------------------------------------------------------------------------------------------------------- help


def help_text(target: Handle) -> str:
    """What `help` shows of a remote object, where it lives."""
    session = target.session
    given = [session.operand(pydoc.render_doc, "the function", []), Ref(target.id), "%s:"]
    rendered = session.begin(lambda id: Call(id, given[0], given[1:]))
    try:
        return str(_value(target, _call(rendered, pydoc.plain)))
    except Exception as error:
        if target.failure is not None or session.is_broken():
            raise
        return f"Its help cannot be shown: {error!r}"
    finally:
        session.drop(rendered.id)
