"""The model of random programs: what they mean, on plain Python objects.

An operation is the same operation on the objects that the Vars stand for. What is not as in a program without Vars is
written here, and follows from three rules of the documentation:

- Operations are pipelined: an error surfaces where a value is needed. A variable whose operation failed, or that
  depends on one that failed, has the same first error (`Variable.broken`). An operation without a result, and a failed
  one in place, has its error raised at the thread's next wait for that interpreter, once (`Home.untold`): at once where
  the interpreter is eager.
- What comes from another interpreter is moved: it is a copy, as its pickle is.
- After a failed operation in place the name stands for the unchanged left operand.

A value that is small and immutable may be known here already; then nothing waits for it, and whether an untold error
comes before it is a matter of time. Both are right, and the model follows what was observed (`Model.observed`).
"""

from __future__ import annotations

import inspect
import operator
import weakref
from collections.abc import Callable, Sequence
from typing import Any

import cloudpickle
from program_described import copied, error_described

from ray_proxy.errors import NotPicklableError, RemoteError, StaleVarError
from ray_proxy.values.codec import rides_along

# --------------------------------------------------------------------------------------------- variables


class Broken:
    """One error, shared by all variables that depend on it."""

    __slots__ = ("__weakref__", "error", "holders", "quiet", "seen", "synced")

    def __init__(self, error: BaseException) -> None:
        error.__traceback__ = error.__context__ = None  # they hold objects of the program
        if any(type(argument) not in (str, int) for argument in error.args):
            error = _as_it_was(error)
        self.error = error
        self.seen = False
        """It was raised here: it is not raised again for an operation without a result."""
        self.synced = False
        """A `sync` has passed it by."""
        self.quiet = False
        """It is, or was, the error of an operation without a result."""
        self.holders: weakref.WeakSet[Variable] = weakref.WeakSet()

    def is_certain(self) -> bool:
        """Whether somebody could still see it; an error that nobody can see may have been logged already."""
        return self.quiet or bool(self.holders)


def _as_it_was(error: BaseException) -> BaseException:
    """A copy, whose arguments do not change any more; a stand-in where it has no pickle."""
    try:
        copy: BaseException = cloudpickle.loads(cloudpickle.dumps(error, protocol=5))
    except Exception:
        module, name = type(error).__module__, type(error).__qualname__
        return RemoteError(name if module == "builtins" else f"{module}.{name}", "")
    return copy


class Variable:
    """What a Var stands for."""

    __slots__ = ("__weakref__", "broken", "home", "stale", "value")

    def __init__(self, home: Home, value: Any = None, broken: Broken | None = None) -> None:
        self.home = home
        self.value = value
        self.broken = broken
        self.stale = False
        home.variables.add(self)
        if broken is not None:
            broken.holders.add(self)

    def is_whole(self) -> bool:
        return self.broken is None and not self.stale

    def may_be_known(self) -> bool:
        return self.broken is None and rides_along(self.value)


class Home:
    """One interpreter."""

    def __init__(self, number: int, eager: bool) -> None:
        self.number = number
        self.eager = int(eager)
        """How deep we are in blocks in which every operation waits."""
        self.names: dict[str, Any] = {}
        self.untold: list[Broken] = []
        """Errors of operations without a result, that no wait has raised yet."""
        self.unseen: list[Broken] = []
        """Errors of operations, for `sync`."""
        self.variables: weakref.WeakSet[Variable] = weakref.WeakSet()

    def has_untold(self) -> bool:
        return any(not broken.seen for broken in self.untold)


class Raised(Exception):
    """The program raises this error here."""

    def __init__(self, error: BaseException) -> None:
        self.error = error


class Given:
    """An operand: a name, or an expression in which names of variables stand."""

    __slots__ = ("code", "names", "namespace", "variables")

    def __init__(self, code: Any, names: Sequence[str], variables: dict[str, Variable], namespace: dict[str, Any]):
        self.code = code
        self.names = names
        """In the order in which they stand there."""
        self.variables = variables
        self.namespace = namespace

    def value(self, objects: dict[str, Any]) -> Any:
        return eval(self.code, {**self.namespace, **objects})


