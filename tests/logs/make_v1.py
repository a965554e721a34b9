# ruff: noqa: E501 (a script reads best with a step a line)
"""Makes the golden logs of version 1: what every later release of version 1 must replay as it is.

    python tests/logs/make_v1.py

Each is made once, and never again: what is there is never replaced. A log that covers what a later minor version has
added gets a name of its own. Their code travels as text, and no value depends on the version of Python.
"""

from __future__ import annotations

import builtins
import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from recording import Recorded
from v1_code import AWAITED, CODE

from ray_proxy.errors import DeadlockError
from ray_proxy.interpreter.leases import lease_token
from ray_proxy.interpreter.operators import BINARY, COMPARISONS, INPLACE
from ray_proxy.logs.records import Answered, Restored, Sent, Told, Wrote
from ray_proxy.protocol import (
    Bulk,
    Bytes,
    Call,
    Claim,
    Clear,
    Code,
    Del,
    DelNamed,
    Fetch,
    Forget,
    Fork,
    Frame,
    GetAttr,
    GetNamed,
    Import,
    Inherit,
    Iter,
    Lease,
    Message,
    Module,
    Names,
    Op,
    Pickled,
    Put,
    Ref,
    Refused,
    Release,
    Resource,
    SetNamed,
    Stored,
    encode,
)

HERE = Path(__file__).parent / "v1"


class Script(Recorded):
    """A recording, with ids for those who do not care which."""

    def __init__(self, name: str, bulk: bool = False) -> None:
        HERE.mkdir(exist_ok=True)
        super().__init__(HERE / f"{name}.rplog", bulk)
        self._last = 0
        self.code: dict[str, int] = {}

    def new(self) -> int:
        self._last += 1
        return self._last

    def do(self, make: Callable[[int], Message], session: str = "s") -> int:
        """A message with a result; gives its id."""
        id = self.new()
        self.ask(make(id), session=session)
        return id

    def load(self, *names: str, code: str = CODE) -> None:
        """Some code above, in the interpreter."""
        builtins = self.do(lambda id: Import(id, "builtins"))
        run = self.do(lambda id: GetAttr(id, Ref(builtins), "exec"))
        space = self.do(lambda id: Put(id, Pickled(pickle.dumps({"__name__": "golden"}, 5))))
        self.ask(Call(0, Ref(run), [code, Ref(space)]))
        for name in names:
            self.code[name] = self.do(lambda id, name=name: Op(id, "getitem", [Ref(space), name]))  # type: ignore[misc]

    def call(self, name: str, *args: Any, **kwargs: Any) -> int:
        return self.do(lambda id: Call(id, Ref(self.code[name]), list(args), kwargs))

    def fetch(self, id: int) -> None:
        self.ask(Fetch(Ref(id)))

    def fails(self, *messages: Message, session: str = "s") -> None:
        reply = self.ask(*messages, session=session)
        assert reply.failures, (messages, reply)

    def end(self) -> None:
        self.close()
        self.log()


def plain(value: object) -> Pickled:
    return Pickled(pickle.dumps(value, 5))


