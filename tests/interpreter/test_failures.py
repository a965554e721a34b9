"""Messages that fail: what is told of the error, what depends on it, and what stays as it was."""

# ruff: noqa: F811 (fixtures are imported, and are arguments of that name)

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import cloudpickle
import pytest
from talks import (  # noqa: F401
    Same,
    Stand,
    Talk,
    Thing,
    _nothing_left,
    arguments,
    broken,
    broken_after_a_turn,
    clock,
    error_at,
    interpreter,
    loaded,
    origin,
    pickled,
    talk,
)

from ray_proxy.files import PACKAGE
from ray_proxy.interpreter.interpreter import Interpreter
from ray_proxy.interpreter.operators import INPLACE
from ray_proxy.protocol import (
    Call,
    Clear,
    Del,
    Fetch,
    Frame,
    GetAttr,
    Import,
    Iter,
    Message,
    Op,
    Pickled,
    Put,
    Ref,
    SetNamed,
    decode_answer,
    encode,
)


class Other:
    """In place, its operator gives another object."""

    def __iadd__(self, other: object) -> Other:
        return Other()


class OwnError(Exception):
    """An exception that is no builtin."""


class SurrogateError(Exception):
    def __repr__(self) -> str:
        return "\udc80"


class SilentError(Exception):
    def __repr__(self) -> str:
        raise RuntimeError("no repr")


def broken_in_a_chain() -> None:
    try:
        broken()
    except ValueError as error:
        raise OwnError("outer") from error


def raise_it(error: BaseException) -> None:
    raise error


class Unpicklable(str):
    def __reduce__(self) -> Any:
        raise TypeError("it has no pickle")


def raise_without_pickle() -> None:
    raise ValueError(Unpicklable("text"))


def raise_surrogate() -> None:
    raise SurrogateError


def raise_silent() -> None:
    raise SilentError


def raise_lone_surrogate_text() -> None:
    raise ValueError("\udc80")


class BrokenTicks:
    async def __anext__(self) -> int:
        raise ValueError("no tick")


# ------------------------------------------------------------------------------------------------- failures


def test_an_error_tells_its_type_text_and_origin(talk: Talk) -> None:
    talk()
    error = talk.error(Put(1, 5), Call(2, pickled(broken)))
    assert (error.type_name, error.text) == ("ValueError", "ValueError('broken')")
    assert origin(error) == ("first", 2, 1)


def test_an_error_can_be_raised_with_its_original_type(talk: Talk) -> None:
    error = talk.error(Call(1, pickled(raise_it), [pickled(OwnError("text", 5))]))
    original = loaded(error.value)
    assert type(original) is OwnError
    assert original.args == ("text", 5)


def test_an_error_of_a_module_is_named_with_it(talk: Talk) -> None:
    error = talk.error(Call(1, pickled(raise_it), [pickled(OwnError())]))
    assert error.type_name == f"{__name__}.OwnError"


def test_what_depends_on_a_failed_variable_fails_with_the_same_error(talk: Talk) -> None:
    reply = talk(Call(1, pickled(broken)), Op(2, "add", [Ref(1), 1]), GetAttr(3, Ref(2), "real"), Fetch(Ref(3)))
    assert reply.failures == [(0, 0), (1, 0), (2, 0), (3, 0)]
    assert [origin(error) for error in reply.errors] == [("first", 1, 0)]


def test_what_depends_on_a_failed_variable_in_a_later_frame_reports_its_origin(talk: Talk) -> None:
    first = talk.error(Put(1, 1), Call(2, pickled(broken)))
    talk()
    later = talk.error(Call(3, pickled(str), [Ref(2)]))
    assert later == first
    assert origin(later) == ("first", 1, 1)


@pytest.mark.parametrize(
    "message",
    [
        Put(2, Ref(1)),
        Put(2, pickled([Stand(1)])),
        GetAttr(2, Ref(1), "x"),
        Call(2, Ref(1)),
        Call(2, pickled(arguments), [1, Ref(1)]),
        Call(2, pickled(arguments), [], {"key": Ref(1)}),
        Op(2, "iadd", [Ref(1), 1]),
        Op(0, "add", [1, Ref(1)]),
        Iter(2, Ref(1), 0, 1),
        Iter(2, Ref(1), -1, 1),
        Fetch(Ref(1)),
        SetNamed("name", Ref(1)),
    ],
    ids=repr,
)
def test_every_message_fails_with_the_error_of_its_operand(talk: Talk, message: Message) -> None:
    first = talk.error(Call(1, pickled(broken)))
    assert talk.error(message) == first


