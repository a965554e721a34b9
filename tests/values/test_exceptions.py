"""Exceptions keep what they carry, wherever they travel, and no `__init__` runs a second time on them."""

from __future__ import annotations

import contextlib
import copyreg
import gc
import operator
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from conftest import LoopbackInterpreter, eventually
from lives import Lives, Mother
from recording import Recorded

from ray_proxy import InterpreterDiedError, NotPicklableError, RemoteError, RemoteTraceback, StaleVarError, Var, replay
from ray_proxy.errors import LogError
from ray_proxy.interpreter.interpreter import Interpreter
from ray_proxy.interpreter.leases import KEPT_OBJS
from ray_proxy.protocol import MINOR, Call, Claim, Fetch, Frame, GetAttr, Pickled, Put, Ref, Release
from ray_proxy.values.codec import Codec
from ray_proxy.values.exceptions import LONGEST_CHAIN

made: list[str] = []
"""What `__init__`, `__setstate__` and reducers of the classes below were called for."""


@pytest.fixture(autouse=True)
def _nothing_was_made() -> None:
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


# ------------------------------------------------------------------------------------------------- what they carry


def test_args_and_what_init_has_set(travelled: Callable[..., Any]) -> None:
    error = travelled(lambda: Message(7, path="here"))
    assert type(error) is Message
    assert (error.args, error.code, error.path) == (("here: 7",), 7, "here")
    assert made == []


def test_slots(travelled: Callable[..., Any]) -> None:
    error = travelled(lambda: Slotted("text", 7))
    assert (error.args, error.code, error.secret()) == (("text",), 7, [7])
    assert not hasattr(error, "unset")
    assert made == []


def test_a_slot_that_is_none(travelled: Callable[..., Any]) -> None:
    assert travelled(lambda: Slotted("text", None)).code is None


def test_state_that_was_set_outside_its_class(travelled: Callable[..., Any]) -> None:
    def make() -> BaseException:
        error = ValueError("text")
        error.more = [1]  # type: ignore[attr-defined]
        return error

    assert travelled(make).more == [1]


def test_args_that_were_changed(travelled: Callable[..., Any]) -> None:
    def make() -> BaseException:
        error = Message(7, path="here")
        error.args = ("other", 2)
        return error

    assert travelled(make).args == ("other", 2)


def test_a_base_class_with_an_init_of_its_own(travelled: Callable[..., Any]) -> None:
    error = travelled(lambda: Derived(7, "more"))
    assert (type(error), error.args, error.code, error.more) == (Derived, (7, "more"), 7, "more")
    assert made == []


def test_a_new_that_takes_other_arguments(travelled: Callable[..., Any]) -> None:
    error = travelled(lambda: Made(7))
    assert (type(error), error.args, error.code) == (Made, ("number 7",), 7)


def test_a_class_that_refuses_to_be_changed(travelled: Callable[..., Any]) -> None:
    error = travelled(lambda: Frozen(7, ["a"]))
    assert (error.code, error.names) == (7, ["a"])


def test_what_a_property_hides(travelled: Callable[..., Any]) -> None:
    assert travelled(lambda: Hidden(7)).code == 8
    assert made == []


def test_notes(travelled: Callable[..., Any]) -> None:
    assert travelled(lambda: noted(ValueError("text"))).__notes__ == ["a note"]


