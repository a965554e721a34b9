"""docs/protocol.md is enough to write a client from it alone: `stranger` is one, and holds all conversations."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import stranger
from conftest import ROOT, eventually
from msgspec import msgpack
from stranger import Client, Refused

from ray_proxy import protocol

HOST = """
import sys, threading
from ray_proxy.server.server import Server
from ray_proxy.interpreter.interpreter import Interpreter

due = threading.Event()
server = Server(Interpreter("abacus"), "node-7", due.set, bind="127.0.0.1", parent=sys.argv[1])
print(server.address.path, server.address.port, server.key.hex(), flush=True)
while due.wait():
    due.clear()
    server.serve()
"""


class House:
    """An interpreter in a process of its own, with user code on its main thread, where interrupts reach it."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", HOST, str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        path, port, key = self.process.stdout.readline().split()
        self.unix: stranger.Address = path
        self.tcp: stranger.Address = ("127.0.0.1", int(port))
        self.key = bytes.fromhex(key)

    def client(self, session: str | None = None) -> Client:
        return Client(self.unix, self.key, session)

    def status(self) -> dict[str, Any]:
        return stranger.ask_control(self.unix, self.key, ["status"])

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = House(tmp_path_factory.mktemp("house"))
    yield house
    house.close()


@pytest.fixture
def client(house: House) -> Iterator[Client]:
    client = house.client()
    yield client
    client.drop()


def test_the_stranger_knows_nothing_of_ours() -> None:
    tree = ast.parse(Path(stranger.__file__).read_text())
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    modules |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert modules == {"__future__", "hashlib", "hmac", "os", "socket", "typing", "msgspec"}


@pytest.mark.parametrize("tcp", [False, True], ids=["unix", "tcp"])
def test_it_is_welcome(house: House, tcp: bool) -> None:
    client = Client(house.tcp if tcp else house.unix, house.key)
    assert client.welcome[:5] == ["welcome", 1, 0, "abacus", "node-7"]
    assert client.welcome[5:8] == [house.process.pid, 30.0, 0]
    client.goodbye()


def test_without_the_key_it_is_cut_off(house: House) -> None:
    with pytest.raises(ConnectionResetError):
        Client(house.unix, b"another key")


def test_a_hello_of_another_major_is_refused(house: House) -> None:
    with pytest.raises(Refused) as caught:
        stranger.connect(house.unix, house.key, ["hello", 2, 5, {"whatever": "follows"}])
    number, reason, kind = caught.value.args
    assert (number, kind) == (0, "version")
    assert "2" in reason


def test_a_hello_of_a_later_minor_is_spoken_to_in_ours(house: House) -> None:
    hello = msgpack.decode(protocol.encode(protocol.Hello(1, 1000, "later")))
    connection, welcome = stranger.connect(house.unix, house.key, [*hello, "a field of later", {"and": "another"}])
    assert welcome[:3] == ["welcome", 1, protocol.MINOR]
    connection.close()


def test_a_hello_that_does_not_decode_is_refused(house: House) -> None:
    for hello in (["hello", 1, 0, "x", "another role"], ["hello", 1], None, ["hello", 1, 0, "x" * 70_000]):
        with pytest.raises(Refused) as caught:
            stranger.connect(house.unix, house.key, hello)  # type: ignore[arg-type]
        assert caught.value.args[::2] == (0, "protocol")


def test_a_chain_of_operations_takes_one_trip(client: Client) -> None:
    outcome = client.ask(["put", 1, 20], ["op", 2, "add", [["ref", 1], 22]], ["fetch", ["ref", 2]])
    assert (outcome.executed, outcome.values, outcome.errors) == (3, {1: [42], 2: [42]}, {})


def test_frames_are_sent_ahead_and_answered_in_order(client: Client) -> None:
    numbers = [client.send(["put", 1, 0])]
    numbers += [client.send(["op", id, "add", [["ref", id - 1], 1]]) for id in range(2, 300)]
    order = []
    while client.kept:
        order.append(client.read())
    assert order == numbers
    assert client.outcomes[numbers[-1]].value(0) == 298