def test_a_name_is_not_set_to_a_failed_variable(talk: Talk) -> None:
    talk(Call(1, pickled(broken)), SetNamed("name", Ref(1)))
    assert talk.interpreter.names() == []


def test_messages_after_a_failed_one_are_executed(talk: Talk) -> None:
    reply = talk(Call(1, pickled(broken)), Op(0, "add", [1, 2]))
    assert reply.values == [(1, 3)]
    assert reply.executed == 2


def test_two_errors_of_a_frame_are_told_apart(talk: Talk) -> None:
    reply = talk(Call(1, pickled(broken)), Op(2, "truediv", [1, 0]), Put(3, Ref(1)))
    assert [error_at(reply, index).type_name for index in range(3)] == ["ValueError", "ZeroDivisionError", "ValueError"]
    assert len(reply.errors) == 2


def test_a_failed_variable_can_be_deleted(talk: Talk) -> None:
    talk(Call(1, pickled(broken)), Del([1]))
    assert talk.interpreter.count() == 0


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), GeneratorExit()], ids=repr)
def test_what_would_end_a_process_is_the_error_of_its_message(talk: Talk, error: BaseException) -> None:
    reply = talk(Call(1, pickled(raise_it), [pickled(error)]), Op(0, "add", [1, 2]))
    assert error_at(reply, 0).type_name == type(error).__name__
    assert reply.values == [(1, 3)]


def test_an_unknown_id_is_stale(talk: Talk) -> None:
    error = talk.error(Op(2, "add", [Ref(1), 1]))
    assert error.type_name == "ray_proxy.errors.StaleVarError"
    assert "variable 1" in error.text
    assert "put_named" in error.text


@pytest.mark.parametrize("end", [Del([1]), Clear()], ids=repr)
def test_an_id_is_stale_once_it_was_dropped(talk: Talk, end: Message) -> None:
    talk(Put(1, 1), end)
    assert talk.error(Fetch(Ref(1))).type_name == "ray_proxy.errors.StaleVarError"


def test_an_unknown_operator_is_a_protocol_error(talk: Talk) -> None:
    error = talk.error(Op(1, "frobnicate", [1]))
    assert error.type_name == "ray_proxy.errors.ProtocolError"
    assert "'frobnicate'" in error.text


def test_an_operator_with_too_few_arguments_is_a_type_error(talk: Talk) -> None:
    reply = talk(Op(1, "add", [1]), Op(2, "iadd", []))
    assert [error.type_name for error in reply.errors] == ["TypeError", "TypeError"]


def test_a_value_without_a_pickle_is_refused_with_its_type_and_the_remedy(talk: Talk) -> None:
    error = talk.error(Import(1, "threading"), GetAttr(2, Ref(1), "Lock"), Call(3, Ref(2)), Fetch(Ref(3)))
    assert error.type_name == "ray_proxy.errors.NotPicklableError"
    assert "a lock: <unlocked" in error.text
    assert "env." in error.text


def test_a_value_that_is_nested_too_deeply_is_refused_as_such(talk: Talk) -> None:
    talk(Put(1, Pickled(cloudpickle.dumps(nested_deeply))), Call(2, Ref(1)))
    assert "a list: whose repr fails, is nested too deeply to be pickled" in talk.error(Fetch(Ref(2))).text


def nested_deeply() -> list[Any]:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    return deep


def test_a_variable_without_a_pickle_can_be_used_after_it_was_refused(talk: Talk) -> None:
    talk(Import(1, "threading"), GetAttr(2, Ref(1), "Lock"), Call(3, Ref(2)), Fetch(Ref(3)))
    talk(GetAttr(4, Ref(3), "locked"))
    assert talk.value(Call(0, Ref(4))) is False