BUILTIN: dict[str, Callable[[], BaseException]] = {
    "OSError": lambda: OSError("only a text"),
    "FileNotFoundError": lambda: FileNotFoundError(2, "No such file", "from.txt", None, "to.txt"),
    "of a number": lambda: OSError(13, "Permission denied"),
    "BlockingIOError": lambda: BlockingIOError(11, "would block", 5),
    "ConnectionResetError": lambda: ConnectionResetError(104, "reset"),
    "ImportError": lambda: ImportError("no", name="module", path="/there"),
    "ModuleNotFoundError": lambda: ModuleNotFoundError("no", name="module"),
    "SyntaxError": lambda: SyntaxError("bad", ("file.py", 3, 5, "x = = 1", 3, 6)),
    "IndentationError": lambda: IndentationError("bad", ("file.py", 3, 5, "  x", 3, 6)),
    "UnicodeDecodeError": lambda: UnicodeDecodeError("utf-8", b"\xff.", 0, 1, "why"),
    "UnicodeEncodeError": lambda: UnicodeEncodeError("ascii", "é", 0, 1, "why"),
    "UnicodeTranslateError": lambda: UnicodeTranslateError("é", 0, 1, "why"),
    "SystemExit": lambda: SystemExit(3),
    "SystemExit without a code": lambda: SystemExit(),
    "StopIteration": lambda: StopIteration([1]),
    "StopAsyncIteration": lambda: StopAsyncIteration(1),
    "NameError": lambda: NameError("no", name="x"),
    "UnboundLocalError": lambda: UnboundLocalError("no", name="x"),
    "AttributeError": lambda: AttributeError("no", name="x", obj=3),
    "AttributeError of a text": lambda: AttributeError("no", name="x", obj="short"),
    "KeyError": lambda: KeyError("key"),
    "KeyboardInterrupt": lambda: KeyboardInterrupt("pressed"),
    "GeneratorExit": lambda: GeneratorExit(),
    "AssertionError": lambda: AssertionError(),
    "UserWarning": lambda: UserWarning("text"),
}
FIELDS = (
    "args errno strerror filename filename2 characters_written name path msg lineno offset text end_lineno end_offset "
    "print_file_and_line encoding object start end reason code value obj __suppress_context__"
).split()


def fields(error: BaseException) -> dict[str, Any]:
    return {name: getattr(error, name) for name in FIELDS if hasattr(error, name)}


@pytest.mark.parametrize("name", BUILTIN)
def test_fields_of_builtin_exceptions(travelled: Callable[..., Any], name: str) -> None:
    before = BUILTIN[name]()
    error = travelled(BUILTIN[name])
    assert type(error) is type(before)
    cause = error.__suppress_context__
    error.__suppress_context__ = False  # what is raised here has a cause
    assert fields(error) == fields(before)
    assert (str(error), repr(error)) == (str(before), repr(before))
    assert cause is (error.__cause__ is not None)


@pytest.mark.parametrize("name", BUILTIN)
def test_fields_that_were_changed(travelled: Callable[..., Any], name: str) -> None:
    def make() -> BaseException:
        error = BUILTIN[name]()
        for field in ("filename", "name", "msg", "reason", "code", "value"):
            if getattr(error, field, None) is not None:
                setattr(error, field, "changed")
        error.more = name  # type: ignore[attr-defined]
        return error

    error = travelled(make)
    error.__suppress_context__ = False
    assert fields(error) == fields(make())
    assert str(error) == str(make())
    assert error.more == name


def test_a_subclass_of_oserror_with_an_init_of_its_own(travelled: Callable[..., Any]) -> None:
    error = travelled(lambda: Lost("file.txt"))
    assert (type(error), error.args, error.path) == (Lost, (2, "it was there"), "file.txt")
    assert (error.errno, error.strerror, error.filename) == (2, "it was there", "file.txt")
    assert str(error) == str(Lost("file.txt"))


def test_the_name_that_python_looked_for(env: LoopbackInterpreter) -> None:
    with pytest.raises(NameError) as name:
        env.run(lambda: undefined_thing).fetch()  # type: ignore[name-defined]  # noqa: F821
    assert name.value.name == "undefined_thing"
    with pytest.raises(AttributeError) as attribute:
        env.put(3).nope.fetch()
    assert (attribute.value.name, attribute.value.obj) == ("nope", 3)


# -------------------------------------------------------------------------------------------------- ways of their own


