"""What becomes of messages: each test is a list of them, with no Ray, no sockets and no threads."""

from __future__ import annotations

import asyncio
import math
import operator
import pickle
import threading
import weakref
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, ClassVar

import cloudpickle
import pytest

from ray_proxy.errors import ProtocolError, StaleVarError
from ray_proxy.files import PACKAGE
from ray_proxy.interpreter.interpreter import Interpreter
from ray_proxy.interpreter.leases import lease_token
from ray_proxy.interpreter.operators import BINARY, COMPARISONS, INPLACE, OPERATORS
from ray_proxy.interpreter.run import REPLY_BYTES
from ray_proxy.protocol import (
    Bulk,
    Bytes,
    Call,
    Claim,
    Clear,
    Declined,
    Del,
    DelNamed,
    Error,
    Fetch,
    Fork,
    Frame,
    GetAttr,
    GetNamed,
    Import,
    Inherit,
    Items,
    Iter,
    Kept,
    Lease,
    Message,
    Names,
    Op,
    Operand,
    Pickled,
    Put,
    Ref,
    Release,
    Reply,
    SetNamed,
    decode_answer,
    encode,
)
from ray_proxy.values.codec import SMALL, Codec, resolve

TOKEN = lease_token("first", 1, "secret")


class Talk:
    """One session with an interpreter: send messages, get the reply to their frame."""

    def __init__(self, interpreter: Interpreter, session: str) -> None:
        self.interpreter = interpreter
        self.session = session
        self.number = 0
        interpreter.open(session)

    def __call__(self, *messages: Message) -> Reply:
        self.number += 1
        return self.interpreter.execute(self.session, Frame(self.number, list(messages)))

    def value(self, message: Message) -> Any:
        """The value that a single message gives; raises where it failed."""
        reply = self(message)
        assert not reply.failures, reply.errors
        return loaded(dict(reply.values).get(0))

    def error(self, *messages: Message) -> Error:
        """The error of the last of these messages, and of no other."""
        reply = self(*messages)
        assert [index for index, _ in reply.failures] == [len(messages) - 1]
        return error_at(reply, len(messages) - 1)


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Thing:
    """A value that is neither small nor a builtin, and of which we know how many are alive."""

    alive: ClassVar[weakref.WeakSet[Thing]] = weakref.WeakSet()

    def __init__(self) -> None:
        self.alive.add(self)

    def fail(self) -> None:
        raise ValueError("failed")


class Same:
    """In place, each of its operators gives the object itself."""


for _name in INPLACE:
    setattr(Same, f"__i{_name}__", lambda self, other: self)


class Other:
    """In place, its operator gives another object."""

    def __iadd__(self, other: object) -> Other:
        return Other()


class Stand:
    """Pickled, it stands for a variable of the session."""

    def __init__(self, id: int) -> None:
        self.id = id

    def __reduce__(self) -> tuple[Any, ...]:
        return resolve, (self.id,)


class OwnError(Exception):
    """An exception that is no builtin."""


class SurrogateError(Exception):
    def __repr__(self) -> str:
        return "\udc80"


class SilentError(Exception):
    def __repr__(self) -> str:
        raise RuntimeError("no repr")


class Ticks:
    """An asynchronous iterator and context manager."""

    def __init__(self, last: int) -> None:
        self.left = last

    def __aiter__(self) -> AsyncIterator[int]:
        return self

    async def __anext__(self) -> int:
        if not self.left:
            raise StopAsyncIteration
        self.left -= 1
        return self.left

    async def __aenter__(self) -> int:
        return self.left

    async def __aexit__(self, kind: object, error: object, trace: object) -> bool:
        return isinstance(error, ValueError)


class Guard:
    """A context manager that swallows ValueErrors."""

    def __enter__(self) -> str:
        return "entered"

    def __exit__(self, kind: object, error: object, trace: object) -> bool:
        return isinstance(error, ValueError)


class MyList(list[Any]):
    """A list whose items may be anything: it cannot be read ahead."""


class Left:
    def __add__(self, other: object) -> str:
        return "left"

    def __radd__(self, other: object) -> str:
        return "left, reflected"


class Right(Left):
    def __radd__(self, other: object) -> str:
        return "right, reflected"


shelf: dict[str, Any] = {}
"""Where user code of these tests finds what has no pickle."""


def broken() -> None:
    raise ValueError("broken")


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


def refer_to_nothing() -> object:
    return NotImplemented


def two_and_an_error() -> Iterator[int]:
    yield 1
    yield 2
    raise ValueError("third")


def arguments(*args: object, **kwargs: object) -> tuple[object, object]:
    return args, kwargs


async def where_it_runs() -> tuple[int, int]:
    return threading.get_ident(), id(asyncio.get_running_loop())


async def after_a_turn(value: object) -> object:
    await asyncio.sleep(0)
    return value


async def broken_after_a_turn() -> None:
    await asyncio.sleep(0)
    broken()


async def nested_in_itself() -> str:
    inner: Reply = shelf["talk"](Call(0, pickled(after_a_turn), [1]))
    return error_at(inner, 0).text


async def count_asynchronously(last: int) -> AsyncIterator[int]:
    for number in range(last):
        yield number


class BrokenTicks:
    async def __anext__(self) -> int:
        raise ValueError("no tick")


def pickled(value: object) -> Operand:
    """A value as an operand that is a pickle, or a scalar."""
    return Codec().dump(value)


def loaded(operand: object) -> Any:
    """The value of an operand in a reply."""
    return Codec().load(operand)


def error_at(reply: Reply, index: int) -> Error:
    return reply.errors[dict(reply.failures)[index]]


def origin(error: Error) -> tuple[str, int, int]:
    return error.session, error.frame, error.message


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def interpreter(clock: Clock) -> Interpreter:
    return Interpreter("here", clock=clock, lease=60)


