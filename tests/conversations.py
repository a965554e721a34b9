"""What any client says to any interpreter, whichever release each of them is.

`peer` holds these conversations. So they use nothing that not every release has.
"""

from __future__ import annotations

import array
import asyncio
import contextlib
import copy
import importlib
import io
import math
import operator
import os
import sys
import tempfile
import time
import warnings
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cloudpickle
import numpy as np
from parts import remote

import ray_proxy
from ray_proxy import (
    IRemoteInterpreter,
    RemoteError,
    RemoteInterpreter,
    StaleVarError,
    Var,
)
from ray_proxy.protocol import MINOR


@contextlib.contextmanager
def raises(kind: type[BaseException]) -> Iterator[list[Any]]:
    """As `pytest.raises`, without pytest; gives a list that holds the error, once there is one."""
    caught: list[Any] = []
    try:
        yield caught
    except kind as error:
        caught.append(error)
    else:
        raise AssertionError(f"no {kind.__name__} was raised")


def eventually(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < until, "it did not come true in time"
        time.sleep(0.01)


def values(env: IRemoteInterpreter) -> None:
    scalars = [None, True, 7, -(2**63), 2**80, 1.5, math.inf, "text", "ü", "\udc80", "x" * 5000, b"", b"\0" * 5000]
    containers = [[1, [2]], {"a": (1,)}, {3}, range(4), complex(1, 2), slice(1, None), Path("a") / "b"]
    for value in [*scalars, *containers]:
        there = env.put(value)
        same = env.run(lambda value: value, (there,)).fetch()
        assert (there.fetch(), type(same)) == (value, type(value))
        assert same == value
    two = env.put([2])
    called = env.put(lambda *args, **kwargs: (args, kwargs))(1, two, [two], key=two, other={"key": two})
    assert called.fetch() == ((1, [2], [[2]]), {"key": [2], "other": {"key": [2]}})
    assert env.module("math").sqrt(16).fetch() == 4.0
    with raises(ModuleNotFoundError):
        env.module("no_such_module").fetch()


def classes(env: IRemoteInterpreter) -> None:
    class Counter:
        def __init__(self, start: int) -> None:
            self.number = start

        def count(self, *, by: int = 1) -> int:
            self.number += by
            return self.number

    counter = env.put(Counter)(5)
    assert [counter.count().fetch(), counter.count(by=3).fetch(), counter.number.fetch()] == [6, 9, 9]
    counter.number = 20
    counter.more = [1]
    assert counter.count().fetch() == 21
    del counter.more
    with raises(AttributeError):
        counter.more.fetch()
    assert counter.fetch().number == 21


def streams(env: IRemoteInterpreter) -> None:
    """With something to read: those travel from and to any release. One is written to, which a later one warns of."""
    text, data = io.StringIO("one\ntwo\n"), io.BytesIO(b"data")
    text.readline()
    read = env.run(lambda streams, data: (streams[0].read(), data.read()), ([text], data))
    assert read.fetch() == ("two\n", b"data")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        written = env.run(lambda stream: (stream.write("X"), stream.getvalue()), (text,))
        assert written.fetch() == (1, "one\nXwo\n")
    assert env.put(data).fetch().getvalue() == b"data"


def operators(env: IRemoteInterpreter) -> None:
    seven, three, text, pair = env.put(7), env.put(3), env.put("text"), env.put([1, 2])
    for name in "add sub mul truediv floordiv mod pow lshift rshift and_ or_ xor".split():
        function = getattr(operator, name)
        expected = function(7, 3)
        assert [function(seven, three).fetch(), function(seven, 3).fetch(), function(7, three).fetch()] == [
            expected
        ] * 3
    for name in "eq ne lt le gt ge".split():
        function = getattr(operator, name)
        assert bool(function(seven, three)) == function(7, 3) == bool(function(7, three))
    assert divmod(seven, 3).fetch() == (2, 1)
    assert [(-seven).fetch(), abs(env.put(-2)).fetch(), (~seven).fetch(), round(env.put(2.5)).fetch()] == [-7, 2, -8, 2]
    assert (math.floor(env.put(2.5)), int(seven), float(seven), hash(seven)) == (2, 7, 7.0, hash(7))
    if MINOR >= 2:  # before, a hash was that of the interpreter
        assert ("a", 1) in {env.put(("a", 1))}
        assert hash(env.put(object)) == hash(env.put(object))
    assert (len(pair), 2 in pair, 5 in pair, bool(pair)) == (2, True, False, True)
    assert (f"{seven:04d}", bytes(env.put(b"x")), str(pair).endswith("[1, 2]")) == ("0007", b"x", True)
    assert "append" in dir(pair)
    assert env.run(isinstance, (pair, list)).fetch() is True
    pair[0] = "first"
    del pair[1]
    assert [pair.fetch(), copy.copy(pair).fetch(), copy.deepcopy(pair).fetch()] == [["first"]] * 3
    assert range(10)[env.put(3)] == 3
    with raises(TypeError):
        (seven + text).fetch()


def in_place(env: IRemoteInterpreter) -> None:
    numbers = same = env.put([1])
    numbers += [2]
    assert same.fetch() == numbers.fetch() == [1, 2]
    count = before = env.put(1)
    count += 1
    assert (count.fetch(), before.fetch()) == (2, 1)
    numbers += 5  # not a list: the error is raised once, and nothing is lost
    with raises(TypeError):
        env.sync()
    numbers += [3]
    assert same.fetch() == numbers.fetch() == [1, 2, 3]


def errors(env: IRemoteInterpreter) -> None:
    class OwnError(Exception):
        def __init__(self, code: int, *, hint: str) -> None:
            super().__init__(code)
            self.hint = hint

    def broken() -> int:
        raise LookupError("broken there")

    def broken_in_its_own_way() -> int:
        raise OwnError(5, hint="look there")

    def raise_without_pickle() -> None:
        class WithoutPickle(Exception):
            def __reduce__(self) -> Any:
                raise TypeError("it has none")

        raise WithoutPickle("text")

    failed = env.run(broken)
    after = env.put([1])
    for var in (failed, failed + 1, env.run(str, (failed,)), env.put({"deep": failed})):
        with raises(LookupError) as caught:
            var.fetch()
        assert caught[0].args == ("broken there",)
        text = str(caught[0].__cause__)
        assert all(part in text for part in ("in broken", "in errors: the operation that failed", "LookupError"))
    assert after.fetch() == [1]
    with raises(Exception) as own:
        env.run(broken_in_its_own_way).fetch()
    assert (type(own[0]).__name__, own[0].args, own[0].hint) == ("OwnError", (5,), "look there")
    after[7] = 0  # without a result: raised at the next wait, once
    with raises(IndexError):
        env.sync()
    assert after.fetch() == [1]
    with raises(RemoteError) as told:
        env.run(raise_without_pickle).fetch()
    assert told[0].original == "WithoutPickle('text')"
    with env.eager(), raises(KeyError):
        env.put({})["missing"]


def iteration(env: IRemoteInterpreter) -> None:
    def generate() -> Iterator[Any]:
        got = yield 1
        yield [got]
        raise ValueError("no more")

    assert list(env.put(range(3000))) == list(range(3000))
    assert [item.fetch() for item in env.put([[1], b"two", "three" * 100, None])] == [[1], b"two", "three" * 100, None]
    assert {key.fetch(): value.fetch() for key, value in env.put({"a": [1], "b": 2}).items()} == {"a": [1], "b": 2}
    assert [item.fetch() for item in env.put({1: 2, 3: 4})] == [1, 3]
    assert sorted(item.fetch() for item in env.put(set(range(40)))) == list(range(40))
    assert [(int(a), b.fetch()) for a, b in env.put([(1, "a"), (2, "b")])] == [(1, "a"), (2, "b")]
    assert [float(item) for item in env.put(array.array("d", [1.5, 2.5]))] == [1.5, 2.5]
    assert [item.fetch() for item in reversed(env.put((1, [2])))] == [[2], 1]
    generator = env.run(generate)
    assert [next(generator).fetch(), generator.send("sent").fetch()] == [1, ["sent"]]
    with raises(ValueError):
        next(generator).fetch()
    growing = env.put([0])
    for item in growing:
        if item < 5:
            growing.append(item + 1)
    assert growing.fetch() == [0, 1, 2, 3, 4, 5]
    first, *rest = env.put((1, 2, 3))
    assert (first.fetch(), [var.fetch() for var in rest]) == (1, [2, 3])


def bulk(env: IRemoteInterpreter) -> None:
    """More than a megabyte: through the object store, where there is one."""
    for value in (b"bytes" * 500_000, "text" * 600_000, list(range(500_000)), bytearray(2_500_000)):
        there = env.put(value)
        assert (len(there), there.fetch()) == (len(value), value)
    assert len(env.run(lambda size: os.urandom(size), (3_000_000,)).fetch()) == 3_000_000
    with raises(TypeError):
        (env.put(b"x" * 2_000_000) + 1).fetch()


def arrays(env: IRemoteInterpreter) -> None:
    for size in (10, 500_000):
        here = np.arange(size, dtype=np.float64)
        there = env.put(here)
        there += 1
        back = there.fetch()
        back[0] = 5  # as writable as it left
        assert back[1:].tolist() == (here + 1)[1:].tolist()
        assert [np.sum(there).fetch(), (here + there)[3].fetch(), there.sum().fetch()] == [
            (here + 1).sum(),
            7,
            there.sum(),
        ]
        assert np.asarray(there).shape == there.shape.fetch() == (size,)
    assert not env.put(np.ones(500_000)).fetch(copy=False).sum() - 500_000


def names(env: IRemoteInterpreter) -> None:
    env["shelf"] = shelf = env.put({"book": 1})
    env["plain"] = "text"
    assert {"shelf", "plain"} <= set(env.instance_names())
    assert ("shelf" in env, "no such name" in env, env["plain"].fetch()) == (True, False, "text")
    env["shelf"]["other"] = 2
    assert shelf.fetch() == {"book": 1, "other": 2}
    del env["shelf"], env["plain"]
    with raises(KeyError):
        env["shelf"].fetch()


def coroutines(env: IRemoteInterpreter) -> None:
    async def double(number: int) -> int:
        await asyncio.sleep(0)
        return number * 2

    async def numbers() -> Any:
        for number in range(3):
            yield number

    class Room:
        async def __aenter__(self) -> str:
            return "inside"

        async def __aexit__(self, *error: object) -> bool:
            return True

    remote, source, room = env.put(double), env.put(numbers), env.put(Room)

    async def main() -> None:
        assert await asyncio.gather(*[asyncio.ensure_future(remote(number)) for number in range(20)]) == [
            number * 2 for number in range(20)
        ]
        assert [await item async for item in source()] == [0, 1, 2]
        assert await env.put([1, 2]) == [1, 2]
        async with room() as inside:
            assert await inside == "inside"
            raise RuntimeError("swallowed there")

    asyncio.run(main())
    assert remote(4).fetch() == 8


def statements(env: IRemoteInterpreter) -> None:
    class Log:
        def __init__(self) -> None:
            self.lines: list[str] = []

        def __enter__(self) -> list[str]:
            return self.lines

        def __exit__(self, kind: object, error: object, line: object) -> bool:
            self.lines.append(repr(error))
            return kind is KeyError

    log = env.put(Log)()
    with log as lines:
        lines.append("in the block")
        raise KeyError("here")
    with raises(ZeroDivisionError), log:
        env.put(1) / 0
    assert log.lines.fetch() == ["in the block", "KeyError('here')", "ZeroDivisionError('division by zero')"]


def waits(env: IRemoteInterpreter) -> None:
    vars = [env.run(lambda number: [number], (number,)) for number in range(5)]
    assert ray_proxy.fetch(*vars) == ([0], [1], [2], [3], [4])
    assert len(ray_proxy.wait(vars, num_returns=5)[0]) == 5
    assert sorted(var[0].fetch() for var in ray_proxy.as_completed(vars)) == [0, 1, 2, 3, 4]
    assert ray_proxy.attr(env.put(Path), "cwd")().fetch()
    env.sync()
    with env.eager():
        assert (env.put(1) + 1).fetch() == 2


def freed(env: IRemoteInterpreter) -> None:
    class Thing:
        pass

    def watch(thing: Any) -> Any:
        return weakref.ref(thing)

    def is_gone(watch: Any) -> bool:
        return watch() is None

    thing, kept = env.put(Thing)(), env.put([1])
    watched = env.run(watch, (thing,))
    assert env.run(is_gone, (watched,)).fetch() is False
    del thing
    eventually(lambda: bool(env.run(is_gone, (watched,))))
    env["lasting"] = kept
    env.delete_unnamed_vars()
    with raises(StaleVarError):
        kept.fetch()
    assert env["lasting"].fetch() == [1]
    del env["lasting"]
    env.sync()


def leases(env: IRemoteInterpreter) -> None:
    var = env.put([1])
    again = cloudpickle.loads(cloudpickle.dumps({"var": var}))["var"]
    var.append(2)
    assert (type(again), again.fetch()) == (Var, [1, 2])


def forks(env: IRemoteInterpreter) -> None:
    numbers = env.put([1])
    env.sync()
    child = os.fork()
    if child == 0:
        code = 1
        with contextlib.suppress(BaseException):
            numbers.append(2)
            code = 0 if (numbers + [3]).fetch() == [1, 2, 3] else 2
        os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert numbers.fetch() == [1, 2]


def interrupts(env: RemoteInterpreter) -> None:
    """Of whatever runs, and of frames that are named."""

    def wait(begun: str) -> None:
        with open(begun, "wb"):  # when the other end is open, too
            pass
        time.sleep(60)

    with tempfile.TemporaryDirectory() as folder:
        begun = Path(folder, "begun")
        os.mkfifo(begun)

        def interrupt_all_that_is_under_way() -> None:
            session = env.session
            flights = session.outbox.flights if hasattr(session, "outbox") else session._flights  # of older releases
            remote._links[session].interrupt(session.name, list(flights))

        for interrupt in (env.interrupt, interrupt_all_that_is_under_way):
            kept = env.put([1])
            call = env.run(wait, (str(begun),))
            begun.read_bytes()
            assert env.status()["busy"]
            interrupt()
            with raises(KeyboardInterrupt):
                call.fetch()
            assert kept.fetch() == [1]


def status(env: IRemoteInterpreter) -> None:
    kept = env.put([1])
    env.sync()
    found = env.status()
    assert {"variables", "named", "leases", "clients", "busy", "host", "pid"} <= found.keys()
    assert found["pid"] == env.run(os.getpid).fetch() != os.getpid()
    assert found["variables"] >= 1
    del kept


def code(env: IRemoteInterpreter) -> None:
    """Project code, which releases bring that know it, to interpreters that do."""
    session: Any = env.session  # type: ignore[attr-defined]
    if not hasattr(session, "set_code") or not session.speaks(4):
        return
    from ray_proxy.project.project import Project
    from ray_proxy.session.bringing import Bringing

    before = session.code
    with tempfile.TemporaryDirectory() as folder:
        name = f"conversed_{os.urandom(4).hex()}"
        Path(folder, f"{name}.py").write_text("def double(x): return 2 * x\n")
        sys.path.insert(0, folder)
        try:
            session.set_code(Bringing(Project(True), "conversation"))
            assert env.run(importlib.import_module(name).double, (4,)) == 8
        finally:
            session.set_code(before)
            sys.path.remove(folder)
            sys.modules.pop(name, None)


def oneself(env: RemoteInterpreter) -> None:
    """A handle of the interpreter, and a Var of it, that come back from there."""

    def give(env: Any, var: Any) -> Any:
        var.append(type(env).__name__)
        return env, env.put([5])

    var = env.put([])
    same, made = env.run(give, (env, var)).fetch()
    made.append(6)
    assert (same, made.env, made.fetch(), var.fetch()) == (env, env, [5, 6], ["RemoteInterpreter"])


CONVERSATIONS = (
    *(
        values,
        classes,
        streams,
        operators,
        in_place,
        errors,
        iteration,
        bulk,
        arrays,
        names,
        coroutines,
        statements,
        waits,
        code,
    ),
    *(freed, leases, forks, interrupts, status),
)
"""Together they say every message that there is."""
CONVERSATIONS_OVER_RAY = (*CONVERSATIONS, oneself)
