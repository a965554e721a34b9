"""Classes travel by value: each is set up once in a process, and so is what they and functions hold.

Most run twice, with an interpreter of this process and with one that has a process to itself. Code of the user's is in
cells of a notebook.
"""

from __future__ import annotations

import pytest
import sending
from notebook import Notebook, Solitary, notebook, solitary  # noqa: F401 the fixtures

from ray_proxy import RayProxyWarning

env = sending.env
cells = sending.cells
_warnings_are_errors = sending.warnings_are_errors


# ------------------------------------------------------------------------------------------------ classes


COUNTER = """
    COUNT = 0
    log = []

    class Job:
        limit = 10
        made = 0

        def __init__(self):
            Job.made += 1

        def bump(self):
            global COUNT
            COUNT += 1
            return COUNT

        def counts(self):
            return COUNT, Job.made, Job.limit
"""


def test_a_fetch_leaves_the_class_that_is_here_as_it_is(cells: Notebook) -> None:
    cells.cell(COUNTER)
    job = cells["Job"]()
    there = cells.env.put(job)
    cells["Job"].limit = 99
    bump = cells["Job"].bump
    there.fetch()
    assert cells["Job"].limit == 99
    assert cells["Job"].bump is bump
    job.bump()
    assert cells["COUNT"] == 1


def test_what_comes_back_is_of_the_class_that_is_here(cells: Notebook) -> None:
    cells.cell(COUNTER)
    job = cells.env.put(cells["Job"]()).fetch()
    assert type(job) is cells["Job"]
    assert cells.env.run(lambda jobs: jobs, ([job, job],)).fetch()[1].bump() == 1
    assert cells["COUNT"] == 1


def test_another_instance_leaves_the_class_that_is_there_as_it_is(cells: Notebook) -> None:
    cells.cell(COUNTER)
    job = cells.env.run(cells["Job"])
    job.bump()
    job.bump()
    cells.env.put(cells["Job"]())
    cells.env.run(lambda job: None, (cells["Job"](),))
    assert job.counts().fetch() == (2, 1, 10)


def test_an_attribute_that_was_set_on_the_class_there_stays(cells: Notebook) -> None:
    cells.cell("class Box: pass")
    there = cells.env.remote(cells["Box"])
    there.tag = 5
    cells.env.run(lambda box: None, (cells["Box"](),))
    assert there.tag == 5
    assert not hasattr(cells["Box"], "tag")


def test_what_a_class_closes_over_stays(cells: Notebook) -> None:
    cells.cell("""
        def make(log):
            class Traced:
                def __init__(self):
                    log.append("made")
            return Traced
        log = []
        Traced = make(log)
    """)
    there = cells.env.put(cells["Traced"]())
    there.fetch()
    cells["Traced"]()
    assert cells["log"] == ["made", "made"]


def test_a_subclass_is_registered_once(cells: Notebook) -> None:
    cells.cell("""
        class Plugin:
            known = []
            def __init_subclass__(cls):
                Plugin.known.append(cls.__name__)
        class Mine(Plugin): pass
        def known(): return Plugin.known
    """)
    for _ in range(3):
        cells.env.put(cells["Mine"]()).fetch()
    assert cells["Plugin"].known == ["Mine"]
    cells["Plugin"].known.clear()
    assert cells.env.run(cells["known"]).fetch() == ["Mine", "Mine"]  # as it came, and as it was set up


def test_members_of_an_enum_are_the_same_after_a_journey(cells: Notebook) -> None:
    cells.cell("""
        import enum
        class Colour(enum.Enum):
            RED = 1
            GREEN = 2
    """)
    red = cells["Colour"].RED
    assert cells.env.put(red).fetch() is red
    first, second = cells.env.put(red), cells.env.put([red])
    assert cells.env.run(lambda one, many: one is many[0], (first, second)).fetch()


def test_members_of_an_enum_keep_what_was_set_on_them_and_their_other_names(cells: Notebook) -> None:
    cells.cell("""
        import enum
        class Planet(enum.Enum):
            EARTH = (1, 2)
            MARS = (3, 4)
            HOME = EARTH
            def __init__(self, mass, radius): self.ratio, self.nearest = mass / radius, None
        Planet.EARTH.nearest = Planet.MARS
        def look(): return Planet.EARTH.ratio, Planet.HOME is Planet.EARTH, Planet.EARTH.nearest is Planet.MARS
    """)
    assert cells.env.run(cells["look"]).fetch() == (0.5, True, True)