@pytest.fixture
def talk(interpreter: Interpreter) -> Talk:
    return Talk(interpreter, "first")


@pytest.fixture
def second(interpreter: Interpreter) -> Talk:
    return Talk(interpreter, "second")


@pytest.fixture(autouse=True)
def _nothing_left() -> Iterator[None]:
    Thing.alive.clear()
    yield
    shelf.clear()


# --------------------------------------------------------------------------------- the messages, one by one


@pytest.mark.parametrize("operand", [None, True, 7, 1.5, "text", Bytes(b"x"), pickled([1, 2])], ids=repr)
def test_put_makes_a_variable_of_a_value(talk: Talk, operand: Operand) -> None:
    talk(Put(1, operand))
    assert talk.value(Fetch(Ref(1))) == loaded(operand)


def test_put_of_a_reference_gives_the_same_object_a_second_name(talk: Talk) -> None:
    talk(Put(1, pickled([])), Put(2, Ref(1)), Op(0, "setitem", [Ref(1), 0, 0]))
    assert talk.value(Call(0, pickled(operator.is_), [Ref(1), Ref(2)])) is True


def test_getattr_gives_an_attribute(talk: Talk) -> None:
    talk(Put(1, pickled(3 + 4j)), GetAttr(2, Ref(1), "imag"))
    assert talk.value(Fetch(Ref(2))) == 4.0


def test_getattr_of_a_missing_name_is_an_attribute_error(talk: Talk) -> None:
    error = talk.error(Put(1, 5), GetAttr(2, Ref(1), "nothing"))
    assert error.type_name == "AttributeError"
    assert "nothing" in error.text


def test_call_passes_arguments_by_position_and_by_name(talk: Talk) -> None:
    talk(Put(1, "one"), Call(2, pickled(arguments), [Ref(1), 2], {"key": Ref(1), "other": Bytes(b"x")}))
    assert talk.value(Fetch(Ref(2))) == (("one", 2), {"key": "one", "other": b"x"})


def test_op_applies_an_operator(talk: Talk) -> None:
    talk(Put(1, 20), Op(2, "sub", [Ref(1), 3]))
    assert talk.value(Fetch(Ref(2))) == 17


def test_import_gives_a_module_by_its_dotted_name(talk: Talk) -> None:
    talk(Import(1, "os.path"), GetAttr(2, Ref(1), "join"))
    assert talk.value(Call(0, Ref(2), ["a", "b"])) == "a/b"


def test_import_of_a_missing_module_fails(talk: Talk) -> None:
    assert talk.error(Import(1, "no_such_module")).type_name == "ModuleNotFoundError"


def test_del_drops_variables(talk: Talk) -> None:
    talk(Put(1, 1), Put(2, 2), Put(3, 3), Del([1, 3]))
    assert talk.interpreter.count() == 1
    assert talk.value(Fetch(Ref(2))) == 2


def test_del_of_an_unknown_id_is_no_error(talk: Talk) -> None:
    assert talk(Del([1, 2])) == Reply(1, 1)


def test_clear_drops_all_variables_of_the_session_alone(talk: Talk, second: Talk) -> None:
    second(Put(1, "kept"))
    talk(Put(1, 1), Put(2, 2), Clear())
    assert talk.interpreter.count() == 1
    assert second.value(Fetch(Ref(1))) == "kept"


def test_clear_keeps_names(talk: Talk) -> None:
    talk(SetNamed("name", 5), Clear())
    assert talk.value(GetNamed(0, "name")) == 5


def test_an_empty_frame_is_answered(talk: Talk) -> None:
    assert talk() == Reply(1, 0)


def test_the_reply_has_the_number_of_its_frame(talk: Talk) -> None:
    assert [talk(Put(1, 1)).frame, talk(Put(1, 1)).frame] == [1, 2]


# --------------------------------------------------------------------------------------- chains of messages


def test_a_message_can_use_an_id_of_the_same_frame_before_anything_is_answered(talk: Talk) -> None:
    reply = talk(
        Import(1, "collections"),
        GetAttr(2, Ref(1), "Counter"),
        Call(3, Ref(2), ["abracadabra"]),
        GetAttr(4, Ref(3), "most_common"),
        Call(5, Ref(4), [1]),
        Op(6, "getitem", [Ref(5), 0]),
        Op(7, "getitem", [Ref(6), 1]),
        Op(8, "add", [Ref(7), 1]),
    )
    assert dict(reply.values)[7] == 6


def test_a_variable_lives_on_into_later_frames(talk: Talk) -> None:
    talk(Put(1, pickled([])))
    talk(GetAttr(2, Ref(1), "append"), Call(3, Ref(2), ["item"]))
    assert talk.value(Fetch(Ref(1))) == ["item"]


def test_an_id_inside_a_pickle_arrives_as_the_object_it_stands_for(talk: Talk) -> None:
    talk(Call(1, pickled(Thing)), Put(2, pickled({"deep": [Stand(1)]})))
    talk(Op(3, "getitem", [Ref(2), "deep"]), Op(4, "getitem", [Ref(3), 0]))
    assert talk.value(Call(0, pickled(operator.is_), [Ref(4), Ref(1)])) is True


def test_an_id_inside_a_pickle_is_resolved_in_the_session_that_sent_it(talk: Talk, second: Talk) -> None:
    second(Put(1, "theirs"))
    talk(Put(1, "ours"))
    assert talk.value(Op(0, "repr", [pickled([Stand(1)])])) == "['ours']"


def test_a_pickle_with_ids_cannot_be_loaded_outside_of_a_frame() -> None:
    with pytest.raises(ProtocolError, match="cannot be loaded on its own"):
        pickle.loads(pickle.dumps(Stand(1)))


