"""Objects are looked at without running any code of their classes."""

from __future__ import annotations

import types
from collections import defaultdict
from typing import Any

import pytest

from ray_proxy.looking.describing import about
from ray_proxy.looking.steps import look

RUN: list[str] = []


class Meta(type):
    def __getattribute__(cls, name: str) -> Any:
        RUN.append(f"Meta.{name}")
        return type.__getattribute__(cls, name)

    def __dir__(cls) -> list[str]:
        RUN.append("Meta.dir")
        return []


class Nosy(metaclass=Meta):
    """A class all of whose code counts."""

    def __init__(self, size: int = 3) -> None:
        self.size = size

    def method(self, a: int, b: str = "x") -> None:
        """What it does."""

    @property
    def lazy(self) -> int:
        RUN.append("lazy")
        return 1

    @property
    def __class__(self) -> Any:
        RUN.append("class")
        return int

    def __getattribute__(self, name: str) -> Any:
        RUN.append(f"getattribute {name}")
        return object.__getattribute__(self, name)

    def __getattr__(self, name: str) -> Any:
        RUN.append(f"getattr {name}")
        return 1

    def __dir__(self) -> list[str]:
        RUN.append("dir")
        return ["wrong"]

    def __repr__(self) -> str:
        RUN.append("repr")
        return "wrong"

    def __eq__(self, other: object) -> bool:
        RUN.append("eq")
        return False

    def __lt__(self, other: object) -> bool:
        RUN.append("lt")
        return False

    def __hash__(self) -> int:
        return hash("a")

    def __len__(self) -> int:
        RUN.append("len")
        return 1

    def __bool__(self) -> bool:
        RUN.append("bool")
        return True


class Hidden(Nosy):
    """Its `__dict__` is a property."""

    @property
    def __dict__(self) -> Any:  # type: ignore[override]
        RUN.append("__dict__")
        return {}


NOSY = Nosy()


def default(a: Any, b: Any = NOSY, *, c: list[int] | None = None) -> None:
    """Has a default."""


class Slots:
    __slots__ = ("a", "b")


class Text:
    def upper(self) -> str:
        return ""


class Table:
    @property
    def text(self) -> Text:
        RUN.append("text")
        return Text()


THINGS: list[Any] = [Nosy(), Hidden(), Nosy, Nosy.method, default, {"k": Nosy()}, [Nosy()], {Nosy()}, (Nosy(),)]


@pytest.mark.parametrize("aspect", ["members", "keys", "about"])
@pytest.mark.parametrize("thing", THINGS, ids=range(len(THINGS)))
def test_nothing_of_users_runs(thing: Any, aspect: str) -> None:
    RUN.clear()
    told = look(thing, [], aspect, 2000, lively=False)
    assert told["found"]
    assert RUN == []


def test_no_step_runs_anything() -> None:
    holder = {"a": {Nosy(): 1, "b": Nosy()}}
    RUN.clear()
    told = look(holder, [("item", "a"), ("item", "b"), ("attribute", "size")], "about", 9, lively=False)
    assert told["about"]["text"] == "3"
    assert RUN == []
    assert look(Nosy(), [("attribute", "lazy")], "members", 9, lively=False)["found"] is True, "it says what it gives"
    assert look(Nosy(), [("attribute", "missing")], "members", 9, lively=False)["found"] is False
    assert RUN == []


def test_members_are_of_the_object_and_its_classes() -> None:
    told = look(Nosy(), [], "members", 2000, lively=False)
    assert told["members"][:3] == ["lazy", "method", "size"]
    assert "__init__" in told["members"]


def test_a_property_that_says_what_it_gives_is_a_step() -> None:
    RUN.clear()
    told = look(Table(), [("attribute", "text")], "members", 9, lively=False)
    assert told["members"][0] == "upper"
    assert RUN == []


def test_slots_are_read() -> None:
    slots = Slots()
    slots.a = {"x": 1}
    assert look(slots, [("attribute", "a")], "keys", 9, lively=False)["keys"] == ["x"]
    assert look(slots, [("attribute", "b")], "keys", 9, lively=False) == {"found": False}


def test_keys_are_those_of_dicts_as_far_as_they_are_plain() -> None:
    table: dict[Any, Any] = {"a": 1, 2: 2, (3,): 3, None: 4}
    assert look(table, [], "keys", 9, lively=False)["keys"] == ["a", 2, None]
    assert look(defaultdict(int, table), [], "keys", 1, lively=False)["keys"] == ["a"]


def test_about_a_function() -> None:
    told = about(default)
    assert told["signature"].startswith("(a: Any, b: Any = <")
    assert told["docstring"] == "Has a default."
    assert told["source"].startswith("def default(")
    assert told["file"] == __file__


def test_about_a_class_and_its_instance() -> None:
    for thing in (Nosy, Nosy()):
        told = about(thing)
        assert told["docstring"] == "A class all of whose code counts."
        assert told["source"].startswith("class Nosy(metaclass=Meta):")
        assert told["file"] == __file__
    assert about(Nosy)["signature"] == "(size: int = 3) -> None"


def test_the_file_of_a_module_that_has_not_the_class_is_not_its_file() -> None:
    kind = type("Elsewhere", (), {"__module__": __name__})
    assert "file" not in about(kind)
    nested = type("Inner", (), {"__module__": __name__})
    nested.__qualname__ = "Nosy.Inner"
    assert about(nested)["file"] == __file__


def test_a_module_has_what_is_in_it() -> None:
    module = types.ModuleType("made")
    module.__dict__["value"] = 5
    assert "value" in look(module, [], "members", 99, lively=False)["members"]


def test_a_dict_that_changes_is_told_all_the_same() -> None:
    import threading

    table: dict[Any, Any] = {}
    over = threading.Event()

    def grow() -> None:
        number = 0
        while not over.is_set():
            table[f"k{number % 5000}"] = number
            table.pop(f"k{(number * 7) % 5000}", None)
            number += 1

    thread = threading.Thread(target=grow)
    thread.start()
    try:
        for _ in range(200):
            look(table, [], "keys", 2000, lively=False)
    finally:
        over.set()
        thread.join()


# ------------------------------------------------------------------------------------------------- lively


def test_an_idle_object_is_asked_itself() -> None:
    RUN.clear()
    assert look(Nosy(), [], "members", 9, lively=True)["members"] == ["wrong"]
    assert "lazy" not in RUN


def test_tables_have_columns_and_accessors() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"a": ["x"], "b c": [1]})
    assert look(frame, [], "keys", 9, lively=True)["keys"] == ["a", "b c"]
    assert "a" in look(frame, [], "members", 2000, lively=True)["members"]
    for step in ("attribute", "item"):
        told = look(frame, [(step, "a"), ("attribute", "str")], "members", 2000, lively=True)
        assert "upper" in told["members"]
    assert "year" in look(frame, [("item", "b c"), ("attribute", "dt")], "members", 2000, lively=True)["members"]


def test_polars_and_xarray_too() -> None:
    polars, xarray = pytest.importorskip("polars"), pytest.importorskip("xarray")
    frame = polars.DataFrame({"a": ["x"]})
    assert look(frame, [], "keys", 9, lively=True)["keys"] == ["a"]
    told = look(frame, [("item", "a"), ("attribute", "str")], "members", 2000, lively=True)
    assert "to_uppercase" in told["members"]
    data = xarray.Dataset({"t": ("x", [1, 2])})
    assert "t" in look(data, [], "keys", 9, lively=True)["keys"]
    assert "dims" in look(data, [("item", "t")], "members", 2000, lively=True)["members"]
