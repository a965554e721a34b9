"""What an object's type says of its remote variable: a value of type `R` comes back as `Var[R]`, and where an `A`
is taken, `A | Var[A]` is.

These rules over mypy's types are all that the plugin and the generator share. They know neither.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import product

from mypy.nodes import ARG_STAR2, TypeInfo
from mypy.typeops import get_all_type_vars
from mypy.types import (
    AnyType,
    CallableType,
    Instance,
    ParamSpecType,
    ProperType,
    TupleType,
    Type,
    TypeVarId,
    UnionType,
    UnpackType,
    get_proper_type,
)

_COROUTINES = frozenset({"typing.Coroutine", "types.CoroutineType"})
_READ_ONLY = frozenset(
    {
        "typing.Iterable",
        "typing.Collection",
        "typing.Container",
        "typing.Sequence",
        "typing.AbstractSet",
        "typing.Mapping",
        "_typeshed.SupportsKeysAndGetItem",
        "builtins.tuple",
        "builtins.frozenset",
    }
)
"""Containers that are covariant in their items: one of `A | Var[A]` takes one of either."""
_MUTABLE = frozenset({"builtins.list", "builtins.set", "builtins.dict"})
"""Containers that are invariant: each kind of items has to be named."""
_MOST_SPLIT = 2
"""Up to so many generic parameters, each is given as a value or a Var on its own; above, all alike."""


class Lift:
    """The rules, over the `TypeInfo` of `ray_proxy.var.interface.Var`."""

    def __init__(self, var: TypeInfo, containers: Mapping[str, TypeInfo] | None = None) -> None:
        """Args:
        containers: by full name of a mutable container, a covariant protocol of it, which may stand for it.
        """
        self._var = var
        self._containers = containers or {}

    def var(self, value: Type) -> Instance:
        """``Var[value]``; of a Var, that Var."""
        proper = get_proper_type(value)
        if isinstance(proper, Instance) and proper.type is self._var:
            return proper
        return Instance(self._var, [value])

    def result(self, value: Type) -> Instance:
        """What comes back where the remote function returns `value`: coroutines are run to their end."""
        proper = get_proper_type(value)
        if isinstance(proper, Instance) and proper.type.fullname in _COROUTINES and len(proper.args) == 3:
            return self.var(proper.args[2])
        return self.var(value)

    def argument(self, value: Type) -> Type:
        """What is taken where the remote function takes `value`: it, its Var, or a container with Vars inside."""
        proper = get_proper_type(value)
        if isinstance(proper, (AnyType, ParamSpecType, UnpackType)) or self._is_object(proper):
            return value
        return UnionType.make_union([*(kind for item in _items(proper) for kind in self._kinds(item)), self.var(value)])

    def variants(self, function: CallableType) -> list[CallableType]:
        """A signature as called from here.

        Type checkers solve ``T | Var[T]`` badly for a type variable `T` of the function: parameters that have one
        are split into signatures with the Var and with the value, the Var first, because it would pass as a value.
        """
        own = {variable.id for variable in function.variables}
        generic = [at for at, taken in enumerate(function.arg_types) if own and _mentions(taken, own)]
        ways = [self._ways(function.arg_types[at]) for at in generic]
        choices: Iterable[Sequence[Type]] = product(*ways)
        if len(generic) > _MOST_SPLIT:
            choices = [[way[0] for way in ways], [way[-1] for way in ways]]
        return [self._signature(function, dict(zip(generic, choice))) for choice in choices]

    def _ways(self, generic: Type) -> list[Type]:
        """What may stand for a generic parameter: its Var, a container of Vars, the value."""
        parts = _items(get_proper_type(generic))
        of_vars = [part for item in parts for part in self._with_items(item, self.var)]
        ways = [self.var(generic)]
        return [*ways, generic] if of_vars == parts else [*ways, UnionType.make_union(of_vars), generic]

    def _signature(self, function: CallableType, chosen: dict[int, Type]) -> CallableType:
        taken = []
        for at, (argument, kind) in enumerate(zip(function.arg_types, function.arg_kinds)):
            packed = isinstance(get_proper_type(argument), (ParamSpecType, UnpackType))
            if packed or (kind == ARG_STAR2 and function.unpack_kwargs):
                taken.append(argument)
            else:
                taken.append(chosen[at] if at in chosen else self.argument(argument))
        returned = self.result(function.ret_type)  # of a type guard, bool: an answer later narrows nothing now
        return function.copy_modified(arg_types=taken, ret_type=returned, type_guard=None, type_is=None)

    def _kinds(self, item: ProperType) -> list[Type]:
        """What may be given for `item` save its Var: of a container, one whose items may be Vars."""
        kinds = self._with_items(item, self.argument)
        if isinstance(item, Instance) and item.type.fullname in _MUTABLE and item.type.fullname not in self._containers:
            return [item, *kinds, *self._with_items(item, self.var)] if kinds != [item] else [item]
        return kinds

    def _with_items(self, item: ProperType, lift: Callable[[Type], Type]) -> list[Type]:
        """A container with `lift` of its items; anything else as it is."""
        if isinstance(item, TupleType):
            return [item.copy_modified(items=[lift(part) for part in item.items])]
        if not isinstance(item, Instance) or not item.args:
            return [item]
        name = item.type.fullname
        if name == "builtins.slice":
            return [item.copy_modified(args=[lift(part) for part in item.args])]
        if name not in _READ_ONLY | _MUTABLE:
            return [item]
        args = [*item.args[:-1], lift(item.args[-1])]  # the last is the value of a mapping, the item of all others
        if args == list(item.args):
            return [item]
        return [Instance(self._containers.get(name, item.type), args)]

    def _is_object(self, proper: ProperType) -> bool:
        return isinstance(proper, Instance) and (proper.type is self._var or proper.type.fullname == "builtins.object")


def _items(proper: ProperType) -> list[ProperType]:
    if isinstance(proper, UnionType):
        return [part for item in proper.items for part in _items(get_proper_type(item))]
    return [proper]


def _mentions(value: Type, ids: set[TypeVarId]) -> bool:
    return any(found.id in ids for found in get_all_type_vars(value))
