"""What becomes of messages: each test is a list of them, with no Ray, no sockets and no threads."""

# ruff: noqa: F811 (fixtures are imported, and are arguments of that name)

from __future__ import annotations

import math
import operator
import pickle
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import label
from talks import (  # noqa: F401
    TOKEN,
    Stand,
    Talk,
    Thing,
    _nothing_left,
    arguments,
    clock,
    interpreter,
    loaded,
    pickled,
    second,
    talk,
)

from ray_proxy.errors import ProtocolError
from ray_proxy.protocol import (
    Bulk,
    Bytes,
    Call,
    Claim,
    Clear,
    Declined,
    Del,
    Fetch,
    GetAttr,
    GetNamed,
    Import,
    Items,
    Iter,
    Kept,
    Lease,
    Message,
    Op,
    Operand,
    Pickled,
    Put,
    Ref,
    Reply,
    SetNamed,
    decode_answer,
    encode,
)
from ray_proxy.values.codec import SMALL


class MyList(list[Any]):
    """A list whose items may be anything: it cannot be read ahead."""


def two_and_an_error() -> Iterator[int]:
    yield 1
    yield 2
    raise ValueError("third")


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


@pytest.mark.parametrize("value", [MyList([1]), {1: 2}, {1}, 5, iter([1])], ids=label)
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
