"""Exceptions keep what they carry, wherever they travel, and no `__init__` runs a second time on them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import erring
import pytest
from conftest import LoopbackInterpreter
from erring import (
    Derived,
    Frozen,
    Hidden,
    Lost,
    Made,
    Message,
    Reduced,
    ReducedEx,
    Registered,
    Restored,
    Slotted,
    Taking,
    argument,
    fetched,
    made,
    noted,
    raised,
)

_nothing_was_made = erring.nothing_was_made
travelled = erring.travelled


# ------------------------------------------------------------------------------------------------- what they carry


def test_args_and_what_init_has_set(travelled: Callable[..., Any]) -> None:
    error = travelled(lambda: Message(7, path="here"))
    assert type(error) is Message
    assert (error.args, error.code, error.path) == (("here: 7",), 7, "here")
    assert made == []


def test_slots(travelled: Callable[..., Any]) -> None:
    error = travelled(lambda: Slotted("text", 7))
    assert (error.args, error.code, error.secret()) == (("text",), 7, [7])
    assert not hasattr(error, "unset")
    assert made == []


def test_a_slot_that_is_none(travelled: Callable[..., Any]) -> None:
    assert travelled(lambda: Slotted("text", None)).code is None


def test_state_that_was_set_outside_its_class(travelled: Callable[..., Any]) -> None:
    def make() -> BaseException:
        error = ValueError("text")
        error.more = [1]  # type: ignore[attr-defined]
        return error

    assert travelled(make).more == [1]


def test_args_that_were_changed(travelled: Callable[..., Any]) -> None:
    def make() -> BaseException:
        error = Message(7, path="here")
        error.args = ("other", 2)
        return error

    assert travelled(make).args == ("other", 2)


def test_a_base_class_with_an_init_of_its_own(travelled: Callable[..., Any]) -> None:
    error = travelled(lambda: Derived(7, "more"))
    assert (type(error), error.args, error.code, error.more) == (Derived, (7, "more"), 7, "more")
    assert made == []


def test_a_new_that_takes_other_arguments(travelled: Callable[..., Any]) -> None:
    error = travelled(lambda: Made(7))
    assert (type(error), error.args, error.code) == (Made, ("number 7",), 7)


def test_a_class_that_refuses_to_be_changed(travelled: Callable[..., Any]) -> None:
    error = travelled(lambda: Frozen(7, ["a"]))
    assert (error.code, error.names) == (7, ["a"])


def test_what_a_property_hides(travelled: Callable[..., Any]) -> None:
    assert travelled(lambda: Hidden(7)).code == 8
    assert made == []


def test_notes(travelled: Callable[..., Any]) -> None:
    assert travelled(lambda: noted(ValueError("text"))).__notes__ == ["a note"]


BUILTIN: dict[str, Callable[[], BaseException]] = {
    "OSError": lambda: OSError("only a text"),
    "FileNotFoundError": lambda: FileNotFoundError(2, "No such file", "from.txt", None, "to.txt"),
    "of a number": lambda: OSError(13, "Permission denied"),
    "BlockingIOError": lambda: BlockingIOError(11, "would block", 5),
    "ConnectionResetError": lambda: ConnectionResetError(104, "reset"),
    "ImportError": lambda: ImportError("no", name="module", path="/there"),
    "ModuleNotFoundError": lambda: ModuleNotFoundError("no", name="module"),
    "SyntaxError": lambda: SyntaxError("bad", ("file.py", 3, 5, "x = = 1", 3, 6)),
    "IndentationError": lambda: IndentationError("bad", ("file.py", 3, 5, "  x", 3, 6)),
    "UnicodeDecodeError": lambda: UnicodeDecodeError("utf-8", b"\xff.", 0, 1, "why"),
    "UnicodeEncodeError": lambda: UnicodeEncodeError("ascii", "é", 0, 1, "why"),
    "UnicodeTranslateError": lambda: UnicodeTranslateError("é", 0, 1, "why"),
    "SystemExit": lambda: SystemExit(3),
    "SystemExit without a code": lambda: SystemExit(),
    "StopIteration": lambda: StopIteration([1]),
    "StopAsyncIteration": lambda: StopAsyncIteration(1),
    "NameError": lambda: NameError("no", name="x"),
    "UnboundLocalError": lambda: UnboundLocalError("no", name="x"),
    "AttributeError": lambda: AttributeError("no", name="x", obj=3),
    "AttributeError of a text": lambda: AttributeError("no", name="x", obj="short"),
    "KeyError": lambda: KeyError("key"),
    "KeyboardInterrupt": lambda: KeyboardInterrupt("pressed"),
    "GeneratorExit": lambda: GeneratorExit(),
    "AssertionError": lambda: AssertionError(),
    "UserWarning": lambda: UserWarning("text"),
}
FIELDS = (
    "args errno strerror filename filename2 characters_written name path msg lineno offset text end_lineno end_offset "
    "print_file_and_line encoding object start end reason code value obj __suppress_context__"
).split()


def fields(error: BaseException) -> dict[str, Any]:
    return {name: getattr(error, name) for name in FIELDS if hasattr(error, name)}


@pytest.mark.parametrize("name", BUILTIN)
def test_fields_of_builtin_exceptions(travelled: Callable[..., Any], name: str) -> None:
    before = BUILTIN[name]()
    error = travelled(BUILTIN[name])
    assert type(error) is type(before)
    cause = error.__suppress_context__
    error.__suppress_context__ = False  # what is raised here has a cause
    assert fields(error) == fields(before)
    assert (str(error), repr(error)) == (str(before), repr(before))
    assert cause is (error.__cause__ is not None)


@pytest.mark.parametrize("name", BUILTIN)
def test_fields_that_were_changed(travelled: Callable[..., Any], name: str) -> None:
    def make() -> BaseException:
        error = BUILTIN[name]()
        for field in ("filename", "name", "msg", "reason", "code", "value"):
            if getattr(error, field, None) is not None:
                setattr(error, field, "changed")
        error.more = name  # type: ignore[attr-defined]
        return error

    error = travelled(make)
    error.__suppress_context__ = False
    assert fields(error) == fields(make())
    assert str(error) == str(make())
    assert error.more == name


def test_a_subclass_of_oserror_with_an_init_of_its_own(travelled: Callable[..., Any]) -> None:
    error = travelled(lambda: Lost("file.txt"))
    assert (type(error), error.args, error.path) == (Lost, (2, "it was there"), "file.txt")
    assert (error.errno, error.strerror, error.filename) == (2, "it was there", "file.txt")
    assert str(error) == str(Lost("file.txt"))


def test_the_name_that_python_looked_for(env: LoopbackInterpreter) -> None:
    with pytest.raises(NameError) as name:
        env.run(lambda: undefined_thing).fetch()  # type: ignore[name-defined]  # noqa: F821
    assert name.value.name == "undefined_thing"
    with pytest.raises(AttributeError) as attribute:
        env.put(3).nope.fetch()
    assert (attribute.value.name, attribute.value.obj) == ("nope", 3)


# -------------------------------------------------------------------------------------------------- ways of their own


def test_a_reduce_of_its_own(env: LoopbackInterpreter) -> None:
    assert raised(env, lambda: Reduced(7)).code == 8  # type: ignore[attr-defined]
    assert fetched(env, lambda: Reduced(7)).code == 8  # type: ignore[attr-defined]
    assert argument(env, lambda: Reduced(7)).code == 8  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("make", "code"),
    [(lambda: Reduced(7), 8), (lambda: ReducedEx("x"), 1), (lambda: Registered("x"), 1)],
    ids=["reduce", "reduce_ex", "copyreg"],
)
def test_a_reducer_of_its_own_with_notes_and_a_cause(
    env: LoopbackInterpreter, make: Callable[[], Any], code: int
) -> None:
    def chained() -> BaseException:
        error = noted(make())
        error.__cause__ = KeyError("why")
        return error

    error: Any = fetched(env, chained)
    assert (type(error), error.code, error.__notes__) == (type(make()), code, ["a note"])
    assert repr(error.__cause__) == "KeyError('why')"


def test_a_getstate_and_a_setstate_of_its_own(env: LoopbackInterpreter) -> None:
    for way in (raised, fetched):
        made.clear()
        error: Any = way(env, lambda: noted(Restored(7)) if sys.version_info >= (3, 11) else Restored(7))
        assert (error.args, error.code) == (("restored",), 8)
        assert made == ["init", "setstate"]


def test_a_setstate_of_its_own_is_given_the_dict(env: LoopbackInterpreter) -> None:
    def make() -> BaseException:
        error: Any = Taking("text")
        error.more = 1
        return error

    error: Any = fetched(env, make)
    assert (error.more, error.taken, made) == (1, True, ["setstate"])
