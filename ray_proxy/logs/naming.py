"""Variables of a log by their order, so that two logs can be compared in which they have other ids.

A client counts its variables, so their ids tell how much it has asked for before, and not what it does. Here each is
named by when its session has first made or named it. The names of two logs are the same where a renaming of the
variables makes one log of the other.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from typing import Any, NamedTuple

from .. import protocol

Name = tuple[str, int]
"""What stands for an id: where it comes from, and the how-manieth of these it is."""
_MOST = 1 << 62
_DISORDER = 10_000
"""So many ids of a session that come out of order are sorted in…"""
_OTHERS = 100_000
"""… so many are known that nothing in the log has made…"""
_DEEPEST = 50
"""… and so many sessions inherit from one another. Where there are more, ids are compared as they are."""


class _Runs:
    """Ids, in the order in which they came: few runs of consecutive ones, whatever their number."""

    __slots__ = ("count", "disorder", "firsts", "starts", "stops")

    def __init__(self, count: int) -> None:
        self.count = count
        self.disorder = 0
        self.starts, self.stops, self.firsts = array("Q"), array("Q"), array("Q")

    def find(self, id: int) -> int | None:
        at = bisect_right(self.starts, id) - 1
        return self.firsts[at] + id - self.starts[at] if at >= 0 and id < self.stops[at] else None

    def meets(self, id: int, count: int) -> bool:
        """Whether one of these ids is among them."""
        at = bisect_right(self.starts, id + count - 1) - 1
        return at >= 0 and id < self.stops[at]

    def add(self, id: int, count: int) -> int:
        """The position of the first of these ids, which are new."""
        first, self.count = self.count, self.count + count
        at = bisect_right(self.starts, id)
        if at and self.stops[at - 1] == id and self.firsts[at - 1] + id - self.starts[at - 1] == first:
            self.stops[at - 1] += count
        else:
            self.disorder += at < len(self.starts)
            self.starts.insert(at, id)
            self.stops.insert(at, id + count)
            self.firsts.insert(at, first)
        return first


class Kept(NamedTuple):
    """The variables that a session has at some time, for another one to inherit."""

    variables: Variables
    made: int
    items: int
    others: int


class Variables:
    """The variables of a session, by their order."""

    __slots__ = ("_depth", "_highest", "_items", "_lowest", "_made", "_others", "_others_before", "_parent", "_plain")

    def __init__(self, parent: Kept | None = None) -> None:
        self._parent = parent
        self._depth: int = 0 if parent is None else parent.variables._depth + 1
        self._made = _Runs(0 if parent is None else parent.made)
        self._items = _Runs(0 if parent is None else parent.items)
        """Those that iterations have made: ids of their own, and as many as were asked for."""
        self._others: dict[int, int] = {}
        """Those that were there before anything in the log has made them."""
        self._others_before: int = 0 if parent is None else parent.others
        self._lowest, self._highest = _MOST, 0
        self._plain: bool = self._depth > _DEEPEST or (parent is not None and parent.variables._plain)
        """Ids stand for themselves."""

    def kept(self) -> Kept:
        return Kept(self, self._made.count, self._items.count, self._others_before + len(self._others))

    def is_new(self) -> bool:
        return self._parent is None and not (self._made.count or self._items.count or self._others)

    def name(self, id: int) -> Name:
        """Of a variable that is used."""
        found = self._found(id)
        if found is not None:
            return found
        if len(self._others) >= _OTHERS or id >= _MOST:
            return self._as_it_is(id)
        number = self._others[id] = self._others_before + len(self._others)
        self._lowest, self._highest = min(id, self._lowest), max(id, self._highest)
        return "other", number

    def make(self, id: int) -> Name:
        """Of a variable that is made."""
        found = self._found(id)
        if found is not None:
            return found
        if id >= _MOST or self._made.count >= _MOST:
            return self._as_it_is(id)
        name = "made", self._made.add(id, 1)
        self._plain |= self._made.disorder > _DISORDER
        return name

    def make_items(self, id: int, count: int) -> Name:
        """Of the first of so many."""
        found = self._found(id)
        if found is not None and self._found(id + count - 1) == (found[0], found[1] + count - 1):
            return found
        is_among = self._lowest < id + count and id <= self._highest
        if is_among or self._meets(id, count) or max(id, count, self._items.count) >= _MOST // 2:
            return self._as_it_is(id)
        name = "item", self._items.add(id, count)
        self._plain |= self._items.disorder > _DISORDER
        return name

    def _as_it_is(self, id: int) -> Name:
        self._plain = True
        return "id", id

    def _meets(self, id: int, count: int) -> bool:
        own = self._made.meets(id, count) or self._items.meets(id, count)
        return own or (self._parent is not None and self._parent.variables._meets(id, count))

    def _found(self, id: int) -> Name | None:
        if self._plain:
            return "id", id
        number = self._others.get(id)
        if number is not None:
            return "other", number
        number = self._made.find(id)
        if number is not None:
            return "made", number
        number = self._items.find(id)
        if number is not None:
            return "item", number
        if self._parent is None:
            return None
        found, parent = self._parent.variables._found(id), self._parent
        if found is None or found[0] == "id":
            return found
        limits = {"other": parent.others, "made": parent.made, "item": parent.items}
        return found if found[1] < limits[found[0]] else None  # a later one is none of this session


class Sessions:
    """The variables of all sessions of a log."""

    def __init__(self) -> None:
        self._sessions: dict[str, Variables] = {}
        self._kept: dict[str, Kept] = {}
        """By the tokens under which they wait to be inherited."""

    def of(self, session: str) -> Variables:
        variables = self._sessions.get(session)
        if variables is None:
            variables = self._sessions[session] = Variables()
        return variables

    def keep(self, session: str, token: str) -> None:
        self._kept[token] = self.of(session).kept()

    def take(self, session: str, message: Any) -> None:
        """Note what this message tells of who has which variables."""
        if isinstance(message, protocol.Fork):
            self.keep(session, message.token)
        elif isinstance(message, protocol.Release):
            self._kept.pop(message.token, None)
        elif isinstance(message, protocol.Inherit) and self.of(session).is_new():
            self._sessions[session] = Variables(self._kept.get(message.token))

    def end(self, session: str) -> None:
        self._sessions.pop(session, None)