def operators() -> None:
    """Every operator, over builtin values and over objects that answer it themselves; results kept, asked for, failed."""
    script = Script("operators")
    script.load("Number", "InPlace", "Declining", "Manager", "Ticker", "later")
    one, two = script.call("Number", 12), script.call("Number", 5)
    declining = script.call("Declining")
    for name in (*BINARY, *COMPARISONS):
        script.fetch(script.do(lambda id, name=name: Op(id, name, [Ref(one), Ref(two)])))  # type: ignore[misc]
        script.ask(Op(script.new(), f"__{name}__", [Ref(one), 3]), Op(script.new(), f"__{name}__", [Ref(declining), 3]))
        if name != "matmul":
            script.ask(Op(0, name, [12, 5]))
        script.fails(Op(script.new(), name, [Ref(declining), None])) if name not in ("eq", "ne") else None
    for name in BINARY:
        script.ask(
            Op(script.new(), f"__r{name}__", [Ref(one), 3]), Op(script.new(), f"__r{name}__", [Ref(declining), 3])
        )
    changed = script.call("InPlace", 12)
    for name in INPLACE:
        made = script.do(lambda id, name=name: Op(id, f"i{name}", [Ref(changed), 2]))  # type: ignore[misc]
        script.fetch(made)
        script.ask(Op(script.new(), f"__i{name}__", [Ref(changed), 2]))
    script.ask(Op(script.new(), "__iadd__", [Ref(declining), 2]))
    script.fetch(changed)
    for name in ("neg", "pos", "invert", "abs", "round", "floor", "ceil", "trunc"):
        script.fetch(script.do(lambda id, name=name: Op(id, name, [Ref(one)])))  # type: ignore[misc]
        script.ask(Op(0, name, [-7]))
    items = script.do(lambda id: Put(id, plain([3, 1, 2])))
    table = script.do(lambda id: Put(id, plain({"a": 1})))
    script.ask(Op(0, "index", [7]), Op(0, "truth", [Ref(items)]), Op(0, "contains", [Ref(items), 3]))
    script.ask(Op(0, "len", [Ref(items)]), Op(0, "length_hint", [Ref(items)]), Op(0, "hash", [77]))
    script.ask(Op(0, "int", ["12"]), Op(0, "float", ["1.5"]), Op(0, "complex", [2]), Op(0, "repr", [Ref(items)]))
    script.ask(
        Op(0, "format", [3.14159, ".2f"]), Op(0, "bytes", [3]), Op(0, "dir", [Ref(one)]), Op(0, "round", [1.26, 1])
    )
    script.ask(Op(script.new(), "iter", [Ref(items)]), Op(script.new(), "reversed", [Ref(items)]))
    script.ask(
        Op(0, "getitem", [Ref(items), 1]), Op(0, "setitem", [Ref(table), "b", 2]), Op(0, "delitem", [Ref(table), "a"])
    )
    script.fetch(table)
    script.ask(Op(0, "setattr", [Ref(one), "value", 1]), Op(0, "delattr", [Ref(one), "value"]))
    script.fails(GetAttr(0, Ref(one), "value"))
    script.ask(Op(0, "isinstance", [Ref(one), Ref(script.code["Number"])]))
    script.ask(Op(0, "issubclass", [Ref(script.code["InPlace"]), Ref(script.code["Number"])]))
    script.ask(Op(0, "implements", [Ref(one), "__add__"]), Op(0, "implements", [Ref(one), "__len__", "__iter__"]))
    copied, deep = script.new(), script.new()
    script.ask(
        Op(copied, "copy", [Ref(items)]), Op(deep, "deepcopy", [Ref(items)]), Op(0, "eq", [Ref(copied), Ref(deep)])
    )
    for swallow in (True, False):
        manager = script.call("Manager", swallow)
        script.ask(Op(0, "enter", [Ref(manager)]), Op(0, "exit", [Ref(manager), None]))
        script.ask(Op(0, "exit", [Ref(manager), plain(ValueError("of the block"))]))
        script.ask(Op(0, "aenter", [Ref(manager)]), Op(0, "aexit", [Ref(manager), plain(ValueError("of the block"))]))
        script.fetch(script.do(lambda id, manager=manager: GetAttr(id, Ref(manager), "seen")))  # type: ignore[misc]
    ticker = script.call("Ticker", 2)
    script.ask(Op(ticker, "aiter", [Ref(ticker)]), Op(0, "anext", [Ref(ticker)]), Op(0, "anext", [Ref(ticker)]))
    script.fails(Op(0, "anext", [Ref(ticker)]))
    script.fails(Op(0, "enter", [Ref(items)]))
    script.end()


