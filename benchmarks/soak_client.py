"""One client process of the soak: four threads, each running random programs against all interpreters.

Every operation is done on the remote object and on a local model of it, and whatever comes back is compared. An error
is a loss unless a fault that was injected accounts for it. Started by `soak.py`, with which it talks in lines of JSON.
"""

from __future__ import annotations

import asyncio
import contextlib
import copy
import faulthandler
import functools
import gc
import json
import os
import pickle
import random
import signal
import socket
import sys
import threading
import time
import traceback
import uuid
from collections import Counter as Counts, deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import ray

import ray_proxy
from ray_proxy import RemoteInterpreter, RemoteInterpreterFactory, Var
from ray_proxy.errors import BulkTransferError, InterpreterDiedError, NotPicklableError, SessionLostError, StaleVarError

INTERPRETERS = 4
RUNNERS = 4
NAMESPACE = "soak"
MOST = 24
"""Variables that a runner holds in one interpreter."""
BULKS = 2
"""Arrays over 1 MB that a runner holds in one interpreter."""
FRESH = 25.0
"""Seconds for which a pickled Var is taken; its lease is longer."""
BLAME = 60.0
"""Seconds after a mailbox was killed in which a transfer may fail for that."""


WEIGHTS = {
    **{"make": 14, "compute": 14, "change": 14, "count": 10, "check": 16, "check_many": 6, "ask": 8, "iterate": 5},
    **{"error": 6, "across": 5, "move": 4, "name": 4, "give": 4, "take": 5, "waits": 4, "coroutine": 3, "eager": 3},
    **{"by_ref": 2, "in_nested": 1, "drop": 6, "fork": 1, "interrupt": 1},
}
"""How often each kind of step is taken."""


TRANSFER = (BulkTransferError, ray.exceptions.ObjectLostError)
"""Errors of a large value that was lost on its way; the second where it was given as an ObjectRef."""


class Total:
    """An object with state: an increment that is lost or counted twice shows in its sum."""

    def __init__(self, total: int = 0) -> None:
        self.total = total
        self.calls = 0

    def add(self, amount: int) -> int:
        self.total += amount
        self.calls += 1
        return self.total

    def fail(self, text: str) -> None:
        raise ValueError(text)


def spin(started: str, seconds: float) -> str:
    """Run until interrupted, and say by a file that it runs."""
    Path(started).touch()
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        time.sleep(0.01)
    return "not interrupted"


async def double(value: int) -> int:
    await asyncio.sleep(0.001)
    return value * 2


def nested(env: Any, value: int) -> int:
    """Runs in one interpreter and asks another."""
    return int((env.put(value) + 1).fetch())


def memory() -> dict[str, int]:
    """What this process uses."""
    return usage(os.getpid())