def test_a_reduce_of_its_own(env: LoopbackInterpreter) -> None:
    assert raised(env, lambda: Reduced(7)).code == 8  # type: ignore[attr-defined]
    assert fetched(env, lambda: Reduced(7)).code == 8  # type: ignore[attr-defined]
    assert argument(env, lambda: Reduced(7)).code == 8  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("make", "code"),
    [(lambda: Reduced(7), 8), (lambda: ReducedEx("x"), 1), (lambda: Registered("x"), 1)],
    ids=["reduce", "reduce_ex", "copyreg"],
)
def test_a_reducer_of_its_own_with_notes_and_a_cause(
    env: LoopbackInterpreter, make: Callable[[], Any], code: int
) -> None:
    def chained() -> BaseException:
        error = noted(make())
        error.__cause__ = KeyError("why")
        return error

    error: Any = fetched(env, chained)
    assert (type(error), error.code, error.__notes__) == (type(make()), code, ["a note"])
    assert repr(error.__cause__) == "KeyError('why')"


def test_a_getstate_and_a_setstate_of_its_own(env: LoopbackInterpreter) -> None:
    for way in (raised, fetched):
        made.clear()
        error: Any = way(env, lambda: noted(Restored(7)) if sys.version_info >= (3, 11) else Restored(7))
        assert (error.args, error.code) == (("restored",), 8)
        assert made == ["init", "setstate"]


def test_a_setstate_of_its_own_is_given_the_dict(env: LoopbackInterpreter) -> None:
    def make() -> BaseException:
        error: Any = Taking("text")
        error.more = 1
        return error

    error: Any = fetched(env, make)
    assert (error.more, error.taken, made) == (1, True, ["setstate"])


# ---------------------------------------------------------------------------------------------------- causes


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


def test_causes_and_contexts(travelled: Callable[..., Any]) -> None:
    error = travelled(chain)
    second = error.__context__
    assert (type(second), second.code) == (Message, 7)
    assert repr(second.__cause__) == "KeyError('first')"
    assert second.__suppress_context__
    assert second.__context__ is second.__cause__
    assert made == []


def test_a_context_that_is_not_shown(travelled: Callable[..., Any]) -> None:
    def make() -> BaseException:
        error = ValueError("text")
        error.__context__, error.__suppress_context__ = KeyError("hidden"), True
        return error

    error = travelled(make)
    assert repr(error.__context__) == "KeyError('hidden')"
    assert error.__suppress_context__


def test_the_remote_traceback_is_the_cause_of_the_last_of_the_chain(env: LoopbackInterpreter) -> None:
    error = raised(env, chain)
    assert error.__cause__ is None
    last: Any = error.__context__.__cause__  # type: ignore[union-attr]
    assert isinstance(last.__cause__, RemoteTraceback)
    assert "in chain" in str(last.__cause__)
    text = "".join(traceback.format_exception(type(error), error, None))
    places = [text.index(part) for part in ("KeyError: 'first'", "Message: second: 7", "ValueError: third")]
    assert places == sorted(places)


def test_the_remote_traceback_is_the_cause_of_an_error_without_one(env: LoopbackInterpreter) -> None:
    def make() -> BaseException:
        error = ValueError("text")
        error.__context__, error.__suppress_context__ = KeyError("hidden"), True
        return error

    assert isinstance(raised(env, lambda: ValueError("text")).__cause__, RemoteTraceback)
    assert isinstance(raised(env, make).__cause__, RemoteTraceback)


def test_the_cause_of_an_error_stays_the_original_one(env: LoopbackInterpreter) -> None:
    def fail() -> None:
        raise ValueError("outer") from OSError(2, "no", "file.txt")

    with pytest.raises(ValueError, match="outer") as caught:
        env.run(fail).fetch()
    cause: Any = caught.value.__cause__
    assert (type(cause), cause.filename) == (FileNotFoundError, "file.txt")
    assert isinstance(cause.__cause__, RemoteTraceback)


def linked(depth: int) -> BaseException:
    first = error = ValueError(0)
    for at in range(1, depth):
        error.__context__ = ValueError(at)
        error = error.__context__
    return first


def test_a_long_chain_is_cut(travelled: Callable[..., Any]) -> None:
    error = travelled(lambda: linked(5000))
    length = 0
    while isinstance(error, ValueError):
        assert error.args == (length,)
        error, length = error.__context__, length + 1
    assert length == LONGEST_CHAIN + 1