# ------------------------------------------------------------------------------------------- answers of id 0


@pytest.mark.parametrize(
    "message",
    [
        Put(0, 5),
        GetAttr(0, 5, "real"),
        Call(0, pickled(int), ["5"]),
        Op(0, "add", [2, 3]),
    ],
    ids=repr,
)
def test_id_0_puts_the_value_into_the_reply_and_keeps_no_variable(talk: Talk, message: Message) -> None:
    assert talk(message).values == [(0, 5)]
    assert talk.interpreter.count() == 0


def test_a_named_object_can_be_read_without_a_variable(talk: Talk) -> None:
    talk(SetNamed("name", 5))
    assert talk(GetNamed(0, "name")).values == [(0, 5)]


def test_a_large_value_is_answered_as_a_pickle(talk: Talk) -> None:
    reply = talk(Op(0, "mul", [pickled([0]), 10_000]))
    assert type(reply.values[0][1]) is Pickled
    assert loaded(reply.values[0][1]) == [0] * 10_000


def test_an_answer_without_a_pickle_is_an_error(talk: Talk) -> None:
    talk(Import(1, "threading"), GetAttr(2, Ref(1), "Lock"))
    assert talk.error(Call(0, Ref(2))).type_name == "ray_proxy.errors.NotPicklableError"


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


# --------------------------------------------------------------------------------------------- riding along


@pytest.mark.parametrize(
    "value", [None, True, False, 0, 2**63 - 1, -(2**63), 1.5, math.inf, "", "é" * SMALL, b"", b"x" * SMALL], ids=repr
)
def test_a_small_immutable_value_rides_along(talk: Talk, value: object) -> None:
    ((index, rider),) = talk(Op(1, "copy", [pickled(value)])).values
    assert index == 0
    assert loaded(rider) == value
    assert type(loaded(rider)) is type(value)


@pytest.mark.parametrize(
    "value", [2**63, "x" * (SMALL + 1), b"x" * (SMALL + 1), "\udc80", (), [], 1j, bytearray(), int], ids=repr
)
def test_any_other_value_stays(talk: Talk, value: object) -> None:
    assert talk(Op(1, "copy", [pickled(value)])).values == []
    assert talk.value(Fetch(Ref(1))) == value


def test_bytes_ride_along_as_bytes_of_the_schema(talk: Talk) -> None:
    assert talk(Op(1, "bytes", [pickled([1, 2])])).values == [(0, Bytes(b"\x01\x02"))]


def test_a_value_that_was_put_does_not_ride_back(talk: Talk) -> None:
    assert talk(Put(1, 5)).values == []


@pytest.mark.parametrize(
    "message",
    [GetAttr(1, 5, "real"), Call(1, pickled(int), ["5"]), Op(1, "pos", [5]), GetNamed(1, "five"), Claim(1, TOKEN)],
    ids=repr,
)
def test_the_results_of_all_operations_ride_along(talk: Talk, message: Message) -> None:
    talk(Put(9, 5), SetNamed("five", 5), Lease(Ref(9), TOKEN))
    assert talk(message).values == [(0, 5)]


def test_a_variable_that_is_deleted_in_its_own_frame_does_not_ride_along(talk: Talk) -> None:
    assert talk(Op(1, "add", [1, 2]), Del([1])).values == []


def test_a_failed_variable_does_not_ride_along(talk: Talk) -> None:
    assert talk(Op(1, "truediv", [1, 0])).values == []


# ------------------------------------------------------------------------------------------------ iteration


@pytest.mark.parametrize(
    ("sequence", "frozen"),
    [([1, 2, 3], False), ((1, 2, 3), True), (range(1, 4), True), (b"\1\2\3", True), (bytearray(b"\1\2\3"), False)],
    ids=repr,
)
def test_a_builtin_sequence_is_read_ahead(talk: Talk, sequence: object, frozen: bool) -> None:
    reply = talk(Put(1, pickled(sequence)), Iter(10, Ref(1), 0, 2), Iter(20, Ref(1), 2, 2))
    assert reply.values == [(1, Items([1, 2], False, frozen)), (2, Items([3], True, frozen))]


def test_a_str_is_read_by_characters(talk: Talk) -> None:
    reply = talk(Put(1, "añ☃"), Iter(10, Ref(1), 0, 5))
    assert reply.values == [(1, Items(["a", "ñ", "☃"], True, True))]


def test_the_end_of_a_sequence_is_known_with_its_last_item(talk: Talk) -> None:
    assert talk(Put(1, pickled([1, 2])), Iter(10, Ref(1), 0, 2)).values == [(1, Items([1, 2], True))]


@pytest.mark.parametrize("start", [0, 5])
def test_past_the_end_of_a_sequence_there_are_no_items(talk: Talk, start: int) -> None:
    assert talk(Put(1, pickled([])), Iter(10, Ref(1), start, 3)).values == [(1, Items([], True))]


def test_items_become_variables(talk: Talk) -> None:
    talk(Put(1, pickled(["a", [], "c"])), Iter(10, Ref(1), 1, 2))
    assert talk.value(Fetch(Ref(10))) == []
    assert talk.value(Fetch(Ref(11))) == "c"


def test_an_item_is_the_very_object_of_the_sequence(talk: Talk) -> None:
    talk(Put(1, pickled([[]])), Iter(10, Ref(1), 0, 1), GetAttr(2, Ref(10), "append"), Call(3, Ref(2), [5]))
    assert talk.value(Fetch(Ref(1))) == [[5]]


def test_items_that_are_not_small_and_immutable_stay(talk: Talk) -> None:
    reply = talk(Put(1, pickled([1, [], b"x", "x" * 1000, None])), Iter(10, Ref(1), 0, 5))
    assert reply.values == [(1, Items([1, Kept(), Bytes(b"x"), Kept(), None], True))]