def usage(pid: int) -> dict[str, int]:
    """Anonymous memory (MB), file descriptors and threads of a process.

    Pages of Ray's object store are not its own. Nor are the closed TCP sockets ours that Ray's gRPC server keeps of
    peers that have gone: no table of the kernel lists them any more.
    """
    fields = {}
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        name, _, value = line.partition(":")
        fields[name] = value.split()
    listed = set()
    for name, column in (("unix", 6), ("tcp", 9), ("tcp6", 9), ("udp", 9), ("udp6", 9)):
        with contextlib.suppress(OSError):
            listed |= {line.split()[column] for line in Path(f"/proc/{pid}/net/{name}").read_text().splitlines()[1:]}
    count = 0
    for path in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            target = os.readlink(path)
            count += not target.startswith("socket:[") or target[8:-1] in listed
    return {"mb": int(fields["RssAnon"][0]) // 1024, "fds": count, "threads": int(fields["Threads"][0])}


class Loss(Exception):
    """A result that was promised is wrong."""


class Entry:
    """A variable that a runner holds, and what its value must be."""

    __slots__ = ("kind", "model", "var")

    def __init__(self, kind: str, var: Any, model: Any) -> None:
        self.kind, self.var, self.model = kind, var, model


class Slot:
    """What a runner has in one of the interpreters."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.env: RemoteInterpreter | None = None
        self.id = ""
        self.entries: list[Entry] = []


class Gate:
    """Runners pass it before each step; it can be closed to all, or to all but one."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._inside = 0
        self._alone: object = None
        self.closed = False
        self.parked = 0

    @contextlib.contextmanager
    def step(self, runner: object, alone: bool) -> Iterator[None]:
        with self._changed:
            self._changed.wait_for(lambda: self._alone is None)
            if alone:
                self._alone = runner
                self._changed.wait_for(lambda: self._inside == 0)
            self._inside += 1
        try:
            yield
        finally:
            with self._changed:
                self._inside -= 1
                self._alone = None if self._alone is runner else self._alone
                self._changed.notify_all()

    def park(self) -> None:
        with self._changed:
            self.parked += 1
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self.closed)
            self.parked -= 1

    def close(self, runners: int) -> None:
        with self._changed:
            self.closed = True
            self._changed.wait_for(lambda: self.parked == runners)

    def open(self) -> None:
        with self._changed:
            self.closed = False
            self._changed.notify_all()


