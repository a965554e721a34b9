"""What a client asks of an interpreter, as messages of its conversation: `Session`; and a variable of it: `Handle`.

Operations become messages, and errors come up where a value is needed. It deals in handles. It must never know the
Python data model (that is `var`), sockets, or Ray.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Literal

import msgspec

from ..errors import NotPicklableError
from ..interpreter.operators import INPLACE_OPERATORS
from ..protocol import (
    Bulk,
    Call,
    Claim,
    Clear,
    DelNamed,
    Fetch,
    GetAttr,
    GetNamed,
    Import,
    Inherit,
    Lease,
    Message,
    Names,
    Op,
    Operand,
    Put,
    Ref,
    Release,
    SetNamed,
    Stored,
)
from ..values.codec import BULK, MOVED_BULK, inline_size, rides_along, shown
from ..values.definitions import ABSENT, carrier
from ..values.pickler import Binding
from ..values.store import Store
from .asked import UNKNOWN, Question, Request, note_answer
from .callers import Asker, caller, enter, scope, standing, where
from .connected import conversations, finish_all
from .failure import Failure
from .forking import tell_of_forks
from .line import Link, bare
from .printing import printer
from .raising import Raising


class Handle(msgspec.Struct, eq=False):
    """A variable of a session: what a `Var` has. All else that is known of it stands in the session's ledger."""

    session: Session
    id: int

    @property
    def settled(self) -> bool:
        """Its operation was executed, or failed."""
        return self.id not in self.session.unsettled

    @property
    def value(self) -> Any:
        """The value, if it is small and never changes and came along; else `UNKNOWN`."""
        return self.session.ledger.values.get(self.id, UNKNOWN)

    @property
    def failure(self) -> Failure | None:
        """Why it has no value."""
        return self.session.ledger.failures.get(self.id)

    @property
    def is_left(self) -> bool:
        """It is the result of an operator in place, and the very object of the left operand."""
        return self.id in self.session.ledger.left

    def is_known(self) -> bool:
        """Whether the value is known here, so that no trip is needed for it."""
        ledger, id = self.session.ledger, self.id
        return id in ledger.values and id not in ledger.unsettled and id not in ledger.failures


def as_var(handle: Handle) -> Any:
    """A handle as users see it: what `var` puts in the place of this."""
    return handle


