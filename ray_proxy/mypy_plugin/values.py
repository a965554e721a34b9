"""Where the values are: types and displays with values in the place of the Vars in them."""

from __future__ import annotations

from mypy.nodes import (
    BytesExpr,
    DictExpr,
    EllipsisExpr,
    Expression,
    FloatExpr,
    IntExpr,
    LambdaExpr,
    ListExpr,
    RefExpr,
    SetExpr,
    SliceExpr,
    StarExpr,
    StrExpr,
    TupleExpr,
    Var as Variable,
)
from mypy.type_visitor import TypeTranslator
from mypy.types import (
    Instance,
    PartialType,
    Type,
    TypeAliasType,
    UninhabitedType,
    get_proper_type,
)

from .declared import ANYTHING, is_var


class Values(TypeTranslator):
    """A type with values where its Vars stand, at any depth: so do Vars arrive in arguments and containers."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def visit_instance(self, t: Instance, /) -> Type:
        if not is_var(t):
            return super().visit_instance(t)
        value = get_proper_type(t.args[0])
        self.found.append(value.type.fullname if isinstance(value, Instance) else "")
        return value.accept(self)

    def visit_uninhabited_type(self, t: UninhabitedType, /) -> Type:
        # The item of an empty list, say, of which nothing is known without the context that it comes into.
        return ANYTHING if t.ambiguous else t

    def visit_type_alias_type(self, t: TypeAliasType, /) -> Type:
        return t if t.is_recursive else get_proper_type(t).accept(self)


NO_VARS = (IntExpr, FloatExpr, StrExpr, BytesExpr, EllipsisExpr, LambdaExpr)
"""Expressions that hold no Var; the body of a function is checked as it stands."""


def is_partial(expression: Expression) -> bool:
    """Of a name whose type the next use of it will tell."""
    node = expression.node if isinstance(expression, RefExpr) else None
    return isinstance(node, Variable) and isinstance(node.type, PartialType)


def parts_of(expression: Expression) -> list[Expression | None]:
    """What a display displays."""
    if isinstance(expression, (TupleExpr, ListExpr, SetExpr)):
        return [*expression.items]
    if isinstance(expression, DictExpr):
        return [part for item in expression.items for part in item]
    if isinstance(expression, SliceExpr):
        return [expression.begin_index, expression.end_index, expression.stride]
    return [expression.expr] if isinstance(expression, StarExpr) else []


def display(like: Expression, parts: list[Expression | None]) -> Expression:
    given = [part for part in parts if part is not None]
    if isinstance(like, DictExpr):
        return DictExpr([(key, value) for key, value in zip(parts[::2], parts[1::2]) if value is not None])
    if isinstance(like, SliceExpr):
        return SliceExpr(*parts)
    if isinstance(like, StarExpr):
        return StarExpr(given[0])
    if isinstance(like, TupleExpr):
        return TupleExpr(given)
    return ListExpr(given) if isinstance(like, ListExpr) else SetExpr(given)