def test_what_rides_along_and_what_does_not(client: Client) -> None:
    client.ask(["import", 1, "builtins"], ["getattr", 2, ["ref", 1], "str"], ["getattr", 3, ["ref", 1], "list"])
    outcome = client.ask(
        ["call", 4, ["ref", 2], ["a" * 256]],
        ["call", 5, ["ref", 2], ["a" * 257]],
        ["op", 6, "bytes", [3]],
        ["call", 7, ["ref", 3]],
        ["op", 8, "lshift", [1, 62]],
        ["op", 9, "lshift", [1, 63]],
        ["put", 10, 5],
        ["put", 11, ["ref", 8]],
        ["call", 12, ["ref", 2], ["gone"]],
        ["del", [12, 999]],
        ["getattr", 13, ["ref", 1], "None"],
    )
    assert outcome.errors == {}
    assert outcome.values == {0: ["a" * 256], 2: [["bytes", bytes(3)]], 4: [2**62], 7: [2**62], 10: [None]}


def test_null_is_what_has_no_value(client: Client) -> None:
    outcome = client.ask(["put", 1, None], ["put", 2, ["ref", 1]], ["fetch", ["ref", 1]], ["op", 0, "truth", [0]])
    assert outcome.values == {1: [None], 3: [False]}


def test_an_error_and_what_depends_on_it(client: Client) -> None:
    outcome = client.ask(
        ["op", 1, "truediv", [1, 0]], ["op", 2, "neg", [["ref", 1]]], ["op", 3, "add", [1, 2]], ["fetch", ["ref", 2]]
    )
    assert outcome.errors.keys() == {0, 1, 3}
    error = outcome.errors[0]
    assert error[:6] == ["error", client.session, 1, 0, "ZeroDivisionError", "ZeroDivisionError('division by zero')"]
    assert outcome.errors[1] == outcome.errors[3] == error
    assert outcome.value(2) == 3
    assert client.ask(["op", 0, "repr", [["ref", 2]]]).errors == {0: error}


def test_the_error_of_one_session_is_told_to_another(house: House, client: Client) -> None:
    token = f"{client.session}.1.secret"
    error = client.ask(["op", 1, "truediv", [1, 0]], ["lease", ["ref", 1], token]).errors[0]
    other = house.client()
    assert other.ask(["claim", 1, token], ["fetch", ["ref", 1]]).errors == {0: error, 1: error}
    other.goodbye()


def test_a_claim_waits_for_its_lease(house: House, client: Client) -> None:
    token = f"{client.session}.1.secret"
    other = house.client()
    number = other.send(["claim", 1, token])
    client.ask(["put", 1, "leased"], ["lease", ["ref", 1], token])
    assert other.wait(number).value(0) == "leased"
    late = other.ask(["claim", 2, f"{client.session}.1.another"])
    assert late.errors[0][4] == "ray_proxy.errors.StaleVarError"
    other.goodbye()


def test_a_forked_session_is_inherited(house: House, client: Client) -> None:
    token = f"{client.session}.1.secret"
    client.ask(["put", 1, "kept"], ["fork", token])
    child = house.client()
    assert child.ask(["inherit", token], ["release", token], ["fetch", ["ref", 1]]).value(2) == "kept"
    assert child.ask(["inherit", token]).errors[0][4] == "ray_proxy.errors.StaleVarError"
    child.goodbye()


def test_items_of_a_sequence(client: Client) -> None:
    outcome = client.ask(["put", 1, "abc"], ["iter", 2, ["ref", 1], 0, 2], ["iter", 4, ["ref", 1], 2, 2])
    assert outcome.value(1) == ["items", ["a", "b"], False, True, 0, ""]
    assert outcome.value(2) == ["items", ["c"], True, True, 0, ""]
    assert client.ask(["fetch", ["ref", 3]]).value(0) == "b"


