"""How generators end that nobody refers to any more."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import sys
from collections.abc import Callable, Iterator
from typing import Any

import cloudpickle
from awaitables import numbers
from conftest import eventually

from ray_proxy import RemoteInterpreter

# Its functions and classes travel by value: an interpreter does not have this file.
cloudpickle.register_pickle_by_value(sys.modules[__name__])


def counting(ends: list[str]) -> Iterator[int]:
    try:
        yield 1
        yield 2
    finally:
        ends.append("ended")


def test_a_generator_ends_when_its_var_is_dropped(first: RemoteInterpreter) -> None:
    ends = first.put([])
    source = first.run(counting, (ends,))
    assert next(source) == 1
    assert ends.fetch() == []
    del source
    assert ends.fetch() == ["ended"]


def test_a_generator_ends_when_a_loop_over_it_ends(first: RemoteInterpreter) -> None:
    ends = first.put([])
    for _ in first.run(counting, (ends,)):
        break
    assert ends.fetch() == ["ended"]


def test_a_generator_ends_when_it_is_closed(first: RemoteInterpreter) -> None:
    ends = first.put([])
    with contextlib.closing(first.run(counting, (ends,))) as source:
        next(source)
    assert ends.fetch() == ["ended"]


def test_an_asynchronous_generator_ends_when_its_var_is_dropped(first: RemoteInterpreter) -> None:
    ends = first.put([])

    async def main() -> None:
        source = first.run(numbers, (ends,))
        assert await (await anext(source)) == 0

    asyncio.run(main())
    gc.collect()
    assert ends.fetch() == ["ended"]


def test_an_asynchronous_generator_ends_when_a_loop_over_it_ends(first: RemoteInterpreter) -> None:
    ends = first.put([])

    async def main() -> None:
        async for _ in first.run(numbers, (ends,)):
            break

    asyncio.run(main())
    gc.collect()
    assert ends.fetch() == ["ended"]


def test_asynchronous_generators_end_with_their_session(rif: Any, run_program: Callable[..., str]) -> None:
    env = rif.create(name="ends")
    env["ends"] = []
    env.sync()
    run_program(
        "import asyncio, ray, ray_proxy\n"
        "ray.init(namespace='tests', log_to_driver=False)\n"
        "env = ray_proxy.RemoteInterpreterFactory(ray).get('ends')\n"
        "async def numbers(ends):\n"
        "    try:\n"
        "        yield 1\n"
        "    finally:\n"
        "        await asyncio.sleep(0)\n"
        "        ends.append('ended')\n"
        "source = env.run(numbers, (env['ends'],))\n"
        "async def main(): return await (await anext(source))\n"
        "assert asyncio.run(main()) == 1\n"
    )
    eventually(lambda: env["ends"].fetch() == ["ended"])
    env.destroy()