@pytest.mark.parametrize("value", [MyList([1]), {1: 2}, {1}, 5, iter([1])], ids=repr)
def test_reading_ahead_of_anything_else_is_declined(talk: Talk, value: object) -> None:
    assert talk(Put(1, pickled(value)), Iter(10, Ref(1), 0, 1)).values == [(1, Declined())]
    assert talk.interpreter.count() == 1


def test_an_iterator_that_was_declined_has_not_moved(talk: Talk) -> None:
    talk(Put(1, pickled([1, 2])), Op(2, "iter", [Ref(1)]), Iter(10, Ref(2), 0, 2))
    assert talk(Iter(20, Ref(2), -1, 1)).values == [(0, Items([1], False))]


def test_an_iterator_moves_with_each_message(talk: Talk) -> None:
    reply = talk(
        Put(1, pickled([1, 2, 3])),
        Op(2, "iter", [Ref(1)]),
        Iter(10, Ref(2), -1, 2),
        Iter(20, Ref(2), -1, 2),
        Iter(30, Ref(2), -1, 2),
    )
    assert reply.values == [(2, Items([1, 2], False)), (3, Items([3], True)), (4, Items([], True))]


def test_an_iterator_is_advanced_by_no_more_than_was_asked(talk: Talk) -> None:
    talk(Put(1, pickled([1, 2, 3])), Op(2, "iter", [Ref(1)]), Iter(10, Ref(2), -1, 1))
    assert talk.value(Op(0, "length_hint", [Ref(2)])) == 2


def test_what_is_no_iterator_cannot_be_advanced(talk: Talk) -> None:
    assert talk.error(Put(1, pickled([1])), Iter(10, Ref(1), -1, 1)).type_name == "TypeError"


def test_an_error_of_an_iterator_is_that_of_the_message(talk: Talk) -> None:
    talk(Call(1, pickled(two_and_an_error)), Iter(10, Ref(1), -1, 2))
    error = talk.error(Iter(20, Ref(1), -1, 1))
    assert error.text == "ValueError('third')"
    assert "in two_and_an_error" in error.traceback


# ------------------------------------------------------------------------------------------------- fetching


def test_fetch_gives_a_small_value_as_it_is(talk: Talk) -> None:
    assert talk(Put(1, 5), Fetch(Ref(1))).values == [(1, 5)]


def test_fetch_gives_bytes_as_bytes(talk: Talk) -> None:
    assert talk(Put(1, Bytes(b"x")), Fetch(Ref(1))).values == [(1, Bytes(b"x"))]


def test_fetch_gives_an_int_past_64_bits_as_a_pickle(talk: Talk) -> None:
    talk(Op(1, "pow", [2, 100]))
    assert talk.value(Fetch(Ref(1))) == 2**100


def test_fetch_gives_a_copy(talk: Talk) -> None:
    talk(Put(1, pickled([1])))
    talk.value(Fetch(Ref(1))).append(2)
    assert talk.value(Fetch(Ref(1))) == [1]


def test_a_fetched_buffer_is_as_writable_as_it_was(talk: Talk) -> None:
    talk(Put(1, pickled(bytearray(b"xyz"))))
    reply = decode_answer(encode(talk(Fetch(Ref(1)))))
    assert isinstance(reply, Reply)
    value = loaded(reply.values[0][1])
    value[0] = 0
    assert value == b"\0yz"


def test_fetch_to_move_gives_the_value_where_there_is_no_object_store(talk: Talk) -> None:
    talk(Put(1, pickled(list(range(100_000)))))
    assert talk.value(Fetch(Ref(1), "move")) == list(range(100_000))


def test_fetch_of_an_object_ref_is_refused_where_there_is_no_object_store(talk: Talk) -> None:
    error = talk.error(Put(1, 5), Fetch(Ref(1), "ref"))
    assert error.type_name == "ray_proxy.errors.NotPicklableError"
    assert "object store" in error.text


def test_a_bulk_value_is_refused_where_there_is_no_object_store(talk: Talk) -> None:
    assert talk.error(Put(1, Bulk("token", 10))).type_name == "ray_proxy.errors.BulkTransferError"


# ------------------------------------------------------------------------------------- names and sessions


def test_names_are_shared_by_sessions(talk: Talk, second: Talk) -> None:
    talk(Put(1, pickled([1])), SetNamed("shared", Ref(1)))
    second(GetNamed(5, "shared"), GetAttr(6, Ref(5), "append"), Call(7, Ref(6), [2]))
    assert talk.value(Fetch(Ref(1))) == [1, 2]


def test_names_are_listed(talk: Talk, second: Talk) -> None:
    talk(SetNamed("one", 1), SetNamed("two", 2))
    assert second.value(Names()) == ["one", "two"]


def test_a_name_outlives_its_session(talk: Talk, second: Talk) -> None:
    talk(SetNamed("name", 5))
    talk.interpreter.close("first")
    assert second.value(GetNamed(0, "name")) == 5


def test_a_name_can_be_given_to_another_object(talk: Talk) -> None:
    talk(SetNamed("name", 1), SetNamed("name", 2))
    assert talk.value(GetNamed(0, "name")) == 2
    assert talk.value(Names()) == ["name"]


def test_a_deleted_name_is_gone_and_its_variables_stay(talk: Talk) -> None:
    talk(Put(1, "value"), SetNamed("name", Ref(1)), DelNamed("name"))
    assert talk.error(GetNamed(2, "name")).type_name == "KeyError"
    assert talk.value(Fetch(Ref(1))) == "value"


@pytest.mark.parametrize("message", [GetNamed(1, "nothing"), DelNamed("nothing")], ids=repr)
def test_an_unknown_name_is_a_key_error(talk: Talk, message: Message) -> None:
    error = talk.error(message)
    assert error.type_name == "KeyError"
    assert "nothing" in error.text


