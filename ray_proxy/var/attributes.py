"""Attributes of a remote object that are asked for by more than the syntax `v.name`, and what a call gets for some."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from ..session.session import Handle
from . import probes
from .core import attr, wrap
from .instructions import SYNTAX
from .interface import Var, handle_of

_ABSENT = frozenset(
    "__array_struct__ __array_interface__ __array_prepare__ __array_wrap__ __array_finalize__ __array_priority__ "
    "__cuda_array_interface__ __dlpack__ __dlpack_device__ _asyncio_future_blocking _typ".split()
)
"""Names by which libraries look for memory, or the insides of their own classes, in this process: a Var has none."""


def attribute(var: Any, name: str, how: int) -> Any:
    """What is asked for by a probe, or by a name that is always waited for; `how` is that of `instructions`."""
    if name in _ABSENT:
        raise AttributeError(name)
    handle = handle_of(var)
    if how == SYNTAX and not probes.ALWAYS.fullmatch(name):
        return wrap(handle.session.getattr(handle, name))
    if name == "keys":
        probes.find_keys(handle, how)
        return functools.partial(_keys, var)
    found = probes.answer(handle, name, how)
    if type(found) is not Handle:
        return found
    remote = wrap(found)
    if name.startswith("_repr_"):
        return lambda *args, **kwargs: remote(*args, **kwargs).fetch()  # what displays it takes no proxies
    if name in _REAL_INSTEAD and probes.called(how):
        return _REAL_INSTEAD[name](remote)
    return remote


def _keys(var: Var[Any], *args: Any, **kwargs: Any) -> Any:
    """What `dict(v)` calls; with arguments it is any other method."""
    return attr(var, "keys")(*args, **kwargs) if args or kwargs else probes.keys(handle_of(var))


def _no_metaclass(*args: object, **kwargs: object) -> Any:
    """The `__prepare__` of a remote metaclass, as the statement `class` finds it."""
    raise TypeError(
        "a remote class cannot be the metaclass of a class of this process: make the class where its metaclass lives, "
        "env.run(function) with a function that defines and returns it"
    )


def _real_dict(remote: Var[Any]) -> dict[Any, Any]:
    """The values stay where they are: those of a module, for one, cannot all travel."""
    return {key: remote[key] for key in probes.keys(handle_of(remote))}


_REAL_INSTEAD: dict[str, Callable[[Var[Any]], Any]] = {
    "__dict__": _real_dict,
    "__annotations__": _real_dict,
    "__type_params__": tuple,
    "__prepare__": lambda remote: _no_metaclass,
}
"""What a call that asks for such an attribute gets in its place, where it takes nothing but a real one."""


class Documentation:
    """`__doc__` of `Var`. `help(v)` asks for it past `Var.__getattribute__`, and shows what it gets."""

    def __init__(self, text: str | None) -> None:
        self._text = text

    def __get__(self, var: Any, kind: type) -> str | None:
        return self._text if var is None else probes.help_text(handle_of(var))
