"""The JSON Schema of the protocol says what the decoders say, and a version that was frozen stays as it is."""

from __future__ import annotations

import base64
import copy
import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import contract
import jsonschema
import pytest
import referencing
from msgspec import Struct, msgpack
from samples import ERROR, MESSAGES, OPERANDS, RESULTS

from ray_proxy import protocol
from ray_proxy.errors import ProtocolError
from ray_proxy.interpreter.operators import OPERATORS
from ray_proxy.protocol import (
    MAJOR,
    MINOR,
    Ask,
    Cancel,
    Code,
    Deliver,
    Describe,
    Display,
    Frame,
    Hello,
    Interrupt,
    Output,
    Prompt,
    Put,
    Refused,
    Reply,
    Status,
    Tell,
    Text,
    Welcome,
    Written,
    encode,
)
from ray_proxy.tools import schema
from ray_proxy.tools.cli import main

PRESENT = schema.schema()
REGISTRY: Any = referencing.Registry().with_resource(PRESENT["$id"], referencing.Resource.from_contents(PRESENT))
KINDS = [root["$anchor"] for root in PRESENT["anyOf"]]
VALIDATORS = {
    kind: jsonschema.Draft202012Validator({"$ref": f"{PRESENT['$id']}#{kind}"}, registry=REGISTRY) for kind in KINDS
}
DECODERS: dict[str, Callable[[bytes], object]] = {
    "hello": protocol.decode_hello,
    "welcome": lambda data: protocol._decode(protocol._welcomes, "welcome", data),
    "frame": protocol.decode_frame,
    "answer": protocol.decode_answer,
    "control": protocol.decode_control,
    "status": protocol.decode_status,
}
STRUCTS: list[tuple[str, Any]] = [
    *(("frame", Frame(1, [message], ["outer"], 3, origin=7)) for message in MESSAGES),
    *(("answer", Reply(3, 2, [(0, result)])) for result in RESULTS if isinstance(result, Struct)),
    ("answer", Reply(3, 2, [], [(1, 0)], [ERROR])),
    ("answer", Refused(3, "reason", "session")),
    ("answer", Ask(["pkg"], [("pkg", "data.txt")])),
    ("answer", Output(3, 2, b"text", 7, 1000, 1.5)),
    ("answer", Output(3, 1, b"text", display=Display({"text/html": "<b>text</b>"}, "name", True, "wait"))),
    ("answer", Prompt(4, "name? ", 7, True)),
    ("hello", Hello(MAJOR, MINOR, "session", "control", "client", "worker", True, 3, True, True, 5, "heir")),
    ("welcome", Welcome(MAJOR, MINOR, "interpreter", "host", 1, 30.0, 3, True, [Text("pkg", bytes(16), "/pkg.py", 5)])),
    ("welcome", Refused(0, "reason", "version")),
    ("control", Status()),
    ("control", Interrupt("session", [1, 2])),
    ("control", Cancel("session", [(1, 0), (2, 3)])),
    ("control", Deliver("session", Code([]), True)),
    ("control", Tell("session", 4, "Ada")),
    ("control", Tell("session", 4, None)),
    ("control", Describe("session", 3, "name", [("attribute", "str"), ("item", 1)], "keys", 10)),
    ("control", Written(1.5)),
    ("status", {"variables": 3, "busy": False}),
]
OTHERS: list[tuple[str, Any]] = [
    *(("frame", Frame(1, [Put(1, operand)])) for operand in OPERANDS),
    *(("answer", Reply(3, 2, [(0, result)])) for result in RESULTS),
]