class Runner:
    """Runs steps at random; the state it builds is its program."""

    def __init__(self, process: Process, number: int, seed: str) -> None:
        self.process = process
        self.number = number
        self.random = random.Random(seed)
        self.slots = [Slot(slot) for slot in range(INTERPRETERS)]
        self.touched: set[str] = set()
        self.log: deque[str] = deque(maxlen=12)
        self.steps = 0
        self.where = ""
        self.counts: Counts[str] = Counts()
        self._weights = dict(WEIGHTS)
        if process.only:
            self._weights = {name: weight for name, weight in self._weights.items() if name in process.only}

    # ------------------------------------------------------------------------------------------- the loop

    def run(self) -> None:
        names, weights = list(self._weights), list(self._weights.values())
        while not self.process.ending.is_set():
            if self.process.gate.closed:
                self.settle()
                self.where = "parked"
                self.process.gate.park()
                continue
            name = self.random.choices(names, weights)[0]
            with self.process.gate.step(self, name == "interrupt"):
                self.where = name
                self.guarded(getattr(self, f"step_{name}"))
            self.steps += 1
            if self.process.pace:
                time.sleep(self.random.random() * self.process.pace)
        for slot in self.slots:
            slot.entries.clear()
        self.settle()
        for slot in self.slots:
            slot.env = None
        self.where = "ended"

    def settle(self) -> None:
        """Wait for all that was asked for, and hear all errors of it."""
        for slot in self.slots:
            self.where = f"settle {slot.number}"
            for _ in range(100):
                before = self.counts["accounted"]
                self.guarded(functools.partial(self.sync, slot))
                if self.counts["accounted"] == before:
                    break

    def sync(self, slot: Slot) -> None:
        if slot.env is not None:
            self.touched.add(slot.id)
            slot.env.sync()

    def guarded(self, work: Callable[[], Any]) -> None:
        self.touched = set()
        try:
            try:
                work()
            except (Exception, KeyboardInterrupt) as problem:
                self.account(problem)
        except BaseException as problem:  # also an interrupt that came too late
            self.process.lose(self, problem)

    def account(self, problem: BaseException) -> None:
        """An error: drop what can be wrong for it. A loss, if no fault explains it."""
        killed = {id for id in self.touched if self.process.is_killed(id)}
        if isinstance(problem, InterpreterDiedError) and not isinstance(problem, SessionLostError) and killed:
            self.counts["interpreter died"] += 1
        elif isinstance(problem, TRANSFER) and (killed or self.process.mailbox_was_killed()):
            self.counts["transfer failed"] += 1
            for slot in self.slots:
                slot.entries.clear()
        else:
            for slot in self.slots:
                slot.entries.clear()
            self.process.lose(self, problem)
        self.counts["accounted"] += 1
        for slot in self.slots:
            if slot.id in killed:
                slot.env, slot.id = None, ""
                slot.entries.clear()
        problem.__traceback__ = None
        problem.__cause__ = problem.__context__ = None

    # ------------------------------------------------------------------------------------------- choices

    def slot(self) -> Slot:
        return self.opened(self.random.choice(self.slots))

    def opened(self, slot: Slot) -> Slot:
        if slot.env is None:
            slot.env = self.process.get(slot.number)
            slot.id = slot.env.id
        self.touched.add(slot.id)
        return slot

    def entry(self, *kinds: str) -> tuple[Slot, Entry] | None:
        found = [(slot, entry) for slot in self.slots for entry in slot.entries if not kinds or entry.kind in kinds]
        if not found:
            return None
        slot, entry = self.random.choice(found)
        self.touched.add(slot.id)
        return slot, entry

    def hold(self, slot: Slot, kind: str, var: Any, model: Any) -> None:
        """One more variable; the oldest is dropped where there are many."""
        bulks = [entry for entry in slot.entries if entry.kind == "bulk"]
        if kind == "bulk" and len(bulks) >= BULKS:
            slot.entries.remove(bulks[0])
        elif len(slot.entries) >= MOST:
            slot.entries.pop(self.random.randrange(len(slot.entries)))
        slot.entries.append(Entry(kind, var, model))

    def did(self, text: str, count: int = 1) -> None:
        self.counts["operations"] += count
        self.log.append(text)

    def same(self, got: Any, wanted: Any, what: str) -> None:
        if isinstance(wanted, np.ndarray):
            right = type(got) is type(wanted) and got.dtype == wanted.dtype and np.array_equal(got, wanted)
        else:
            right = type(got) is type(wanted) and got == wanted
        if not right:
            raise Loss(f"{what}: {str(got)[:300]} where {str(wanted)[:300]} was due")
        self.counts["promised"] += 1

    def small(self) -> Any:
        """A value of a few kinds."""
        kind = self.random.randrange(5)
        if kind == 0:
            return self.random.randrange(-1000, 1000)
        if kind == 1:
            return self.random.choice(["", "x", "häß", "long " * self.random.randrange(80)])
        if kind == 2:
            return [self.random.randrange(10) for _ in range(self.random.randrange(5))]
        if kind == 3:
            return (self.random.random(), None, True)
        return {"key": self.random.randrange(100)}

    # ------------------------------------------------------------------------------------------- the steps

    def step_make(self) -> None:
        slot = self.slot()
        assert slot.env is not None
        kind = self.random.choices("int str list dict total array bulk".split(), [6, 4, 6, 4, 5, 3, 1])[0]
        model: Any
        if kind == "int":
            model = self.random.randrange(-(10**6), 10**6)
        elif kind == "str":
            model = "text" * self.random.randrange(100)
        elif kind == "list":
            model = [self.small() for _ in range(self.random.choice([0, 3, 40, 400]))]
        elif kind == "dict":
            model = {str(number): self.small() for number in range(self.random.randrange(20))}
        elif kind == "total":
            model = Total()
        else:
            size = self.random.randrange(150_000, 500_000) if kind == "bulk" else self.random.choice([1, 100, 20_000])
            model = np.arange(size, dtype=np.int64) + self.random.randrange(1000)
        var = slot.env.put(model)
        self.hold(slot, kind, var, copy.deepcopy(model))
        self.did(f"put {kind} in {slot.number}")

    def step_compute(self) -> None:
        """New variables of old ones, pipelined."""
        found = self.entry("int", "str", "list", "array", "bulk")
        if found is None:
            return
        slot, entry = found
        var, model = entry.var, entry.model
        rounds = self.random.choice([1, 3, 30])
        for _ in range(rounds):
            number = self.random.randrange(1, 50)
            if entry.kind == "int":
                var, model = (var * 3 + number) % 1_000_003, (model * 3 + number) % 1_000_003
            elif entry.kind == "str":
                var, model = (var + str(number))[-500:], (model + str(number))[-500:]
            elif entry.kind == "list":
                item = [number]
                var, model = (var + item)[1:], (model + item)[1:]
            else:
                var, model = var + number, model + number
                break
        self.hold(slot, entry.kind, var, copy.deepcopy(model))
        self.did(f"{rounds} times a new {entry.kind} in {slot.number}", rounds)

    def step_change(self) -> None:
        """In place."""
        found = self.entry("list", "dict", "array", "str")
        if found is None:
            return
        slot, entry = found
        for _ in range(self.random.choice([1, 2, 10])):
            value = self.small()
            if entry.kind == "list":
                way = self.random.randrange(4)
                if way == 0:
                    entry.var.append(value)
                    entry.model.append(copy.deepcopy(value))
                elif way == 1 and entry.model:
                    at = self.random.randrange(len(entry.model))
                    entry.var[at] = value
                    entry.model[at] = copy.deepcopy(value)
                elif way == 2:
                    entry.var += [value]
                    entry.model += [copy.deepcopy(value)]
                elif entry.model:
                    del entry.var[-1]
                    del entry.model[-1]
            elif entry.kind == "dict":
                key = str(self.random.randrange(30))
                if key in entry.model and self.random.random() < 0.3:
                    del entry.var[key]
                    del entry.model[key]
                else:
                    entry.var[key] = value
                    entry.model[key] = copy.deepcopy(value)
            elif entry.kind == "array":
                entry.var += 1
                entry.model += 1
            else:
                entry.var += "y"
                entry.model += "y"
            self.did(f"changed a {entry.kind} in {slot.number}")

    def step_count(self) -> None:
        """Increments, most of which nobody looks at."""
        found = self.entry("total")
        if found is None:
            return
        slot, entry = found
        times = self.random.choice([1, 5, 300])
        last: Any = None
        for _ in range(times):
            amount = self.random.randrange(1, 9)
            last = entry.var.add(amount)
            entry.model.add(amount)
        self.did(f"{times} times add in {slot.number}", times)
        if self.random.random() < 0.5:
            self.same(last.fetch(), entry.model.total, "what add gives")

    def value(self, entry: Entry) -> Any:
        """The value, by one of the ways to it."""
        if entry.kind == "total":
            return list(ray_proxy.fetch(entry.var.total, entry.var.calls))
        way = self.random.randrange(4)
        if way == 0:
            return asyncio.run(awaited([entry.var]))[0]
        if way == 1:
            return entry.var.fetch(timeout=60)
        if way == 2:
            return ray_proxy.fetch(entry.var, copy=False)[0]
        return entry.var.fetch()

    def step_check(self) -> None:
        found = self.entry()
        if found is None:
            return
        slot, entry = found
        self.did(f"check of a {entry.kind} in {slot.number}")
        self.same(self.value(entry), wanted(entry), f"a {entry.kind}")

    def step_check_many(self) -> None:
        """Several in one go, from all interpreters."""
        found = [pair for pair in (self.entry("int", "str", "list", "dict", "array") for _ in range(6)) if pair]
        if not found:
            return
        vars = [entry.var for _, entry in found]
        values = ray_proxy.fetch(*vars) if self.random.random() < 0.5 else asyncio.run(awaited(vars))
        self.did("check of many", len(found))
        for (_, entry), value in zip(found, values):
            self.same(value, entry.model, f"one {entry.kind} of many")

    def step_ask(self) -> None:
        found = self.entry("int", "str", "list", "dict", "array")
        if found is None:
            return
        slot, entry = found
        self.did(f"question about a {entry.kind} in {slot.number}")
        if entry.kind == "int":
            self.same(int(entry.var), entry.model, "int()")
            self.same(bool(entry.var > 0), entry.model > 0, "bool()")
            return
        self.same(len(entry.var), len(entry.model), "len()")
        if entry.kind == "str":
            self.same("y" in entry.var, "y" in entry.model, "in")
        elif entry.kind == "dict":
            self.same(bool(entry.var == entry.model), True, "==")
        elif entry.kind == "array":
            self.same(int(entry.var.sum()), int(entry.model.sum()), "sum()")
        else:
            self.same(bool(entry.var), bool(entry.model), "bool()")

    def step_iterate(self) -> None:
        found = self.entry("list", "dict")
        if found is None:
            return
        slot, entry = found
        most = self.random.choice([3, 30, 10_000])
        got = []
        for item in entry.var:
            got.append(item.fetch())
            if len(got) == most:
                break
        self.did(f"iteration over a {entry.kind} in {slot.number}", len(got) + 1)
        self.same(got, list(entry.model)[:most], "items")

    def step_error(self) -> None:
        slot = self.slot()
        assert slot.env is not None
        way = self.random.randrange(5)
        self.did(f"error {way} in {slot.number}")
        cause: type[BaseException]
        try:
            if way == 0:
                cause = IndexError
                (slot.env.put([1])[9] + 1).fetch()
            elif way == 1:
                cause = KeyError
                empty: Any = slot.env.put({})
                empty["missing"].fetch()
            elif way == 2:
                cause = ValueError
                slot.env.put(Total()).fail("as expected").fetch()
            elif way == 3:
                cause = NotPicklableError
                slot.env.put(threading.Lock())
            else:
                cause = TypeError
                one: Any = slot.env.put(1)
                one[0] = 2
                slot.env.sync()
        except cause as error:
            error.__traceback__ = None
            self.counts["promised"] += 1
        else:
            raise Loss(f"no {cause.__name__}")

    def step_across(self) -> None:
        """An operation on variables of two interpreters."""
        kind = self.random.choice(["int", "list", "array", "bulk"])
        left, right = self.entry(kind), self.entry(kind)
        if left is None or right is None or (kind in ("array", "bulk") and len(left[1].model) != len(right[1].model)):
            return
        if kind == "list":
            model = left[1].model + right[1].model
            if len(model) > 2000:
                return
        else:
            model = (left[1].model + right[1].model) % 1_000_003
        var = left[1].var + right[1].var
        if kind != "list":
            var = var % 1_000_003
        self.hold(left[0], kind, var, copy.deepcopy(model))
        self.did(f"{kind} of {left[0].number} + {kind} of {right[0].number}", 2)

    def step_move(self) -> None:
        found, slot = self.entry("int", "str", "list", "dict", "array", "bulk"), self.slot()
        if found is None or found[0] is slot:
            return
        assert slot.env is not None
        var = slot.env.put(found[1].var)
        self.hold(slot, found[1].kind, var, copy.deepcopy(found[1].model))
        self.did(f"{found[1].kind} from {found[0].number} to {slot.number}")

    def step_name(self) -> None:
        found = self.entry("int", "list")
        if found is None:
            return
        slot, entry = found
        assert slot.env is not None
        name = f"{os.getpid()}-{self.number}"
        slot.env[name] = entry.var
        self.did(f"named a {entry.kind} in {slot.number}", 3)
        self.same(slot.env[name].fetch(), entry.model, "what has a name")
        del slot.env[name]

    def step_give(self) -> None:
        """A pickled Var, to whoever takes it. What is given is not changed any more."""
        found = self.entry("int", "str", "array", "bulk")
        if found is None:
            return
        slot, entry = found
        var = entry.var if entry.kind in ("int", "str") else entry.var + 0
        content = pickle.dumps((slot.id, os.getpid(), time.time(), entry.kind, entry.model, pickle.dumps(var)))
        path = self.process.folder / "spool" / uuid.uuid4().hex
        path.write_bytes(content)
        path.rename(path.with_suffix(".var"))
        self.did(f"gave a {entry.kind} of {slot.number}")

    def step_take(self) -> None:
        paths = list((self.process.folder / "spool").glob("*.var"))
        if not paths:
            return
        path = self.random.choice(paths)
        mine = path.with_suffix(f".{os.getpid()}")
        try:
            path.rename(mine)
        except FileNotFoundError:
            return  # another was quicker
        id, pid, given, kind, model, data = pickle.loads(mine.read_bytes())
        mine.unlink()
        if time.time() - given > FRESH:
            return
        self.touched.add(id)
        try:
            var = pickle.loads(data)
            slot = next((slot for slot in self.slots if slot.id == id), None)
            self.did(f"took a {kind}")
            if slot is None:
                self.same(var.fetch(), model, "a given value")
                return
            self.same(var.fetch(), model, "a given value")
            self.hold(slot, kind, var, model)
        except StaleVarError as error:
            error.__traceback__ = None
            if not self.process.is_killed(str(pid)):
                raise Loss(f"a pickled Var is stale, though its giver lives: {error}") from None
            self.counts["given by the dead"] += 1

    def step_waits(self) -> None:
        found = [pair for pair in (self.entry("int", "str", "list") for _ in range(4)) if pair]
        if not found:
            return
        made = [(entry.var * 2, entry.model * 2) for _, entry in found]
        self.did("wait", len(made))
        if self.random.random() < 0.5:
            done, rest = ray_proxy.wait([var for var, _ in made], num_returns=len(made), timeout=60)
            self.same((len(done), len(rest)), (len(made), 0), "wait")
        else:
            self.same(len(list(ray_proxy.as_completed([var for var, _ in made], timeout=60))), len(made), "completed")
        for var, model in made:
            self.same(var.fetch(), model, "what was waited for")

    def step_coroutine(self) -> None:
        slot = self.slot()
        assert slot.env is not None
        value = self.random.randrange(1000)
        var = slot.env.run(double, (value,))
        self.did(f"coroutine in {slot.number}")
        self.same(asyncio.run(awaited([var]))[0], value * 2, "a coroutine")

    def step_in_nested(self) -> None:
        first, second = self.slot(), self.slot()
        if first is second:
            return
        assert first.env is not None
        value = self.random.randrange(1000)
        self.did(f"{first.number} asks {second.number}")
        self.same(first.env.run(nested, (second.env, value)).fetch(), value + 1, "a nested call")

    def step_by_ref(self) -> None:
        found, slot = self.entry("array", "bulk"), self.slot()
        if found is None:
            return
        assert slot.env is not None
        self.did(f"by reference from {found[0].number} to {slot.number}", 2)
        model = copy.deepcopy(found[1].model)
        var = slot.env.put(ray_proxy.ref(found[1].var))
        slot.env.sync()  # the object lives with the interpreter that made it
        self.hold(slot, found[1].kind, var, model)

    def step_eager(self) -> None:
        found = self.entry("list")
        if found is None:
            return
        slot, entry = found
        assert slot.env is not None
        self.did(f"eager in {slot.number}", 3)
        with slot.env.eager():
            entry.var += [1]
            entry.model += [1]
            try:
                entry.var[10**6]
            except IndexError as error:
                error.__traceback__ = None
            else:
                raise Loss("no IndexError")
            self.same(entry.var[-1].fetch(), 1, "the last item")

    def step_drop(self) -> None:
        slot = self.random.choice(self.slots)
        for _ in range(self.random.randrange(8)):
            if slot.entries:
                slot.entries.pop(self.random.randrange(len(slot.entries)))

    def step_fork(self) -> None:
        """A child uses what its parent holds."""
        found = [pair for pair in (self.entry("int", "str", "list", "array", "bulk") for _ in range(3)) if pair]
        if not found:
            return
        for slot, _ in found:
            assert slot.env is not None
            slot.env.sync()
        pid = os.fork()
        if pid == 0:
            self._child([entry for _, entry in found])
        until = time.monotonic() + 60
        while os.waitpid(pid, os.WNOHANG) == (0, 0):
            if time.monotonic() > until:
                raise Loss(f"the forked child {pid} does not end")
            time.sleep(0.01)
        outcome = self.process.folder / f"child-{pid}"
        self.did("fork", len(found))
        if not outcome.exists():
            raise Loss(f"the forked child {pid} has no outcome")
        text = outcome.read_text()
        outcome.unlink()
        if text.startswith("died") and any(self.process.is_killed(slot.id) for slot, _ in found):
            raise InterpreterDiedError(text)
        if text != "right":
            raise Loss(f"in a forked child: {text}")
        self.counts["promised"] += len(found)

    def _child(self, entries: list[Entry]) -> None:
        text = "nothing"
        try:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(50)
            faulthandler.dump_traceback_later(40, file=self.process.stacks)
            for entry in entries:
                self.same(entry.var.fetch(), entry.model, f"a {entry.kind} of the parent")
                if entry.kind == "int":
                    self.same((entry.var + 1).fetch(), entry.model + 1, "what a child computes")
            text = "right"
        except InterpreterDiedError as problem:
            text = f"died: {problem}"
        except BaseException:
            text = traceback.format_exc()
        finally:
            with contextlib.suppress(BaseException):
                (self.process.folder / f"child-{os.getpid()}").write_text(text)
            os._exit(0)

    def step_interrupt(self) -> None:
        """Alone in this process, because an interrupt is for all that is in the frame."""
        slot = self.slot()
        assert slot.env is not None
        slot.env.sync()
        started = self.process.folder / f"spin-{uuid.uuid4().hex}"
        signalled = threading.current_thread() is threading.main_thread() and self.random.random() < 0.5
        var = slot.env.run(spin, (str(started), 20.0))
        helper = threading.Thread(target=self._interrupt, args=(slot, started, signalled))
        self.did(f"interrupt in {slot.number}")
        try:
            helper.start()
            got = var.fetch()
            raise Loss(f"the call was {got}")
        except KeyboardInterrupt as error:
            error.__traceback__ = None
            self.counts["promised"] += 1
        finally:
            helper.join(60)
            started.unlink(missing_ok=True)

    def _interrupt(self, slot: Slot, started: Path, signalled: bool) -> None:
        until = time.monotonic() + 40
        while not started.exists() and time.monotonic() < until:
            time.sleep(0.01)
        if not started.exists():
            return
        if signalled:
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
            return
        with contextlib.suppress(InterpreterDiedError):
            assert slot.env is not None
            slot.env.interrupt()


