"""A `Var` in a pickle: the object itself inside its own interpreter, a lease that is claimed everywhere else."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from ..doors import stand_behind
from ..session.session import Session
from ..values.codec import Codec, OperandError, register_nearness, resolve
from ..values.reducers import Reduced, register_reducer
from .core import wrap
from .interface import Var, handle_of

hosted: dict[str, Callable[[str], object]] = {}
"""By id, the interpreters that this process hosts, with how they claim a leased object."""


def load(env: Any, token: str) -> Any:
    """Unpickle a Var: the object itself inside its own interpreter, a claim everywhere else."""
    claim = hosted.get(env.id)
    if claim is not None:
        return claim(token)
    session: Session = env.session
    try:
        handle = session.claim(token)
    except Exception as error:  # raised where it is used: what unpickles for others, as a pool, would only end
        handle = session.failed(error)
    return wrap(handle)


def leased(var: Any) -> tuple[Any, ...]:
    """The pickle of a Var: whoever loads it claims the variable."""
    session = handle_of(var).session
    return load, (session.env(), session.lease(handle_of(var)))


def hashed_as_its_value(var: Any, hasher: Any) -> tuple[Any, ...]:
    """Have joblib hash the value in the place of its Var: as the same object wherever that comes again.

    It asks as for a pickle, and would write what it is given, too. So that is left out, once.
    """
    values: dict[Any, Any] = vars(hasher).setdefault("_ray_proxy_values", {})
    handle = handle_of(var)
    if handle not in values:
        values[handle] = var.fetch()
    hasher.save(values[handle])

    def save_nothing(*args: object, obj: object = None) -> None:
        del hasher.save_reduce

    hasher.save_reduce = save_nothing
    return hashed_as_its_value, ()


def _reduce(var: Var[Any], codec: Codec) -> Reduced:
    session = None if codec.target is None else codec.target()
    if isinstance(session, Session):
        session.hold(var)  # it may live in nothing but what is being pickled
        try:
            return resolve, (session.here(handle_of(var)),)
        except Exception as error:
            raise OperandError(error) from error
    return leased(var)


def _is_near(var: Var[Any], codec: Codec) -> bool:
    """Whether it lives where the codec's values go, and still does: the object of an error is not kept for ever."""
    handle = handle_of(var)
    if codec.target is None or codec.target() is not handle.session:
        return False
    with contextlib.suppress(Exception):
        handle.session.wait(handle.id)
    return handle.settled and handle.failure is None


register_reducer(Var, _reduce, lambda var: (handle_of(var).session.name, handle_of(var).id))
register_nearness(Var, _is_near)


stand_behind("ray_proxy.var", load)