def test_the_same_id_is_another_variable_in_another_session(talk: Talk, second: Talk) -> None:
    talk(Put(1, "ours"))
    second(Put(1, "theirs"))
    assert talk.value(Fetch(Ref(1))) == "ours"
    assert second.value(Fetch(Ref(1))) == "theirs"


def test_a_session_cannot_name_the_variables_of_another(talk: Talk, second: Talk) -> None:
    talk(Put(1, 1))
    assert second.error(Fetch(Ref(1))).type_name == "ray_proxy.errors.StaleVarError"


def test_closing_a_session_frees_its_variables(talk: Talk, second: Talk) -> None:
    talk(Call(1, pickled(Thing)))
    second(Call(1, pickled(Thing)))
    talk.interpreter.close("first")
    assert len(Thing.alive) == 1
    assert talk.interpreter.count() == 1


@pytest.mark.parametrize("end", [Del([1]), Clear(), Put(1, 5)], ids=repr)
def test_a_variable_that_is_dropped_is_freed(talk: Talk, end: Message) -> None:
    talk(Call(1, pickled(Thing)))
    assert len(Thing.alive) == 1
    talk(end)
    assert len(Thing.alive) == 0


def test_a_deleted_name_frees_its_object(talk: Talk) -> None:
    talk(Call(1, pickled(Thing)), SetNamed("name", Ref(1)), Del([1]))
    assert len(Thing.alive) == 1
    talk(DelNamed("name"))
    assert len(Thing.alive) == 0


def test_closing_a_session_twice_is_no_error(talk: Talk) -> None:
    talk.interpreter.close("first")
    talk.interpreter.close("first")
    assert talk.interpreter.count() == 0


# --------------------------------------------------------------------------------------------------- leases


def test_a_leased_variable_can_be_claimed_by_another_session(talk: Talk, second: Talk) -> None:
    talk(Put(1, pickled([])), Lease(Ref(1), TOKEN))
    second(Claim(7, TOKEN), GetAttr(8, Ref(7), "append"), Call(9, Ref(8), [5]))
    assert talk.value(Fetch(Ref(1))) == [5]


def test_a_lease_outlives_its_session(talk: Talk, second: Talk) -> None:
    talk(Put(1, "kept"), Lease(Ref(1), TOKEN))
    talk.interpreter.close("first")
    assert second(Claim(7, TOKEN)).values == [(0, "kept")]


def test_a_lease_ends(talk: Talk, second: Talk, clock: Clock) -> None:
    talk(Put(1, 5), Lease(Ref(1), TOKEN))
    clock.now += 60
    error = second.error(Claim(7, TOKEN))
    assert error.type_name == "ray_proxy.errors.StaleVarError"
    assert "put_named" in error.text


def test_a_lease_holds_until_its_end(talk: Talk, second: Talk, clock: Clock) -> None:
    talk(Put(1, 5), Lease(Ref(1), TOKEN))
    clock.now += 59.9
    assert second(Claim(7, TOKEN)).values == [(0, 5)]


def test_a_claim_starts_the_lease_anew(talk: Talk, second: Talk, clock: Clock) -> None:
    talk(Put(1, 5), Lease(Ref(1), TOKEN))
    for _ in range(3):
        clock.now += 59
        assert second(Claim(7, TOKEN)).values == [(0, 5)]


@pytest.mark.parametrize("token", ["", "token", "first.x.secret", "first.1.secret", "second.2.secret", "first.-1.s"])
def test_a_token_that_is_no_next_one_of_its_session_is_refused(talk: Talk, token: str) -> None:
    talk(Put(1, 5), Lease(Ref(1), TOKEN))
    error = talk.error(Lease(Ref(1), token))
    assert error.type_name == "ray_proxy.errors.ProtocolError"
    assert repr(token) in error.text


def test_a_lease_is_to_come_until_its_session_gives_it_or_a_later_one(talk: Talk) -> None:
    assert talk.interpreter.is_to_come(lease_token("first", 2, "secret"))
    talk(Put(1, 5), Lease(Ref(1), TOKEN))
    assert talk.interpreter.is_to_come(lease_token("first", 2, "secret"))
    talk(Lease(Ref(1), lease_token("first", 3, "secret")))
    assert not talk.interpreter.is_to_come(lease_token("first", 2, "secret"))
    assert not talk.interpreter.is_to_come(lease_token("nobody", 1, "secret"))


def test_a_release_ends_a_lease_at_once(talk: Talk, second: Talk) -> None:
    talk(Call(1, pickled(Thing)), Lease(Ref(1), TOKEN), Del([1]))
    talk(Release(TOKEN))
    assert len(Thing.alive) == 0
    assert second.error(Claim(7, TOKEN)).type_name == "ray_proxy.errors.StaleVarError"


def test_a_release_of_what_is_not_kept_does_nothing(talk: Talk) -> None:
    assert talk(Release("token")).failures == []


# ----------------------------------------------------------------------------------------------------- forks


def test_a_forked_process_inherits_all_variables_under_their_ids(talk: Talk, second: Talk) -> None:
    talk(Put(1, pickled([])), Put(2, "two"), Fork(TOKEN), Put(3, "later"))
    second(Inherit(TOKEN), GetAttr(8, Ref(1), "append"), Call(9, Ref(8), [5]))
    assert talk.value(Fetch(Ref(1))) == [5]
    assert second.value(Fetch(Ref(2))) == "two"
    assert second.error(Fetch(Ref(3))).type_name == "ray_proxy.errors.StaleVarError"