def messages() -> None:
    """Every message and every operand, as they are meant."""
    script = Script("messages", bulk=True)
    assert script.store is not None
    script.load("keywords", "counting", "failing", "later", "Unpicklable")
    for value in (
        None,
        True,
        False,
        0,
        -(2**63),
        2**63 - 1,
        1.5,
        float("nan"),
        float("inf"),
        "",
        "äöü 🙂",
        Bytes(b"\0\xff"),
    ):
        id = script.do(lambda id, value=value: Put(id, value))  # type: ignore[misc]
        script.ask(Fetch(Ref(id)), Op(0, "eq", [Ref(id), value]))
        script.ask(Call(0, Ref(script.code["keywords"]), [value], {"key": value}))
    buffers: list[pickle.PickleBuffer] = []
    data = pickle.dumps([pickle.PickleBuffer(bytearray(b"out of band"))], 5, buffer_callback=buffers.append)
    script.fetch(script.do(lambda id: Put(id, Pickled(data, [bytearray(buffer.raw()) for buffer in buffers]))))
    token = script.store.leave([pickle.PickleBuffer(pickle.dumps({"beside": "the channel"}, 5))])
    script.fetch(script.do(lambda id: Put(id, Bulk(token, 40))))
    token = script.store.leave_value(["behind a reference"])
    script.fetch(script.do(lambda id: Put(id, Stored(token))))
    large = script.do(lambda id: Put(id, plain(2**70)))
    script.fetch(large)
    script.fetch(script.do(lambda id: Op(id, "mul", [Bytes(b"x"), 1_100_000])))  # goes beside the channel
    text = script.do(lambda id: Op(id, "mul", ["x", 100_000]))
    script.ask(Fetch(Ref(text), "move"), Fetch(Ref(text), "move", "another"), Fetch(Ref(text), "ref"))
    shared = script.do(lambda id: Put(id, plain([1, [2]])))
    same = script.do(lambda id: Put(id, Ref(shared)))
    script.ask(Op(0, "setitem", [Ref(same), 0, Ref(same)]), Op(0, "len", [Ref(shared)]))
    keywords = script.call("keywords", 1, "two", Ref(script.do(lambda id: Put(id, 3))), key=plain((4,)))
    script.fetch(keywords)
    script.ask(Put(0, 5), Call(0, Ref(script.code["keywords"])))
    script.fetch(script.call("later", "awaited"))
    module = script.do(lambda id: Import(id, "math"))
    script.ask(GetAttr(0, Ref(module), "pi"), Import(script.new(), "collections.abc"))
    # iteration
    for value in ([1, "two", 3.0, None, [4]], (1, 2), "text", b"by", range(4), bytearray(b"ab")):
        source = script.do(lambda id, value=value: Put(id, plain(value)))  # type: ignore[misc]
        script.ask(Iter(1000, Ref(source), 0, 2), Iter(1010, Ref(source), 2, 64), Op(0, "repr", [Ref(1000)]))
    script.ask(Iter(1100, Ref(script.do(lambda id: Put(id, plain({"a": 1})))), 0, 8))
    counting = script.call("counting", 5)
    script.ask(Iter(1200, Ref(counting), -1, 2), Iter(1210, Ref(counting), -1, 64), Op(0, "repr", [Ref(1211)]))
    script.fails(Iter(1220, Ref(script.call("counting", 0)), -1, 8))
    failing = script.call("failing", 3)
    script.ask(Iter(1300, Ref(failing), -1, 8), Iter(1310, Ref(failing), -1, 8))
    script.fails(Iter(1320, Ref(script.call("failing", 0)), -1, 8))
    # names
    script.ask(
        SetNamed("näme", Ref(shared)), SetNamed("two", 2), Names(), GetNamed(script.new(), "two"), GetNamed(0, "two")
    )
    script.ask(DelNamed("two"), Names())
    # other sessions: names, leases, forks
    named, claimed = script.new(), script.new()
    script.ask(GetNamed(named, "näme"), Op(0, "len", [Ref(named)]), session="other")
    lease, fork = lease_token("s", 1, "secret"), lease_token("s", 2, "secret")
    script.ask(Lease(Ref(shared), lease), Fork(fork))
    script.ask(Claim(claimed, lease), Op(0, "len", [Ref(claimed)]), session="other")
    script.ask(Inherit(fork), Op(0, "len", [Ref(shared)]), Release(fork), session="child")
    fork = lease_token("s", 3, "secret")
    script.ask(Fork(fork))
    script.ask(Inherit(fork, True), Op(0, "len", [Ref(shared)]), session="restored")
    script.close("child")
    # in one frame, in slices, with a call in the middle of another
    frame = script.send(*[Op(2000 + at, "add", [at, at]) for at in range(8)], Del([2000, 2001]), Del([]))
    script.execute(frame, stop=3)
    script.execute(frame, start=3)
    outer = script.send(
        Put(2100, plain([])), Op(0, "len", [Ref(2100)]), Op(2101, "add", [Ref(2007), 1]), path=["a driver's"]
    )
    script.interpreter.execute("s", outer, stop=1)
    inner = script.send(
        GetNamed(2200, "näme"), Op(0, "len", [Ref(2200)]), session="other", within=("s", outer.number, 1), path=["x"]
    )
    script.execute(inner, session="other")
    script.answer(script.interpreter.execute("s", Frame(outer.number, outer.messages), 1))
    script.ask()
    script.ask(Clear())
    script.fails(Fetch(Ref(shared)))
    script.writer.write(Restored(script.now, "restored", "restored.secret"))
    script.interpreter.keep("restored", "restored.secret")
    script.close("restored")
    script.ask(Inherit("restored.secret", True), Op(0, "len", [Ref(shared)]), session="after")
    script.close("other")
    script.end()


