"""Awaitables and generators that tests share. They travel by value: an interpreter does not have this file."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any

import cloudpickle

cloudpickle.register_pickle_by_value(sys.modules[__name__])


def awaited(var: Any) -> Any:
    """What ``await var`` gives."""

    async def main() -> Any:
        return await var

    return asyncio.run(main())


class Ready:
    """Awaitable by `__await__`."""

    def __init__(self, result: object = 7) -> None:
        self.result = result

    def __await__(self) -> Iterator[Any]:
        yield from asyncio.sleep(0).__await__()
        return self.result  # type: ignore[return-value]


async def soon(result: object, seconds: float = 0.0) -> object:
    await asyncio.sleep(seconds)
    return result


async def numbers(ends: list[str]) -> AsyncIterator[int]:
    try:
        got = 0
        while True:
            got = yield got
    except ValueError as error:
        yield int(str(error))
    finally:
        await asyncio.sleep(0)
        ends.append("ended")