def test_what_is_kept_for_a_forked_process_does_not_end_while_its_parent_is_there(
    talk: Talk, second: Talk, clock: Clock
) -> None:
    talk(Put(1, "kept"), Fork(TOKEN), Del([1]))
    clock.now += 1000
    talk.interpreter.expire()
    second(Inherit(TOKEN))
    assert second.value(Fetch(Ref(1))) == "kept"


def test_what_is_kept_for_a_forked_process_ends_a_lease_time_after_its_parent(
    talk: Talk, second: Talk, clock: Clock
) -> None:
    talk(Put(1, "kept"), Fork(TOKEN))
    talk.interpreter.close("first")
    clock.now += 59
    talk.interpreter.expire()
    assert talk.interpreter.leased() == 1
    clock.now += 1
    talk.interpreter.expire()
    assert talk.interpreter.leased() == 0
    assert second.error(Inherit(TOKEN)).type_name == "ray_proxy.errors.StaleVarError"


def test_what_is_kept_for_a_forked_process_is_no_single_variable(talk: Talk, second: Talk) -> None:
    talk(Put(1, "kept"), Fork(TOKEN))
    assert second.error(Claim(7, TOKEN)).type_name == "ray_proxy.errors.ProtocolError"


def test_a_single_variable_is_not_what_a_forked_process_inherits(talk: Talk, second: Talk) -> None:
    talk(Put(1, pickled({})), Lease(Ref(1), TOKEN))
    assert second.error(Inherit(TOKEN)).type_name == "ray_proxy.errors.ProtocolError"


def test_a_lease_that_ended_frees_its_object(talk: Talk, clock: Clock) -> None:
    talk(Call(1, pickled(Thing)), Lease(Ref(1), TOKEN), Del([1]))
    talk.interpreter.expire()
    assert (len(Thing.alive), talk.interpreter.leased()) == (1, 1)
    clock.now += 60
    talk.interpreter.expire()
    assert (len(Thing.alive), talk.interpreter.leased()) == (0, 0)


def test_a_claimed_variable_outlives_the_lease(talk: Talk, second: Talk, clock: Clock) -> None:
    talk(Put(1, "kept"), Lease(Ref(1), TOKEN))
    second(Claim(7, TOKEN))
    clock.now += 1000
    talk.interpreter.expire()
    assert second.value(Fetch(Ref(7))) == "kept"


def test_a_lease_of_a_failed_variable_gives_its_error(talk: Talk, second: Talk) -> None:
    reply = talk(Call(1, pickled(broken)), Lease(Ref(1), TOKEN))
    assert reply.failures == [(0, 0)]
    assert origin(second.error(Claim(7, TOKEN))) == ("first", 1, 0)


def test_a_lease_of_an_unknown_id_is_stale(talk: Talk) -> None:
    assert talk.error(Lease(Ref(1), TOKEN)).type_name == "ray_proxy.errors.StaleVarError"
    assert talk.interpreter.leased() == 0


def test_an_unknown_token_is_stale(talk: Talk) -> None:
    assert talk.error(Claim(1, "token")).type_name == "ray_proxy.errors.StaleVarError"


def test_user_code_in_the_interpreter_claims_by_a_plain_call(talk: Talk) -> None:
    talk(Put(1, 5), Lease(Ref(1), TOKEN))
    assert talk.interpreter.claim(TOKEN) == 5
    with pytest.raises(StaleVarError):
        talk.interpreter.claim("other")


# --------------------------------------------------------------------------------------------------- slices


def test_a_frame_can_be_executed_message_by_message(talk: Talk) -> None:
    frame = Frame(1, [Put(1, 1), Op(2, "add", [Ref(1), 1]), Op(3, "add", [Ref(2), 1])])
    replies = [talk.interpreter.execute("first", frame, start, seconds=0) for start in range(3)]
    assert [reply.executed for reply in replies] == [1, 2, 3]
    assert [reply.values for reply in replies] == [[], [(1, 2)], [(2, 3)]]


def test_an_error_in_a_slice_has_its_place_in_the_whole_frame(talk: Talk) -> None:
    frame = Frame(1, [Put(1, 1), Call(2, pickled(broken)), Put(3, Ref(2))])
    first, second = (talk.interpreter.execute("first", frame, start, seconds=0) for start in (1, 2))
    assert first.failures == [(1, 0)]
    assert second.failures == [(2, 0)]
    assert origin(first.errors[0]) == origin(second.errors[0]) == ("first", 1, 1)


def test_a_frame_without_a_limit_is_executed_at_once(talk: Talk) -> None:
    assert talk(*[Put(id, id) for id in range(1, 1001)]).executed == 1000