def errors() -> None:
    """Every way to fail, and what depends on it."""
    script = Script("errors", bulk=True)
    script.load("fail", "chained", "BadError", "Odd", "Unpicklable", "counting", "never", "InPlace", "keywords")
    builtins = script.do(lambda id: Import(id, "builtins"))
    for name in (
        "ValueError",
        "KeyError",
        "ZeroDivisionError",
        "StopIteration",
        "MemoryError",
        "SystemExit",
        "GeneratorExit",
    ):
        kind = script.do(lambda id, name=name: GetAttr(id, Ref(builtins), name))  # type: ignore[misc]
        failed = script.call("fail", Ref(kind), "why")
        script.fails(
            Fetch(Ref(failed)),
            Op(script.new(), "add", [Ref(failed), 1]),
            Call(0, Ref(script.code["keywords"]), [Ref(failed)]),
        )
    for name in ("BadError", "Odd"):
        script.call("fail", Ref(script.code[name]), "one", "two")
    script.call("chained")
    script.call("never", "awaited")
    script.fetch(script.do(lambda id: Put(id, Ref(999))))
    script.fails(Op(0, "truediv", [1, 0]), Op(0, "nothing of that name", [1]), Op(0, "add", [1]), GetAttr(0, 1, "nope"))
    script.fails(
        Call(0, 5), Call(0, Ref(script.code["keywords"]), [Pickled(b"no pickle")]), Put(script.new(), Pickled(b""))
    )
    script.fails(Op(0, "getitem", [plain([1]), 5]), Op(0, "setitem", [plain((1,)), 0, 1]), Op(0, "hash", [plain([])]))
    script.fails(Import(script.new(), "there_is_no_such_module"), Import(script.new(), "math.nothing"))
    script.fails(GetNamed(script.new(), "nobody"), DelNamed("nobody"), SetNamed("x", Ref(998)))
    script.fails(Fetch(Ref(script.call("Unpicklable"))), Fetch(Ref(script.call("counting", 3))))
    script.fails(Fetch(Ref(script.call("Unpicklable")), "move"))
    script.fails(Iter(1000, Ref(997), 0, 3), Iter(1010, Ref(builtins), -1, 3))
    # in place: the variable is the unchanged left operand
    left = script.call("InPlace", 1)
    failed, kept = script.new(), script.new()
    script.fails(Op(failed, "isub", [Ref(left), 1]), Op(kept, "iadd", [Ref(failed), 1]), Op(0, "repr", [Ref(left)]))
    # tokens
    script.fails(Claim(script.new(), "s.1.secret"), Claim(script.new(), "nobody.1.secret"), Inherit("nobody.1.secret"))
    script.fails(Lease(Ref(left), "other.1.secret"), Lease(Ref(left), "no token"), Lease(Ref(left), "s.0.secret"))
    script.fails(Lease(Ref(996), "s.2.secret"), Lease(Ref(left), "s.2.again"), Fork("s.1.late"))
    script.ask(Lease(Ref(left), "s.3.secret"), Fork("s.4.secret"), Lease(Ref(failed), "s.5.secret"))
    script.fails(Inherit("s.3.secret"), Claim(script.new(), "s.4.secret"), session="other")
    script.now += 590
    script.ask(Claim(50, "s.3.secret"), session="other")
    script.now += 20
    script.ask(Claim(51, "s.3.secret"), session="other")
    script.now += 601
    script.fails(Claim(52, "s.3.secret"), session="other")
    # beside the channel
    script.fails(Put(script.new(), Bulk("nothing is there", 10)), Put(script.new(), Stored("nothing is there")))
    # interrupted, withdrawn, refused for ever
    interrupt = script.do(lambda id: GetAttr(id, Ref(builtins), "KeyboardInterrupt"))
    script.call("fail", Ref(interrupt))
    for problem in (KeyboardInterrupt("withdrawn"), DeadlockError("a cycle")):
        made = script.new()
        frame = script.send(Put(made, 5), Op(script.new(), "iadd", [Ref(left), 1]), Fetch(Ref(made)), Del([made]))
        script.answer(script.interpreter.withdraw("s", frame, 0, problem))
    # frames that nobody understands
    number = script.send(Names()).number
    script.execute(Frame(number, [Names()]))
    garbled: list[tuple[int, bytes]] = [(0, b""), (0, b"\xc1"), (0, encode(Names())), (5, b"\x93\xa5frame\x05")]
    garbled += [(0, encode(["frame", 0, []])), (number + 1, encode(["frame", number + 1, [["future", 1]]]))]
    garbled += [(number + 2, encode(["frame", number + 2, [["put", "one", 1]]]))]
    garbled += [(number + 3, encode(["frame", number + 3, [["put", 1, ["future"]]]]))]
    for refused, data in garbled:
        script.writer.write(Sent(script.now, "s", data))
        script.writer.write(Answered(script.now, "s", encode(Refused(refused, "not a valid frame"))))
    script.close("other")
    script.end()


