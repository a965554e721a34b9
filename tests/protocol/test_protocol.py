"""The schema on the wire: what peers may say, how it reads, and how what is wrong is refused."""

from __future__ import annotations

import math
from typing import Any, get_args

import msgspec
import pytest
from samples import ERROR, MESSAGES, OPERANDS, RESULTS

from ray_proxy import protocol
from ray_proxy.errors import ProtocolError, VersionError
from ray_proxy.protocol import (
    MAJOR,
    MINOR,
    Answer,
    Ask,
    Bytes,
    Call,
    Cancel,
    Clear,
    Code,
    Declined,
    Del,
    Deliver,
    Describe,
    Display,
    Fetch,
    Frame,
    GetAttr,
    Hello,
    Interrupt,
    Items,
    Iter,
    Kept,
    Message,
    Module,
    Names,
    Op,
    Operand,
    Output,
    Pickled,
    Prompt,
    Put,
    Ref,
    Refused,
    Reply,
    Result,
    SetNamed,
    Status,
    Tell,
    Welcome,
    Written,
    decode_answer,
    decode_control,
    decode_frame,
    decode_hello,
    decode_status,
    decode_welcome,
    encode,
    frame_number,
)

Raw = Any
"""What plain MessagePack makes of a frame: lists and scalars."""


def plain(data: bytes) -> Raw:
    return msgspec.msgpack.decode(data)


def wire(raw: Raw) -> bytes:
    return msgspec.msgpack.encode(raw)


def frame_of(*messages: Raw) -> Raw:
    return ["frame", 1, list(messages)]


def kind(value: object) -> str:
    return type(value).__name__


# ---------------------------------------------------------------------------------------------- round trips


@pytest.mark.parametrize("message", MESSAGES, ids=kind)
def test_every_message_arrives_as_it_left(message: Message) -> None:
    assert decode_frame(encode(Frame(1, [message]))) == Frame(1, [message])


def test_no_message_is_missing_from_these_tests() -> None:
    assert {type(message) for message in MESSAGES} == set(get_args(Message))


@pytest.mark.parametrize("operand", OPERANDS, ids=repr)
def test_every_operand_arrives_as_it_left(operand: Operand) -> None:
    (message,) = decode_frame(encode(Frame(1, [Put(1, operand)]))).messages
    assert isinstance(message, Put)
    assert message.value == operand
    assert type(message.value) is type(operand)


def test_no_operand_is_missing_from_these_tests() -> None:
    assert {type(operand) for operand in OPERANDS} == set(get_args(Operand))


@pytest.mark.parametrize("result", RESULTS, ids=repr)
def test_every_result_arrives_as_it_left(result: Result) -> None:
    answer = decode_answer(encode(Reply(1, 1, [(0, result)])))
    assert isinstance(answer, Reply)
    assert answer.values == [(0, result)]
    assert type(answer.values[0][1]) is type(result)


def test_no_result_is_missing_from_these_tests() -> None:
    assert {type(result) for result in RESULTS} == set(get_args(Result))


@pytest.mark.parametrize(
    "answer",
    [
        Reply(1, 0),
        Reply(3, 2, [(0, 1)], [(1, 0)], [ERROR]),
        Refused(0, "reason"),
        Refused(7, "reason", "version"),
        Ask(["pkg"], [("pkg", "data.txt")]),
        Output(3, 2, b"text\xff", 7, 1000, 1.5),
        Output(3, 1, b"text", display=Display({"text/html": "<b>text</b>"}, "name", True)),
        Output(3, 1, b"", display=Display(clear="wait")),
        Prompt(4, "name? ", 7, True),
    ],
    ids=repr,
)
def test_every_answer_arrives_as_it_left(answer: Answer) -> None:
    assert decode_answer(encode(answer)) == answer


def test_a_hello_arrives_as_it_left() -> None:
    hello = Hello(MAJOR, MINOR, "session", "control", "client")
    assert decode_hello(encode(hello)) == hello


def test_a_welcome_arrives_as_it_left() -> None:
    welcome = Welcome(MAJOR, MINOR, "interpreter", "host", 123)
    assert decode_welcome(encode(welcome)) == welcome


