"""What numpy and torch ask of a `Var`: arrays, and calls of their functions, which go to where it lives."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, cast

from .askers import asking_library
from .core import ask, call_there
from .interface import Var, handle_of
from .operators import binary, type_of

_UFUNCS = {
    "add": "add",
    "subtract": "sub",
    "multiply": "mul",
    "matmul": "matmul",
    "divide": "truediv",
    "true_divide": "truediv",
    "floor_divide": "floordiv",
    "remainder": "mod",
    "divmod": "divmod",
    "power": "pow",
    "left_shift": "lshift",
    "right_shift": "rshift",
    "bitwise_and": "and",
    "bitwise_or": "or",
    "bitwise_xor": "xor",
    "equal": "eq",
    "not_equal": "ne",
    "less": "lt",
    "greater": "gt",
    "less_equal": "le",
    "greater_equal": "ge",
}
_WRITERS = frozenset("copyto put place putmask fill_diagonal put_along_axis".split())
"""Functions of numpy that write into their first argument."""
_TORCH_WRITER = re.compile(
    r"\w*[^_]_|__setitem__|__i(?:add|sub|mul|matmul|truediv|floordiv|mod|pow|[lr]shift|and|or|xor)__"
)
"""Methods of tensors that write into their tensor."""


def array(var: Any, dtype: Any, copy: bool | None) -> Any:
    """An array of this process."""
    import numpy

    if copy is False:
        raise ValueError("Unable to avoid copy: the array of a remote value is made here, of what v.fetch() gives")
    if _loses_labels(var):
        library = asking_library()
        module, name = type_of(handle_of(var), "__module__"), type_of(handle_of(var), "__qualname__")
        raise TypeError(
            f"{library} asks for the plain array of a remote {module}.{name}, without its names, index and types; "
            "give it the value itself, v.fetch()"
        )
    return numpy.asarray(var.fetch(), dtype=dtype)


def call_ufunc(var: Any, ufunc: Any, method: str, inputs: Any, out: Any, kwargs: dict[str, Any]) -> Any:
    """``array + v`` becomes ``v.__radd__(array)``; any other ufunc is called where `v` lives, save one that
    writes into an array of this process."""
    if out is not None:
        kwargs["out"] = out
    if _writes_here(inputs[:1] if method == "at" else out):
        return getattr(ufunc, method)(*_fetched(inputs), **_fetched(kwargs))
    name = _UFUNCS.get(ufunc.__name__)
    if name is not None and method == "__call__" and not kwargs and len(inputs) == 2 and inputs[1] is var:
        return binary(name, inputs[0], var)
    return call_there(var, getattr(ufunc, method), inputs, kwargs)


def call_function(var: Any, func: Any, args: Any, kwargs: Any) -> Any:
    """A function of numpy, called where `v` lives, save one that writes into an array of this process."""
    if _writes_here(kwargs.get("out")) or (func.__name__ in _WRITERS and _writes_here(args[:1])):
        return func(*_fetched(args), **_fetched(kwargs))
    return call_there(var, func, args, kwargs)


def call_torch(func: Any, args: Any, kwargs: Any) -> Any:
    """As `call_function`, of torch."""
    name = getattr(func, "__name__", "")
    writes = _TORCH_WRITER.fullmatch(name) is not None
    if _writes_here(kwargs.get("out")) or (writes and _writes_here(args[:1])):
        return func(*_fetched(args), **_fetched(kwargs))
    return call_there(next(_vars_in((args, kwargs))), func, args, kwargs)


def install(kind: Any) -> None:
    """What a class needs beside its methods for numpy and pandas."""
    kind.__array_function__ = _ArrayFunction(kind.__array_function__)
    kind.__pandas_priority__ = 1_000_000  # pandas leaves an operator to the operand of the higher priority


def _writes_here(target: Any) -> bool:
    """Whether what numpy or torch is to write into is an array of this process."""
    targets = target if isinstance(target, tuple) else (target,)
    here = [item for item in targets if item is not None and type(item) is not Var]
    if here and len(here) < sum(item is not None for item in targets):
        raise TypeError("the arrays to write into are partly remote and partly here; use one call for each")
    return bool(here)


def _fetched(value: Any) -> Any:
    """The same with every Var replaced by its value."""
    if type(value) is Var:
        return value.fetch()
    if isinstance(value, (list, tuple)):
        return type(value)(_fetched(item) for item in value)
    if isinstance(value, dict):
        return {name: _fetched(item) for name, item in value.items()}
    return value


_LABELLING = {"pandas", "xarray"}
"""Packages that keep names and index of what they know, and take the plain array of anything else."""
_LABELLED = "to_frame to_pandas to_dataframe __dataframe__ __arrow_c_stream__ __arrow_c_array__ _from_sequence".split()
"""Methods of types whose values have names, an index, or types of their own: of pandas (and its extension arrays), of
xarray, polars, pyarrow, and others."""


def _loses_labels(var: Any) -> bool:
    """Whether a library is about to take a remote value for a plain array that it would know better by itself."""
    return asking_library() in _LABELLING and cast(bool, ask("implements", var, *_LABELLED))


class _ArrayFunction:
    """`__array_function__`, by which xarray takes a Var for an array: not there where labels would be lost."""

    def __init__(self, function: Any) -> None:
        self._function = function

    def __get__(self, var: Any, kind: object = None) -> Any:
        if var is None:
            return self._function
        if _loses_labels(var):
            raise AttributeError("__array_function__")
        return self._function.__get__(var)


def _vars_in(value: Any) -> Iterator[Var[Any]]:
    if type(value) is Var:
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _vars_in(item)
    elif isinstance(value, dict):
        yield from _vars_in(list(value.values()))