def without_a_store() -> None:
    """As in a forked child, or in one process: everything is in the frames."""
    script = Script("without_a_store")
    script.load("keywords")
    script.fails(Put(script.new(), Bulk("token", 10)), Put(script.new(), Stored("token")))
    text = script.do(lambda id: Op(id, "mul", ["x", 70_000]))
    script.ask(Fetch(Ref(text)))
    script.fails(Fetch(Ref(text), "ref"))
    script.end()


def awaited() -> None:
    """The operator of version 1.2, over all that it awaits, and what it gives of anything else; and how generators end."""
    script = Script("awaited", bulk=True)
    script.load("Ready", "coroutine", "future", "thread", "numbers", code=AWAITED)

    def wait(id: int) -> None:
        script.ask(Op(0, "await", [Ref(id)]))

    for result in (7, plain([7])):
        wait(script.call("Ready", result))
        wait(script.call("thread", result))
        for name in ("coroutine", "future"):
            made = script.call(name, result)
            wait(script.do(lambda id, made=made: Op(id, "getitem", [Ref(made), 0])))  # type: ignore[misc]
    kept = script.do(lambda id: Op(id, "await", [Ref(script.call("Ready", plain({"a": 1})))]))
    script.fetch(kept)
    failed = script.call("Ready", plain(ValueError("awaited in vain")))
    script.fails(Op(script.new(), "await", [Ref(failed)]), Op(0, "await", [Ref(999)]))
    for value in (None, True, 5, "text", 1.5, Bytes(b"by"), plain([1, "two"]), plain(2**70)):
        wait(script.do(lambda id, value=value: Put(id, value)))  # type: ignore[misc]
        script.ask(Op(0, "await", [value]))
    ends = script.do(lambda id: Put(id, plain([])))
    for method, given in (("aclose", []), ("athrow", [plain(ValueError("thrown"))]), ("asend", [5])):
        source = script.call("numbers", Ref(ends))
        for name, arguments in (("asend", [None]), (method, given)):
            bound = script.do(lambda id, source=source, name=name: GetAttr(id, Ref(source), name))  # type: ignore[misc]
            wait(script.do(lambda id, bound=bound, arguments=arguments: Call(id, Ref(bound), arguments)))  # type: ignore[misc]
        script.fetch(ends)
    script.ask(Del([id for id in range(1, source + 9) if id != ends]))  # nobody refers to the last one any more
    script.fetch(ends)
    script.end()


