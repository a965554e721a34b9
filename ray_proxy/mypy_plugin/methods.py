"""The special methods of a Var: which take operands, which wait, and what each gives."""

from __future__ import annotations

from mypy.operators import op_methods, ops_with_inplace_method, reverse_op_methods, unary_op_methods

BINARY: dict[str, str] = {method: symbol for symbol, method in op_methods.items()}
REFLECTED: dict[str, str] = {reverse: method for method, reverse in reverse_op_methods.items() if reverse not in BINARY}
INPLACE: dict[str, str] = {f"__i{op_methods[symbol][2:]}": symbol for symbol in ops_with_inplace_method}
COMPARISONS: frozenset[str] = frozenset({"__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__contains__"})
WITH_OPERANDS: set[str] = {*BINARY, *REFLECTED, *INPLACE, "__getitem__", "__setitem__", "__delitem__", "__call__"}
"""Methods that are checked anew as the expression that stands there, operands and all."""
CONVERSIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "__int__": ("builtins.int", ("__int__", "__index__", "__trunc__")),
    "__float__": ("builtins.float", ("__float__", "__index__")),
    "__complex__": ("builtins.complex", ("__complex__", "__float__", "__index__")),
}
"""What Python must have here, and the methods of T that can make it; so can a text."""
ORDERINGS: frozenset[str] = frozenset({"__lt__", "__gt__", "__le__", "__ge__"})
HERE: frozenset[str] = frozenset(
    "__len__ __index__ __bytes__ __length_hint__ __exit__ __contains__ __setitem__ __delitem__".split()
)
"""Methods that wait, and give what T's method gives and not a Var of it."""
ASYNCHRONOUS: frozenset[str] = frozenset("__anext__ __aenter__ __aexit__".split())
ITERATORS: dict[str, str] = {"__iter__": "typing.Iterator", "__aiter__": "typing.AsyncIterator"}
DATA: frozenset[str] = frozenset("__doc__ __dict__ __module__ __annotations__".split())
_LIFTED = frozenset("__next__ __reversed__ __enter__ __abs__ __round__ __floor__ __ceil__ __trunc__".split())
SPECIAL: frozenset[str] = (
    frozenset(WITH_OPERANDS).union(unary_op_methods.values(), CONVERSIONS, ITERATORS)
    | HERE
    | ASYNCHRONOUS
    | DATA
    | _LIFTED
)
