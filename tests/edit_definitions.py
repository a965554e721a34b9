"""The definitions of random projects, as data: what an edit changes, and what the model reads.

A definition names only those with lower keys, so that no program calls itself for ever.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from edit_expressions import Expression, uses_of


@dataclass(frozen=True)
class Definition:
    """A statement of a module.

    Attributes:
        key: what it is called in references, whatever its name is.
    """

    key: int
    name: str

    def uses_at_import(self) -> Iterator[int]:
        """The definitions that must be there before it."""
        return iter(())

    def uses_later(self) -> Iterator[int]:
        """Those that its functions name when they are called."""
        return iter(())


@dataclass(frozen=True)
class Constant(Definition):
    """`K1 = 5 + K0`."""

    value: Expression
    annotated: bool = False

    def uses_at_import(self) -> Iterator[int]:
        return uses_of(self.value)


@dataclass(frozen=True)
class Loaded(Definition):
    """`L1 = load('L1', K0)`: what takes long, and must not happen again."""

    value: Expression

    def uses_at_import(self) -> Iterator[int]:
        return uses_of(self.value)


@dataclass(frozen=True)
class Counter(Definition):
    """A number that a function of the module counts up, by a step that can be edited."""

    start: int
    step: int


@dataclass(frozen=True)
class Container(Definition):
    """A dict, list or set of numbers, which programs change."""

    kind: str
    items: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Registry(Definition):
    """A dict of functions."""

    keys: tuple[int, ...]

    def uses_at_import(self) -> Iterator[int]:
        return iter(self.keys)


@dataclass(frozen=True)
class Decorator(Definition):
    """Counts the calls of what it decorates, and says its own tag, and with `takes` that of each use."""

    tag: Expression
    takes: bool
    wraps: bool

    def uses_later(self) -> Iterator[int]:
        return uses_of(self.tag)


@dataclass(frozen=True)
class Decoration:
    """`@d1(3)`; without a key, `lru_cache`."""

    key: int | None
    tag: int | None = None


@dataclass(frozen=True)
class Function(Definition):
    """A function of `x` and perhaps `d`, which has a default.

    Attributes:
        flavor: plain, generator, async, or maker: one whose calls make functions of `y`, which know `x` and `d`.
        made: what the functions say that a maker makes.
        when: defined in an `if`, if this constant is over so much; else its body is `otherwise`.
    """

    body: Expression
    default: Expression | None = None
    flavor: str = "plain"
    made: Expression | None = None
    decorations: tuple[Decoration, ...] = ()
    when: tuple[int, int] | None = None
    otherwise: Expression | None = None

    def uses_at_import(self) -> Iterator[int]:
        yield from uses_of(self.default)
        yield from (decoration.key for decoration in self.decorations if decoration.key is not None)
        if self.when is not None:
            yield self.when[0]

    def uses_later(self) -> Iterator[int]:
        yield from uses_of(self.body)
        yield from uses_of(self.made)
        yield from uses_of(self.otherwise)


@dataclass(frozen=True)
class Member:
    """An attribute of a class.

    Attributes:
        kind: method, static, class, property, cached, value or loaded.
        says_super: whether a method calls that of the base.
    """

    name: str
    kind: str
    body: Expression
    default: Expression | None = None
    says_super: bool = False

    def uses_at_import(self) -> Iterator[int]:
        yield from uses_of(self.default)
        if self.kind in ("value", "loaded"):
            yield from uses_of(self.body)

    def uses_later(self) -> Iterator[int]:
        if self.kind not in ("value", "loaded"):
            yield from uses_of(self.body)


@dataclass(frozen=True)
class Class(Definition):
    """A class whose instances have a number `x`.

    Attributes:
        flavor: plain, slots, dataclass or enum.
        base: another plain class.
        fields: of a dataclass, names with defaults; of an Enum, names with values.
    """

    members: tuple[Member, ...] = ()
    flavor: str = "plain"
    base: int | None = None
    fields: tuple[tuple[str, int], ...] = ()

    def member(self, name: str) -> Member | None:
        return next((member for member in self.members if member.name == name), None)

    def uses_at_import(self) -> Iterator[int]:
        if self.base is not None:
            yield self.base
        for member in self.members:
            yield from member.uses_at_import()

    def uses_later(self) -> Iterator[int]:
        for member in self.members:
            yield from member.uses_later()
