"""Exceptions of every make, and the ways on which they travel to an interpreter and back."""

from __future__ import annotations

import copyreg
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from conftest import LoopbackInterpreter
from lives import Lives, Mother

made: list[str] = []
"""What `__init__`, `__setstate__` and reducers of the classes below were called for."""


@pytest.fixture(autouse=True)
def nothing_was_made() -> None:
    made.clear()


@pytest.fixture
def lives(tmp_path: Path) -> Iterator[Lives]:
    mother = Mother()
    with Lives(mother, tmp_path / "session.rplog") as lives:
        yield lives
    mother.close()


class Message(Exception):
    """Its `__init__` takes other arguments than those it keeps."""

    def __init__(self, code: int, *, path: str) -> None:
        made.append("init")
        super().__init__(f"{path}: {code}")
        self.code, self.path = code, path


class Slotted(Exception):
    __slots__ = ("__secret", "code", "unset")
    code: int
    unset: int

    def __init__(self, message: str, code: int | None) -> None:
        made.append("init")
        super().__init__(message)
        self.code = code  # type: ignore[assignment]
        self.__secret = [code]

    def secret(self) -> list[int | None]:
        return self.__secret


class Base(Exception):
    def __init__(self, code: int) -> None:
        made.append("init")
        self.code = code


class Derived(Base):
    def __init__(self, code: int, more: str) -> None:
        super().__init__(code)
        self.more = more


class Lost(FileNotFoundError):
    def __init__(self, path: str) -> None:
        made.append("init")
        super().__init__(2, "it was there", path)
        self.path = path


class Made(Exception):
    """Its `__new__` takes other arguments than those it keeps."""

    def __new__(cls, code: int) -> Made:
        made.append("new")
        self = super().__new__(cls, f"number {code}")
        self.code = code
        return self

    def __init__(self, code: int) -> None:
        pass

    code: int


@dataclass(frozen=True)
class Frozen(Exception):
    code: int
    names: list[str]


class Hidden(Exception):
    """What it has in its `__dict__`, a property hides."""

    def __init__(self, code: int) -> None:
        made.append("init")
        super().__init__("hidden")
        self.__dict__["code"] = code

    @property
    def code(self) -> int:
        return self.__dict__["code"] + 1  # type: ignore[no-any-return]


class Reduced(Exception):
    def __init__(self, code: int) -> None:
        made.append("init")
        super().__init__("reduced")
        self.code = code

    def __reduce__(self) -> Any:
        return Reduced, (self.code + 1,)


class ReducedEx(Exception):
    code = 0

    def __reduce_ex__(self, protocol: Any) -> Any:
        return ReducedEx, ("reduced",), {"code": self.code + 1}


class Registered(Exception):
    code = 0


class Restored(Exception):
    """It has ways of its own to give its state, and to take it."""

    __slots__ = ("code", "lock")

    def __init__(self, code: int) -> None:
        made.append("init")
        super().__init__("restored")
        self.code = code
        self.lock = threading.Lock()

    def __getstate__(self) -> Any:
        return [self.code]

    def __setstate__(self, state: Any) -> None:
        made.append("setstate")
        self.code = state[0] + 1
        self.lock = threading.Lock()


class Taking(Exception):
    def __setstate__(self, state: Any) -> None:
        made.append("setstate")
        self.__dict__.update(state, taken=True)


def reduce_registered(error: Registered) -> Any:
    return make_registered, (error.code + 1,)


def make_registered(code: int) -> Registered:
    error = Registered("made")
    error.code = code
    return error


copyreg.pickle(Registered, reduce_registered)


class Counted(Exception):
    def __getstate__(self) -> Any:
        made.append("getstate")
        return {}


class Kept:
    def __del__(self) -> None:
        made.append("del")


class OwnReduce(Exception):
    def __reduce__(self) -> Any:
        made.append("reduce")
        return ValueError, ("of my own",)


class Swallows:
    """A context manager that keeps the error that it is given."""

    def __enter__(self) -> Swallows:
        return self

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> bool:
        given.append(error)
        return True


given: list[Any] = []
"""What has come to the interpreter, which is in this process."""


def take(error: BaseException) -> None:
    given.append(error)


def make_swallows() -> Swallows:
    return Swallows()


numbers = [1, 2]


def get_numbers() -> list[int]:
    return numbers


def has_numbers(error: AttributeError) -> bool:
    return error.obj is numbers


def raise_it(error: Callable[[], BaseException]) -> None:
    raise error()


def raised(env: LoopbackInterpreter, make: Callable[[], BaseException]) -> BaseException:
    """As an operation raises it."""
    try:
        env.run(raise_it, (make,)).fetch()
    except BaseException as error:
        return error
    raise AssertionError("nothing was raised")


def fetched(env: LoopbackInterpreter, make: Callable[[], BaseException]) -> BaseException:
    return env.run(make).fetch()  # type: ignore[no-any-return]


def put(env: LoopbackInterpreter, make: Callable[[], BaseException]) -> BaseException:
    return env.put(make()).fetch()  # type: ignore[no-any-return]


def argument(env: LoopbackInterpreter, make: Callable[[], BaseException]) -> BaseException:
    env.run(take, (make(),)).fetch()
    return given.pop()  # type: ignore[no-any-return]


def inside(env: LoopbackInterpreter, make: Callable[[], BaseException]) -> BaseException:
    return env.put({"of": [make()]}).fetch()["of"][0]  # type: ignore[no-any-return]


def given_to_exit(env: LoopbackInterpreter, make: Callable[[], BaseException]) -> BaseException:
    with env.run(make_swallows):
        raise make()
    return given.pop()  # type: ignore[unreachable]


WAYS = [raised, fetched, put, argument, inside, given_to_exit]


@pytest.fixture(params=WAYS, ids=lambda way: way.__name__)
def travelled(env: LoopbackInterpreter, request: pytest.FixtureRequest) -> Callable[..., Any]:
    """An exception, as it comes out of a way to the interpreter, or from it."""

    def travel(make: Callable[[], BaseException]) -> BaseException:
        error: BaseException = request.param(env, make)
        made[:] = [what for what in made if what != "init"] + ["init"] * max(0, made.count("init") - 1)
        return error  # `made` says what was done beyond making it

    return travel


def noted(error: BaseException) -> BaseException:
    error.__notes__ = ["a note"]  # type: ignore[attr-defined, unused-ignore]  # as `add_note` of Python 3.11 does it
    return error


def chain() -> BaseException:
    try:
        try:
            raise KeyError("first")
        except KeyError as error:
            raise Message(7, path="second") from error
    except Message:
        try:
            raise ValueError("third")
        except ValueError as error:
            return error
