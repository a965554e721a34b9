"""Why a value cannot travel: which part of it is at fault, where that is, and what to do instead.

A part is looked for only once a pickling has failed. Nothing of a user is called then that the pickling would not
call, save the `repr` of the part; properties, `__getattr__` and the like are left alone. Knows nothing of the rest of
the package, save which streams are refused.
"""

from __future__ import annotations

import _io
import _socket
import contextlib
import reprlib
import time
import types
from collections import deque
from collections.abc import Container, Iterator, Sequence
from typing import Any, NamedTuple

import cloudpickle

from .streams import AT_END, IN_MEMORY, OPEN, Refusal

# ---------------------------------------------------------------------------------------------- the part at fault

PARTS = 5_000
"""So many parts of a value are looked at, …"""
DEPTH = 50
"""… so deep inside it, …"""
SECONDS = 0.25
"""… for so long, to find the one that is at fault."""
_ATOMS = {int, float, complex, bool, str, bytes, bytearray, type(None), range}
_CONTAINERS = {dict, list, tuple, set, frozenset}
_LONGEST = 100
_LONGEST_KEY = 40
_OF_FILES = {"bz2", "codecs", "gzip", "lzma", "tarfile", "tempfile", "zipfile"}
"""Modules whose types stand for open files, and have one inside."""
_CODE_OF_USERS = 1 << 9  # Py_TPFLAGS_HEAPTYPE: made by a class statement, or might be


class _Step(NamedTuple):
    """How one gets from an object to a part of it."""

    kind: str
    name: object = None
    owner: str = ""


class _Thing(NamedTuple):
    """What was found in a value. It is held, so that nothing else gets its id."""

    value: object
    before: int = -1
    """The index of what it is a part of, …"""
    step: _Step = _Step("")
    """… and how."""
    depth: int = 0
    made: bool = False
    """It is no part of an object, but of what an object gives of itself to be pickled."""


class Place(NamedTuple):
    """Where a part is inside a value."""

    text: str
    """As it follows the name of the value: empty, or from a comma on."""
    kind: str
    """What holds it: a "closure", "global", "default" or "class", or "" for plain data."""
    name: str
    """What it is called there, if that is the part itself."""
    owner: str
    """The class of the object of a user's class that it is an attribute of, if it is one."""
    holder: object
    """The outermost object on the way that stands for an open file; else None."""


def _search(value: object, sought: object, opaque: Container[type], taking_apart: bool = False) -> Place | None:
    """Where a part is inside a value; None where it was not found. Breadth first, so that it is a short way.

    Args:
        opaque: objects of these types are not looked into.
        taking_apart: look also into what objects give of themselves to be pickled; this calls code of theirs, which the
            pickling has called as well.
    """
    things: list[_Thing] = [_Thing(value)]
    seen = {id(value)}
    until = time.monotonic() + SECONDS
    at = looked = 0
    if value is sought:
        return _place(things)
    while at < len(things):
        thing = things[at]
        if thing.depth < DEPTH and type(thing.value) not in opaque and time.monotonic() < until:
            for step, part in _guarded(_parts(thing.value, taking_apart)):
                looked += 1
                if looked % 1024 == 0 and time.monotonic() > until:
                    return None
                made = thing.made or step.kind == "inside"
                found = part is sought or (made and type(part) is type(sought))  # it may be made anew each time
                if found or (type(part) not in _ATOMS and id(part) not in seen and len(things) < PARTS):
                    seen.add(id(part))
                    things.append(_Thing(part, at, step, thing.depth + 1, made))
                if found:
                    return _place(things)
        at += 1
    return None


def _guarded(parts: Iterator[tuple[_Step, object]]) -> Iterator[tuple[_Step, object]]:
    """Parts until one cannot be had: an object may be half made, or changed by another thread."""
    try:
        yield from parts
    except Exception:
        return