def test_a_chain_that_ends_in_itself(travelled: Callable[..., Any]) -> None:
    def make() -> BaseException:
        error, other = ValueError("one"), KeyError("other")
        error.__cause__, other.__cause__ = other, error
        return error

    error = travelled(make)
    assert error.__cause__.args == ("other",)
    assert error.__cause__.__cause__ is error or isinstance(error.__cause__.__cause__, RemoteTraceback)


def test_a_cause_that_cannot_be_pickled_is_left_out(travelled: Callable[..., Any]) -> None:
    def make() -> BaseException:
        error = Message(7, path="outer")
        error.__cause__ = ValueError("middle")
        error.__cause__.__cause__ = KeyError(threading.Lock())
        return error

    error = travelled(make)
    assert (error.code, repr(error.__cause__)) == (7, "ValueError('middle')")
    assert error.__cause__.__cause__ is None or isinstance(error.__cause__.__cause__, RemoteTraceback)


def test_an_unpicklable_end_of_a_long_chain_does_not_take_long(env: LoopbackInterpreter) -> None:
    def chained() -> BaseException:
        errors = [Counted() for _ in range(LONGEST_CHAIN - 1)]
        for one, other in zip(errors, [*errors[1:], KeyError(threading.Lock())]):
            one.__cause__ = one.__context__ = other
        return errors[0]

    error = fetched(env, chained)
    length = 0
    while isinstance(error, Counted):
        error, length = error.__cause__, length + 1  # type: ignore[assignment]
    assert length == LONGEST_CHAIN - 1
    assert len(made) < LONGEST_CHAIN**2 * 2


# ---------------------------------------------------------------------------------------------------- groups

if sys.version_info >= (3, 11):
    from builtins import BaseExceptionGroup, ExceptionGroup

    class Numbered(ExceptionGroup):  # type: ignore[type-arg]
        def __new__(cls, errors: list[Exception], code: int) -> Numbered:
            made.append("new")
            self = super().__new__(cls, f"number {code}", errors)
            self.code = code
            return self

        code: int

    def test_a_group(travelled: Callable[..., Any]) -> None:
        error = travelled(lambda: noted(ExceptionGroup("all", [Message(7, path="in"), OSError(2, "no", "file")])))
        assert (type(error), error.message, error.__notes__) == (ExceptionGroup, "all", ["a note"])
        first, second = error.exceptions
        assert (first.code, second.filename) == (7, "file")
        assert isinstance(error.split(Message)[0], ExceptionGroup)

    def test_a_group_with_a_new_of_its_own(travelled: Callable[..., Any]) -> None:
        error = travelled(lambda: Numbered([ValueError("in")], 7))
        assert (type(error), error.message, error.code) == (Numbered, "number 7", 7)
        assert repr(error.exceptions) == "(ValueError('in'),)"

    def test_a_group_of_interrupts(travelled: Callable[..., Any]) -> None:
        error = travelled(lambda: BaseExceptionGroup("all", [KeyboardInterrupt()]))
        assert type(error) is BaseExceptionGroup


# ------------------------------------------------------------------------------------------- what cannot come along


def with_attributes() -> BaseException:
    error = Message(7, path="here")
    error.lock = threading.Lock()  # type: ignore[attr-defined]
    return error


def test_an_error_that_is_raised_comes_without_the_attribute_that_cannot_be_pickled(env: LoopbackInterpreter) -> None:
    error: Any = raised(env, with_attributes)
    assert (type(error), error.code, error.path) == (Message, 7, "here")
    assert not hasattr(error, "lock")
    assert "Left in the interpreter" in str(error.__cause__)
    assert "the attribute 'lock' of the Message, a lock" in str(error.__cause__)


def test_an_error_that_is_raised_comes_without_an_attribute_that_is_large(env: LoopbackInterpreter) -> None:
    def make() -> BaseException:
        error: Any = Message(7, path="here")
        error.data = bytes(2_000_000)
        return error

    error: Any = raised(env, make)
    assert (error.code, error.path, hasattr(error, "data")) == (7, "here", False)
    assert "the attribute 'data' of the Message, a bytes" in str(error.__cause__)