def test_a_control_request_arrives_as_it_left() -> None:
    assert decode_control(encode(Status())) == Status()
    deliver = Deliver("session", Code([Module("pkg", b"", "/pkg", "namespace")]), now=True)
    assert decode_control(encode(deliver)) == deliver
    for request in (
        Tell("session", 4, None),
        Describe("session", 3, "", [("attribute", "str"), ("item", 1)], "keys", 10),
        Written(1.5),
    ):
        assert decode_control(encode(request)) == request


def test_a_status_arrives_as_it_left() -> None:
    assert decode_status(encode({"variables": 3, "busy": False})) == {"variables": 3, "busy": False}


def test_the_path_of_a_nested_frame_arrives() -> None:
    assert decode_frame(encode(Frame(1, [], ["outer", "inner"]))).path == ["outer", "inner"]


def test_nan_arrives_as_nan() -> None:
    (message,) = decode_frame(encode(Frame(1, [Put(1, math.nan)]))).messages
    assert isinstance(message, Put)
    assert isinstance(message.value, float)
    assert math.isnan(message.value)


def test_buffers_arrive_writable() -> None:
    (message,) = decode_frame(encode(Frame(1, [Put(1, Pickled(b"", [bytearray(b"x")]))]))).messages
    assert isinstance(message, Put)
    assert isinstance(message.value, Pickled)
    message.value.buffers[0][0] = 0
    assert message.value.buffers == [bytearray(1)]


def test_views_travel_without_being_copied_first() -> None:
    pickled = Pickled(memoryview(b"data"), [memoryview(b"buffer")])  # type: ignore[arg-type, list-item]
    (message,) = decode_frame(encode(Frame(1, [Put(1, pickled)]))).messages
    assert message == Put(1, Pickled(b"data", [bytearray(b"buffer")]))


@pytest.mark.parametrize("data_type", [bytes, bytearray, memoryview])
def test_a_frame_is_read_from_any_bytes(data_type: Any) -> None:
    assert decode_frame(data_type(encode(Frame(1, [Clear()])))) == Frame(1, [Clear()])


# ------------------------------------------------------------------------------------------------ wire form


@pytest.mark.parametrize(
    ("struct", "raw"),
    [
        (Op(3, "add", [Ref(2), 1]), ["op", 3, "add", [["ref", 2], 1]]),
        (Put(1, "text"), ["put", 1, "text"]),
        (GetAttr(2, Ref(1), "name"), ["getattr", 2, ["ref", 1], "name"]),
        (Call(0, Ref(1), [1], {"key": None}), ["call", 0, ["ref", 1], [1], {"key": None}]),
        (Iter(5, Ref(4), 0, 10), ["iter", 5, ["ref", 4], 0, 10, 0]),
        (Fetch(Ref(1)), ["fetch", ["ref", 1], "value", ""]),
        (Del([1, 2]), ["del", [1, 2]]),
        (SetNamed("name", Bytes(b"x")), ["setnamed", "name", ["bytes", b"x"]]),
        (Frame(7, [Names()], ["outer"]), ["frame", 7, [["names"]], ["outer"], 0, [], [], 0, 0]),
        (Reply(7, 1, [(0, Declined())]), ["reply", 7, 1, [[0, ["declined"]]], [], [], []]),
        (Items([1, Kept()], True), ["items", [1, ["kept"]], True, False, 0, ""]),
        (Refused(7, "why"), ["refused", 7, "why", "protocol"]),
        (Hello(0, 1, "s"), ["hello", 0, 1, "s", "frames", "", "", False, 0, False, False, 0, ""]),
        (Output(3, 2, b"text"), ["output", 3, 2, b"text", 0, 0, 0.0, None]),
        (
            Output(3, 1, b"x", display=Display({"text/html": "y"}, "id")),
            ["output", 3, 1, b"x", 0, 0, 0.0, ["display", {"text/html": "y"}, "id", False, ""]],
        ),
        (Prompt(4, "name? "), ["prompt", 4, "name? ", 0, False]),
        (Tell("s", 4, None), ["tell", "s", 4, None]),
        (Describe("s", 3, path=[("item", 1)]), ["describe", "s", 3, "", [["item", 1]], "members", 2000]),
        (Status(), ["status"]),
        (Interrupt("s", [1, 2]), ["interrupt", "s", [1, 2]]),
        (Cancel("s", [(1, 0), (1, 2)]), ["cancel", "s", [[1, 0], [1, 2]]]),
    ],
    ids=repr,
)
def test_the_wire_form_can_be_read_without_the_schema(struct: msgspec.Struct, raw: Raw) -> None:
    assert plain(encode(struct)) == raw