def as_json(value: Any) -> Any:
    """What JSON has for a value on the wire."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, list):
        return [as_json(item) for item in value]
    return {name: as_json(item) for name, item in value.items()} if isinstance(value, dict) else value


def tags(value: Any) -> Iterator[str]:
    """Tags of all structs in a value."""
    if isinstance(value, list):
        yield from (item for item in value[:1] if isinstance(item, str))
    if isinstance(value, (list, dict)):
        for item in value if isinstance(value, list) else value.values():
            yield from tags(item)


def variants(value: Any) -> Iterator[Any]:
    """Values that differ from this one in one place: most are wrong."""
    others = (None, True, -2, 2**63, 1.5, "text", [], {}, ["ref", 1], ["kept"])
    binary = [value, *value] if isinstance(value, list) else [value]
    if any(isinstance(item, bytes) for item in binary):  # in JSON the same as a str
        others = others[:5]
    yield from others
    if isinstance(value, list):
        yield from (value[:-1], [*value, 7])
        for at, item in enumerate(value):
            yield from ([*value[:at], variant, *value[at + 1 :]] for variant in variants(item))
    if isinstance(value, dict):
        for name, item in value.items():
            yield from ({**value, name: variant} for variant in variants(item))


def identity(value: object) -> str:
    """How a sample is called in the report."""
    return value if isinstance(value, str) else repr(value)[:80]


def is_decoded(kind: str, raw: Any) -> bool:
    try:
        DECODERS[kind](msgpack.encode(raw))
    except ProtocolError:
        return False
    return True


# ---------------------------------------------------------------------------------------------- the schema


def test_it_is_a_schema_of_the_draft_that_it_names() -> None:
    assert PRESENT["$schema"] == jsonschema.Draft202012Validator.META_SCHEMA["$id"]
    jsonschema.Draft202012Validator.check_schema(PRESENT)


def test_it_names_its_version() -> None:
    assert PRESENT["title"] == f"ray-proxy protocol {MAJOR}.{MINOR}"
    assert PRESENT["version"] == f"{MAJOR}.{MINOR}"
    assert PRESENT["$id"] == f"urn:ray-proxy:protocol:{MAJOR}.{MINOR}"


def test_it_has_every_struct_and_all_that_travels() -> None:
    assert PRESENT["$defs"].keys() == contract.STRUCTS.keys()
    assert KINDS == list(DECODERS)


def test_every_field_is_named_and_every_struct_described() -> None:
    for name, struct in contract.STRUCTS.items():
        definition = PRESENT["$defs"][name]
        assert definition["description"]
        assert "\n " not in definition["description"]
        assert [item["title"] for item in definition["prefixItems"][1:]] == list(struct.__struct_fields__)


def test_no_struct_is_missing_from_the_samples() -> None:
    found = set(itertools.chain.from_iterable(tags(msgpack.decode(encode(sample))) for _, sample in STRUCTS))
    assert {kind.__struct_config__.tag for kind in contract.STRUCTS.values()} <= found


@pytest.mark.parametrize(("kind", "sample"), STRUCTS + OTHERS, ids=identity)
def test_a_sample_is_valid_as_what_it_is_and_in_the_whole(kind: str, sample: Any) -> None:
    value = as_json(msgpack.decode(encode(sample)))
    VALIDATORS[kind].validate(value)
    jsonschema.Draft202012Validator(PRESENT).validate(value)


@pytest.mark.parametrize(("kind", "sample"), STRUCTS, ids=identity)
def test_what_differs_in_one_place_is_valid_where_the_decoder_takes_it(kind: str, sample: Any) -> None:
    taken = 0
    for raw in variants(msgpack.decode(encode(sample))):
        valid = VALIDATORS[kind].is_valid(as_json(raw))
        if kind == "hello" and isinstance(raw, list) and raw[1:2] in ([-2], [2**63]):
            continue  # of another major
        assert valid is is_decoded(kind, raw), raw
        taken += valid
    assert taken  # what a later version adds, at least


# -------------------------------------------------------------------------------------------- the command


def test_the_command_prints_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["protocol", "schema"]) == 0
    assert json.loads(capsys.readouterr().out) == PRESENT


def test_the_command_writes_it_to_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["protocol", "schema", "-o", str(tmp_path / "schema.json")]) == 0
    assert json.loads((tmp_path / "schema.json").read_text()) == PRESENT
    assert capsys.readouterr().out == ""


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["protocol", "schema", "-o", str(tmp_path / "missing" / "schema.json")]) == 1
    assert "missing/schema.json cannot be written: No such file or directory" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["protocol"], ["protocol", "nonsense"]])
def test_wrong_usage_is_told(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage: ray-proxy protocol" in capsys.readouterr().err


# -------------------------------------------------------------------------------------- what was frozen


def test_this_version_is_as_it_was_frozen() -> None:
    frozen = contract.stored().get((MAJOR, MINOR))
    assert frozen is not None, f"version {MAJOR}.{MINOR} is not frozen; run: python tests/contract.py freeze"
    assert contract.bare(PRESENT) == contract.bare(frozen), contract.REMEDY
    assert sorted(OPERATORS) == contract.stored_operators()[MAJOR, MINOR], contract.REMEDY


def test_each_version_keeps_what_those_before_it_have_promised() -> None:
    for (_, earlier), (_, later) in itertools.combinations(contract.stored().items(), 2):
        assert contract.breaches(earlier, later) == []
    for (before, earlier), (after, later) in itertools.combinations(contract.stored_operators().items(), 2):
        assert before[0] != after[0] or set(earlier) <= set(later)


def test_files_are_named_by_their_version() -> None:
    for path in contract.SCHEMAS.glob("*.json"):
        assert json.loads(path.read_text())["version"] == path.stem
        assert path.with_suffix(".operators").exists()


def test_a_version_that_was_frozen_is_not_written_again(tmp_path: Path) -> None:
    path = contract.freeze(tmp_path)
    assert path.read_text() == schema.text()
    assert path.with_suffix(".operators").read_text().split() == sorted(OPERATORS)
    path.write_text("kept")
    with pytest.raises(SystemExit, match="raise MINOR"):
        contract.freeze(tmp_path)
    assert path.read_text() == "kept"


def test_a_version_that_breaks_a_promise_is_not_frozen(tmp_path: Path) -> None:
    earlier = {**copy.deepcopy(PRESENT), "version": f"{MAJOR}.0"}
    earlier["$defs"]["Gone"] = earlier["$defs"]["Clear"]
    (tmp_path / "earlier.json").write_text(json.dumps(earlier))
    with pytest.raises(SystemExit, match="Gone is gone"):
        contract.freeze(tmp_path)
    assert not (tmp_path / f"{MAJOR}.{MINOR}.json").exists()


# ------------------------------------------------------------------------------- what a version may change


def breaches(change: Callable[[dict[str, Any]], object], version: str = f"{MAJOR}.{MINOR + 1}") -> list[str]:
    """What is found where a later version of the schema has this change."""
    later = {**copy.deepcopy(PRESENT), "version": version}
    change(later)
    return contract.breaches(PRESENT, later)


def items(one: dict[str, Any], struct: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = one["$defs"][struct]["prefixItems"]
    return found


def test_an_unchanged_schema_breaks_nothing() -> None:
    assert breaches(lambda later: None) == []


def test_a_field_with_a_default_may_be_added_at_the_end() -> None:
    def change(later: dict[str, Any]) -> None:
        items(later, "Frame").append({"title": "new", "type": "array", "items": {"type": "integer"}, "default": []})
        items(later, "Hello").append({"title": "new", "type": "boolean", "default": False})

    assert breaches(change) == []


def test_a_field_without_a_default_may_not_be_added() -> None:
    change = lambda later: items(later, "Frame").append({"title": "new", "type": "integer"})  # noqa: E731
    assert breaches(change) == ["Frame.new was added without a default"]


def test_a_field_may_not_be_added_before_others() -> None:
    new = {"title": "new", "type": "integer", "default": 0}
    assert "Welcome.new stands where Welcome.grace stood" in breaches(lambda one: items(one, "Welcome").insert(6, new))


@pytest.mark.parametrize("at", range(1, 5))
def test_no_field_may_be_removed(at: int) -> None:
    assert breaches(lambda later: items(later, "Frame").pop(at)) != []


def test_the_last_field_may_not_be_removed() -> None:
    last = items(PRESENT, "Frame")[-1]["title"]
    assert breaches(lambda later: items(later, "Frame").pop()) == [f"Frame.{last} is gone"]


def test_fields_of_one_type_may_not_change_places() -> None:
    def change(later: dict[str, Any]) -> None:
        fields = items(later, "Welcome")
        fields[3], fields[4] = fields[4], fields[3]

    assert "Welcome.host stands where Welcome.interpreter stood" in breaches(change)


def test_a_tag_may_not_change() -> None:
    assert breaches(lambda later: items(later, "Put")[0].update(enum=["set"])) == ["Put has another tag"]


def test_a_struct_may_be_added_and_not_removed() -> None:
    new = {"type": "array", "prefixItems": [{"enum": ["new"]}], "minItems": 1}
    assert breaches(lambda later: later["$defs"].update(New=new)) == []
    assert breaches(lambda later: later["$defs"].pop("Clear")) == ["Clear is gone"]


@pytest.mark.parametrize(
    "change",
    [
        lambda one: items(one, "Reply")[1].update(type="string"),
        lambda one: items(one, "Frame")[1].update(minimum=0),
        lambda one: items(one, "Frame")[1].pop("minimum"),
        lambda one: items(one, "Reply")[1].update(maximum=100),
        lambda one: items(one, "Put")[2]["anyOf"].pop(),
        lambda one: items(one, "Fetch")[2]["enum"].remove("ref"),
        lambda one: items(one, "Del")[1].update(items={"type": "string"}),
        lambda one: items(one, "Call")[4].update(additionalProperties={"type": "string"}),
        lambda one: items(one, "Reply")[4]["items"]["prefixItems"].pop(),
        lambda one: items(one, "Reply")[4]["items"].update(minItems=3),
        lambda one: items(one, "Lease")[1].update({"$ref": "#/$defs/Bytes"}),
        lambda one: items(one, "Frame")[4].update(default=1),
        lambda one: items(one, "Frame")[4].pop("default"),
        lambda one: items(one, "Frame")[2].update(default=[]),
    ],
)
def test_a_type_a_bound_or_a_default_may_not_change(change: Callable[[dict[str, Any]], object]) -> None:
    assert len(breaches(change)) == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda one: items(one, "Put")[2]["anyOf"].append({"$ref": "#/$defs/New"}),
        lambda one: items(one, "Frame")[2]["items"]["anyOf"].append({"$ref": "#/$defs/New"}),
        lambda one: items(one, "Call")[4]["additionalProperties"]["anyOf"].append({"$ref": "#/$defs/New"}),
        lambda one: items(one, "Reply")[3]["items"]["prefixItems"][1]["anyOf"].append({"$ref": "#/$defs/New"}),
        lambda one: items(one, "Fetch")[2]["enum"].append("new"),
        lambda one: items(one, "Lease").__setitem__(
            1, {"title": "obj", "anyOf": [{"$ref": "#/$defs/Ref"}, {"$ref": "#/$defs/New"}]}
        ),
        lambda one: one["anyOf"][3]["anyOf"].append({"$ref": "#/$defs/New"}),
        lambda one: one["anyOf"].append({"$anchor": "new", "type": "object"}),
        lambda one: one["$defs"]["Frame"].update(description="Told better."),
    ],
)
def test_unions_and_enumerations_may_gain_members(change: Callable[[dict[str, Any]], object]) -> None:
    assert breaches(change) == []


def test_what_travels_may_not_lose_a_member() -> None:
    assert breaches(lambda later: later["anyOf"][3]["anyOf"].pop()) == ["answer is not all that it was"]
    assert breaches(lambda later: later["anyOf"].pop()) == ["status is gone"]


def test_a_hello_takes_no_new_values() -> None:
    """It is said before a client knows which version it talks to."""
    (found,) = breaches(lambda later: items(later, "Hello")[4]["enum"].append("admin"))
    assert found == "Hello.role has another type, and is said before the peer's version is known"


@pytest.mark.parametrize("version", [f"{MAJOR}.{MINOR + 1}", f"{MAJOR + 1}.0"])
def test_what_peers_refuse_each_other_by_stays_the_same_for_ever(version: str) -> None:
    new = {"title": "new", "type": "integer", "default": 0}
    for change in (
        lambda later: items(later, "Refused").append(new),
        lambda later: items(later, "Refused")[3]["enum"].append("another"),
        lambda later: later["$defs"].pop("Refused"),
    ):
        assert "Refused stays the same for ever" in breaches(change, version)
    for change in (
        lambda later: items(later, "Hello")[0].update(enum=["hi"]),
        lambda later: items(later, "Hello")[1].update(type="string"),
        lambda later: items(later, "Hello").pop(2),
        lambda later: later["$defs"].pop("Hello"),
    ):
        assert "the first three elements of Hello stay the same for ever" in breaches(change, version)


def test_another_major_may_change_all_else() -> None:
    def change(later: dict[str, Any]) -> None:
        later["$defs"].pop("Frame")
        items(later, "Hello")[3:] = []
        later["anyOf"] = []

    assert breaches(change, f"{MAJOR + 1}.0") == []
