"""The code that the golden logs of version 1 execute. It travels as text, and is never changed."""

from __future__ import annotations

CODE = '''
import asyncio


class Number:
    """Answers all operators, and tells which was asked for."""

    def __init__(self, value):
        self.value = value

    def __repr__(self):
        return f"Number({self.value!r})"

    def __eq__(self, other):
        return isinstance(other, Number) and self.value == other.value

    __hash__ = None

    def __dir__(self):
        return ["value"]

    def __reduce__(self):
        return str, (repr(self),)


def tell(name):
    def method(self, *args):
        return (name, self.value, *map(repr, args))
    return method


for name in "add sub mul matmul truediv floordiv mod divmod pow lshift rshift and or xor".split():
    setattr(Number, f"__{name}__", tell(name))
    setattr(Number, f"__r{name}__", tell("r" + name))
for name in "lt gt le ge neg pos invert abs round floor ceil trunc".split():
    setattr(Number, f"__{name}__", tell(name))


class InPlace(Number):
    def __iadd__(self, other):
        self.value += other
        return self

    def __isub__(self, other):
        raise ValueError("in place")


class Declining:
    def __add__(self, other):
        return NotImplemented

    __radd__ = __iadd__ = __lt__ = __add__


class Manager:
    def __init__(self, swallow):
        self.swallow, self.seen = swallow, []

    def __enter__(self):
        return "entered"

    def __exit__(self, kind, error, trace):
        self.seen.append(repr(error))
        return self.swallow

    async def __aenter__(self):
        return "entered, awaited"

    async def __aexit__(self, kind, error, trace):
        return self.swallow


class Ticker:
    def __init__(self, stop):
        self.at, self.stop = 0, stop

    def __aiter__(self):
        return self

    async def __anext__(self):
        await asyncio.sleep(0)
        self.at += 1
        if self.at > self.stop:
            raise StopAsyncIteration
        return self.at


class BadError(Exception):
    def __init__(self, one, two):
        super().__init__(one)

    def __repr__(self):
        raise ValueError("a repr that fails")


class Odd(Exception):
    def __reduce__(self):
        raise TypeError("not to be pickled")


class Unpicklable:
    def __reduce__(self):
        raise TypeError("not to be pickled")

    def __repr__(self):
        return "Unpicklable()"


def fail(kind, *args):
    raise kind(*args)


def chained():
    try:
        {}["inner"]
    except KeyError as error:
        raise ValueError("outer") from error


def counting(stop):
    for number in range(stop):
        yield number
    return "the end"


def failing(stop):
    yield from range(stop)
    raise ValueError("half way")


async def later(value):
    await asyncio.sleep(0)
    return value


async def never(value):
    raise ValueError(value)


def keywords(*args, **kwargs):
    return args, kwargs
'''


AWAITED = """
import asyncio
import concurrent.futures


class Ready:
    def __init__(self, result):
        self.result = result

    def __await__(self):
        yield from asyncio.sleep(0).__await__()
        if isinstance(self.result, Exception):
            raise self.result
        return self.result


async def soon(result):
    await asyncio.sleep(0)
    return result


def coroutine(result):
    return [soon(result)]


async def future(result):
    made = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(made.set_result, result)
    return [made]


def thread(result):
    made = concurrent.futures.Future()
    made.set_result(result)
    return made


async def numbers(ends):
    try:
        got = 0
        while True:
            got = yield got
    except ValueError:
        yield "thrown"
    finally:
        await asyncio.sleep(0)
        ends.append("ended")
"""