class Session(Raising):
    """A session with one interpreter.

    Args:
        store: carries bulk values beside the channel; None: everything goes through it.
        eager: every operation waits for its result.
        link: brings the channel about, and another one when it is lost; None: a lost channel is the end.
        env: makes the interpreter as users see it. May not hold the session, which ends when nobody refers to it.
    """

    def __init__(
        self,
        store: Store | None = None,
        eager: bool = False,
        link: Link | None = None,
        env: Callable[[Session], Any] = lambda session: None,
    ) -> None:
        super().__init__(store, link)
        self.eager: bool = eager
        self._make_env = env
        self._env: Callable[[], Any] = lambda: None
        self._block = 1 << 40
        """The next id of items."""

    def env(self) -> Any:
        """The interpreter as users see it: always the same object while anybody holds it."""
        with self._lock:
            env = self._env()
            if env is None:
                env = self._make_env(self)
                self._env = weakref.ref(env)
            return env

    # ------------------------------------------------------------------------------------- operations

    def put(self, value: object, binding: Binding | None = None) -> Handle:
        held: list[object] = []
        operand = self.operand(value, "the value", held, argument=False, binding=binding)
        handle = self._add(lambda id: Put(id, operand))
        if rides_along(value):
            self.ledger.values[handle.id] = value
        return handle

    def getattr(self, target: Handle, name: str) -> Handle:
        ref = Ref(target.id)
        text = name_of(name, "the name of an attribute")
        return self._add(lambda id: GetAttr(id, ref, text), changes=text != "__class__")

    def call(self, function: object, args: Iterable[object], kwargs: dict[str, object]) -> Handle:
        held: list[object] = []
        target = self.operand(function, "the function", held)
        given = [self.operand(argument, f"argument {position}", held) for position, argument in enumerate(args, 1)]
        named = {
            name_of(name, "a keyword"): self.operand(argument, f"argument {name!r}", held)
            for name, argument in kwargs.items()
        }
        return self._add(lambda id: Call(id, target, given, named))

    def op(self, name: str, *args: object) -> Handle:
        held: list[object] = []
        operands = self.operands(args, held)
        return self._add(lambda id: Op(id, name, operands), is_inplace=name in INPLACE_OPERATORS)

    def module(self, name: str) -> Handle:
        text = name_of(name, "the name of a module")
        if self.code is not None:
            self.code.name(self, [text])
        return self._add(lambda id: Import(id, text))

    def get_named(self, name: str) -> Handle:
        text = name_of(name, "the name of a variable")
        return self._add(lambda id: GetNamed(id, text))

    def claim(self, token: str) -> Handle:
        return self._add(lambda id: Claim(id, token))

    def failed(self, error: Exception) -> Handle:
        """A variable that there is not, because of this error."""
        handle = Handle(self, self.next_id())
        failure = Failure(bare(error), None, self.label(), self.codec)
        self.ledger.failures[handle.id] = failure
        failure.vars.add(handle.id)
        return handle

    def tell(self, name: str, *args: object) -> None:
        """An operation without a result: its error is raised at this thread's next wait, once."""
        held: list[object] = []
        self._say(Op(0, name, self.operands(args, held)))

    def set_named(self, name: str, value: object) -> None:
        held: list[object] = []
        text = name_of(name, "the name of a variable")
        self._say(SetNamed(text, self.operand(value, f"the value of {name!r}", held, argument=False)))

    def del_named(self, name: str) -> None:
        self._say(DelNamed(name_of(name, "the name of a variable")))

    def clear(self) -> None:
        """Drop all variables of this session; those Vars are stale from here on."""
        self._say(Clear())

    def lease(self, target: Handle) -> str:
        """Have a variable kept for whoever claims the returned token.

        When this returns, the interpreter knows this session, and the lease is on its way: a claim that overtakes
        it waits for it there.
        """
        with self.leases.lock:
            token = self.leases.token(self.name)
            question = self._quietly(Lease(Ref(target.id), token))
        self._heed(question)
        self.wait_ready()
        self.flush()
        return token

    def inherit(self, token: str, ids: Sequence[int]) -> None:
        """Begin with the variables that are kept under a token and have these ids; before anything else."""
        self._quietly(Inherit(token, self.has_store()))
        self.submit(None, Release(token))
        self.count_from(max((id for id in ids if id < self._block), default=0) + 1)
        self._block = max([self._block - 1, *ids]) + 1

    def known(self, id: int) -> Handle:
        """A variable of that id, which the interpreter has."""
        return Handle(self, id)

    # ------------------------------------------------------------------------------------------ values

    def ask(self, name: str, *args: object) -> Any:
        """The value of an operation, which keeps no variable. Waits."""
        held: list[object] = []
        return self.value(self.question(Op(0, name, self.operands(args, held))))

    def begin(self, message: Callable[[int], Message]) -> Handle:
        """A message with a result, in no mode waited for: whoever gives it waits, and sees its error."""
        return self._give(message, caller(self.thread.here))

    def begin_getattr(self, target: Handle, name: str) -> Handle:
        ref = Ref(target.id)
        text = name_of(name, "the name of an attribute")
        return self.begin(lambda id: GetAttr(id, ref, text))

    def names(self) -> list[str]:
        names: list[str] = self.value(self.question(Names()))
        return names

    def fetch(self, target: Handle, timeout: float | None = None, copy: bool = True) -> Any:
        """The value of a variable. Raises its error, or `TimeoutError` after `timeout` seconds."""
        if target.is_known():
            printer.catch_up()
            self.raise_pending()
            return target.value
        return self.value(self.request(target), timeout, copy)

    def request(self, target: Handle, form: Literal["value", "ref"] = "value") -> Request:
        """Ask for a variable's value without waiting; `value` waits."""
        return self._request(target, form, Fetch(Ref(target.id), form))

    def request_awaited(self, target: Handle) -> Request:
        """Ask for what ``await`` gives of a variable, without waiting."""
        if self.minor < 2:
            return self.request(target)
        self.outbox.has_awaits = True
        return self._request(target, "await", Op(0, "await", [Ref(target.id)]))

    def _request(self, target: Handle, form: str, message: Message) -> Request:
        """A request, or one for the same that was given up."""
        again, useless = self.asked.again(target.id, form, self.operations)
        if useless is not None:
            self.abandon(useless)
        if again is not None:
            return again
        request = Request(target.id, form, caller(self.thread.here), standing(self))
        self.submit(request, message)
        request.operations = self.operations
        return request

    def question(self, message: Message) -> Question:
        """A message whose value is in the reply."""
        question = Question(caller(self.thread.here), standing(self))
        self.submit(question, message)
        return question

    def give_up(self, question: Question) -> None:
        """Nobody waits for this question any more; its answer is kept for who asks for the same again."""
        if not isinstance(question, Request):
            self.abandon(question)
            return
        useless = self.asked.give_up(question)
        if useless is not None:
            self.abandon(useless)
        if useless is not question and not question.settled:
            self.ledger.watch(question, functools.partial(note_answer, question))

    def cancel(self, key: int | Question) -> None:
        """The wait for this was cancelled: so is the coroutine that its message runs, unless another wait of this
        process needs it, or what depends on it. Does not wait for that, and concerns nothing else."""
        if isinstance(key, Question):
            self.give_up(key)
        self.cancelling.cancel(self, key)

    def value(self, question: Question, timeout: float | None = None, copy: bool = True) -> Any:
        """Wait for the value of a question."""
        try:
            self.wait(question, timeout)
            self.raise_failure(question)
        except BaseException:
            self.give_up(question)
            raise
        value = question.value
        return None if value is UNKNOWN else self.codec.load(value, copy)

    def export(self, target: Handle, owner: str) -> Operand:
        """The value of a variable, as an operand for a message of the session `owner`. Waits."""
        if target.value is not UNKNOWN and target.failure is None:
            return self.codec.dump(target.value)
        question = self.question(Fetch(Ref(target.id), "move", owner))
        self.wait(question)
        self.raise_failure(question)
        operand: Operand = None if question.value is UNKNOWN else question.value  # as `value` takes it
        return operand

    def bring(self, foreign: Handle) -> Handle:
        """Move a variable of another interpreter here: when this returns, it is computed and on its way."""
        operand = foreign.session.export(foreign, self.name)
        handle = self._add(lambda id: Put(id, operand))
        # What is in the object store lives with the process that made it, until it has been taken.
        source = [foreign.session]
        self.ledger.watch(handle.id, source.clear)
        return handle

    def reserve(self, count: int) -> int:
        """The first of so many ids that follow each other, for items."""
        with self._lock:
            first, self._block = self._block, self._block + count
        return first

    # ------------------------------------------------------------------------------- objects of errors

    def take_obj(self, token: str) -> Any:
        """The `obj` of an AttributeError that is a value, as a Var; it is kept for that no longer."""
        var = self.claim_obj(token)
        self.release(token)
        return var

    def claim_obj(self, token: str) -> Any:
        try:
            return as_var(self._claim_quietly(token))
        except Exception:  # the session has ended
            return None

    def _claim_quietly(self, token: str) -> Handle:
        """Claim what belongs to an error: that it is no longer there is told to who uses it, and to nobody else."""
        handle = Handle(self, self.next_id())
        ledger = self.ledger

        def settled() -> None:
            failure = ledger.failures.get(handle.id)
            if failure is not None:
                ledger.unseen.see(failure)

        ledger.watched[handle.id] = [settled]
        self.unsettled[handle.id] = (None, 0, self.thread.here)
        self.submit(handle.id, Claim(handle.id, token))
        return handle

    # --------------------------------------------------------------------------------------- operands

    def operand(
        self,
        value: object,
        what: str,
        held: list[object],
        *,
        argument: bool = True,
        binding: Binding | None = None,
    ) -> Operand:
        """Operand of a local value or a `Handle`.

        Args:
            what: names it in errors.
            held: of the message that is made: gets what must live until that has been submitted.
            argument, binding: see `Codec.dump`.
        """
        if type(value) is Handle:
            return Ref(self.here(value, held))
        kind = type(value)
        if value is None or kind is bool or kind is float:
            return value  # type: ignore[return-value]
        here = self.thread.here
        before, here.held = here.held, held  # code that interrupts this makes messages of its own
        try:
            bulk = BULK if self.outbox.bytes < BULK else MOVED_BULK
            operand = self.codec.dump(value, what, bulk, argument=argument, binding=binding)
        except BaseException:
            for thing in held:  # the operands before it were made for nothing
                if isinstance(thing, (Bulk, Stored)):
                    self.discard(thing)
            raise
        finally:
            here.held = before
        if type(operand) is not int:
            self.outbox.bytes += inline_size(operand)
            if type(operand) in (Bulk, Stored):
                held.append(operand)
        if self.codec.warnings:
            place = where(caller(here))
            while self.codec.warnings:
                self.ledger.notices.add(self.codec.warnings.pop(), place)
            self.ledger.notices.issue()
        return operand

    def operands(self, values: Iterable[object], held: list[object]) -> list[Operand]:
        return [self.operand(value, f"operand {position}", held) for position, value in enumerate(values, 1)]

    def here(self, handle: Handle, held: list[object] | None = None) -> int:
        """The id of a handle's variable in this interpreter, where it is moved first if it lives in another; then it
        lives as long as `held`, or the message that is being made."""
        if handle.session is self:
            return handle.id
        moved = self.bring(handle)
        (self.thread.here.held if held is None else held).append(_Moved(moved))
        return moved.id

    def hold(self, thing: object) -> None:
        """Keep something until the message that is being made has been submitted."""
        self.thread.here.held.append(thing)

    def fill(self) -> None:
        for token, cell in list(self.empty_cells.items()):
            if cell.content() is not ABSENT:
                self.empty_cells.pop(token, None)
                with contextlib.suppress(NotPicklableError):  # whoever needs it hears that it is missing there
                    held: list[object] = []
                    operand = self.operand(carrier(cell), "a closure cell", held)
                    self.drop(self._add(functools.partial(Put, value=operand)).id)
            elif not cell.is_used():
                self.empty_cells.pop(token, None)

    # ------------------------------------------------------------------------------------- submission

    def add(self, id: int, message: Message, asker: Asker) -> Handle:
        """Add a message that runs code of the user's objects, in the mode that holds for operations."""
        handle = self._give(lambda _: message, asker, id=id)
        if self.is_eager():
            self.see_through(handle)
        return handle

    def _give(
        self,
        message: Callable[[int], Message],
        asker: Asker,
        is_inplace: bool = False,
        changes: bool = True,
        id: int | None = None,
    ) -> Handle:
        """Add a message with a result."""
        id = self.next_id() if id is None else id
        handle, made = Handle(self, id), message(id)
        place = standing(self)
        if place[1]:
            self.ledger.standing[id] = place
        if is_inplace:
            asker[2].last = id
        self.unsettled[id] = asker
        self.submit(id, made, changes)
        return handle

    def _add(self, message: Callable[[int], Message], is_inplace: bool = False, changes: bool = True) -> Handle:
        """The same, in the mode that holds for operations."""
        handle = self._give(message, caller(self.thread.here), is_inplace, changes)
        if self.is_eager():
            self.see_through(handle)
        return handle

    def see_through(self, handle: Handle) -> None:
        """Wait for the result of an operation. Where this raises its error, its variable is dropped."""
        try:
            self.wait(handle.id)
            self.raise_failure(handle)
        except BaseException:
            self.drop(handle.id)
            raise

    def _say(self, message: Message) -> None:
        """A message without a result."""
        self._heed(self._quietly(message))

    def _quietly(self, message: Message) -> Question:
        question = Question(caller(self.thread.here), standing(self), quiet=True)
        self.thread.here.last = question
        self.submit(question, message)
        return question

    def _heed(self, question: Question) -> None:
        if self.is_eager():
            self.wait(question)
            self.raise_pending()

    def is_eager(self) -> bool:
        """Whether operations wait for their results now."""
        entered = scope.get()
        return self.eager or (entered is not None and id(self) in entered.eager)

    @contextlib.contextmanager
    def eagerly(self) -> Iterator[None]:
        """Within the block, and in this thread or task alone, every operation waits for its result."""
        token = enter(eager=id(self))
        try:
            yield
        finally:
            scope.reset(token)
        self.sync()


class _Moved:
    """A variable that was moved here for one message, and is dropped with it."""

    __slots__ = ("handle",)

    def __init__(self, handle: Handle) -> None:
        self.handle = handle

    def __del__(self) -> None:
        self.handle.session.drop(self.handle.id)


def name_of(name: object, what: str) -> str:
    """A name, as it can travel. Raises `TypeError` or `ValueError`."""
    if not isinstance(name, str):
        raise TypeError(f"{what} is a str, not a {type(name).__qualname__}: {shown(name)}")
    if not name.isascii():
        try:
            name.encode()
        except UnicodeEncodeError as error:
            raise ValueError(f"{what} cannot have lone surrogates: {name!r}") from error
    return name if type(name) is str else str.__str__(name)


def close_all() -> None:
    """At the end of the process: what was asked for is sent, and errors that nobody saw are logged."""
    with contextlib.suppress(BaseException):  # Ctrl-C leaves at once
        finish_all()
    for conversation in conversations():
        conversation.close()
    printer.end()


atexit.register(close_all)
tell_of_forks(conversations)