@pytest.mark.parametrize(
    "messages",
    [
        [Op(1, "mul", [pickled(bytearray(1)), REPLY_BYTES // 2]), *[Fetch(Ref(1))] * 8],
        [Op(1, "mul", [pickled([0]), REPLY_BYTES // 4]), *[Fetch(Ref(1))] * 8],
        [Op(1, "mul", ["x", 60_000]), *[Fetch(Ref(1))] * 40],
        [Op(1, "mul", [Bytes(b"x"), 60_000]), *[Fetch(Ref(1))] * 40],
        [Put(1, 0)] + [Op(0, "mul", [pickled(bytearray(1)), REPLY_BYTES // 2])] * 8,
        [Put(1, 0)] + [Op(0, "mul", ["x", 60_000])] * 40,
    ],
    ids=["buffers", "pickles", "str", "bytes", "answers of id 0", "str of id 0"],
)
def test_a_reply_that_has_grown_large_leaves_before_the_rest_is_executed(talk: Talk, messages: list[Message]) -> None:
    reply = talk(*messages)
    assert reply.executed < len(messages)
    assert len(encode(reply)) < 2 * REPLY_BYTES


def test_what_a_large_reply_left_over_is_executed_next(talk: Talk) -> None:
    frame = Frame(1, [Op(1, "mul", [pickled(bytearray(1)), REPLY_BYTES]), *[Fetch(Ref(1))] * 8])
    indices: list[int] = []
    executed = 0
    while executed < len(frame.messages):
        reply = talk.interpreter.execute("first", frame, executed)
        assert reply.executed > executed
        executed = reply.executed
        indices += [index for index, _ in reply.values]
    assert indices == list(range(1, 9))


# ------------------------------------------------------------------------------------------------ coroutines


def test_a_coroutine_gives_its_result(talk: Talk) -> None:
    talk(Call(1, pickled(after_a_turn), ["result"]))
    assert talk.value(Fetch(Ref(1))) == "result"


def test_coroutines_run_on_the_calling_thread_and_on_one_loop(talk: Talk, second: Talk) -> None:
    first = talk.value(Call(0, pickled(where_it_runs)))
    assert first[0] == threading.get_ident()
    assert second.value(Call(0, pickled(where_it_runs))) == first


def test_an_error_of_a_coroutine_is_that_of_its_message(talk: Talk) -> None:
    assert talk.error(Call(1, pickled(broken_after_a_turn))).text == "ValueError('broken')"
    assert talk.value(Call(0, pickled(after_a_turn), [5])) == 5


def test_a_coroutine_inside_another_is_refused_with_the_remedy(talk: Talk, second: Talk) -> None:
    shelf["talk"] = second
    text = talk.value(Call(0, pickled(nested_in_itself)))
    assert "RuntimeError" in text
    assert "plain" in text


def test_an_asynchronous_iterator_is_advanced(talk: Talk) -> None:
    talk(Call(1, pickled(Ticks), [2]), Op(2, "aiter", [Ref(1)]))
    reply = talk(Op(3, "anext", [Ref(2)]), Op(4, "anext", [Ref(2)]), Op(5, "anext", [Ref(2)]))
    assert reply.values == [(0, 1), (1, 0)]
    assert error_at(reply, 2).type_name == "StopAsyncIteration"


def test_an_asynchronous_generator_is_advanced(talk: Talk) -> None:
    talk(Call(1, pickled(count_asynchronously), [2]))
    assert talk(Op(2, "anext", [Ref(1)]), Op(3, "anext", [Ref(1)])).values == [(0, 0), (1, 1)]
    assert talk.error(Op(4, "anext", [Ref(1)])).type_name == "StopAsyncIteration"


def test_an_asynchronous_context_is_entered_and_left(talk: Talk) -> None:
    talk(Call(1, pickled(Ticks), [2]))
    assert talk.value(Op(0, "aenter", [Ref(1)])) == 2
    assert talk.value(Op(0, "aexit", [Ref(1), None])) is False
    assert talk.value(Op(0, "aexit", [Ref(1), pickled(ValueError())])) is True


# ------------------------------------------------------------------------------------------------- operators


def apply(name: str, *args: Any) -> Any:
    """What the language itself makes of an operator."""
    function: Callable[..., Any] = divmod
    if name != "divmod":
        function = getattr(operator, {"and": "and_", "or": "or_"}.get(name, name))
    return function(*args)


NUMBERS = [name for name in BINARY if name != "matmul"]


@pytest.mark.parametrize("name", NUMBERS)
def test_a_binary_operator_is_that_of_the_language(talk: Talk, name: str) -> None:
    assert talk.value(Op(0, name, [13, 3])) == apply(name, 13, 3)


@pytest.mark.parametrize("name", [f"i{name}" for name in NUMBERS if name != "divmod"])
def test_an_in_place_operator_is_that_of_the_language(talk: Talk, name: str) -> None:
    assert talk.value(Op(0, name, [13, 3])) == apply(name, 13, 3)


@pytest.mark.parametrize("name", COMPARISONS)
def test_a_comparison_is_that_of_the_language(talk: Talk, name: str) -> None:
    pairs = [(1, 2), (2, 2), (3, 2)]
    assert [talk.value(Op(0, name, list(pair))) for pair in pairs] == [apply(name, *pair) for pair in pairs]


@pytest.mark.parametrize(
    ("name", "args", "result"),
    [
        ("neg", [5], -5),
        ("pos", [5], 5),
        ("invert", [5], -6),
        ("abs", [-5], 5),
        ("index", [5], 5),
        ("truth", [pickled([])], False),
        ("contains", [pickled([1, 2]), 2], True),
        ("round", [2.5], 2),
        ("round", [2.567, 1], 2.6),
        ("floor", [2.5], 2),
        ("ceil", [2.5], 3),
        ("trunc", [-2.5], -2),
        ("int", ["12"], 12),
        ("float", ["1.5"], 1.5),
        ("complex", [1, 2], 1 + 2j),
        ("len", ["text"], 4),
        ("hash", [5], 5),
        ("repr", ["text"], "'text'"),
        ("format", [5, ">3"], "  5"),
        ("bytes", [pickled([1])], b"\x01"),
        ("getitem", [pickled([1, 2]), 1], 2),
        ("length_hint", [pickled([1, 2])], 2),
        ("copy", [pickled([1])], [1]),
        ("deepcopy", [pickled([[1]])], [[1]]),
        ("isinstance", [5, pickled(int)], True),
        ("issubclass", [pickled(bool), pickled(int)], True),
        ("implements", [5, "__add__"], True),
        ("implements", [5, "__iadd__", "__add__"], True),
        ("implements", [5, "__matmul__"], False),
        ("implements", [pickled([]), "__hash__"], False),
        ("implements", [1.5, "__or__"], False),
        ("enter", [pickled(Guard())], "entered"),
        ("exit", [pickled(Guard()), None], False),
        ("exit", [pickled(Guard()), pickled(ValueError())], True),
        ("exit", [pickled(Guard()), pickled(TypeError())], False),
    ],
    ids=str,
)
def test_an_operator_gives_what_the_language_gives(talk: Talk, name: str, args: list[Operand], result: object) -> None:
    assert talk.value(Op(0, name, args)) == result


def test_operators_without_a_result_change_their_target(talk: Talk) -> None:
    talk(
        Put(1, pickled({"old": 1})),
        Op(0, "setitem", [Ref(1), "new", 2]),
        Op(0, "delitem", [Ref(1), "old"]),
        Call(2, pickled(Thing)),
        Op(0, "setattr", [Ref(2), "x", 1]),
        Op(0, "setattr", [Ref(2), "y", 2]),
        Op(0, "delattr", [Ref(2), "x"]),
        GetAttr(3, Ref(2), "__dict__"),
    )
    assert talk.value(Fetch(Ref(1))) == {"new": 2}
    assert talk.value(Fetch(Ref(3))) == {"y": 2}


def test_operators_without_a_result_answer_nothing(talk: Talk) -> None:
    assert talk(Put(1, pickled({})), Op(0, "setitem", [Ref(1), 1, 2])).values == []


def test_dir_lists_names(talk: Talk) -> None:
    assert talk.value(Op(0, "dir", [5])) == dir(5)


def test_reversed_gives_an_iterator(talk: Talk) -> None:
    talk(Put(1, pickled([1, 2])), Op(2, "reversed", [Ref(1)]))
    assert talk(Iter(10, Ref(2), -1, 5)).values == [(0, Items([2, 1], True))]


# --------------------------------------------------------------------------------- halves of an operator


HALVES = [name for name in OPERATORS if name.startswith("__")]


@pytest.mark.parametrize(
    ("name", "args", "result"),
    [
        ("__add__", [2, 3], 5),
        ("__radd__", [2.5, 3], 5.5),
        ("__rsub__", [2.5, 3], 0.5),
        ("__lt__", [2, 3], True),
        ("__eq__", [2, 2], True),
        ("__iadd__", [2, 3], 5),
        ("__divmod__", [7, 2], (3, 1)),
    ],
    ids=str,
)
def test_a_half_of_an_operator_gives_its_result(talk: Talk, name: str, args: list[Operand], result: object) -> None:
    reply = talk(Op(1, name, args))
    assert not reply.failures
    assert talk.value(Fetch(Ref(1))) == result


@pytest.mark.parametrize("name", HALVES)
def test_every_half_that_a_type_lacks_or_refuses_is_declined(talk: Talk, name: str) -> None:
    reply = talk(Call(1, pickled(Thing)), Op(2, name, [Ref(1), 5]))
    assert (reply.values, reply.failures) == ([(1, Declined())], [])


def test_a_half_that_answers_not_implemented_is_declined(talk: Talk) -> None:
    assert talk(Op(1, "__add__", [1, "text"])).values == [(0, Declined())]


def test_a_half_that_is_declined_makes_no_variable(talk: Talk) -> None:
    talk(Op(1, "__add__", [1, "text"]))
    assert talk.interpreter.count() == 0


def test_a_half_asked_without_a_variable_is_declined_as_well(talk: Talk) -> None:
    assert talk(Op(0, "__add__", [1, "text"])).values == [(0, Declined())]


def test_a_half_leaves_the_first_word_to_a_subclass_on_the_right(talk: Talk) -> None:
    talk(Call(1, pickled(Left)), Call(2, pickled(Right)))
    assert talk(Op(3, "__add__", [Ref(1), Ref(2)])).values == [(0, Declined())]
    assert talk(Op(4, "__radd__", [Ref(2), Ref(1)])).values == [(0, "right, reflected")]


def test_a_half_that_is_asked_last_is_asked_once(talk: Talk) -> None:
    talk(Call(1, pickled(Left)), Call(2, pickled(Right)))
    assert talk(Op(3, "__add__", [Ref(1), Ref(2), True])).values == [(0, "left")]
    assert talk(Op(4, "__add__", [Ref(1), 5, True])).values == [(0, Declined())]


def test_a_reflected_half_is_not_asked_after_one_of_its_own_type(talk: Talk) -> None:
    talk(Call(1, pickled(Right)), Call(2, pickled(Right)))
    assert talk(Op(3, "__radd__", [Ref(1), Ref(2)])).values == [(0, Declined())]


def test_a_half_in_place_gives_the_left_operand(talk: Talk) -> None:
    talk(Put(1, pickled([1])))
    assert talk(Op(2, "__iadd__", [Ref(1), pickled([2])])).values == [(0, Ref(1))]


def test_a_half_in_place_falls_back_to_the_plain_one(talk: Talk) -> None:
    talk(Put(1, pickled((1,))), Op(2, "__iadd__", [Ref(1), pickled((2,))]))
    assert talk.value(Fetch(Ref(2))) == (1, 2)


def test_an_error_inside_a_half_is_an_error(talk: Talk) -> None:
    assert talk.error(Op(1, "__truediv__", [1, 0])).type_name == "ZeroDivisionError"


def test_a_call_may_give_not_implemented(talk: Talk) -> None:
    reply = talk(Call(1, pickled(refer_to_nothing)))
    assert (reply.values, reply.failures) == ([], [])
    assert talk.value(Fetch(Ref(1))) is NotImplemented


# ------------------------------------------------------------------------------------ found by changed frames


@pytest.mark.parametrize("number", ["9" * 5000, "²", "-1", "", "0x1"])
def test_a_token_whose_number_is_none_is_that_of_no_lease(talk: Talk, number: str) -> None:
    token = f"first.{number}.secret"
    assert not talk.interpreter.is_to_come(token)
    assert "is not the token" in talk.error(Put(1, 5), Lease(Ref(1), token)).text
    assert talk.error(Claim(2, token)).type_name == "ray_proxy.errors.StaleVarError"


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
