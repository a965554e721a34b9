"""What is kept under a token, for another session to claim: single variables, all of a fork, the `obj` of an error.

Knows neither messages nor tables.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from typing import Any

from ..errors import ProtocolError, StaleVarError

LEASE = 600.0
"""Seconds that a pickled Var is held after its last pickling or claim, where nothing else is said."""
KEPT_OBJS = 16
"""So many objects of AttributeErrors are kept for a session to claim."""
_OBJ = ".obj."
"""Stands in the token of the obj of an AttributeError, between the session and what it belongs to."""


def lease_token(session: str, number: int, secret: str) -> str:
    """Names a session's lease of that number, counted from 1."""
    return f"{session}.{number}.{secret}"


def _lease_number(text: str) -> int:
    """The number in the token of a lease; 0 where a peer has written none."""
    return int(text) if text.isdecimal() and len(text) < 20 else 0


class Inheritance(dict[int, object]):
    """What is leased by `Fork`: the table of a session, and the definitions that it holds, as they were."""

    def __init__(self, table: Mapping[int, object], held: Mapping[str, Any]) -> None:
        super().__init__(table)
        self.held: dict[str, Any] = dict(held)


class _Leased:
    __slots__ = ("expires", "value")

    def __init__(self, value: Any, expires: float) -> None:
        self.value = value
        self.expires = expires


class Given:
    """What one session has given to be kept."""

    __slots__ = ("kept", "leased", "objs", "session")

    def __init__(self, session: str) -> None:
        self.session: str = session
        self.leased: int = 0
        """The number of its last lease; they come in order."""
        self.objs: dict[str, _Leased] = {}
        """By token, the `obj` of its last AttributeErrors…"""
        self.kept: int = 0
        """… and how many were parts of values."""


class Leases:
    """All leases of an interpreter.

    Args:
        clock: seconds, which never jump; decides when leases end.
        seconds: how long a lease lasts, from its beginning or its last claim.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, seconds: float = LEASE) -> None:
        self.clock: Callable[[], float] = clock
        self.seconds: float = seconds
        self.at: float | None = None
        """The time of what is being executed, where its owner has told it: then leases are judged by that."""
        self._leases: dict[str, _Leased] = {}
        self._sessions: dict[str, Given] = {}

    def open(self, session: str) -> Given:
        """A session begins, whose leases are to come."""
        given = self._sessions[session] = Given(session)
        return given

    def close(self, session: str) -> None:
        """No lease of this session is to come any more."""
        self._sessions.pop(session, None)

    def orphan(self, session: str, at: float | None) -> None:
        """What was forked off a session that has ended is kept for one lease from that time on, or from now on."""
        over = (self.now() if at is None else at) + self.seconds
        for token, leased in list(self._leases.items()):
            if leased.expires == math.inf and token.startswith(session + "."):
                leased.expires = over

    def now(self) -> float:
        return self.clock() if self.at is None else self.at

    def count(self) -> int:
        """Number of leases that have not ended."""
        return len(self._leases)

    def note(self, given: Given, token: str) -> None:
        """A session gives its next lease. Raises `ProtocolError`."""
        name, number, _ = [*token.split(".", 2), "", ""][:3]
        if name != given.session or _lease_number(number) <= given.leased:
            raise ProtocolError(f"{token[:100]!r} is not the token of a next lease of its session")
        given.leased = _lease_number(number)

    def is_to_come(self, token: str) -> bool:
        """Whether a lease may still come: its session is there, and has not given it yet."""
        name, _, rest = token.partition(".")
        given, number = self._sessions.get(name), rest.partition(".")[0]
        return given is not None and _lease_number(number) > given.leased

    def keep(self, token: str, value: object) -> None:
        """Keep it for one lease."""
        self._leases[token] = _Leased(value, self.now() + self.seconds)

    def keep_for_fork(self, token: str, value: Inheritance) -> None:
        """Keep it until its session ends, and for one lease more."""
        self._leases[token] = _Leased(value, math.inf)

    def release(self, given: Given, token: str) -> None:
        self._leases.pop(token, None)
        given.objs.pop(token, None)

    def expire(self, now: float | None = None) -> list[object]:
        """Let go of the leases whose time is over; gives what they have held."""
        now = self.now() if now is None else now
        gone: list[object] = []
        for held in (self._leases, *[given.objs for given in list(self._sessions.values())]):
            over = [token for token, leased in list(held.items()) if leased.expires <= now]
            gone += [held.pop(token).value for token in over]
        return gone

    def is_due(self, now: float | None = None) -> bool:
        """Whether there are leases whose time is over. For any thread."""
        now = self.now() if now is None else now
        kept = (self._leases, *[given.objs for given in list(self._sessions.values())])
        return any(leased.expires <= now for held in kept for leased in list(held.values()))

    def claim(self, token: str) -> object:
        """The object leased under a token; the lease starts anew. Raises `StaleVarError`."""
        value = self._claimed(token)
        if type(value) is Inheritance:
            raise ProtocolError("the token of a Fork is not that of a single variable")
        return value

    def inherit(self, token: str) -> Inheritance:
        """The same for what was leased by `Fork`."""
        value = self._claimed(token)
        if type(value) is not Inheritance:
            raise ProtocolError("the token of a single variable is not that of a Fork")
        return value

    def _claimed(self, token: str) -> object:
        self.expire()
        leased = self._leases.get(token)
        if leased is None and _OBJ in token:
            return self._claimed_obj(token)
        if leased is None:
            raise StaleVarError(
                f"the pickled Var is no longer held by its interpreter: a pickle is kept for {self.seconds:g} s "
                "after its last pickling or claim; keep a value that must last longer under a name, with "
                "env.put_named, or create the interpreter with a longer time, rif.create(lease=seconds)"
            )
        leased.expires = max(leased.expires, self.now() + self.seconds)
        return leased.value

    def keep_obj(self, given: Given, obj: object, error: str = "") -> str:
        """Keep the `obj` of an AttributeError for the session; gives its token, which is the same in every replay.

        Args:
            error: where it was raised; empty, where it is part of a value.
        """
        given.kept += not error
        token = f"{given.session}{_OBJ}{error or f'value.{given.kept}'}"
        given.objs[token] = _Leased(obj, self.now() + self.seconds)
        while len(given.objs) > KEPT_OBJS:
            del given.objs[next(iter(given.objs))]
        return token

    def _claimed_obj(self, token: str) -> object:
        given = self._sessions.get(token.partition(_OBJ)[0])
        kept = None if given is None else given.objs.get(token)
        if kept is None:
            raise StaleVarError(
                "the obj of this AttributeError is no longer held by its interpreter, which keeps the last "
                f"{KEPT_OBJS} of a session; use the Var whose attribute was asked for, or name what must last, with "
                "env.put_named"
            )
        return kept.value

    def rehost(self, clock: Callable[[], float], same_time: bool) -> None:
        """Go on with this clock. Leases keep the time that they have left; or they end when they were to end, if it
        tells the `same_time`."""
        later = 0.0 if same_time else clock() - self.clock()
        for held in (self._leases, *[given.objs for given in self._sessions.values()]):
            for leased in held.values():
                leased.expires += later
        self.clock = clock