def forgotten() -> None:
    """The message of version 1.2. It names what has not come: pickles of code depend on the version of
    Python."""
    script = Script("forgotten")
    kind = script.do(lambda id: Put(id, plain(Exception)))
    script.ask(Forget(["token", "another"]), Op(0, "repr", [Ref(kind)]), Forget([]))
    script.end()


def iterated() -> None:
    """The operator of version 1.3, over all that it reads ahead and what it does not, and items that come in parts."""
    script = Script("iterated")
    script.load("counting", "failing")

    def read(source: int, *starts: int, ahead: bool = False) -> int:
        reading = script.do(lambda id: Op(id, "iterate", [Ref(source), True] if ahead else [Ref(source)]))
        for start in starts:
            first = 10_000 + 1_000 * script.new()
            script.ask(Iter(first, Ref(reading), start, 3, 4), Op(0, "repr", [Ref(first)]))
        return reading

    table = script.do(lambda id: Put(id, plain({1: "one", 2: [2], 3: b"3", 4: None, 5: 5.5})))
    views = [script.do(lambda id, name=name: GetAttr(id, Ref(table), name)) for name in ("keys", "values", "items")]  # type: ignore[misc]
    for source in (table, *[script.do(lambda id, view=view: Call(id, Ref(view))) for view in views]):  # type: ignore[misc]
        read(source, 0, 3, 0)
        read(source, 0, 1, 2, 3)
    for value in (
        {1, 2, 3, 4},
        frozenset({1, 2, 3, 4}),
        [(1, "a"), (2, "b")],
        [(1, [2])],
        [(1,), (1, 2)],
        [()],
        "text",
    ):
        read(script.do(lambda id, value=value: Put(id, plain(value))), 0, 3, 1)  # type: ignore[misc]
    pairs = script.do(lambda id: Put(id, plain([(1, "a"), (2, "b")])))
    script.ask(Iter(900, Ref(pairs), 0, 8, 2), Op(0, "repr", [Ref(908)]), Op(0, "repr", [Ref(911)]))
    script.ask(Iter(920, Ref(pairs), 0, 8), Iter(930, Ref(pairs), 0, 8, 1))
    for source in (table, script.do(lambda id: Put(id, plain({1, 2, 3})))):
        reading = read(source, 0)
        grow = script.do(lambda id, source=source: GetAttr(id, Ref(source), "update"))  # type: ignore[misc]
        script.ask(Call(0, Ref(grow), [plain({6: 6})]))
        script.fails(Iter(script.new() + 500, Ref(reading), 1, 3))
    for name in ("counting", "failing"):
        script.ask(Iter(script.new() + 600, Ref(read(script.call(name, 2))), 0, 3))
        source = script.call(name, 5)
        reading = read(source, 0, 1, ahead=True)
        script.ask(Iter(script.new() + 700, Ref(reading), 4, 1))
        script.fails(Iter(script.new() + 800, Ref(reading), 5, 3))
    script.end()