async def awaited(vars: list[Any]) -> list[Any]:
    return await asyncio.gather(*map(asyncio.ensure_future, vars))


def wanted(entry: Entry) -> Any:
    return [entry.model.total, entry.model.calls] if entry.kind == "total" else entry.model


class Process:
    """This process: its runners, and what it tells the soak."""

    def __init__(self, folder: Path, line: socket.socket, seed: str, pace: float, only: set[str]) -> None:
        self.folder = folder
        self.pace = pace
        self.only = only
        self.stacks = open(folder / f"stacks-{os.getpid()}", "w")  # noqa: SIM115
        self.ending = threading.Event()
        self.gate = Gate()
        self.losses = 0
        self._line = line
        self._sending = threading.Lock()
        self._rif = RemoteInterpreterFactory(ray)
        self.runners = [Runner(self, number, f"{seed}.{number}") for number in range(RUNNERS)]

    def get(self, number: int) -> RemoteInterpreter:
        """The interpreter of that number; a new one may be on its way."""
        until = time.monotonic() + 50
        while True:
            try:
                env = self._rif.get(f"soak-{number}", NAMESPACE)
                if not self.is_killed(env.id):
                    return env
            except LookupError:
                pass
            if time.monotonic() > until:
                raise Loss(f"there is no interpreter {number}")
            time.sleep(0.2)

    def is_killed(self, what: str) -> bool:
        return (self.folder / "killed" / what).exists()

    def mailbox_was_killed(self) -> bool:
        mark = self.folder / "killed" / "mailbox"
        return mark.exists() and time.time() - mark.stat().st_mtime < BLAME

    def lose(self, runner: Runner, problem: BaseException) -> None:
        self.losses += 1
        text = "".join(traceback.format_exception(problem))[-3000:]
        self.tell("loss", text=f"{text}client {os.getpid()}, runner {runner.number}, after: {list(runner.log)}")

    def tell(self, kind: str, **facts: Any) -> None:
        counts: Counts[str] = sum((runner.counts for runner in self.runners), Counts())
        steps = [runner.steps for runner in self.runners]
        line = {"kind": kind, "counts": counts, "steps": steps, "losses": self.losses, **facts}
        line["where"] = [runner.where for runner in self.runners]
        with self._sending, contextlib.suppress(OSError):
            self._line.sendall(json.dumps(line).encode() + b"\n")

    def held(self) -> dict[str, int]:
        """By interpreter: how many variables the programs hold, by their own books."""
        held: Counts[str] = Counts()
        for runner in self.runners:
            for slot in runner.slots:
                if slot.id:
                    held[slot.id] += len(slot.entries)
        return held

    def alive(self) -> dict[str, int]:
        """By interpreter: how many Vars exist in this process, as the garbage collector knows them."""
        gc.collect()
        vars: list[Any] = [thing for thing in gc.get_objects() if type(thing) is Var]
        return Counts(ray_proxy.var.interface.handle_of(var).session.interpreter for var in vars)

    def obey(self) -> None:
        threading.Thread(target=self._beat, daemon=True).start()
        for line in self._line.makefile():
            word, _, rest = line.strip().partition(" ")
            if word == "pause":
                self.gate.close(len(self.runners))
                self._report("paused")
            elif word == "go":
                self.gate.open()
            elif word == "cut":
                slot, how = rest.split()
                self._cut(int(slot), int(how))
            elif word == "end":
                self.ending.set()
                self.gate.open()
            elif word == "count":
                self._report("counted")
            elif word == "exit":
                break
        else:
            os._exit(1)  # the soak has ended without us

    def _report(self, kind: str) -> None:
        held = {id: count for id, count in self.held().items() if count}
        until = time.monotonic() + 2
        while self.alive() != held and time.monotonic() < until:
            time.sleep(0.1)  # the Var of a class that was asked for is kept for a third of a second
        self.tell(kind, held=held, alive=self.alive(), usage=memory())

    def _cut(self, slot: int, how: int) -> None:
        """As a network does it: the connection is over, and nobody was asked."""
        for runner in self.runners:
            env = runner.slots[slot].env
            with contextlib.suppress(AttributeError, OSError):
                env.session.line.channel._socket.shutdown(how)  # type: ignore
                self.tell("cut")
                return

    def _beat(self) -> None:
        while True:
            time.sleep(1)
            self.tell("beat")


def main() -> None:
    address, folder, number, seed, pace, only = sys.argv[1:]
    ray.init(address, namespace=NAMESPACE, log_to_driver=False, logging_level="error")
    line = socket.socket(fileno=int(number))
    process = Process(Path(folder), line, seed, float(pace), set(filter(None, only.split(","))))
    faulthandler.register(signal.SIGUSR2, process.stacks, all_threads=True)
    threads = [threading.Thread(target=runner.run, name=f"runner-{runner.number}") for runner in process.runners[1:]]
    for thread in threads:
        thread.start()
    obedient = threading.Thread(target=process.obey, daemon=True)
    process.tell("here", pid=os.getpid())
    obedient.start()
    process.runners[0].run()  # on the main thread, to which signals come
    for thread in threads:
        thread.join()
    process.tell("ended")
    obedient.join(300)


if __name__ == "__main__":
    main()