def test_an_exception_without_a_pickle_is_told_by_its_text(talk: Talk) -> None:
    error = talk.error(Call(1, pickled(raise_without_pickle)))
    assert error.value is None
    assert (error.type_name, error.text) == ("ValueError", "ValueError('text')")
    assert "raise_without_pickle" in error.traceback


def test_an_exception_whose_repr_fails_is_told_by_its_type(talk: Talk) -> None:
    error = talk.error(Call(1, pickled(raise_silent)))
    assert "SilentError whose repr fails" in error.text


@pytest.mark.parametrize("function", [raise_surrogate, raise_lone_surrogate_text])
def test_an_exception_with_lone_surrogates_can_be_sent(talk: Talk, function: Callable[[], None]) -> None:
    reply = talk(Call(1, pickled(function)))
    assert decode_answer(encode(reply)) == reply


def test_an_error_holds_no_views_of_its_pickle(talk: Talk) -> None:
    error = talk.error(Call(1, pickled(raise_it), [pickled(ValueError(bytearray(10)))]))
    assert error.value is not None
    assert type(error.value.data) is bytes
    assert all(type(buffer) is bytearray for buffer in error.value.buffers)


def test_a_failed_operation_does_not_keep_its_operands_alive(talk: Talk) -> None:
    talk(Call(1, pickled(Thing)), GetAttr(2, Ref(1), "fail"), Call(3, Ref(2)), Del([1, 2]))
    assert len(Thing.alive) == 0
    assert talk.error(Fetch(Ref(3))).text == "ValueError('failed')"


# ---------------------------------------------------------------------------------------------- tracebacks


def test_a_traceback_has_the_lines_of_the_user_and_none_of_the_package(talk: Talk) -> None:
    text = talk.error(Call(1, pickled(broken))).traceback
    assert "in broken" in text
    assert 'raise ValueError("broken")' in text
    assert text.rstrip().endswith("ValueError: broken")
    assert PACKAGE not in text


def test_a_traceback_tells_the_cause_of_an_error(talk: Talk) -> None:
    text = talk.error(Call(1, pickled(broken_in_a_chain))).traceback
    assert text.index("ValueError: broken") < text.index("direct cause") < text.index("OwnError: outer")
    assert PACKAGE not in text


def test_a_traceback_of_a_coroutine_has_none_of_the_package(talk: Talk) -> None:
    text = talk.error(Call(1, pickled(broken_after_a_turn))).traceback
    assert "in broken_after_a_turn" in text
    assert PACKAGE not in text


def test_a_traceback_of_an_awaited_method_has_none_of_the_package(talk: Talk) -> None:
    text = talk.error(Call(1, pickled(BrokenTicks)), Op(2, "anext", [Ref(1)])).traceback
    assert "in __anext__" in text
    assert PACKAGE not in text


def test_a_traceback_of_an_operator_of_the_user_starts_at_the_user(talk: Talk) -> None:
    talk(Call(1, pickled(Thing)), GetAttr(2, Ref(1), "fail"))
    text = talk.error(Call(3, Ref(2))).traceback
    assert text.splitlines()[1].endswith("in fail")


def test_an_error_without_lines_of_the_user_has_no_lines(talk: Talk) -> None:
    assert talk.error(Op(1, "truediv", [1, 0])).traceback == "ZeroDivisionError: division by zero\n"


# ------------------------------------------------------------------------------------------------- in place


def test_an_in_place_result_that_is_the_left_operand_is_told_by_its_reference(talk: Talk) -> None:
    reply = talk(Put(1, pickled([1])), Op(2, "iadd", [Ref(1), pickled([2])]))
    assert reply.values == [(1, Ref(1))]
    assert talk.value(Fetch(Ref(1))) == talk.value(Fetch(Ref(2))) == [1, 2]


@pytest.mark.parametrize("name", INPLACE)
def test_every_in_place_operator_tells_that_it_gave_the_left_operand(talk: Talk, name: str) -> None:
    reply = talk(Call(1, pickled(Same)), Op(2, f"i{name}", [Ref(1), 1]), Op(3, f"__i{name}__", [Ref(1), 1]))
    assert reply.values == [(1, Ref(1)), (2, Ref(1))]


