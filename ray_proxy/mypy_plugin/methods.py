"""The special methods of a Var: which take operands, which wait, and what each gives."""

from __future__ import annotations

from mypy.operators import op_methods, ops_with_inplace_method, reverse_op_methods, unary_op_methods

BINARY = {method: symbol for symbol, method in op_methods.items()}
REFLECTED = {reverse: method for method, reverse in reverse_op_methods.items() if reverse not in BINARY}
INPLACE = {f"__i{op_methods[symbol][2:]}": symbol for symbol in ops_with_inplace_method}
COMPARISONS = frozenset({"__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__contains__"})
WITH_OPERANDS = {*BINARY, *REFLECTED, *INPLACE, "__getitem__", "__setitem__", "__delitem__", "__call__"}
"""Methods that are checked anew as the expression that stands there, operands and all."""
CONVERSIONS = {
    "__int__": ("builtins.int", ("__int__", "__index__", "__trunc__")),
    "__float__": ("builtins.float", ("__float__", "__index__")),
    "__complex__": ("builtins.complex", ("__complex__", "__float__", "__index__")),
}
"""What Python must have here, and the methods of T that can make it; so can a text."""
ORDERINGS = frozenset({"__lt__", "__gt__", "__le__", "__ge__"})
HERE = frozenset("__len__ __index__ __bytes__ __length_hint__ __exit__ __contains__ __setitem__ __delitem__".split())
"""Methods that wait, and give what T's method gives and not a Var of it."""
ASYNCHRONOUS = frozenset("__anext__ __aenter__ __aexit__".split())
ITERATORS = {"__iter__": "typing.Iterator", "__aiter__": "typing.AsyncIterator"}
DATA = frozenset("__doc__ __dict__ __module__ __annotations__".split())
_LIFTED = frozenset("__next__ __reversed__ __enter__ __abs__ __round__ __floor__ __ceil__ __trunc__".split())
SPECIAL = (
    frozenset(WITH_OPERANDS).union(unary_op_methods.values(), CONVERSIONS, ITERATORS)
    | HERE
    | ASYNCHRONOUS
    | DATA
    | _LIFTED
)