def _parts(thing: Any, taking_apart: bool) -> Iterator[tuple[_Step, object]]:
    kind = type(thing)
    if issubclass(kind, dict):
        for key, part in dict.items(thing):
            yield _Step("item", key), part
        for key in dict.keys(thing):
            yield _Step("key"), key
    elif issubclass(kind, (list, tuple, deque)):
        items: Any = next(base for base in (list, tuple, deque) if issubclass(kind, base))
        names = vars(kind).get("_fields", ()) if items is tuple else ()
        for at, part in enumerate(items.__iter__(thing)):
            yield (_Step("attribute", names[at]) if at < len(names) else _Step("item", at)), part
    elif issubclass(kind, (set, frozenset)):
        for part in (set if issubclass(kind, set) else frozenset).__iter__(thing):
            yield _Step("member"), part
    elif kind is types.FunctionType:
        if _travels_by_value(thing):
            yield from _parts_of_function(thing)
        return
    elif issubclass(kind, type):
        if _travels_by_value(thing):
            for name, part in list(vars(thing).items()):
                yield _Step("class", name, thing.__name__), part
            for part in (*thing.__bases__, kind):
                yield _Step("base"), part
        return
    elif kind is types.ModuleType:
        if _travels_by_value(thing):
            for name, part in list(vars(thing).items()):
                if name != "__builtins__":
                    yield _Step("attribute", name), part
        return
    elif kind is types.BuiltinMethodType or kind is types.MethodWrapperType:
        yield _Step("attribute", "__self__"), thing.__self__
    elif kind is types.CellType:
        yield _Step("within"), thing.cell_contents
    elif issubclass(kind, BaseException):
        for at, part in enumerate(thing.args):
            yield _Step("attribute", f"args[{at}]"), part
    yield from _attributes(thing, kind)
    if taking_apart and kind not in _CONTAINERS:
        yield from ((_Step("inside"), part) for part in _taken_apart(thing))
    if kind.__flags__ & _CODE_OF_USERS:
        yield _Step("type"), kind


def _attributes(thing: Any, kind: type) -> Iterator[tuple[_Step, object]]:
    """What is in the `__dict__` and the slots of an object, without asking the object."""
    try:
        own = object.__getattribute__(thing, "__dict__")
    except AttributeError:
        own = None
    for name, part in list(dict.items(own)) if isinstance(own, dict) else ():
        yield _Step("attribute", name), part
    for base in kind.__mro__:
        for name, member in list(vars(base).items()):
            if type(member) is types.MemberDescriptorType:
                try:
                    part = member.__get__(thing)
                except AttributeError:
                    continue  # an empty slot
                yield _Step("attribute", name), part


def _parts_of_function(function: types.FunctionType) -> Iterator[tuple[_Step, object]]:
    code, name = function.__code__, function.__name__
    for free, cell in zip(code.co_freevars, function.__closure__ or ()):
        try:
            yield _Step("closure", free), cell.cell_contents
        except ValueError:
            continue  # an empty cell
    for used in cloudpickle.cloudpickle._extract_code_globals(code):
        if used in function.__globals__:
            yield _Step("global", used, name), function.__globals__[used]
    defaults = function.__defaults__ or ()
    for parameter, part in zip(code.co_varnames[code.co_argcount - len(defaults) : code.co_argcount], defaults):
        yield _Step("default", parameter), part
    for parameter, part in (function.__kwdefaults__ or {}).items():
        yield _Step("default", parameter), part
    for attribute, part in vars(function).items():
        yield _Step("attribute", attribute), part


def _travels_by_value(thing: Any) -> bool:
    try:
        return not cloudpickle.cloudpickle._should_pickle_by_reference(thing)
    except Exception:
        return False


def _taken_apart(thing: Any) -> Sequence[object]:
    """What an object gives of itself to be pickled."""
    reduce = cloudpickle.CloudPickler.dispatch_table.get(type(thing))
    reduced = thing.__reduce_ex__(5) if reduce is None else reduce(thing)
    if not isinstance(reduced, tuple):
        return ()
    made, (state, items, pairs) = reduced[:2], [*reduced[2:5], None, None, None][:3]
    return [*made, state, *(items or ()), *(part for pair in pairs or () for part in pair)]


def _place(things: list[_Thing]) -> Place:
    """The way to the last of these things, from the outside in."""
    way = [things[-1]]
    while way[0].before >= 0:
        way.insert(0, things[way[0].before])
    holder = None
    for at, thing in enumerate(way):
        if type(thing.value).__module__.partition(".")[0] in _OF_FILES:
            holder, way = thing.value, way[: at + 1]
            break
    segments = [""]
    held = _Step("")
    for thing in way:
        kind, name, owner = thing.step
        if kind == "inside":
            segments += ["inside it"] if segments[-1] != "inside it" else []
        elif thing.made:
            continue  # how it is pickled tells a reader nothing
        elif kind == "item":
            segments[-1] += f"[{short(name, _LONGEST_KEY)}]"
        elif kind == "attribute":
            segments[-1] += f".{name}"
        elif kind == "closure":
            segments.append(f"closed-over {name!r}")
        elif kind == "global":
            segments.append(f"global {name!r} of {owner}")
        elif kind == "default":
            segments.append(f"the default of {name!r}")
        elif kind == "class":
            segments.append(f"{owner}.{name}")
        elif kind in ("key", "member"):
            segments.append("a key of it" if kind == "key" else "an item of it")
        elif kind == "type" and thing is way[-1]:
            segments.append("its class")
        if kind in ("closure", "global", "default", "class"):
            held = thing.step
    text = "".join(f", {segment}" for segment in segments if segment)
    last = way[-1].step
    before = type(things[way[-1].before].value)
    is_attribute = (
        last.kind == "attribute" and before.__flags__ & _CODE_OF_USERS and not str(last.name).startswith("__")
    )
    return Place(
        text,
        held.kind,
        str(held.name) if held is last else "",
        before.__qualname__ if is_attribute else "",
        holder,
    )


