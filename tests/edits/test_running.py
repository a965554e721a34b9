"""Edits while code of the module runs: what has begun ends with its old text, the next call has the new one."""

from __future__ import annotations

import asyncio
import sys
import threading

from live import Live


def test_a_thread_inside_an_edited_function_ends_with_its_old_text(live: Live) -> None:
    live.load(m="def f(inside, go):\n    inside.set()\n    go.wait(20)\n    return 'old'\n")
    inside, go, results = threading.Event(), threading.Event(), []
    thread = threading.Thread(target=lambda: results.append(live.m.f(inside, go)))
    thread.start()
    inside.wait(20)
    live.edit(m="def f(inside, go):\n    inside.set()\n    go.wait(20)\n    return 'new'\n")
    go.set()
    thread.join()
    assert (results, live.m.f(inside, go)) == (["old"], "new")


def test_a_loop_in_another_thread_calls_the_new_text(live: Live) -> None:
    live.load(m="def step(): return 'old'\ndef loop(seen, go):\n    while go.wait(20) and seen(step()): pass\n")
    go, old_seen, new_seen = threading.Event(), threading.Event(), threading.Event()

    def seen(value: str) -> bool:
        (old_seen if value == "old" else new_seen).set()
        return value == "old"

    thread = threading.Thread(target=live.m.loop, args=(seen, go))
    thread.start()
    go.set()
    assert old_seen.wait(20)
    live.edit(m="def step(): return 'new'\ndef loop(seen, go):\n    while go.wait(20) and seen(step()): pass\n")
    thread.join(20)
    assert new_seen.is_set()


def test_threads_that_call_all_the_time_never_see_half_an_edit(live: Live) -> None:
    text = "def f(a=N): return (a, N)\nclass A:\n    def m(self): return N\n"
    live.load(m=text.replace("N", "0"))
    a, wrong, stop = live.m.A(), [], threading.Event()

    def call() -> None:
        while not stop.is_set():
            try:
                live.m.f()
                a.m()
            except Exception as error:
                wrong.append(error)

    threads = [threading.Thread(target=call) for _ in range(3)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for thread in threads:
            thread.start()
        for number in range(1, 30):
            live.edit(m=text.replace("N", str(number)))
    finally:
        stop.set()
        for thread in threads:
            thread.join()
        sys.setswitchinterval(interval)
    assert wrong == []
    assert (live.m.f(), a.m()) == ((29, 29), 29)


def test_a_function_that_edits_its_own_module(live: Live) -> None:
    live.load(m="def f(edit):\n    edit()\n    return 'old'\n")
    assert live.m.f(lambda: live.edit(m="def f(edit):\n    edit()\n    return 'new'\n")) == "old"
    assert live.m.f(lambda: None) == "new"


def test_a_task_that_awaits_ends_with_its_old_text(live: Live) -> None:
    live.load(m="async def f(event):\n    await event.wait()\n    return 'old'\n")

    async def main() -> tuple[str, str]:
        event = asyncio.Event()
        task = asyncio.ensure_future(live.m.f(event))
        await asyncio.sleep(0)
        live.edit(m="async def f(event):\n    await event.wait()\n    return 'new'\n")
        event.set()
        return await task, await live.m.f(event)

    assert asyncio.run(main()) == ("old", "new")


def test_a_suspended_async_generator_ends_with_its_old_text(live: Live) -> None:
    live.load(m="async def g():\n    yield 1\n    yield 'old'\n")

    async def main() -> tuple[object, object]:
        generator = live.m.g()
        await generator.__anext__()
        live.edit(m="async def g():\n    yield 1\n    yield 'new'\n")
        again = live.m.g()
        await again.__anext__()
        return await generator.__anext__(), await again.__anext__()

    assert asyncio.run(main()) == ("old", "new")


def test_a_with_block_whose_manager_is_edited_inside_it(live: Live) -> None:
    text = "import contextlib\nLOG = []\n@contextlib.contextmanager\ndef block():\n    yield\n    LOG.append('TEXT')\n"
    live.load(m=text.replace("TEXT", "old"))
    with live.m.block():
        live.edit(m=text.replace("TEXT", "new"))
    with live.m.block():
        pass
    assert live.m.LOG == ["old", "new"]