class Block:
    """A `with` statement that is open."""

    def __init__(self, owner: Variable) -> None:
        self.owner = owner
        self.failures: list[Broken] = []


class Items:
    """A local iterator over a variable."""

    FROZEN = (tuple, str, bytes, range)
    ITERATIONS = (tuple.__iter__, frozenset.__iter__)
    """Of types that are read ahead and never change, also where a class has them from its base."""
    LISTS = (list, bytearray)

    def __init__(self, source: Variable, remote: Variable) -> None:
        self.home = source.home
        self.remote = remote
        kind = type(source.value)
        is_frozen = kind in self.FROZEN or getattr(kind, "__iter__", None) in self.ITERATIONS
        self.kind = "frozen" if is_frozen else "list" if kind in self.LISTS else ""
        self.done = False


# --------------------------------------------------------------------------------------------- the model


class Model:
    def __init__(self, eager: bool, homes: int = 2) -> None:
        self.homes = [Home(number, eager) for number in range(homes)]
        self.blocks: list[Block] = []
        self.observed: str | None = None
        """The error that the operation has raised in truth."""

    # ------------------------------------------------------------------------------------- errors

    def see(self, broken: Broken) -> Raised:
        broken.seen = True
        return Raised(broken.error)

    def wait(self, home: Home, certain: bool = True) -> None:
        """A wait for this interpreter raises the first error that is untold, for all of them."""
        while home.untold:
            first = home.untold[0]
            if not first.seen and not certain and error_described(first.error) != self.observed:
                return
            del home.untold[0]
            if not first.seen:
                self._tell_with(home, first)
                raise self.see(first)

    def _tell_with(self, home: Home, first: Broken) -> None:
        """An error is raised with a note of how many are untold; none of those is raised again."""
        for other in home.untold:
            if other is not first:
                other.seen = True
        home.untold.clear()

    def _note(self, home: Home, broken: Broken, quiet: bool = False) -> None:
        """An operation failed with this error."""
        for block in self.blocks:
            block.failures.append(broken)
        if quiet:
            broken.quiet = True
            home.untold.append(broken)
        if not broken.seen and broken not in home.unseen:
            home.unseen.append(broken)

    # ------------------------------------------------------------------------------------- operands

    def _load(self, home: Home, given: Sequence[Given]) -> list[Any] | Broken:
        """The objects of operands; those of another interpreter are moved first, and whatever is wrong with that is
        raised at once."""
        moved: list[dict[str, Any]] = []
        for operand in given:
            copies: dict[int, Any] = {}  # one for each Var in a pickle
            objects = {}
            for name in operand.names:
                variable = operand.variables[name]
                if variable.home is home:
                    objects[name] = variable.value
                else:
                    if id(variable) not in copies:
                        copies[id(variable)] = self._move(variable)
                        if home.eager:
                            self.wait(home)  # it is put here first, which is an operation too
                    objects[name] = copies[id(variable)]
            moved.append(objects)
        for operand in given:
            for name in operand.names:
                variable = operand.variables[name]
                if variable.home is home and not variable.is_whole():
                    return self._trouble(variable)
        # A constant is another object each time that it is sent.
        return [
            operand.value(objects) if operand.names else copied(operand.value({}))
            for operand, objects in zip(given, moved)
        ]

    def _trouble(self, variable: Variable) -> Broken:
        if variable.stale:
            return Broken(StaleVarError("stale"))
        assert variable.broken is not None
        return variable.broken

    def _move(self, variable: Variable) -> Any:
        known = variable.may_be_known()
        copy = None
        problem = None if variable.is_whole() else self._trouble(variable)
        if problem is None:
            try:
                copy = copied(variable.value)
            except NotPicklableError as error:
                problem = Broken(error)
        self.wait(variable.home, certain=not known)
        if problem is not None:
            raise self.see(problem)
        return copy

    def _do(self, home: Home, given: Sequence[Given], function: Callable[..., Any]) -> tuple[Any, Broken | None]:
        objects = self._load(home, given)
        if isinstance(objects, Broken):
            return None, objects
        try:
            return function(*objects), None
        except Raised:
            raise
        except BaseException as error:
            return None, Broken(error)

    # ------------------------------------------------------------------------------------- operations

    def put(self, home: Home, given: Given) -> Variable:
        """A value of this process; a Var that is put is one more variable of its object."""
        return self.lazy(home, [given], lambda value: value)

    def lazy(self, home: Home, given: Sequence[Given], function: Callable[..., Any]) -> Variable:
        """An operation with a result."""
        value, broken = self._do(home, given, function)
        return self._result(home, value, broken)

    def _result(self, home: Home, value: Any, broken: Broken | None) -> Variable:
        variable = Variable(home, value, broken)
        if broken is not None:
            self._note(home, broken)
        if home.eager:
            self.wait(home)
            if broken is not None:
                raise self.see(broken)
        return variable

    def getattr(self, variable: Variable, name: str) -> Variable:
        return self.lazy(variable.home, [itself(variable)], lambda target: getattr(target, name))

    def inplace(self, left: Variable, given: Sequence[Given], function: Callable[..., Any]) -> Variable:
        """``left += right``; gives what the name then stands for."""
        home = left.home
        value, broken = self._do(home, given, function)
        if broken is None:
            variable = Variable(home, value)
        elif not left.is_whole():
            return self._result(home, None, broken)
        else:
            variable = Variable(home, left.value)
            self._note(home, broken, quiet=True)
        if home.eager:
            self.wait(home)
        return variable

    def across(self, left: Variable, right: Variable, function: Callable[[Any, Any], Any], at: int | None) -> Variable:
        """An operator whose operands live in two interpreters: it asks both, waits, and raises at once.

        Where the result lives is observed; its value is that of the operator, on a copy of the operand that has moved.
        """
        self.wait(left.home)
        for side in (left, right):
            if side is right:
                self.wait(side.home, certain=not side.may_be_known())
            if not side.is_whole():
                raise self.see(self._trouble(side))
        try:
            if at == right.home.number:
                return Variable(right.home, function(copied(left.value), right.value))
            return Variable(left.home, function(left.value, copied(right.value)))
        except BaseException as error:
            broken = Broken(error)
            for block in self.blocks:
                block.failures.append(broken)
            raise self.see(broken) from None

    def tell(self, home: Home, given: Sequence[Given], function: Callable[..., Any]) -> None:
        """An operation without a result."""
        _, broken = self._do(home, given, function)
        if broken is not None:
            self._note(home, broken, quiet=True)
        if home.eager:
            self.wait(home)

    def ask(self, home: Home, given: Sequence[Given], function: Callable[..., Any], known: bool = False) -> Any:
        """A value that is needed here. `known`: it may be here already."""
        value, broken = self._do(home, given, function)
        if broken is not None:
            for block in self.blocks:
                block.failures.append(broken)
        self.wait(home, certain=not known)
        if broken is not None:
            raise self.see(broken)
        return value

    def fetch(self, variable: Variable) -> Any:
        return self.ask(variable.home, [itself(variable)], copied, known=variable.may_be_known())

    def fetch_many(self, variables: Sequence[Variable]) -> list[Any]:
        """All in one trip: each is asked for, whatever becomes of those before it."""
        values = []
        for variable in variables:
            values.append(self.ask(variable.home, [itself(variable)], copied))
        return values

    def names(self, home: Home) -> list[str]:
        self.wait(home)
        return list(home.names)

    def sync(self, home: Home) -> None:
        """Raises the first error that nobody has seen; one that nobody can see any more may be logged already."""
        waiting = [broken for broken in home.unseen if not broken.seen]
        first = None
        for broken in waiting:
            if not broken.synced and first is None:
                held = broken.is_certain() or any(broken in block.failures for block in self.blocks)
                if held or error_described(broken.error) == self.observed:
                    first = broken
                else:
                    broken.seen = True  # it was logged
        home.unseen = [broken for broken in waiting if not broken.seen and broken is not first]
        for broken in home.unseen:
            broken.synced = True
        if first is not None:
            self._tell_with(home, first)
            raise self.see(first)

    def is_sync_ambiguous(self, home: Home) -> bool:
        """Whether it could not be told which of two errors a `sync` has raised."""
        texts = [error_described(broken.error) for broken in home.unseen if not broken.seen and not broken.synced]
        return len(set(texts)) < len(texts)

    # ------------------------------------------------------------------------------------- iteration

    def iterate(self, variable: Variable) -> Items:
        remote = self.lazy(variable.home, [itself(variable)], iter)
        # Nothing is taken in vain. But a tuple that came as an item may have come with its parts.
        self.wait(variable.home, certain=type(remote.value) is not type(iter(())))
        for problem in (variable, remote):
            if not problem.is_whole():
                broken = self._trouble(problem)
                for block in self.blocks:
                    block.failures.append(broken)
                raise self.see(broken)
        return Items(variable, remote)

    def advance(self, items: Items) -> Variable:
        """The next item. Raises `Raised` of StopIteration at the end."""
        if items.kind and items.done:
            raise Raised(StopIteration())
        if items.kind != "frozen":
            self.wait(items.home)
        elif operator.length_hint(items.remote.value):
            self.wait(items.home, certain=False)
        if items.kind:
            for item in items.remote.value:
                return Variable(items.home, item)
            items.done = True
            raise Raised(StopIteration())
        return self.following(items.remote)

    def following(self, iterator: Variable) -> Variable:
        """``next(v)``"""
        self.wait(iterator.home)
        item = self.ask(iterator.home, [itself(iterator)], next)
        return Variable(iterator.home, item)

    def unpacked(self, variable: Variable, count: int) -> list[Variable]:
        """``a, b = v``"""
        items = self.iterate(variable)
        taken: list[Variable] = []
        try:
            while len(taken) <= count:
                taken.append(self.advance(items))
        except Raised as raised:
            if not isinstance(raised.error, StopIteration):
                raise
        if len(taken) > count:
            raise Raised(ValueError(f"too many values to unpack (expected {count})"))
        if len(taken) < count:
            raise Raised(ValueError(f"not enough values to unpack (expected {count}, got {len(taken)})"))
        return taken

    # ------------------------------------------------------------------------------------- `with`

    def enter(self, variable: Variable) -> Variable:
        def entered(target: Any) -> Any:
            kind = type(target)
            if not (hasattr(kind, "__enter__") and hasattr(kind, "__exit__")):
                raise TypeError(f"{kind.__qualname__!r} object does not support the context manager protocol")
            return kind.__enter__(target)

        self.wait(variable.home)
        result = self.lazy(variable.home, [itself(variable)], entered)
        if result.broken is not None:
            raise self.see(result.broken)
        self.blocks.append(Block(variable))
        return result

    def leave(self, error: BaseException | None) -> bool:
        """The end of the innermost `with`: whether the error of its block was swallowed."""
        block = self.blocks.pop()
        missed = None
        if error is None:
            missed = next((broken for broken in block.failures if not broken.seen), None)
            if missed is not None:
                missed.seen = True
        given = missed.error if missed is not None else error
        try:
            swallowed = bool(type(block.owner.value).__exit__(block.owner.value, *_exc_info(given)))
        except BaseException as problem:
            broken = Broken(problem)
            for outer in self.blocks:
                outer.failures.append(broken)
            self.wait(block.owner.home)
            raise self.see(broken) from None
        if missed is not None and not swallowed:
            raise Raised(missed.error)
        return swallowed

    # ------------------------------------------------------------------------------------- the rest

    def clear(self, home: Home) -> None:
        for variable in home.variables:
            variable.stale = True
        if home.eager:
            self.wait(home)


def _exc_info(error: BaseException | None) -> tuple[Any, Any, Any]:
    return (None, None, None) if error is None else (type(error), error, None)


_ITSELF = compile("it", "<itself>", "eval")


def itself(variable: Variable) -> Given:
    return Given(_ITSELF, ("it",), {"it": variable}, {})


def finished(result: Any) -> Any:
    """A coroutine that a call gives is run to its end."""
    if not inspect.iscoroutine(result):
        return result
    try:
        result.send(None)
    except StopIteration as stop:
        return stop.value
    raise AssertionError("the coroutines of programs wait for nothing")