def test_classes_that_others_make_travel(cells: Notebook) -> None:
    cells.cell("""
        import abc
        from collections import namedtuple
        from dataclasses import dataclass, field
        from typing import Generic, NamedTuple, TypedDict, TypeVar
        T = TypeVar("T")
        class Box(Generic[T]):
            def __init__(self, x: T): self.x = x
        class Ints(Box[int]): pass
        class Named(NamedTuple):
            x: int
            y: int = 3
        class Pair(namedtuple("Pair", "a b")):
            __slots__ = ()
            def sum(self): return self.a + self.b
        class Shape(abc.ABC):
            @abc.abstractmethod
            def area(self): ...
        class Square(Shape):
            def area(self): return 4
        @dataclass(order=True)
        class Data:
            x: int = 1
            items: list = field(default_factory=list)
        class Meta(type):
            def __call__(cls, *args): return super().__call__(*args, "meta")
        class Made(metaclass=Meta):
            def __init__(self, *args): self.args = args
        def look():
            found = [Ints(2).x, Ints.__orig_bases__ == (Box[int],), Named(1)._replace(y=5), Pair(1, 2).sum()]
            return [*found, Square().area(), isinstance(Square(), Shape), Data(1) < Data(2), Made(1).args]
    """)
    there = cells.env.run(cells["look"]).fetch()
    assert there == cells["look"]()
    assert type(there[2]) is cells["Named"]


def test_a_cell_that_runs_again_makes_another_class(cells: Notebook) -> None:
    cells.cell("class Version:\n    number = 1")
    before = cells.env.put(cells["Version"]())
    cells.cell("class Version:\n    number = 2")
    after = cells.env.put(cells["Version"]())
    assert (before.number, after.number) == (1, 2)


def test_a_method_that_was_replaced_is_told_of_once(cells: Notebook) -> None:
    cells.cell("""
        class Model:
            def predict(self): return "old"
        model = env.put(Model())
        def predict(self): return "new"
        Model.predict = predict
    """)
    with pytest.warns(
        RayProxyWarning, match=r"Model\.predict .* env\.run\(setattr, \(Model, 'predict', Model\.predict\)\)"
    ):
        cells.env.put(cells["Model"]())
    cells.env.put(cells["Model"]())
    assert cells["model"].predict() == "old"
    cells.env.run(setattr, (cells["Model"], "predict", cells["Model"].predict))
    assert cells["model"].predict() == "new"


def test_a_class_that_changed_before_it_was_sent_is_told_of_by_nobody(cells: Notebook) -> None:
    cells.cell("class Model:\n    def predict(self): return 'old'")
    cells["Model"].predict = lambda self: "new"
    assert cells.env.put(cells["Model"]()).predict() == "new"


def test_classes_of_one_client_refer_to_each_other(cells: Notebook) -> None:
    cells.cell("""
        class Node:
            def __init__(self, value): self.value, self.next = value, None
        class Chain:
            def __init__(self): self.first = None
            def push(self, value):
                node = Node(value)
                node.next, self.first = self.first, node
                return node
    """)
    chain = cells.env.run(cells["Chain"])
    node = chain.push(1)
    assert cells.env.run(isinstance, (node, cells["Node"])).fetch()
    fetched = chain.fetch()
    assert type(fetched.first) is cells["Node"]


# -------------------------------------------------------------------------------------------------- slots


SLOTS = {
    "names": "__slots__ = ('x', 'y')",
    "one": "__slots__ = 'x'",
    "a list": "__slots__ = ['x', 'y']",
    "with documentation": "__slots__ = {'x': 'one', 'y': 'other'}",
    "weakly": "__slots__ = ('x', '__weakref__')",
    "none": "__slots__ = ()",
}


@pytest.mark.parametrize("slots", SLOTS.values(), ids=SLOTS)
def test_a_class_has_the_slots_there_that_it_has_here(cells: Notebook, slots: str) -> None:
    cells.cell(f"""
        class Point:
            {slots}
        def names(kind): return sorted(name for name in dir(kind) if not name.startswith('__'))
        def strangers(point):
            try: point.stranger = 1
            except AttributeError: return 'refused'
    """)
    here = cells["Point"]()
    if hasattr(cells["Point"], "x"):
        here.x = 5
    there = cells.env.put(here)
    assert cells.env.run(cells["names"], (cells["Point"],)).fetch() == cells["names"](cells["Point"])
    assert cells.env.run(cells["strangers"], (there,)).fetch() == cells["strangers"](here) == "refused"
    back = there.fetch()
    assert type(back) is cells["Point"]
    assert getattr(back, "x", None) == getattr(here, "x", None)


