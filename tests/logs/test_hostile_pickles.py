"""Pickles in logs that were made to do harm, or to take long."""

from __future__ import annotations

import pickle
import time
import tracemalloc
from pathlib import Path
from typing import Any

import msgspec
import pytest
from recording import BEGAN, OPENED, Stand, answered, content, error, sent

from ray_proxy.logs.opcodes import pickled_type
from ray_proxy.logs.operations import references
from ray_proxy.logs.records import Part, Value
from ray_proxy.protocol import Bulk, Call, Fetch, Pickled, Put, Ref, Reply
from ray_proxy.tools.cli import main


class Filled:
    """Has a large state."""

    def __init__(self) -> None:
        self.items = list(range(20_000))


MANY: list[Any] = [
    list(range(20_000)), tuple(range(20_000)), set(range(20_000)), frozenset(range(20_000)),
    {number: str(number) for number in range(20_000)}, [[number] for number in range(9000)], (list(range(20_000)),),
    [1, tuple(range(20_000))],
]  # fmt: skip


@pytest.mark.parametrize("value", MANY, ids=lambda value: type(value).__name__)
def test_the_type_of_a_pickle_of_many_opcodes_is_told_by_how_it_begins_and_ends(value: Any) -> None:
    assert pickled_type(pickle.dumps(value, 5)) == type(value).__name__


def test_the_same_of_an_object_with_a_large_state() -> None:
    assert pickled_type(pickle.dumps(Filled(), 5)) == f"{Filled.__module__}.Filled"


def test_of_what_is_made_by_a_call_in_the_end_nothing_is_told() -> None:
    assert pickled_type(pickle.dumps(slice(list(range(20_000)), 1), 5)) == "pickle"


@pytest.mark.parametrize("protocol", [2, 4, 5])
def test_variables_in_a_pickle_of_many_opcodes_are_all_found(protocol: int) -> None:
    ids = [*range(1, 300), 65_535, 65_536, 2**31 - 1, 2**31, 2**40, 2**63, 2**64 - 1]
    data = pickle.dumps([list(range(20_000)), [Stand(id) for id in ids], list(range(20_000)), Stand(77_777)], protocol)
    assert {*ids, 77_777} <= set(references(Put(1, Pickled(data, []))))


BOMBS = {
    "many": b"\x80\x05" + b"N" * 5_000_000 + b".",
    "deep": b"\x80\x05" + b"]" * 1_000_000 + b"a" * 999_999 + b".",
    "marks": b"\x80\x05" + b"(" * 5_000_000 + b".",
    "tuples": b"\x80\x05)" + b"\x85" * 5_000_000 + b".",
    "doubled": b"\x80\x05)" + b"2\x86" * 2_000_000 + b".",
    "memo": b"\x80\x05N" + b"\x94" * 5_000_000 + b".",
    "with variables": b"\x80\x05\x8c\x07resolve" + b"K\x85" * 2_000_000 + b".",
    "digits": b"\x80\x05I" + b"9" * 5_000_000 + b"\n.",
}


@pytest.mark.parametrize("data", BOMBS.values(), ids=BOMBS)
def test_a_pickle_that_is_made_to_take_long_does_not(data: bytes) -> None:
    since = time.process_time()
    tracemalloc.start()
    try:
        assert isinstance(pickled_type(data), str)
        list(references(Put(1, Pickled(data, []))))
        assert tracemalloc.get_traced_memory()[1] < 50 << 20
    finally:
        tracemalloc.stop()
    assert time.process_time() - since < 2


class Bomb:
    """Makes a file where it is loaded."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return open, (str(self.path), "w")


@pytest.mark.parametrize(
    "command",
    [["show"], ["show", "--long"], ["show", "--json"], ["show", "--variable", "v1"], ["show", "--errors"], ["diff"]],
    ids=" ".join,
)
def test_no_command_that_reads_a_log_loads_a_pickle(command: list[str], tmp_path: Path) -> None:
    made, path = tmp_path / "made", tmp_path / "log"
    data = pickle.dumps([Bomb(made)], 5)
    bomb = Pickled(data, [])
    failed = msgspec.structs.replace(error(), value=bomb)
    path.write_bytes(
        content(
            msgspec.structs.replace(BEGAN, bulk=True),
            OPENED,
            Part("token", 0, data),
            Value("token", 0),
            sent(1, Put(1, bomb), Put(2, Bulk("token", 5)), Fetch(Ref(1)), Call(4, bomb, [bomb], {"a": bomb})),
            answered(Reply(1, 4, [(2, bomb)], [(3, 0)], [failed])),
        )
    )
    files = [str(path)] * (2 if command == ["diff"] else 1)
    assert main(["log", *command, *files]) == 0
    assert not made.exists()
    pickle.loads(data)[0].close()
    assert made.exists()