def test_an_error_whose_args_cannot_be_pickled_has_a_stand_in(env: LoopbackInterpreter) -> None:
    error = raised(env, lambda: ValueError(threading.Lock()))
    assert isinstance(error, RemoteError)
    assert error.type_name == "ValueError"


def test_an_exception_that_is_a_value_is_whole_or_refused(env: LoopbackInterpreter) -> None:
    with pytest.raises(NotPicklableError, match="lock"):
        fetched(env, with_attributes)
    with pytest.raises(NotPicklableError, match="lock"):
        env.put(with_attributes())


def test_the_pickle_of_an_error_keeps_no_memory_of_others() -> None:
    memory = bytearray(100)
    error: Any = ValueError("text")
    error.memory = memory
    value, _ = Codec().dump_error(error, 1000)
    memory.extend(b"it can be resized: nobody has a view of it")
    assert isinstance(value, Pickled)


# ----------------------------------------------------------------------------------------- nothing is run for a trial


def test_the_init_of_an_error_is_not_run_for_a_trial(env: LoopbackInterpreter) -> None:
    raised(env, lambda: Message(7, path="here"))
    assert made == ["init"]


def test_the_reducer_of_an_error_is_run_once(env: LoopbackInterpreter) -> None:
    assert repr(raised(env, OwnReduce)) == "ValueError('of my own')"
    assert made == ["reduce"]


# -------------------------------------------------------------------------------------------- a new one for each raise


def test_each_raise_has_an_exception_of_its_own(env: LoopbackInterpreter) -> None:
    failed = env.run(raise_it, (lambda: Slotted("text", 7),))
    errors: list[Any] = []
    for _ in range(2):
        with pytest.raises(Slotted) as caught:
            failed.fetch()
        errors.append(caught.value)
    one, other = errors
    assert one is not other
    assert one.__traceback__ is not other.__traceback__
    assert one.__cause__ is not other.__cause__


def test_each_raise_of_an_error_of_this_process_has_one_too(env: LoopbackInterpreter) -> None:
    error = Slotted("text", 7)
    error.__cause__ = KeyError("why")
    noted(error)
    env.session.fail(error)
    made.clear()
    errors: list[Any] = []
    for _ in range(2):
        with pytest.raises(Slotted) as caught:
            env.put(1)
        errors.append(caught.value)
    one, other = errors
    assert one is not other is not error
    assert (one.code, one.secret(), one.__notes__) == (7, [7], ["a note"])
    assert one.__cause__ is error.__cause__
    assert made == []


@pytest.mark.parametrize("error", [InterpreterDiedError("gone"), LogError("x"), RemoteError("my.Error", "text")])
def test_the_errors_of_the_package_travel(travelled: Callable[..., Any], error: BaseException) -> None:
    came = travelled(lambda: error)
    assert (type(came), came.args, vars(came)) == (type(error), error.args, vars(error))


# --------------------------------------------------------------------------------------- the `obj` of AttributeErrors


def kept(env: LoopbackInterpreter) -> int:
    return sum(len(session.given.objs) for session in env.interpreter._sessions.values())


def missing(target: Any) -> AttributeError:
    with pytest.raises(AttributeError) as caught:
        target.nope.fetch()
    return caught.value


def test_the_obj_of_an_attribute_error_is_a_var(env: LoopbackInterpreter) -> None:
    error = missing(env.run(get_numbers))
    assert type(error.obj) is Var
    assert error.obj.fetch() == [1, 2]
    assert env.run(operator.is_, (error.obj, env.run(get_numbers))).fetch()


def test_the_obj_of_an_attribute_error_inside_user_code_is_a_var(env: LoopbackInterpreter) -> None:
    def fail() -> None:
        [1, 2].nope  # type: ignore[attr-defined]

    with pytest.raises(AttributeError) as caught:
        env.run(fail).fetch()
    assert caught.value.obj.fetch() == [1, 2]