def test_a_pickle_is_bytes_on_the_wire() -> None:
    assert plain(encode(Pickled(b"data", [bytearray(b"x")]))) == ["pickled", b"data", [b"x"]]


def test_a_str_with_lone_surrogates_is_not_encoded() -> None:
    with pytest.raises(UnicodeEncodeError):
        encode(Put(1, "\udc80"))


def test_an_int_past_64_bits_is_not_encoded() -> None:
    with pytest.raises(OverflowError):
        encode(Put(1, 2**64))


# -------------------------------------------------------------------------------------------- wrong frames


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        (["frame", 0, []], "at `number`"),
        (["frame", "one", []], "at `number`"),
        (["frame", 1, 5], "at `messages`"),
        (["frame", 1, [], ["outer", 3]], "at `path[1]`"),
        (frame_of(5), "at `messages[0]`"),
        (frame_of(["names"], ["nonsense"]), "at `messages[1]"),
        (frame_of(["put", 1.5, 1]), "at `messages[0].id`"),
        (frame_of(["put", 1]), "at `messages[0]`"),
        (frame_of(["put", 1, {"a": 1}]), "at `messages[0].value`"),
        (frame_of(["put", 1, b"x"]), "at `messages[0].value`"),
        (frame_of(["put", 1, ["ref", 0]]), "at `messages[0].value.id`"),
        (frame_of(["put", 1, ["pickled", "text"]]), "at `messages[0].value.data`"),
        (frame_of(["put", 1, ["bulk", "token", -1]]), "at `messages[0].value.size`"),
        (frame_of(["put", 1, ["stored", 5]]), "at `messages[0].value.token`"),
        (frame_of(["getattr", 1, ["ref", 1], 7]), "at `messages[0].name`"),
        (frame_of(["call", 1, ["ref", 1], [["pickled", b"", [1]]]]), "at `messages[0].args[0].buffers[0]`"),
        (frame_of(["call", 1, ["ref", 1], [], {"key": ["ref", "x"]}]), "at `messages[0].kwargs"),
        (frame_of(["call", 1, ["ref", 1], [], {1: 2}]), "`messages[0].kwargs"),
        (frame_of(["op", -1, "add", []]), "at `messages[0].id`"),
        (frame_of(["op", 3, "add", 5]), "at `messages[0].args`"),
        (frame_of(["names"], ["names"], ["op", 3, "add", [1, ["ref", -1]]]), "at `messages[2].args[1].id`"),
        (frame_of(["iter", 0, ["ref", 1], 0, 1]), "at `messages[0].id`"),
        (frame_of(["iter", 1, ["bytes", b""], 0, 1]), "at `messages[0].obj`"),
        (frame_of(["iter", 1, ["ref", 1], -2, 1]), "at `messages[0].start`"),
        (frame_of(["iter", 1, ["ref", 1], 0, 0]), "at `messages[0].count`"),
        (frame_of(["fetch", ["ref", 1], "copy"]), "at `messages[0].form`"),
        (frame_of(["del", [1, 0]]), "at `messages[0].ids[1]`"),
        (frame_of(["lease", ["ref", 1], 5]), "at `messages[0].token`"),
        (frame_of(["claim", 0, "token"]), "at `messages[0].id`"),
    ],
    ids=str,
)
def test_a_wrong_field_is_named(raw: Raw, field: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        decode_frame(wire(raw))
    assert field in str(caught.value)


@pytest.mark.parametrize("raw", [None, 5, [], {}, "frame", ["frame"], ["frame", 1]], ids=str)
def test_what_is_no_frame_is_refused(raw: Raw) -> None:
    with pytest.raises(ProtocolError, match="not a valid frame"):
        decode_frame(wire(raw))


def test_a_wrong_tag_is_told() -> None:
    with pytest.raises(ProtocolError, match="'reply'"):
        decode_frame(encode(Reply(1, 1)))


def test_a_struct_that_is_no_message_is_refused_as_one() -> None:
    with pytest.raises(ProtocolError, match="'ref'"):
        decode_frame(wire(frame_of(["ref", 1])))


def test_a_message_that_is_no_operand_is_refused_as_one() -> None:
    with pytest.raises(ProtocolError, match="'names'"):
        decode_frame(wire(frame_of(["put", 1, ["names"]])))


def test_bytes_cut_off_anywhere_are_refused() -> None:
    data = encode(Frame(1, list(MESSAGES)))
    for size in range(len(data)):
        with pytest.raises(ProtocolError):
            decode_frame(data[:size])


def test_bytes_after_the_end_are_refused() -> None:
    with pytest.raises(ProtocolError):
        decode_frame(encode(Frame(1, [])) + b"\x00")


def test_what_is_no_messagepack_is_refused() -> None:
    with pytest.raises(ProtocolError):
        decode_frame(b"\xc1")


@pytest.mark.parametrize(
    "head",
    [b"", b"\x93\xa5frame\x01", b"\x93\xa5frame\x01\x91\x93\xa3put\x01", b"\x95\xa5frame\x01\x90\x90"],
    ids=["as a frame", "as messages", "as an operand", "as an unknown field"],
)
def test_nesting_too_deep_is_refused(head: bytes) -> None:
    with pytest.raises(ProtocolError):
        decode_frame(head + b"\x91" * 100_000 + b"\x01")


@pytest.mark.parametrize("decode", [decode_answer, decode_hello, decode_welcome, decode_control, decode_status])
@pytest.mark.parametrize("data", [b"", b"\xc1", b"\x91" * 100_000, wire(["frame", 1, []]), wire(5), wire({1: 2})])
def test_every_decoder_refuses_nonsense_as_a_protocol_error(decode: Any, data: bytes) -> None:
    with pytest.raises(ProtocolError):
        decode(data)


def test_a_wrong_field_of_a_reply_is_named() -> None:
    with pytest.raises(ProtocolError, match="at `executed`"):
        decode_answer(wire(["reply", 1, "all"]))


def test_a_wrong_field_of_a_hello_is_named() -> None:
    with pytest.raises(ProtocolError, match="at `role`"):
        decode_hello(wire(["hello", MAJOR, MINOR, "session", "admin"]))


# ------------------------------------------------------------------------------- peers of another release


def test_fields_that_a_newer_peer_adds_are_ignored() -> None:
    raw = [
        "frame",
        1,
        [["put", 1, ["ref", 2, "new"], "new"]],
        ["outer"],
        4,
        [["f.py", 1, "f"]],
        [1],
        5,
        6,
        {"new": [1]},
    ]
    assert decode_frame(wire(raw)) == Frame(1, [Put(1, Ref(2))], ["outer"], 4, [("f.py", 1, "f")], [1], 5, 6)


def test_fields_that_a_newer_peer_adds_to_a_reply_are_ignored() -> None:
    assert decode_answer(wire(["reply", 1, 1, [], [], [], [], "new"])) == Reply(1, 1)


def test_fields_that_a_newer_peer_adds_to_a_hello_are_ignored() -> None:
    raw = ["hello", MAJOR, MINOR + 1, "session", "frames", "client", "worker", True, 3, True, True, 5, "heir", "new"]
    assert decode_hello(wire(raw)) == Hello(
        MAJOR, MINOR + 1, "session", "frames", "client", "worker", True, 3, True, True, 5, "heir"
    )


def test_fields_with_a_default_may_be_left_out_by_an_older_peer() -> None:
    assert decode_frame(wire(["frame", 1, [["call", 2, ["ref", 1]]]])) == Frame(1, [Call(2, Ref(1))])


def test_a_hello_of_another_major_names_both_versions() -> None:
    with pytest.raises(VersionError) as caught:
        decode_hello(encode(Hello(MAJOR + 1, 0, "session")))
    assert f"version {MAJOR + 1}.0 " in str(caught.value)
    assert f"version {MAJOR}.{MINOR}" in str(caught.value)


@pytest.mark.parametrize("rest", [[], [{}], ["one", 2, None, [3]]], ids=str)
def test_a_hello_of_another_major_is_told_whatever_else_it_says(rest: list[Raw]) -> None:
    with pytest.raises(VersionError):
        decode_hello(wire(["hello", MAJOR + 1, *rest]))


@pytest.mark.parametrize("minor", [0, MINOR, MINOR + 1, 1000])
def test_a_hello_of_any_minor_is_understood(minor: int) -> None:
    assert decode_hello(encode(Hello(MAJOR, minor, "session"))).minor == minor


def test_a_welcome_of_another_major_names_both_versions() -> None:
    with pytest.raises(VersionError) as caught:
        decode_welcome(encode(Welcome(MAJOR + 1, 0, "interpreter", "host", 1)))
    assert f"version {MAJOR + 1}.0 " in str(caught.value)
    assert f"version {MAJOR}.{MINOR}" in str(caught.value)


@pytest.mark.parametrize("rest", [[], [{}], ["one", 2, None, [3]]], ids=str)
def test_a_welcome_of_another_major_is_told_whatever_else_it_says(rest: list[Raw]) -> None:
    with pytest.raises(VersionError):
        decode_welcome(wire(["welcome", MAJOR + 1, *rest]))


def test_a_refused_version_is_a_version_error_with_the_reason() -> None:
    with pytest.raises(VersionError, match="too old"):
        decode_welcome(encode(Refused(0, "too old", "version")))


def test_a_refused_hello_is_a_protocol_error_with_the_reason() -> None:
    with pytest.raises(ProtocolError, match="no session") as caught:
        decode_welcome(encode(Refused(0, "no session")))
    assert not isinstance(caught.value, VersionError)


def test_the_remedy_for_a_version_mismatch_is_told() -> None:
    assert "install the same release" in protocol.version_mismatch("9.0", "the client", "the interpreter")


# ---------------------------------------------------------------------------- numbers of undecodable frames


@pytest.mark.parametrize(
    "raw",
    [frame_of(["nonsense"]), ["frame", 1], ["frame", 1, 5], ["frame", 1, [], 5]],
    ids=str,
)
def test_the_number_of_an_undecodable_frame_is_read(raw: Raw) -> None:
    assert frame_number(wire(raw)) == 1


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xc1",
        encode(Frame(1, []))[:-1],
        b"\x91" * 100_000,
        wire(None),
        wire([]),
        wire(["frame"]),
        wire("frame"),
        wire({"frame": 1}),
        wire(["frame", 0, []]),
        wire(["frame", -1, []]),
        wire(["frame", True, []]),
        wire(["frame", "1", []]),
        wire(["frame", 1.0, []]),
    ],
    ids=lambda data: repr(data[:20]),
)
def test_the_number_is_0_where_it_cannot_be_read(data: bytes) -> None:
    assert frame_number(data) == 0