def test_items_of_an_iterator(client: Client) -> None:
    client.ask(["import", 1, "builtins"], ["getattr", 2, ["ref", 1], "range"], ["call", 3, ["ref", 2], [1000, 1003]])
    outcome = client.ask(
        ["op", 4, "iter", [["ref", 3]]],
        ["iter", 5, ["ref", 4], 0, 9],
        ["iter", 5, ["ref", 4], -1, 2],
        ["iter", 7, ["ref", 4], -1, 2],
        ["iter", 9, ["ref", 3], -1, 1],
    )
    assert outcome.value(1) == ["declined"]
    assert outcome.value(2) == ["items", [1000, 1001], False, False, 0, ""]
    assert outcome.value(3) == ["items", [1002], True, False, 0, ""]
    assert outcome.errors[4][4] == "TypeError"
    assert client.ask(["fetch", ["ref", 9]]).errors[0][4] == "ray_proxy.errors.StaleVarError"


def test_operators_in_place(client: Client) -> None:
    client.ask(["import", 1, "builtins"], ["getattr", 2, ["ref", 1], "list"], ["call", 3, ["ref", 2], ["ab"]])
    outcome = client.ask(
        ["op", 4, "iadd", [["ref", 3], "c"]],
        ["op", 5, "iadd", [["ref", 4], 5]],
        ["op", 6, "iadd", [7, 8]],
        ["put", 7, "text"],
        ["op", 8, "iadd", [["ref", 7], 5]],
        ["op", 0, "repr", [["ref", 5]]],
    )
    assert outcome.errors.keys() == {1, 4}
    assert outcome.values == {
        0: [["ref", 3]],
        1: [["ref", 4]],
        2: [15],
        4: [["ref", 7], "text"],
        5: ["['a', 'b', 'c']"],
    }


def test_halves_of_operators(client: Client) -> None:
    outcome = client.ask(
        ["op", 1, "__add__", [1, "text"]],
        ["op", 2, "__radd__", [1.5, 2]],
        ["op", 3, "__radd__", [1, 2]],
        ["op", 4, "__lt__", [1, True]],
        ["op", 5, "__lt__", [1, True, True]],
        ["op", 6, "__sub__", [3, 1, True]],
        ["op", 0, "implements", [1, "__enter__", "__neg__"]],
        ["fetch", ["ref", 1]],
    )
    declined = [["declined"]]
    assert outcome.values == {0: declined, 1: [3.5], 2: declined, 3: declined, 4: [False], 5: declined, 6: [True]}
    assert outcome.errors[7][4] == "ray_proxy.errors.StaleVarError"


def test_names_are_shared(house: House, client: Client) -> None:
    other = house.client()
    client.ask(["setnamed", "shared", 5])
    outcome = other.ask(["getnamed", 1, "shared"], ["delnamed", "shared"], ["names"])
    assert outcome.value(0) == 5
    assert outcome.value(2)[0] == "pickled"
    assert client.ask(["getnamed", 1, "shared"]).errors[0][4] == "KeyError"
    other.goodbye()


def test_a_pickle_may_name_variables(client: Client) -> None:
    pickle = b"\x80\x05\x8c\x12ray_proxy.pickling\x8c\x07resolve\x93K\x01\x85RK\x02\x86."  # (resolve(1), 2)
    assert client.ask(["put", 1, "one"], ["op", 0, "repr", [["pickled", pickle]]]).value(1) == "('one', 2)"


def test_what_the_interpreter_cannot_read_is_refused_and_the_session_goes_on(client: Client) -> None:
    for message in (["unknown"], ["put", 1], ["put", -1, 5], ["op", 1, "add", 5], ["fetch", 5], ["put", 1, b"bin"]):
        number = client.send(["put", 1, "not done"], message)
        with pytest.raises(Refused) as caught:
            client.read()
        assert caught.value.args[::2] == (number, "protocol")
    stale = client.ask(["fetch", ["ref", 1]])
    assert stale.errors[0][4] == "ray_proxy.errors.StaleVarError"


def test_a_refused_frame_without_a_number_is_due_again(client: Client) -> None:
    stranger.send_packet(client.connection, ["frame", "one", []])
    with pytest.raises(Refused) as caught:
        client.read()
    assert caught.value.args[0] == 0
    assert client.ask(["op", 0, "add", [1, 2]]).value(0) == 3