# ------------------------------------------------------------------------------------------------------- the words


def explained(
    value: object, what: str, part: object, error: BaseException, opaque: Container[type], there: bool
) -> str:
    """Why a value cannot be pickled.

    Args:
        what: names the value.
        part: what was being pickled when the error came.
        opaque: types of parts that have a way of ours to travel.
        there: whether this is the process of an interpreter, which is asked for the value.
    """
    place = None
    with contextlib.suppress(Exception):  # the reason is told whatever comes of this
        place = _search(value, part, opaque) or _search(value, part, opaque, taking_apart=True)
    if place is None:
        reason = f"{error} (inside it, at {described(part)})"
        return f"{what}, {described(value)}, cannot be pickled: {reason}; {_remedy(value, None, error, there)}"
    if place.holder is not None:
        part, error = place.holder, Refusal(OPEN)
    return f"{what}{place.text}, {described(part)}, cannot be pickled: {error}; {_remedy(part, place, error, there)}"


def closed_over(value: object, what: str, streams: Sequence[object], opaque: Container[type]) -> str | None:
    """Why a value is refused that is no argument: a function in it closes over a stream that is at its end."""
    error = Refusal(AT_END)
    for stream in streams[:_FEW]:
        place = _search(value, stream, opaque)
        if place is not None and place.kind in ("closure", "global", "default"):
            return explained(value, what, stream, error, opaque, False)
    return None


_FEW = 16
"""So many streams at most are looked for: each costs a search."""
_MAKERS = {"lock": "threading.Lock", "RLock": "threading.RLock"}
"""What makes an object, where its type is not that."""


def _remedy(part: object, place: Place | None, error: BaseException, there: bool) -> str:
    refused = isinstance(error, Refusal)
    is_file = refused and isinstance(part, _io._IOBase)
    if there:
        example = ", as v.read()" if is_file else ""
        return f"leave it where it is, and fetch a part of it, or what env.run(function, (v,)) makes of it{example}"
    how = _how(part, is_file)
    also = ""
    if isinstance(part, types.GeneratorType):
        also = ", or pass a list of what it yields"
    elif refused and isinstance(part, IN_MEMORY):
        also = "; or seek(0) first, if it is to be read; or env.put it, where a copy is what you mean"
    elif is_file:
        also = ", or pass the path or the content"
    kind, name, owner = (place.kind, place.name, place.owner) if place is not None else ("", "", "")
    if kind in ("closure", "global"):
        made = f"{name} = env.run({how or 'function'})" if name else f"as env.run({how or 'function'}) gives it"
        return f"create it inside the function, or let the function use one of the interpreter, {made}{also}"
    if kind == "default":
        made = f"{name}=env.run({how or 'function'})" if name else f"as env.run({how or 'function'}) gives it"
        return f"create it inside the function, or pass one of the interpreter, {made}{also}"
    if kind == "class":
        elsewhere = "move the class to a module that is installed where the interpreter runs, too"
        return f"create it in a method of the class, or {elsewhere}{also}"
    if owner:
        return (
            f"create the {owner} in the interpreter instead, with env.run(function), or leave this out of its pickle, "
            f"with __getstate__{also}"
        )
    example = f", as in env.run({how})" if how else " or env.module(name)"
    return f"create it in the interpreter instead, with env.run(function){example}{also}"


def _how(part: object, is_file: bool) -> str:
    """What `env.run` is called with to make such an object in the interpreter; empty where that is not known."""
    for memory in IN_MEMORY:
        if isinstance(part, memory):
            return f"io.{memory.__name__}"
    if isinstance(part, _socket.socket):
        return "socket.create_connection, (address,)"
    if is_file:
        name, mode = getattr(part, "name", None), getattr(part, "mode", None)
        path = short(name, _LONGEST) if isinstance(name, str) and not name.startswith("<") else "path"
        return f"open, ({path}, {mode!r})" if isinstance(mode, str) and mode != "r" else f"open, ({path},)"
    return _MAKERS.get(type(part).__qualname__, "")


def described(value: object) -> str:
    """An object's type and a short text of it."""
    return f"a {type(value).__qualname__}: {short(value, _LONGEST)}"


def short(value: object, longest: int) -> str:
    try:
        # The text of a large container takes longer than its pickling.
        is_large = type(value) in _CONTAINERS and len(value) > longest  # type: ignore[arg-type]
        text = reprlib.repr(value) if is_large else repr(value)
    except Exception:
        text = "whose repr fails"
    return text if len(text) <= longest else text[: longest - 1] + "…"
