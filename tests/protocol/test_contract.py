"""docs/protocol.md is true: its tables, its limits, its names, and its example."""

from __future__ import annotations

import copy
import hashlib
import hmac
import importlib
import json
import math
import operator
import os
import re
import threading
from collections.abc import Iterator
from typing import Any

import contract
import stranger
from conftest import eventually
from msgspec import msgpack

from ray_proxy import errors, protocol
from ray_proxy.channels import socket as sockets
from ray_proxy.interpreter import leases, run, telling
from ray_proxy.interpreter.interpreter import Interpreter
from ray_proxy.interpreter.operators import OPERATORS
from ray_proxy.server import clients, door, floor, watch, work
from ray_proxy.server.server import Server
from ray_proxy.values import codec as pickling

PAGE = contract.PAGE.read_text()


def section(title: str) -> str:
    """A section of the page, from its heading to the next one of its level."""
    level, _, _ = title.partition(" ")
    start = PAGE.index(f"\n{title}\n")
    end = re.compile(rf"^#{{1,{len(level)}}} ", re.MULTILINE).search(PAGE, start + len(title) + 2)
    return PAGE[start : end.start() if end else len(PAGE)]


# ------------------------------------------------------------------------------------------------ the page


def test_the_tables_are_those_of_the_code() -> None:
    assert contract.with_tables(PAGE) == PAGE, "run: python tests/contract.py tables"


def test_every_struct_and_union_has_its_table_once() -> None:
    assert sorted(contract.blocks(PAGE)) == sorted([*contract.STRUCTS, *contract.UNIONS, "version"])


def test_every_struct_is_under_a_heading_of_its_tag() -> None:
    for name, kind in contract.STRUCTS.items():
        assert re.search(rf"^###+ `{kind.__struct_config__.tag}`\n\n<!-- protocol.py: {name} -->", PAGE, re.MULTILINE)


def test_every_operator_is_in_the_table_once() -> None:
    rows = [line for line in section("## Operators").splitlines() if line.startswith("| `")]
    names = [name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])]
    assert sorted(names) == sorted(OPERATORS)


class Matrix:
    def __matmul__(self, other: object) -> str:
        return "product"


SAMPLES: dict[str, tuple[Any, Any]] = {
    "matmul": (Matrix(), Matrix()),
    "contains": ([3], 3),
    "getitem": ([7], 0),
    "length_hint": ([7], None),
    "copy": ([7], None),
    "deepcopy": ([7], None),
}
"""What `x` and `y` are where these are no numbers."""


def test_an_operator_means_what_the_table_says() -> None:
    """Where it says it by one expression for each name."""
    checked = []
    for line in section("## Operators").splitlines():
        names, meanings = (re.findall(r"`([^`]+)`", cell) for cell in (line.replace("\\|", "¦") + "||").split("|")[1:3])
        for name, meaning in zip(names, meanings) if len(names) == len(meanings) else ():
            if name in ("delitem", "setitem", "await"):
                continue  # they are statements, or belong into a coroutine
            x, y = SAMPLES.get(name, (7, 3))
            operands = [x, y] if re.search(r"\by\b", meaning) else [x]
            expected = eval(
                meaning.replace("¦", "|"), {"x": x, "y": y, "math": math, "copy": copy, "operator": operator}
            )
            assert OPERATORS[name](*operands) == expected, name
            checked.append(name)
    assert {"add", "or", "ge", "divmod", "neg", "trunc", "deepcopy", "truth", "contains"} <= set(checked)