def test_the_obj_of_an_error_of_a_question_is_a_var(env: LoopbackInterpreter) -> None:
    class Broken:
        def __len__(self) -> int:
            return self.nope  # type: ignore[attr-defined, no-any-return]

    with pytest.raises(AttributeError) as caught:
        len(env.put(Broken()))
    assert type(caught.value.obj) is Var


def test_the_obj_of_an_error_in_eager_mode_is_a_var(eager_env: LoopbackInterpreter) -> None:
    with pytest.raises(AttributeError) as caught:
        eager_env.put([1]).nope
    assert caught.value.obj.fetch() == [1]


def test_the_obj_of_an_attribute_error_that_is_fetched_is_a_var(env: LoopbackInterpreter) -> None:
    errors = env.run(lambda: [AttributeError("no", name="nope", obj=numbers) for numbers in ([1], [2])]).fetch()
    assert [error.obj.fetch() for error in errors] == [[1], [2]]
    env.session.settle()
    assert kept(env) == 0


def test_that_of_one_that_is_moved_to_another_interpreter_is_left_there(
    env: LoopbackInterpreter, other: LoopbackInterpreter
) -> None:
    error = env.run(lambda: AttributeError("no", name="nope", obj=[1]))
    assert other.run(lambda error: (error.name, error.obj), (error,)).fetch() == ("nope", None)


def test_an_error_that_nobody_looks_at_claims_nothing(env: LoopbackInterpreter) -> None:
    failed = env.put([1]).nope
    with pytest.raises(KeyError):
        env.put({})["x"].fetch()
    assert kept(env) == 1
    claimed = env.interpreter.count()
    del failed
    env.session.settle()
    eventually(lambda: kept(env) == 0)
    assert env.interpreter.count() <= claimed


def test_an_obj_is_let_go_with_its_error(env: LoopbackInterpreter) -> None:
    missing(env.run(Kept))
    gc.collect()
    eventually(lambda: made == ["del"])
    eventually(lambda: kept(env) == 0)


def test_the_interpreter_keeps_the_last_few(env: LoopbackInterpreter) -> None:
    failed = [env.put([at]).nope for at in range(KEPT_OBJS + 3)]
    env.session.settle()
    assert kept(env) == KEPT_OBJS
    errors = []
    for var in failed:
        with pytest.raises(AttributeError) as caught:
            var.fetch()
        errors.append(caught.value)
    assert errors[-1].obj.fetch() == [KEPT_OBJS + 2]
    with pytest.raises(StaleVarError, match="the obj of this AttributeError .* env.put_named"):
        errors[0].obj.fetch()


def test_an_obj_that_is_gone_disturbs_nobody(env: LoopbackInterpreter, caplog: pytest.LogCaptureFixture) -> None:
    failed = [env.put([at]).nope for at in range(KEPT_OBJS + 1)]
    env.session.settle()

    for at in reversed(range(len(failed))):
        with contextlib.suppress(AttributeError):
            failed[at].fetch()
    env.sync()
    with env.put(Swallows()), contextlib.suppress(AttributeError):
        failed[0].fetch()
    with env.eager(), contextlib.suppress(AttributeError):
        failed[0].fetch()
    failed.clear()
    gc.collect()
    env.session.settle()
    env.session.look_at_unseen()
    env.session.tick()
    assert [record for record in caplog.records if "StaleVarError" in record.getMessage()] == []


def test_an_obj_is_kept_no_longer_than_a_lease() -> None:
    now = [0.0]
    interpreter = Interpreter(clock=lambda: now[0], lease=10)
    interpreter.open("client")
    reply = interpreter.execute("client", Frame(1, [Call(1, Codec().dump(no_such_attribute))]))
    assert reply.errors[0].obj
    assert interpreter.claim(reply.errors[0].obj) == {1}
    now[0] = 11.0
    interpreter.expire()
    with pytest.raises(StaleVarError):
        interpreter.claim(reply.errors[0].obj)


def no_such_attribute() -> None:
    {1}.nope  # type: ignore[attr-defined]


def test_the_token_is_the_same_in_every_replay() -> None:
    tokens = []
    for _ in range(2):
        interpreter = Interpreter()
        interpreter.open("client")
        reply = interpreter.execute("client", Frame(1, [Call(1, Codec().dump(no_such_attribute))]))
        tokens.append(reply.errors[0].obj)
    assert tokens[0] == tokens[1] != ""


