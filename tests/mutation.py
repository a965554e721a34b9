"""What a peer says, changed at random: as bytes, and as the tree of values that MessagePack makes of it.

The second goes deeper: most of what is changed byte by byte is refused by the decoder, while a tree of which a part is
changed is MessagePack still, and often a frame that is executed.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from ray_proxy import protocol

INSERTS = [b"\xd9\x02\xc3\x28", b"\xdd\xff\xff\xff\xff", b"\x81\x80\x01", b"\xd7\xff" + b"\xff" * 8, b"\x91" * 2000]
"""A str that is no UTF-8, an array of 2**32 - 1, a key that has no hash, a date without end, arrays 2,000 deep."""


def mutant(chance: random.Random, original: bytes) -> bytes:
    """It, with a few bytes changed, put in, taken out, or doubled; now and then the rest is missing."""
    data = bytearray(original)
    for _ in range(chance.choice((1, 1, 2, 4))):
        at = chance.randrange(len(data) or 1)
        kind = chance.random()
        if kind < 0.2:
            data[at : at + 1] = chance.randbytes(1)
        elif kind < 0.45:
            data[at : at + 1] = bytes(byte ^ 1 << chance.randrange(8) for byte in data[at : at + 1])
        elif kind < 0.6:
            data[at:at] = chance.randbytes(1)
        elif kind < 0.75:
            del data[at : at + chance.randint(1, 3)]
        elif kind < 0.85:
            data[at:at] = data[at : at + chance.randint(1, 40)]
        elif kind < 0.87:
            del data[at + 1 :]
        else:
            data[at:at] = chance.choice(INSERTS)
    return bytes(data)


def mutants(seed: int, originals: list[bytes], count: int) -> Iterator[bytes]:
    """The same ones at each run."""
    chance = random.Random(seed)
    return (mutant(chance, chance.choice(originals)) for _ in range(count))


def spliced(chance: random.Random, first: bytes, second: bytes) -> bytes:
    """The beginning of one and the end of another."""
    return first[: chance.randint(0, len(first))] + second[chance.randint(0, len(second)) :]


# ------------------------------------------------------------------------------------------------------ trees

Tree = Any
"""What plain MessagePack makes of bytes: lists, dicts and scalars."""
TAGS = {
    str(kind.__struct_config__.tag)
    for kind in vars(protocol).values()
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and kind.__struct_config__.tag
}
"""What the structs of the protocol begin with."""

INTEGERS = [
    *(0, 1, 2, 3, 7, 255, 256, 2**16, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**53, 2**63 - 1, 2**63, 2**64 - 1),
    *(-1, -2, -129, -(2**31), -(2**63)),
]
"""Where an int changes its size on the wire, in C, or in a schema. None is between 65,536 and 2,147,483,647: what takes
so many bytes or steps is either soon done, or refused at once by the limit of memory that a fuzzed process has."""
SESSION = "session0"
"""The name of the session that the trees are of."""
STRINGS = [
    *("", "x", "0", "näme ☃", "\0", ".", "..", "a.b", "`$[0]`", "`$[²]`", "%s{}", "x" * 257, "x" * 70_000, "9" * 5000),
    *(f"{SESSION}.{number}.x" for number in ("1", "²", "-1", "9" * 25, "9" * 5000)),
]
"""Those that a reader might take for something else: for a place in a frame, or for the token of a lease."""
SCALARS: list[Tree] = [None, True, False, 0.0, -0.0, 1.5, float("inf"), float("-inf"), float("nan"), b"", b"\x80\x05."]
ROOT = ("", 0)
"""The place of what is in no struct."""


class Mutator:
    """Changes trees. The words it puts in are those of the trees that it was given, and `STRINGS`.

    Args:
        trees: what is said, as plain MessagePack: structs are lists that begin with their tag.
    """

    def __init__(self, trees: Iterable[Tree]) -> None:
        self._parts: dict[tuple[str, int], list[Tree]] = {}
        """What stands at each place of each struct, or at the place of what a list in it holds (negative)."""
        self._structs: list[Tree] = []
        self._of_tag: dict[str, list[Tree]] = {}
        for holder, key, place in _places(list(trees)):
            part = holder[key]
            self._parts.setdefault(place, []).append(part)
            if _is_struct(part):
                self._structs.append(part)
                self._of_tag.setdefault(part[0], []).append(part)
        self._tags = sorted(self._of_tag or TAGS)

    def mutate(self, chance: random.Random, tree: Tree) -> Tree:
        """Change one to three parts of a tree; gives what has become of it."""
        box = [tree]
        for _ in range(chance.choice((1, 1, 1, 2, 3))):
            places = list(_places(box))
            holder, key, place = chance.choice(places)
            # Most changes are of a kind that the schema allows, so that many mutants are executed.
            change = self._gently if chance.random() < 0.75 else self._roughly
            change(chance, holder, key, place)
        return box[0]

    def _gently(self, chance: random.Random, holder: Any, key: Any, place: tuple[str, int]) -> None:
        part = holder[key]
        if isinstance(part, list) and not _is_struct(part) and part:
            self._rearrange(chance, part)
        elif type(part) is int and chance.random() < 0.5:
            holder[key] = chance.choice([min(part + 1, 2**64 - 1), max(part - 1, 0), chance.randrange(8), *INTEGERS])
        elif isinstance(part, bytes) and chance.random() < 0.7:
            holder[key] = mutant(chance, part)
        elif _is_struct(part) and isinstance(holder, list) and not _is_struct(holder) and chance.random() < 0.3:
            holder.insert(key, self._another(chance, place))
        else:
            holder[key] = self._another(chance, place)

    def _another(self, chance: random.Random, place: tuple[str, int]) -> Tree:
        """What has stood at such a place."""
        return copy.deepcopy(chance.choice(self._parts.get(place, SCALARS)))

    def _roughly(self, chance: random.Random, holder: Any, key: Any, place: tuple[str, int]) -> None:
        part = holder[key]
        kind = chance.randrange(9)
        if kind == 0:
            holder[key] = chance.choice(INTEGERS)
        elif kind == 1:
            holder[key] = chance.choice(STRINGS)
        elif kind == 2:
            holder[key] = copy.deepcopy(chance.choice(SCALARS))
        elif kind == 3:
            holder[key] = copy.deepcopy(chance.choice(self._structs or SCALARS))
        elif kind == 4:
            holder[key] = _nested(part, chance.choice((1, 2, 10, 100)))
        elif kind == 5 and isinstance(part, list) and part:
            part[0] = chance.choice(self._tags if chance.random() < 0.7 else STRINGS)
        elif kind == 6 and isinstance(part, list):
            part.append(copy.deepcopy(chance.choice([*SCALARS, *self._structs])))
        elif kind == 7 and isinstance(part, list) and part:
            del part[chance.randrange(len(part)) :]
        elif isinstance(part, dict):
            part[chance.choice(STRINGS)] = chance.choice(INTEGERS)
        elif isinstance(holder, list) and place != ROOT:
            del holder[key]

    def _rearrange(self, chance: random.Random, items: list[Tree]) -> None:
        """A list of messages, operands, ids…: each kind stays what it is."""
        at, other = chance.randrange(len(items)), chance.randrange(len(items))
        kind = chance.randrange(6)
        if kind == 0:
            items[at], items[other] = items[other], items[at]
        elif kind == 1:
            del items[at]
        elif kind == 2:
            items[at:at] = copy.deepcopy(items[other:])
        elif kind == 3 and chance.random() < 0.05 and len(wire(items[at])) < 200:
            items[at:at] = [copy.deepcopy(items[at]) for _ in range(chance.choice((300, 3000)))]
        elif _is_struct(items[at]):
            same = self._of_tag.get(items[at][0], [items[at]])
            items.insert(at, copy.deepcopy(chance.choice(same if chance.random() < 0.3 else self._structs or same)))
        else:
            items.insert(at, copy.deepcopy(items[other]))


def _is_struct(part: Tree) -> bool:
    return isinstance(part, list) and bool(part) and isinstance(part[0], str) and part[0] in TAGS


def _places(tree: Tree) -> Iterator[tuple[Any, Any, tuple[str, int]]]:
    """Each part of a tree: what holds it, under which index or key, and the place of that kind in its struct."""
    todo: list[tuple[Any, str, int]] = [(tree, *ROOT)]
    while todo:
        holder, tag, place = todo.pop()
        if _is_struct(holder):
            for at in range(1, len(holder)):
                yield holder, at, (holder[0], at)
                if isinstance(holder[at], (list, dict)):
                    todo.append((holder[at], holder[0], at))
        else:
            for key in range(len(holder)) if isinstance(holder, list) else list(holder):
                yield holder, key, (tag, -place)
                if isinstance(holder[key], (list, dict)):
                    todo.append((holder[key], tag, place))


def _nested(part: Tree, deep: int) -> Tree:
    for _ in range(deep):
        part = [part]
    return part


def plain(data: bytes) -> Tree:
    return msgspec.msgpack.decode(data)


def wire(tree: Tree) -> bytes:
    return msgspec.msgpack.encode(tree)