# ------------------------------------------------------------------------------------ found by changed frames


@pytest.mark.parametrize("tag", ["`$[²]`", f"`$[{'9' * 5000}]`", "`$[0]`", " - at `$[1]`"])
def test_a_tag_that_looks_like_a_place_is_not_taken_for_one(tag: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        decode_frame(wire(frame_of(["names"], [tag])))
    assert str(caught.value).endswith("at `messages[1][0]`")
    assert tag in str(caught.value)


@pytest.mark.parametrize("raw", [{}, {"hello": 1}, "hello", b"hello", ["hello"], [], 5, None], ids=repr)
def test_what_is_no_hello_is_refused(raw: Raw) -> None:
    with pytest.raises(ProtocolError, match="not a valid hello") as caught:
        decode_hello(wire(raw))
    assert not isinstance(caught.value, VersionError)


def test_a_hello_of_another_major_tells_of_its_minor_only_a_number() -> None:
    # How deep lists may be is not the same for who reads them and who shows them: no depth may be in between.
    for deep in [1, 10, *range(900, 1100)]:
        with pytest.raises(ProtocolError) as caught:
            decode_hello(b"\x94" + wire("hello") + wire(MAJOR + 1) + b"\x91" * deep + b"\x90" + wire("session"))
        assert len(str(caught.value)) < 300