@pytest.mark.parametrize("minor", range(MINOR + 1))
def test_an_older_client_gets_what_it_can_load(minor: int) -> None:
    interpreter = Interpreter()
    interpreter.open("client", minor)
    makers = [no_such_attribute, lambda: raise_it(chain), lambda: raise_it(lambda: Frozen(7, ["a"]))]
    reply = interpreter.execute("client", Frame(1, [Call(at, Codec().dump(make)) for at, make in enumerate(makers, 1)]))
    assert bool(reply.errors[0].obj) is (minor >= 2)
    values = [error.value for error in reply.errors]
    assert None not in values
    assert [b"ray_proxy.exceptions" in value.data for value in values if value] == [False, False, minor >= 2]
    loaded = [Codec().load(value) for value in values]
    assert (loaded[0].name, repr(loaded[1].__context__.__cause__), loaded[2].code) == ("nope", "KeyError('first')", 7)


def test_a_closed_session_claims_nothing(env: LoopbackInterpreter) -> None:
    failed = env.put([1]).nope
    env.session.settle()
    env.destroy()
    with pytest.raises((AttributeError, InterpreterDiedError)) as caught:
        failed.fetch()
    assert getattr(caught.value, "obj", None) is None


def test_an_error_that_is_raised_again_in_its_session_has_its_obj(env: LoopbackInterpreter) -> None:
    error = missing(env.run(get_numbers))
    assert env.run(has_numbers, (error,)).fetch()


def test_an_error_that_is_raised_in_another_session_has_no_obj(
    env: LoopbackInterpreter, other: LoopbackInterpreter
) -> None:
    error = missing(env.put([1, 2]))
    assert other.run(lambda error: (error.name, error.obj), (error,)).fetch() == ("nope", None)


def test_the_obj_of_an_error_is_there_when_the_interpreter_was_rebuilt(lives: Lives) -> None:
    env = lives.connect()
    failed = env.put([1, 2]).nope
    env.session.settle()
    lives.kill()
    lives.begin()
    with pytest.raises(AttributeError) as caught:
        failed.fetch()
    lives.kill()
    lives.begin()
    assert caught.value.obj.fetch() == [1, 2]


def test_a_log_with_the_obj_of_an_error_replays(tmp_path: Path) -> None:
    recorded = Recorded(tmp_path / "session.rplog")
    reply = recorded.ask(Put(1, 5), GetAttr(2, Ref(1), "nope"), Call(3, Codec().dump(get_numbers)))
    reply = recorded.ask(GetAttr(4, Ref(3), "nope"))
    recorded.ask(Claim(5, reply.errors[0].obj), Fetch(Ref(5)), Release(reply.errors[0].obj))
    assert recorded.ask(Claim(6, reply.errors[0].obj)).failures
    report = replay(recorded.log())
    assert report, str(report)


def test_the_traceback_of_an_error_with_a_var_is_printed(env: LoopbackInterpreter) -> None:
    error = missing(env.put([1, 2]))
    assert "has no attribute 'nope'" in "".join(traceback.format_exception(type(error), error, error.__traceback__))


def test_what_the_caller_is_handling_is_no_context_of_a_remote_error(env: LoopbackInterpreter) -> None:
    try:
        raise KeyError(env.put([1]))
    except KeyError:
        error = raised(env, lambda: ValueError("text"))
        assert "KeyError" not in str(error.__cause__)
    assert isinstance(error.__cause__, RemoteTraceback)
    assert error.__cause__.__context__ is None


def test_an_error_goes_back_without_an_obj_that_is_no_longer_kept(env: LoopbackInterpreter) -> None:
    gone = env.session._claim_obj(f"{env.session.name}.obj.1.1")
    error = AttributeError("no such attribute", name="nope", obj=gone)
    back = env.put(error).fetch()
    assert (back.args, back.name, back.obj) == (("no such attribute",), "nope", None)
    env.sync()