def test_an_in_place_result_that_is_another_object_is_not_told_as_the_left_one(talk: Talk) -> None:
    assert talk(Call(1, pickled(Other)), Op(2, "iadd", [Ref(1), 1])).values == []


def test_an_in_place_operation_on_a_small_value_leaves_the_left_one_as_it_was(talk: Talk) -> None:
    reply = talk(Put(1, 5), Op(2, "iadd", [Ref(1), 1]))
    assert reply.values == [(1, 6)]
    assert talk.value(Fetch(Ref(1))) == 5


def test_a_plain_operation_never_gives_a_reference(talk: Talk) -> None:
    talk(SetNamed("x", 1), Put(1, pickled([])))
    assert talk(Call(2, pickled(Same)), Op(3, "copy", [pickled(())]), GetAttr(4, Ref(2), "__class__")).values == []


def test_after_a_failed_in_place_operation_the_new_id_is_the_unchanged_left_operand(talk: Talk) -> None:
    reply = talk(Put(1, pickled([1])), Op(2, "iadd", [Ref(1), 5]))
    assert error_at(reply, 1).type_name == "TypeError"
    assert reply.values == [(1, Ref(1))]
    assert talk.value(Call(0, pickled(operator.is_), [Ref(1), Ref(2)])) is True


def test_after_a_failed_in_place_operation_on_a_small_value_the_new_id_is_that_value(talk: Talk) -> None:
    reply = talk(Put(1, "text"), Op(2, "iadd", [Ref(1), 5]))
    assert error_at(reply, 1).type_name == "TypeError"
    assert (1, Ref(1)) in reply.values
    assert talk.value(Fetch(Ref(2))) == "text"


def test_what_follows_a_failed_in_place_operation_works_on_the_left_operand(talk: Talk) -> None:
    reply = talk(Put(1, pickled([1])), Op(2, "iadd", [Ref(1), 5]), Op(3, "len", [Ref(2)]))
    assert [index for index, _ in reply.failures] == [1]
    assert dict(reply.values)[2] == 1


def test_a_failed_right_operand_leaves_the_left_one_under_the_new_id(talk: Talk) -> None:
    reply = talk(Put(1, pickled([1])), Call(2, pickled(broken)), Op(3, "iadd", [Ref(1), Ref(2)]), Fetch(Ref(3)))
    assert reply.failures == [(1, 0), (2, 0)]
    assert loaded(dict(reply.values)[3]) == [1]


def test_an_in_place_operation_on_a_failed_variable_stays_failed(talk: Talk) -> None:
    first = talk.error(Call(1, pickled(broken)))
    talk(Op(2, "iadd", [Ref(1), 1]))
    assert talk.error(Fetch(Ref(2))) == first


def test_after_a_withdrawn_in_place_operation_the_new_id_is_the_unchanged_left_operand(
    talk: Talk, interpreter: Interpreter
) -> None:
    talk(Put(1, pickled([1])), Put(2, "text"))
    frame = Frame(2, [Op(3, "iadd", [Ref(1), pickled([2])]), Op(4, "iadd", [Ref(2), "s"]), Op(5, "neg", [Ref(1)])])
    reply = interpreter.withdraw("first", frame, 0, KeyboardInterrupt())
    assert reply.failures == [(0, 0), (1, 0), (2, 0)]
    assert reply.values == [(0, Ref(1)), (1, Ref(2)), (1, "text")]
    talk.number += 1
    assert talk.value(Fetch(Ref(3))) == [1]
    assert talk.value(Fetch(Ref(4))) == "text"
    assert talk.error(Fetch(Ref(5))).type_name == "KeyboardInterrupt"


class NamelessKind(type):
    def __getattribute__(cls, name: str) -> Any:
        if name == "__qualname__":
            raise RuntimeError("no name")
        return super().__getattribute__(name)


class NamelessError(Exception, metaclass=NamelessKind):
    """One that does not even tell the name of its class."""


def raise_nameless() -> None:
    raise NamelessError


def test_an_error_whose_class_tells_no_name_is_an_error(talk: Talk) -> None:
    error = talk.error(Call(1, pickled(raise_nameless)))
    assert "NamelessError" in error.type_name
