"""The lines of code that a log tells of operations."""

from __future__ import annotations

import sys
import threading
from collections import Counter
from typing import Any

import pytest
from conftest import LoopbackInterpreter
from recording import here

from ray_proxy import Log, operations
from ray_proxy.logs.records import Sent
from ray_proxy.protocol import Del, Frame, Put, decode_frame


def places(path: str) -> list[tuple[str, int, str] | None]:
    return [op.place for op in operations(Log(path)) if not isinstance(op.message, Del)]


def helper(env: Any) -> tuple[Any, int]:
    return env.put(1), here()


def test_the_line_of_each_operation(env: LoopbackInterpreter, path: str) -> None:
    name = "test_the_line_of_each_operation"
    with env.record(path):
        v, first = env.put(1), here()
        w, second = v + 1, here()
        _, there = helper(env)
        w.fetch(), (third := here())
    assert places(path) == [
        (__file__, first, name),
        (__file__, second, name),
        (__file__, there, "helper"),
        (__file__, third, name),
    ]


def test_the_line_of_operations_in_a_loop(env: LoopbackInterpreter, path: str) -> None:
    lines = []
    with env.record(path):
        for number in range(500):
            if number % 2:
                _, line = env.put(number), here()
            else:
                _, line = env.put(-number), here()
            lines.append(line)
    assert [place and place[1] for place in places(path)] == lines
    frames = [decode_frame(record.data) for record in Log(path) if isinstance(record, Sent)]
    assert max(len(frame.places) for frame in frames) == 3  # each line once a frame: these two, and the block's


def test_the_line_of_operations_in_a_comprehension(env: LoopbackInterpreter, path: str) -> None:
    with env.record(path):
        made, line = [env.put(number) for number in range(3)], here()
        doubled = list(map(lambda v: v * 2, made))  # noqa: C417
        generated = [*(v + 1 for v in doubled)]
    del generated
    name = "test_the_line_of_operations_in_a_comprehension"
    listed = "<listcomp>" if sys.version_info < (3, 12) else name
    assert places(path) == [
        *[(__file__, line, listed)] * 3,
        *[(__file__, line + 1, "<lambda>")] * 3,
        *[(__file__, line + 2, "<genexpr>")] * 3,
    ]


def test_the_line_of_each_kind_of_operation(env: LoopbackInterpreter, path: str) -> None:
    lines = []
    with env.record(path):
        v, line = env.put([3, 1, 2]), here()
        lines += [line]
        v.sort(), (line := here())
        lines += [line, line]
        v[0], (line := here())
        lines += [line]
        v[0] = 5
        line = here() - 1
        lines += [line]
        del v[0]
        line = here() - 1
        lines += [line]
        list(v), (line := here())
        after_iteration = line
        env["a"] = v
        line = here()
        len(v), v == 1, 1 in v, bool(v), repr(v)
        env.module("math").pi
        env.run(len, (v,))
        with env.run(threading.Lock) as locked:
            bool(locked)
    told = [place for place in places(path) if place is not None]
    assert [place[1] for place in told][: len(lines)] == lines
    assert after_iteration in [place[1] for place in told]
    assert {place[0] for place in told} == {__file__}
    assert [place[1] for place in told] == sorted(place[1] for place in told)


def test_the_line_of_the_wait_at_the_end_of_a_block_is_that_of_the_block(env: LoopbackInterpreter, path: str) -> None:
    with env.record(path):
        line = here() + 1
        with env.eager():
            env.put(1)
    name = "test_the_line_of_the_wait_at_the_end_of_a_block_is_that_of_the_block"
    waits = [op.place for op in operations(Log(path)) if op.text == "sync"]
    assert waits == [(__file__, line, name), (__file__, line - 2, name)]


def test_the_line_of_what_is_deleted_is_not_known(env: LoopbackInterpreter, path: str) -> None:
    with env.record(path):
        v = env.put(1)
        del v
        kept = env.put(2)
    del kept
    assert [op.place is None for op in operations(Log(path)) if isinstance(op.message, Del) and op.message.ids] == [
        True
    ]


def test_the_line_of_operations_of_threads(env: LoopbackInterpreter, path: str) -> None:
    lines: dict[int, int] = {}

    def one(number: int) -> None:
        for _ in range(100):
            _, lines[number] = env.put(number), here()

    def other(number: int) -> None:
        for _ in range(100):
            _, lines[number] = env.put(number), here()

    with env.record(path):
        threads = [threading.Thread(target=work, args=(at,)) for at, work in enumerate([one, other, one, other])]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    told = Counter((op.message.value, op.place) for op in operations(Log(path)) if isinstance(op.message, Put))
    assert told == {
        (at, (__file__, lines[at], name)): 100 for at, name in enumerate(["one", "other", "one", "other"])
    }  # fmt: skip


def test_the_line_of_eager_operations(eager_env: LoopbackInterpreter, env: LoopbackInterpreter, path: str) -> None:
    with eager_env.record(path):
        _, line = eager_env.put(1), here()
    with env.record(path + "2"), env.eager():
        _, other = env.put(1), here()
    name = "test_the_line_of_eager_operations"
    assert places(path)[0] == (__file__, line, name)
    assert places(path + "2")[0] == (__file__, other, name)


def test_lines_travel_only_where_something_is_recorded(
    env: LoopbackInterpreter, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Frame] = []
    send = env.session.line.channel.send  # type: ignore[union-attr]
    monkeypatch.setattr(
        env.session.line.channel, "send", lambda data, number: (seen.append(decode_frame(data)), send(data, number))
    )
    env.put(1).fetch()
    assert seen
    assert all(not frame.places and not frame.lines for frame in seen)


def test_the_lines_of_a_frame_of_which_something_cannot_be_sent(
    env: LoopbackInterpreter, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    with env.record(path):
        env.put(1)
        env.session.begin(lambda id: Put(id, "\ud800"))
        _, line = env.put(2), here()
    (one, failing, other) = (op for op in operations(Log(path)) if isinstance(op.message, Put))
    assert failing.error is not None
    assert one.place is not None
    assert other.place == (__file__, line, "test_the_lines_of_a_frame_of_which_something_cannot_be_sent")