def test_fields_of_a_later_minor_are_ignored(client: Client) -> None:
    frame = msgpack.decode(protocol.encode(protocol.Frame(1, [protocol.Op(0, "add", [1, 2])])))
    frame[2][0].append({"a field": "of later"})
    stranger.send_packet(client.connection, [*frame, "a field of later", [1]])
    assert stranger.receive_packet(client.connection)[:4] == ["reply", 1, 1, [[0, 3]]]


def test_a_frame_out_of_turn_ends_the_session(house: House, client: Client) -> None:
    client.number = 6
    number = client.send(["put", 1, 1])
    with pytest.raises(Refused) as caught:
        client.wait(number)
    assert caught.value.args[::2] == (0, "protocol")
    with pytest.raises(ConnectionResetError):
        client.read()
    with pytest.raises(Refused) as caught:
        client.resume()
    assert caught.value.args[::2] == (0, "session")


def test_a_packet_over_the_limit_ends_the_session(client: Client) -> None:
    client.connection.sendall((64 * 1024 * 1024 + 1).to_bytes(4, "big"))
    with pytest.raises(Refused) as caught:
        client.read()
    assert caught.value.args[::2] == (0, "protocol")
    with pytest.raises(ConnectionResetError):
        client.read()


def test_an_interrupt_of_what_runs_what_waits_and_what_is_to_come(house: House, client: Client) -> None:
    client.ask(["import", 1, "time"], ["getattr", 2, ["ref", 1], "sleep"], ["put", 3, "kept"])
    running = client.send(["call", 4, ["ref", 2], [60]], ["put", 5, "withdrawn"], ["del", [3]])
    waiting = client.send(["put", 6, "withdrawn"])
    spared = client.send(["put", 7, "spared"])
    eventually(lambda: bool(house.status()["busy"]))
    coming = spared + 1
    request = ["interrupt", client.session, [running, waiting, coming]]
    assert "busy" in stranger.ask_control(house.unix, house.key, request)
    outcome = client.wait(running)
    assert [outcome.errors[at][4] for at in (0, 1)] == ["KeyboardInterrupt", "KeyboardInterrupt"]
    assert outcome.errors.keys() == {0, 1}
    assert client.wait(waiting).errors[0][2:5] == [waiting, 0, "KeyboardInterrupt"]
    assert client.wait(spared).errors == {}
    assert client.ask(["put", 8, "withdrawn"]).errors[0][2:5] == [coming, 0, "KeyboardInterrupt"]
    stale = client.ask(["fetch", ["ref", 3]], ["fetch", ["ref", 7]])
    assert stale.errors[0][4] == "ray_proxy.errors.StaleVarError"
    assert stale.value(1) == "spared"


def test_an_interrupt_of_whatever_runs(house: House, client: Client) -> None:
    client.ask(["import", 1, "time"], ["getattr", 2, ["ref", 1], "sleep"])
    running = client.send(["call", 0, ["ref", 2], [60]])
    eventually(lambda: bool(house.status()["busy"]))
    stranger.ask_control(house.unix, house.key, ["interrupt", "", []])
    assert client.wait(running).errors[0][4] == "KeyboardInterrupt"


def test_a_cancellation_of_what_runs_what_waits_and_what_is_to_come(house: House, client: Client) -> None:
    """It concerns coroutines; whatever else these frames have is executed."""
    client.ask(["import", 1, "asyncio"], ["getattr", 2, ["ref", 1], "sleep"])
    sleep = ["call", 0, ["ref", 2], [60]]
    running = client.send(["put", 4, "kept"], sleep, ["put", 5, "kept"])
    waiting = client.send(sleep, ["fetch", ["ref", 4]])
    eventually(lambda: bool(house.status()["busy"]))
    coming = waiting + 1
    named = [[running, 1], [running, 2], [waiting, 0], [waiting, 1], [coming, 0], [coming, 7]]
    assert "busy" in stranger.ask_control(house.unix, house.key, ["cancel", client.session, named])
    for frame, cancelled in ((running, 1), (waiting, 0)):
        errors = client.wait(frame).errors
        assert {at: error[4] for at, error in errors.items()} == {cancelled: "asyncio.exceptions.CancelledError"}
    outcome = client.ask(sleep, ["fetch", ["ref", 5]])
    assert outcome.errors[0][2:5] == [coming, 0, "asyncio.exceptions.CancelledError"]
    assert outcome.value(1) == "kept"
    stranger.ask_control(house.unix, house.key, ["cancel", "another session", [[coming + 1, 0]]])
    assert client.ask(["call", 0, ["ref", 2], [0, "slept"]]).value(0) == "slept"


