"""`v.__class__`: a class of this process that stands for the remote class."""

from __future__ import annotations

import weakref
from sys import _getframe
from typing import Any, cast

from ..errors import StaleVarError
from ..session.ticker import ticker
from .attributes import attribute
from .core import attr, operand
from .instructions import PROBE, asked
from .interface import Var, handle_of

_MOMENT = 0.3
"""Seconds that a Var lives at least once its class was asked for."""


def class_of(var: Any) -> type:
    # Weakly: a class is part of reference cycles, so that each `isinstance` would keep the remote value until
    # the next full garbage collection. `ticker.keep` makes `f(x).__class__.__name__` work for all that.
    ticker.keep(var, _MOMENT)
    namespace = {"__slots__": (), "__ray_proxy_var__": weakref.ref(var)}
    return type.__new__(_RemoteClass, "Var", (object,), namespace)


class _RemoteClass(type):
    """The class of ``v.__class__``: a real class, because `isinstance` and `issubclass` take nothing else, whose
    names and calls are those of the remote class. So nothing is ever written on `Var` itself."""

    def __getattribute__(cls, name: str) -> Any:
        if name in _CLASS_OWN:
            return type.__getattribute__(cls, name)
        try:
            frame = _getframe(1)
        except ValueError:
            return attribute(_remote_class(cls), name, PROBE)
        return attribute(_remote_class(cls), name, asked(frame.f_code, frame.f_lasti, name))

    def __setattr__(cls, name: str, value: object) -> None:
        setattr(_remote_class(cls), name, value)

    def __delattr__(cls, name: str) -> None:
        delattr(_remote_class(cls), name)

    def __call__(cls, /, *args: Any, **kwargs: Any) -> Any:
        return _remote_class(cls)(*args, **kwargs)

    def __eq__(cls, other: object) -> Any:
        return cls is other or _remote_class(cls) == (_remote_class(other) if type(other) is _RemoteClass else other)

    def __ne__(cls, other: object) -> Any:
        return not (cls == other)

    __hash__ = type.__hash__

    def __instancecheck__(cls, instance: object) -> bool:
        remote = _remote_class(cls)
        return cast(bool, handle_of(remote).session.ask("isinstance", operand(instance), handle_of(remote)))

    def __repr__(cls) -> str:
        try:
            return repr(_remote_class(cls))
        except Exception:  # of a Var that has failed: whoever shows a class shall not raise its error once more
            return "<class of a Var that has failed>"

    def __dir__(cls) -> list[str]:
        return dir(_remote_class(cls))


_CLASS_OWN = frozenset(
    "__mro__ __bases__ __base__ __dict__ __subclasses__ __class__ __abstractmethods__ __flags__ mro __hash__ "
    "__instancecheck__ __subclasscheck__ __subclasshook__ __weakref__ __type_params__ __orig_bases__".split()
)


def _remote_class(cls: type) -> Var[Any]:
    """The Var of the remote class itself."""
    var = type.__getattribute__(cls, "__dict__")["__ray_proxy_var__"]()
    if var is None:
        raise StaleVarError(
            "the Var whose class this is was dropped; keep it, or take the class as a Var: attr(v, '__class__')"
        )
    return attr(var, "__class__")