def test_links_within_the_page_lead_somewhere() -> None:
    headings = re.findall(r"^#+ (.*)$", PAGE, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    assert set(re.findall(r"\]\(#([^)]*)\)", PAGE)) <= anchors


def test_the_limits_are_those_of_the_code() -> None:
    limits = section("## Limits")
    assert f"{protocol.MAX_FRAME:,} bytes (64 MiB)" in limits
    assert f"{sockets._LARGEST:,} bytes (2 GiB)" in limits
    assert limits.count(f"{door._STRANGER_LIMIT:,} bytes") == 1
    assert (sockets.HANDSHAKE, door._STRANGERS, floor._UNREAD, clients._UNSENT) == (2.0, 64, 64, 64 * 1024 * 1024)
    assert work.UNCONFIRMED == 64 * 1024 * 1024
    assert (pickling.SMALL, pickling._LONGEST_READABLE, telling._LARGEST_ERROR) == (256, 65536, 65536)
    assert (pickling.BULK, pickling.MOVED_BULK, run.REPLY_BYTES) == (2_000_000, 64 * 1024, 1024 * 1024)
    assert (leases.LEASE, floor._OVERTAKEN, watch._DEADLOCK) == (600.0, 10.0, 5)


def test_the_names_of_pickles_are_those_of_the_code() -> None:
    """They stand in pickles that are on their way, so they cannot be moved."""
    for module, name, parameters in re.findall(r"^\| `ray_proxy\.(\w+)\.(\w+)\((.*)\)`", PAGE, re.MULTILINE):
        function = getattr(importlib.import_module(f"ray_proxy.{module}"), name)
        assert (function.__module__, function.__qualname__) == (f"ray_proxy.{module}", name)
        needed = function.__code__.co_varnames[: function.__code__.co_argcount - len(function.__defaults__ or ())]
        assert ", ".join(needed) == parameters
    for name in set(re.findall(r"`ray_proxy\.errors\.(\w+)`", PAGE)):
        assert issubclass(getattr(errors, name), Exception)


# --------------------------------------------------------------------------------------------- the example

Step = tuple[str, Any, bytes]
"""Whose turn it is (``→`` for the client), the value in the page's notation, and the bytes."""


def steps() -> Iterator[list[Step]]:
    """The example, one list for each connection; that of the handshake comes first."""
    for block in re.findall(r"```text\n(.*?)```", section("## A session, byte by byte"), re.DOTALL):
        found = []
        for arrow, said, data in re.findall(r"([←→]) (.*?)((?:\n    [0-9a-f ]+$)+)", block, re.DOTALL | re.MULTILINE):
            found.append((arrow, said, bytes.fromhex(data)))
        assert len(found) == len(re.findall(r"^[←→]", block, re.MULTILINE))
        yield found


def read(said: str) -> Any:
    """A value in the page's notation: JSON, with byte strings as ``h'00ff'``."""
    said = re.sub(r"h'([0-9a-f\s]*)'", lambda found: json.dumps({"bin": "".join(found[1].split())}), said)
    return json.loads(said, object_hook=lambda found: bytes.fromhex(found["bin"]))


def test_the_bytes_of_the_example_are_those_of_its_values() -> None:
    _, *connections = steps()
    assert [len(connection) for connection in connections] == [8, 6]
    for _, said, data in [step for connection in connections for step in connection]:
        packet = b"" if said == "goodbye" else msgpack.encode(read(said))
        assert data == len(packet).to_bytes(4, "big") + packet


def test_the_proofs_of_the_example_are_right() -> None:
    (_, _, greeting), (_, _, proof), (_, _, answer) = next(steps())
    key, theirs, ours = bytes(range(32)), greeting[10:], proof[:32]
    assert greeting[:10] == b"ray-proxy\n"
    assert proof[32:] == hmac.digest(key, b"client" + theirs + ours, hashlib.sha256)
    assert answer == hmac.digest(key, b"server" + theirs + ours, hashlib.sha256)


def reads_as(value: Any, example: Any) -> bool:
    """Whether a value is as in the example to a reader who ignores fields that a later version has added."""
    if not isinstance(example, list) or not isinstance(value, list):
        return type(value) is type(example) and value == example
    is_struct = bool(example) and isinstance(example[0], str)
    if len(value) != len(example) and not (is_struct and len(value) > len(example)):
        return False
    return all(map(reads_as, value, example))


def test_an_interpreter_says_what_the_example_says() -> None:
    serving: list[threading.Thread] = []

    def start() -> None:
        serving.append(threading.Thread(target=host.serve, daemon=True))
        serving[-1].start()

    host = Server(Interpreter("abacus"), "node-7", start)
    _, *connections = steps()
    for at, connection in enumerate(connections):
        (_, hello, _), (_, welcome, _), *rest = connection
        opened, said = stranger.connect(host.address.path, host.key, read(hello))
        with opened:
            assert said[5] == os.getpid()
            assert reads_as([*said[:5], 4711, *said[6:]], read(welcome))
            for arrow, value, data in rest:
                if arrow == "→":
                    opened.sendall(data)
                elif (at, value) != (0, rest[-1][1]):
                    assert reads_as(stranger.receive_packet(opened), read(value))
                else:  # the last answer of the first connection is lost
                    eventually(lambda: host.status()["variables"] == 7)
    serving[-1].join(10)
    assert not serving[-1].is_alive()
    host.close()