def test_nonsense_on_a_control_connection_ends_it(house: House) -> None:
    connection, _ = stranger.connect(house.unix, house.key, ["hello", 1, 0, "", "control"])
    with connection:
        stranger.send_packet(connection, ["status"])
        status = stranger.receive_packet(connection)
        assert {"variables", "named", "leases", "clients", "lost", "busy", "host", "pid"} <= status.keys()
        stranger.send_packet(connection, ["nonsense"])
        with pytest.raises(ConnectionResetError):
            stranger.receive_packet(connection)


def test_a_session_goes_on_over_other_connections_and_nothing_is_lost_or_done_twice(
    house: House, client: Client
) -> None:
    client.ask(["import", 1, "builtins"], ["getattr", 2, ["ref", 1], "list"], ["call", 3, ["ref", 2]])
    client.ask(["getattr", 4, ["ref", 3], "append"])
    numbers = []
    for round in range(40):
        for _ in range(round % 5):
            numbers.append(client.send(["call", 0, ["ref", 4], [len(numbers)]], ["op", 0, "len", [["ref", 3]]]))
        for _ in range(min(round % 3, len(client.kept))):
            client.read()  # the other answers are lost on their way
        if round % 4 == 0:  # in the middle of a frame, which never arrives
            frame = msgpack.encode(["frame", client.number + 1, [["call", 0, ["ref", 4], ["never"]]]])
            client.connection.sendall(len(frame).to_bytes(4, "big") + frame[: 3 + round % 7])
        if round % 2:
            client.drop()  # else the interpreter finds the old one whole, and replaces it
        client.resume()
    assert [client.wait(number).value(1) for number in numbers] == list(range(1, len(numbers) + 1))
    listed = client.ask(["op", 0, "repr", [["ref", 3]]]).value(0)
    assert listed == repr(list(range(len(numbers))))


def test_frames_that_were_sent_in_vain_are_sent_again(house: House, client: Client) -> None:
    client.drop()
    with pytest.raises(OSError):
        client.send(["put", 1, "late"])
    client.resume()
    assert client.ask(["fetch", ["ref", 1]]).value(0) == "late"


def test_a_name_of_a_session_that_is_there_is_refused(house: House, client: Client) -> None:
    again = house.client(client.session)  # nothing has arrived of it
    again.ask(["put", 1, 1])
    with pytest.raises(Refused) as caught:
        house.client(client.session)
    assert caught.value.args[::2] == (0, "protocol")
    again.goodbye()


def test_after_a_goodbye_the_session_is_gone_and_what_came_before_was_done(tmp_path: Path) -> None:
    house = House(tmp_path)
    client = house.client()
    client.ask(["put", 1, "x"])
    assert (house.status()["variables"], house.status()["clients"]) == (1, 1)
    client.send(["setnamed", "left", ["ref", 1]])
    client.connection.sendall(bytes(4))
    eventually(lambda: (house.status()["variables"], house.status()["clients"]) == (0, 0))
    with pytest.raises(Refused) as caught:
        client.resume()
    assert caught.value.args[::2] == (0, "session")
    other = house.client()
    assert other.ask(["getnamed", 1, "left"]).value(0) == "x"
    other.goodbye()
    client.drop()
    house.close()


def test_an_empty_frame_confirms(client: Client) -> None:
    outcome = client.ask()
    assert (outcome.executed, outcome.values, outcome.errors) == (0, {}, {})