def test_slots_beside_a_dict_or_private_or_inherited(cells: Notebook) -> None:
    cells.cell("""
        class Base:
            __slots__ = ('__secret', '__dict__')
            def __init__(self): self.__secret, self.free = 1, 2
            def secret(self): return self.__secret
        class Derived(Base):
            __slots__ = ('more',)
        derived = Derived()
        derived.more = 3
    """)
    there = cells.env.put(cells["derived"])
    assert (there.secret(), there.free, there.more) == (1, 2, 3)
    back = there.fetch()
    assert (back.secret(), back.free, back.more) == (1, 2, 3)
    assert cells.env.run(cells["Derived"]).secret() == 1


def test_a_dataclass_with_slots(cells: Notebook) -> None:
    cells.cell("""
        from dataclasses import dataclass
        @dataclass(slots=True, frozen=True)
        class Point:
            x: int
            y: int = 2
    """)
    point = cells["Point"](1)
    assert cells.env.put(point).fetch() == point
    assert cells.env.run(cells["Point"], (3,)).fetch() == cells["Point"](3)
    assert not hasattr(cells.env.put(point).fetch(), "__dict__")


# ------------------------------------------------------------------------------- what classes and functions hold


def test_a_cached_property_travels(cells: Notebook) -> None:
    cells.cell("""
        import functools
        class Model:
            @functools.cached_property
            def weights(self): return [1]
        def same(model): return model.weights is model.weights
    """)
    model = cells.env.put(cells["Model"]())
    assert model.weights == [1]
    assert cells.env.run(cells["same"], (model,)).fetch()
    assert cells.env.run(cells["Model"]).weights == [1]
    assert model.fetch().weights == [1]


def test_single_dispatch_travels_with_what_is_registered(cells: Notebook) -> None:
    cells.cell("""
        import functools
        @functools.singledispatch
        def show(value): return "any"
        @show.register
        def _(value: int): return "int"
        @show.register(list)
        def _(value): return [show(item) for item in value]
        class Visitor:
            @functools.singledispatchmethod
            def visit(self, node): return "other"
            @visit.register
            def _(self, node: str): return "str"
    """)
    show = cells.env.remote(cells["show"])
    assert show([1, "x"]).fetch() == ["int", "any"]
    visitor = cells.env.put(cells["Visitor"]())
    assert (visitor.visit("x"), visitor.visit(1)) == ("str", "other")
    assert cells.env.put(cells["show"]).fetch() is cells["show"]


def test_a_function_under_lru_cache_arrives_with_its_parameters_and_an_empty_cache(cells: Notebook) -> None:
    cells.cell("""
        import functools
        @functools.lru_cache(maxsize=7, typed=True)
        def square(x): return x * x
        square.note = "kept"
        square(3)
        class Model:
            @functools.lru_cache
            def weigh(self, x): return x + 1
    """)
    square = cells.env.put(cells["square"])
    assert square(4) == 16
    assert tuple(square.cache_info().fetch()) == (0, 1, 7, 1)
    assert square.cache_parameters().fetch() == {"maxsize": 7, "typed": True}
    assert square.note == "kept"
    cells.env.run(lambda f: f(5), (cells["square"],))
    assert square.cache_info().currsize == 2
    assert tuple(cells["square"].cache_info()) == (0, 1, 7, 1)
    assert square.fetch() is cells["square"]
    assert cells.env.put(cells["Model"]()).weigh(1) == 2


def test_locks_of_a_class_arrive_new_and_once(cells: Notebook) -> None:
    cells.cell("""
        import threading
        class Guarded:
            lock = threading.Lock()
            rlock = threading.RLock()
            event = threading.Event()
            condition = threading.Condition(lock)
            def shares(self):
                with self.condition:
                    return self.lock.locked()
        Guarded.lock.acquire()
    """)
    there = cells.env.put(cells["Guarded"]())
    assert not there.lock.locked()
    assert there.shares()
    lock = there.lock
    lock.acquire()
    again = cells.env.put(cells["Guarded"]())
    assert again.lock.locked()
    there.event.set()
    assert again.event.is_set()
    assert not cells["Guarded"].event.is_set()