def times() -> None:
    """Steady times, while the clock on the wall jumps; a hash seed."""
    recorded = Recorded(HERE / "times.rplog", lease=600, is_steady=True, hash_seed=4711)

    def pass_by(seconds: float, jump: float = 0.0) -> None:
        recorded.now += seconds + jump
        recorded.steady += seconds

    first, second, third = (lease_token("s", number, "secret") for number in (1, 2, 3))
    recorded.open("t", "node[2]")
    recorded.ask(Put(1, plain([1])), Lease(Ref(1), first))
    pass_by(599, jump=3600)
    recorded.ask(Claim(1, first), Fetch(Ref(1)), session="t")  # in time, though by the wall it is not
    pass_by(599, jump=-7200)
    recorded.ask(Lease(Ref(1), second), Claim(2, first))
    pass_by(601)
    recorded.expire()
    recorded.ask(Claim(2, first), Claim(3, second), session="t")  # too late, though by the wall it would be early
    # What is left of a frame is judged by the time at which its part before was answered.
    frame = recorded.send(Lease(Ref(1), third), Put(4, plain([2])), Claim(5, third), Fetch(Ref(5)))
    recorded.answer(recorded.interpreter.execute("s", frame, 0, stop=2, at=recorded.steady))
    answered = recorded.steady
    pass_by(900)
    recorded.answer(recorded.interpreter.execute("s", frame, 2, at=answered))
    recorded.close()
    pass_by(599)
    recorded.ask(Claim(6, third), session="t")
    recorded.close("t")
    recorded.log()


def code() -> None:
    """The message of version 1.4: texts, edits of what is alive, older ones that are not taken, and one that is pushed.
    No text is broken: what Python says of that differs from version to version."""
    script = Script("code")

    def text(name: str, source: str, saved: int, client: str = "host[1]", push: bool = False) -> Code:
        return Code([Module(f"golden_{name}", source.encode(), f"/golden_{name}.py", "module", saved)], client, push)

    model = """
import golden_helper
LOADED = []
def load():
    LOADED.append(1)
    return {"weight": 10}
WEIGHTS = load()
class Model:
    bias = 1
    def predict(self, x):
        return WEIGHTS["weight"] * x + self.bias + golden_helper.more()
"""
    script.ask(
        text("helper", "def more(): return 0\n", 1), text("model", model, 1), text("helper", "x = 0\n", 0, "host[2]")
    )
    module = script.do(lambda id: Import(id, "golden_model"))
    kind = script.do(lambda id: GetAttr(id, Ref(module), "Model"))
    live = script.do(lambda id: Call(id, Ref(kind)))
    predict = script.do(lambda id: GetAttr(id, Ref(live), "predict"))
    loaded = script.do(lambda id: GetAttr(id, Ref(module), "LOADED"))

    def ask() -> None:
        script.ask(Call(0, Ref(predict), [2]), Op(0, "len", [Ref(loaded)]), Op(0, "isinstance", [Ref(live), Ref(kind)]))

    ask()
    script.ask(text("model", model.replace("* x", "* x * x"), 2))
    ask()
    script.ask(text("helper", "def more(): return 1000\n", 2), text("helper", "def more(): return 7\n", 1, "host[2]"))
    ask()
    script.ask(text("helper", "def more(): return 5\n", 1, push=True), text("helper", "raise ValueError('x')\n", 9))
    ask()
    script.ask(Code([], absent=["golden_other"], resources=[Resource("golden_model", "data.txt", "file", b"data")]))
    script.end()


def written() -> None:
    """The records of version 1.5: what code has written, and the lines that it was told."""
    script = Script("written")
    script.load("say", "ask", code=SAYING)
    frame = script.send(Call(0, Ref(script.code["say"]), ["one"]), origin=7)
    script.writer.write(Wrote(script.now, "s", 1, b"one\n"))
    script.writer.write(Wrote(script.now, "s", 2, b"error\n"))
    script.execute(frame)
    frame = script.send(Call(0, Ref(script.code["ask"])), origin=8)
    script.writer.write(Told(script.now, "s", "Ada", False, (frame.number, 0)))
    script.writer.write(Wrote(script.now, "s", 1, b"hello Ada\n", 100))
    before, builtins.input = builtins.input, lambda prompt="": "Ada"
    try:
        script.execute(frame)
    finally:
        builtins.input = before
    script.writer.write(Wrote(script.now, "", 1, b"of nobody\n"))
    script.end()


SAYING = """
import sys

def say(text):
    print(text)
    print("error", file=sys.stderr)
    return text

def ask():
    name = input("name? ")
    print("hello", name)
    return name
"""


if __name__ == "__main__":
    for make in (operators, messages, errors, without_a_store, awaited, forgotten, iterated, times, code, written):
        if not (HERE / f"{make.__name__}.rplog").exists():
            make()
