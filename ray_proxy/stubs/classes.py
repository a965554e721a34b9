"""Which classes an overlay has, and in which order they stand in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mypy.nodes import TypeInfo
from mypy.types import (
    CallableType,
    Instance,
    TupleType,
    Type,
    TypedDictType,
    UnionType,
    get_proper_type,
)

from . import operators
from .analysis import Analysis
from .bundled import BUNDLED
from .surface import Attribute, is_public, members

_DEEPEST = 2
"""The results of members of a class that was asked for are known, and theirs; those after that by structure alone."""
_NO_MEMBERS = frozenset({"builtins.object", "builtins.type", "builtins.function", "typing.Generic", "typing.Protocol"})


def closed(wanted: Iterable[TypeInfo], analysis: Analysis) -> set[TypeInfo]:
    """The classes, their bases, and the classes of what their members give.

    A library is not followed into other libraries: these have to be asked for. The user's own code is.
    """
    known: set[TypeInfo] = set()
    level = {base for info in wanted for base in _bases(info)}
    for depth in range(_DEEPEST):
        known |= level
        level = {
            base
            for info in level
            if depth == 0 or analysis.is_standard(info.module_name) or analysis.is_own(info.module_name)
            for found in _results(info)
            if _leads(info, found, analysis)
            for base in _bases(found)
        }
        level -= known
    return known | level


def _leads(info: TypeInfo, found: TypeInfo, analysis: Analysis) -> bool:
    packages = {one.module_name.partition(".")[0] for one in (info, found)}
    return len(packages) == 1 or analysis.is_standard(found.module_name) or analysis.is_own(info.module_name)


def _bases(info: TypeInfo) -> Iterator[TypeInfo]:
    for base in info.mro:
        private = base.is_protocol and base.name.startswith("_")
        if base.fullname not in _NO_MEMBERS and "@" not in base.fullname and not private:
            yield base


def _results(info: TypeInfo) -> set[TypeInfo]:
    found: set[TypeInfo] = set()
    for member in members(info):
        if isinstance(member, Attribute):
            _classes_in(member.value, found)
        elif is_public(info, member.name) or member.name in operators.BY_CLASS:
            for one in member.signatures:
                _classes_in(one.call.ret_type, found)
    return found


def _classes_in(value: Type, found: set[TypeInfo]) -> None:
    proper = get_proper_type(value)
    if isinstance(proper, Instance):
        found.add(proper.type)
        for argument in proper.args:
            _classes_in(argument, found)
    elif isinstance(proper, (UnionType, TupleType)):
        for item in proper.items:
            _classes_in(item, found)
        if isinstance(proper, TupleType):
            found.add(proper.partial_fallback.type)
    elif isinstance(proper, TypedDictType):
        found.add(proper.fallback.type)
    elif isinstance(proper, CallableType) and not proper.is_type_obj():
        _classes_in(proper.ret_type, found)


def in_order(classes: Iterable[TypeInfo]) -> list[TypeInfo]:
    """Subclasses before their bases, and protocols last, because the first overload that fits is taken.

    The bundled types come early, because they are the most frequent; int before float before complex, because each
    passes for the next, although it is no subclass.
    """

    def rank(info: TypeInfo) -> tuple[bool, int, str]:
        return (
            info.is_protocol,
            BUNDLED.index(info.fullname) if info.fullname in BUNDLED else len(BUNDLED),
            info.fullname,
        )

    ranked = sorted(classes, key=rank)
    placed: dict[TypeInfo, None] = {}

    def place(info: TypeInfo) -> None:
        if info not in placed:
            for other in ranked:
                if info in other.mro[1:]:
                    place(other)
            placed[info] = None

    for info in ranked:
        place(info)
    return list(placed)


def labels_of(classes: list[TypeInfo]) -> dict[str, str]:
    """A short name for each class, its own where no other has it."""
    count: dict[str, int] = {}
    for info in classes:
        count[info.name] = count.get(info.name, 0) + 1
    return {info.fullname: info.name if count[info.name] == 1 else info.fullname.replace(".", "_") for info in classes}
