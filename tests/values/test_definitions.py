"""Classes and functions that travel by value: each is set up once in a process, and shares there what it shares here.

Most run twice, with an interpreter of this process and with one that has a process to itself. Code of the user's is in
cells of a notebook.
"""

from __future__ import annotations

import gc
import pickle
import warnings
from collections.abc import Iterator
from typing import Any

import cloudpickle
import pytest
from conftest import LoopbackInterpreter, eventually
from notebook import Notebook, Solitary, notebook, solitary  # noqa: F401 the fixtures

from ray_proxy import NotPicklableError, RayProxyWarning, Var
from ray_proxy.values.codec import Codec
from ray_proxy.values.definitions import Definitions


@pytest.fixture(params=["loopback", "process"])
def env(request: pytest.FixtureRequest) -> Iterator[Any]:
    env = LoopbackInterpreter.make() if request.param == "loopback" else request.getfixturevalue("solitary").connect()
    yield env
    env.destroy()


@pytest.fixture
def cells(notebook: Notebook, env: Any) -> Notebook:  # noqa: F811
    notebook.env = env
    return notebook


@pytest.fixture(autouse=True)
def _warnings_are_errors() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error", RayProxyWarning)
        yield


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


# ------------------------------------------------------------------------------------------ globals and cells


def test_a_global_that_changed_here_travels_again(cells: Notebook) -> None:
    cells.cell("""
        LR = 0.1
        def train(): return LR
    """)
    assert cells.env.run(cells["train"]).fetch() == 0.1
    cells["LR"] = 0.2
    assert cells.env.run(cells["train"]).fetch() == 0.2
    cells["LR"] = 0.1
    assert cells.env.run(cells["train"]).fetch() == 0.1


def test_a_global_that_did_not_change_here_is_what_remote_code_has_made_of_it(cells: Notebook) -> None:
    cells.cell("""
        LR = 0.1
        SEEN = []
        def train():
            global LR
            LR /= 2
            SEEN.append(LR)
            return LR
        def seen(): return SEEN
    """)
    assert [cells.env.run(cells["train"]).fetch() for _ in range(3)] == [0.05, 0.025, 0.0125]
    assert cells.env.run(cells["seen"]).fetch() == [0.05, 0.025, 0.0125]
    assert (cells["LR"], cells["SEEN"]) == (0.1, [])


def test_a_global_that_was_changed_in_place_here_travels_again(cells: Notebook) -> None:
    cells.cell("""
        CONFIG = {"rate": 1}
        def rate(): return CONFIG["rate"]
    """)
    assert cells.env.run(cells["rate"]).fetch() == 1
    cells["CONFIG"]["rate"] = 2
    assert cells.env.run(cells["rate"]).fetch() == 2


@pytest.mark.parametrize("change", ["STATE.append(5)", "global STATE; STATE = [5]"])
def test_where_both_sides_changed_a_global_ours_wins_and_a_warning_names_it(cells: Notebook, change: str) -> None:
    cells.cell(f"""
        STATE = [0]
        def work():
            {change}
        def state(): return STATE
    """)
    cells.env.run(cells["work"])
    assert cells.env.run(cells["state"]).fetch() == ([0, 5] if "append" in change else [5])
    cells["STATE"].append(1)
    with pytest.warns(
        RayProxyWarning, match="the global 'STATE' of state was changed in the interpreter, and here"
    ) as told:
        assert cells.env.run(cells["state"]).fetch() == [0, 1]
    assert len(told) == 1
    assert cells.env.run(cells["state"]).fetch() == [0, 1]


def test_a_global_that_only_changed_here_is_told_of_by_nobody(cells: Notebook) -> None:
    cells.cell("""
        NAMES = {"a", "b", "c", "d"}
        def names(): return sorted(NAMES)
    """)
    cells.env.run(cells["names"]).fetch()
    cells["NAMES"].add("e")
    assert cells.env.run(cells["names"]).fetch() == ["a", "b", "c", "d", "e"]


def test_a_registry_of_functions_that_grows_here_travels_again(cells: Notebook) -> None:
    cells.cell("""
        KNOWN = {}
        def register(function):
            KNOWN[function.__name__] = function
            return function
        @register
        def double(x): return 2 * x
        def call(name, x): return KNOWN[name](x)
        def names(): return sorted(KNOWN)
    """)
    assert cells.env.run(cells["call"], ("double", 4)).fetch() == 8
    cells.cell("""
        @register
        def triple(x): return 3 * x
    """)
    assert cells.env.run(cells["call"], ("triple", 4)).fetch() == 12
    assert cells.env.run(cells["names"]).fetch() == ["double", "triple"]


def test_functions_and_methods_share_the_globals_of_their_module(cells: Notebook) -> None:
    cells.cell("""
        CACHE = {}
        def put(key): CACHE[key] = 1
        def size(): return len(CACHE)
        class Store:
            def size(self): return len(CACHE)
    """)
    store = cells.env.put(cells["Store"]())
    put = cells.env.put(cells["put"])
    put("a")
    cells.env.run(cells["put"], ("b",))
    assert (cells.env.run(cells["size"]).fetch(), store.size()) == (2, 2)
    assert cells["CACHE"] == {}


def test_a_global_that_remote_code_has_made_is_there_for_the_next_function(cells: Notebook) -> None:
    cells.cell("""
        def load():
            global MODEL
            MODEL = [1, 2]
        def use(): return MODEL
    """)
    cells.env.run(cells["load"])
    assert cells.env.run(cells["use"]).fetch() == [1, 2]
    assert "MODEL" not in cells
    cells.env.put(cells["use"]).fetch()
    assert "MODEL" not in cells


def test_globals_outlast_the_functions_that_use_them(cells: Notebook) -> None:
    cells.cell("STEP = 0")
    for number in range(1, 4):
        cells.cell("""
            def step():
                global STEP
                STEP += 1
                return STEP
        """)
        assert cells.env.run(cells["step"]).fetch() == number
        del cells.module.step  # type: ignore[attr-defined]
        cells.env.sync()


def test_functions_that_came_before_see_a_global_that_travels_again(cells: Notebook) -> None:
    cells.cell("""
        LR = 1
        def first(): return LR
        def second(): return LR
    """)
    first = cells.env.put(cells["first"])
    cells["LR"] = 2
    cells.env.run(cells["second"]).fetch()
    assert first() == 2


def test_helpers_that_functions_call_are_found_again(cells: Notebook) -> None:
    cells.cell("""
        def helper(x): return x + 1
        def work(x): return helper(x) * 2
    """)
    assert cells.env.run(cells["work"], (1,)).fetch() == 4
    cells.cell("def helper(x): return x + 10")
    assert cells.env.run(cells["work"], (1,)).fetch() == 22


def test_a_global_may_be_a_var(cells: Notebook) -> None:
    cells.cell("""
        model = env.put([1])
        def grow(): model.append(len(model) + 1)
    """)
    cells.env.run(cells["grow"])
    cells.env.run(cells["grow"])
    assert cells["model"].fetch() == [1, 2, 3]


def test_functions_share_a_closure_cell(cells: Notebook) -> None:
    cells.cell("""
        def make():
            count = 0
            def increment():
                nonlocal count
                count += 1
            def value(): return count
            return increment, value
        increment, value = make()
    """)
    increment = cells.env.put(cells["increment"])
    increment()
    increment()
    assert cells.env.run(cells["value"]).fetch() == 2
    cells["increment"]()
    assert cells["value"]() == 1
    with pytest.warns(
        RayProxyWarning,
        match="'count', which make.<locals>.value closes over, was changed in the interpreter, and here",
    ):
        assert cells.env.run(cells["value"]).fetch() == 1


def test_decorated_functions_share_a_closure_cell(cells: Notebook) -> None:
    cells.cell("""
        def make():
            count = 0
            @env.remote
            def increment():
                nonlocal count
                count += 1
            @env.remote
            def value(): return count
            return increment, value
        increment, value = make()
        increment()
        seen = value().fetch()
    """)
    assert cells["seen"] == 1


def test_closures_of_different_calls_share_nothing(cells: Notebook) -> None:
    cells.cell("""
        def make(start):
            def value(): return start
            return value
        values = [make(start) for start in range(5)]
    """)
    there = [cells.env.put(value) for value in cells["values"]]
    assert [value().fetch() for value in there] == [0, 1, 2, 3, 4]


def test_a_function_that_was_made_there_uses_our_globals_here(cells: Notebook) -> None:
    cells.cell("""
        SCALE = 2
        def make():
            def scale(x): return x * SCALE
            return scale
    """)
    scale = cells.env.run(cells["make"]).fetch()
    cells["SCALE"] = 10
    assert scale(1) == 10


def test_each_fetch_of_a_closure_that_was_made_there_is_a_copy(cells: Notebook) -> None:
    cells.cell("""
        def make():
            count = 0
            def increment():
                nonlocal count
                count += 1
                return count
            return increment
    """)
    there = cells.env.run(cells["make"])
    assert there() == 1
    one = there.fetch()
    assert (one(), one()) == (2, 3)
    assert there() == 2
    assert (there.fetch()(), one()) == (3, 4)


def test_functions_whose_globals_are_no_module_share_them(cells: Notebook) -> None:
    namespace: dict[str, Any] = {"__name__": "__main__"}
    exec("SEEN = []\ndef see(x): SEEN.append(x)\ndef seen(): return SEEN", namespace)
    see = cells.env.put(namespace["see"])
    see(1)
    assert cells.env.run(namespace["seen"]).fetch() == [1]


def test_two_notebooks_share_nothing(solitary: Solitary) -> None:  # noqa: F811
    one, other = Notebook("one_notebook"), Notebook("other_notebook")
    try:
        for notebook in (one, other):
            notebook.cell("SEEN = []\ndef see(): SEEN.append(1); return len(SEEN)")
        assert [solitary.connect().run(notebook["see"]).fetch() for notebook in (one, other, one)] == [1, 1, 2]
    finally:
        one.close()
        other.close()


def test_a_load_that_fails_changes_nothing(cells: Notebook) -> None:
    cells.cell("""
        class Failing:
            def __init__(self): self.fails = False
            def __reduce__(self): return (fail, ()) if self.fails else (Failing, ())
        def fail(): raise ValueError("cannot be loaded")
        RATE, LAST = 1, Failing()
        def rate(): return RATE
        def both(): return RATE, LAST
    """)
    there = cells.env.put(cells["rate"])
    assert there() == 1
    cells.env.run(cells["both"]).fetch()
    cells["RATE"], cells["LAST"].fails = 2, True
    with pytest.raises(ValueError, match="cannot be loaded"):
        cells.env.run(cells["both"]).fetch()
    assert there() == 1
    cells["LAST"].fails = False
    assert cells.env.run(cells["both"]).fetch()[0] == 2
    assert there() == 2


# --------------------------------------------------------------------------------------------- `env.remote`


def test_a_recursive_function_is_found_by_its_name(cells: Notebook) -> None:
    cells.cell("""
        @env.remote
        def factorial(n): return 1 if n < 2 else n * factorial(n - 1)
    """)
    assert cells["factorial"](5) == 120


def test_two_functions_call_each_other(cells: Notebook) -> None:
    cells.cell("""
        @env.remote
        def even(n): return n == 0 or odd(n - 1)
        @env.remote
        def odd(n): return n != 0 and even(n - 1)
    """)
    assert cells["even"](6)
    assert not cells["odd"](4)


def test_they_do_so_inside_a_function(cells: Notebook) -> None:
    cells.cell("""
        def inside(n):
            @env.remote
            def fibonacci(n): return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)
            @env.remote
            def even(n): return n == 0 or odd(n - 1)
            @env.remote
            def odd(n): return n != 0 and even(n - 1)
            return fibonacci(n).fetch(), even(n).fetch(), odd(n).fetch()
    """)
    assert cells["inside"](6) == (8, True, False)
    assert cells["inside"](7) == (13, False, True)


def test_a_function_that_outlives_the_one_that_made_it_finds_itself(cells: Notebook) -> None:
    cells.cell("""
        def make():
            @env.remote
            def fibonacci(n): return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)
            return fibonacci
        fibonacci = make()
    """)
    gc.collect()
    assert cells["fibonacci"](6) == 8


def test_a_cell_that_runs_again_gives_the_new_function(cells: Notebook) -> None:
    for text in ("old", "new"):
        cells.cell(f"""
            @env.remote
            def walk(n): return ["{text}"] if n == 0 else ["{text}"] + walk(n - 1)
        """)
    assert cells["walk"](2).fetch() == ["new", "new", "new"]


def test_a_class_finds_itself_by_its_name(cells: Notebook) -> None:
    cells.cell("""
        @env.remote
        class Node:
            def child(self): return Node()
            @classmethod
            def make(cls): return cls()
    """)
    assert cells.env.run(isinstance, (cells["Node"]().child(), cells["Node"])).fetch()


def test_a_cached_function_finds_itself(cells: Notebook) -> None:
    cells.cell("""
        import functools
        @env.remote
        @functools.cache
        def fibonacci(n): return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)
    """)
    assert cells["fibonacci"](60).fetch() == 1548008755920
    assert cells["fibonacci"].cache_info().currsize == 61


def test_a_wrapped_function_finds_itself(cells: Notebook) -> None:
    cells.cell("""
        import functools
        def twice(function):
            @functools.wraps(function)
            def inner(*args): return function(*args)
            return inner
        @env.remote
        @twice
        def factorial(n): return 1 if n < 2 else n * factorial(n - 1)
    """)
    assert cells["factorial"](5) == 120


def test_a_name_that_stands_for_something_else_here_is_left_alone(cells: Notebook) -> None:
    cells.cell("""
        def helper(): return "ours"
        def make():
            def helper(): return "another"
            return helper
        def use(): return helper()
        other = env.remote(make())
        same = env.remote(helper)
    """)
    assert cells.env.run(cells["use"]).fetch() == "ours"
    assert cells["same"]() == "ours"
    assert cells["other"]() == "another"


def test_a_function_inside_another_gives_its_name_to_nobody(cells: Notebook) -> None:
    cells.cell("""
        def make():
            def len(x): return "mine"
            return len
        mine = env.remote(make())
        def count(): return len([1, 2])
    """)
    assert cells.env.run(cells["count"]).fetch() == 2


def test_a_var_may_be_given_to_remote(cells: Notebook) -> None:
    double = cells.env.put(lambda x: 2 * x)
    assert cells.env.remote(double)(4) == 8


# ------------------------------------------------------------------------------------------------ lifetimes


def held(env: Any) -> dict[str, int]:
    return env.interpreter.known.counts()


def test_what_is_shared_ends_with_the_last_function_on_both_sides(notebook: Notebook) -> None:  # noqa: F811
    env = LoopbackInterpreter.make()
    notebook.env = env
    notebook.cell("""
        def make(number):
            data = [number] * 10
            def closure(): return data
            class Kind:
                def method(self): return data
            return closure, Kind
    """)
    for number in range(10_000 // 2):
        closure, kind = notebook["make"](number)
        env.put(closure)
        env.run(kind).method()
        if number % 100 == 0:
            env.sync()
    del closure, kind
    gc.collect()

    def is_flat() -> bool:
        gc.collect()
        env.sync()
        env.session.codec.known.sweep()
        counts = held(env)
        return counts["functions"] <= 2 and counts["classes"] <= 2 and counts["cells"] <= 2

    eventually(is_flat)
    codec = env.session.codec
    assert len(codec._sent) <= 2
    assert not codec.gone
    assert not codec.empty
    assert len(codec._functions_of) == 0
    env.destroy()


def test_a_function_lives_there_as_long_as_here(notebook: Notebook) -> None:  # noqa: F811
    env = LoopbackInterpreter.make()
    notebook.cell("def work(): pass")
    env.run(notebook["work"]).fetch()
    assert held(env)["functions"] == 1
    del notebook.module.work  # type: ignore[attr-defined]
    env.sync()
    assert held(env)["functions"] == 0
    env.destroy()


def test_all_goes_with_the_session(notebook: Notebook) -> None:  # noqa: F811
    env = LoopbackInterpreter.make()
    notebook.cell("X = [1]\ndef work(): return X\nclass Kind: pass")
    env.put([notebook["work"], notebook["Kind"]])
    env.sync()
    assert held(env) == {"functions": 1, "classes": 1, "namespaces": 1, "cells": 0}
    env.destroy()
    gc.collect()
    assert not any(held(env).values())


def test_what_a_closure_holds_is_let_go_here(notebook: Notebook) -> None:  # noqa: F811
    env = LoopbackInterpreter.make()
    notebook.cell("""
        import weakref
        class Large: pass
        def make():
            large = Large()
            return (lambda: large), weakref.ref(large)
        closure, seen = make()
    """)
    env.put(notebook["closure"])
    notebook["closure"] = None
    eventually(lambda: gc.collect() >= 0 and notebook["seen"]() is None)
    env.destroy()


# ----------------------------------------------------------------------------------- what older peers understand


def test_a_pickle_can_be_loaded_by_cloudpickle_alone(notebook: Notebook) -> None:  # noqa: F811
    notebook.cell("""
        import functools
        RATE = 3
        class Point:
            __slots__ = ("x",)
            def double(self): return self.x * RATE
        def make(n):
            def add(x): return x + n + RATE
            return add
        point, add = Point(), make(1)
        point.x = 2
    """)
    operand: Any = Codec(known=Definitions()).dump([notebook["point"], notebook["add"]])
    point, add = pickle.loads(operand.data, buffers=operand.buffers)
    assert (point.double(), add(1), add.__name__) == (6, 5, "add")


def test_what_cloudpickle_alone_has_written_can_be_loaded(notebook: Notebook) -> None:  # noqa: F811
    notebook.cell("RATE = 3\nclass Point:\n    def rate(self): return RATE\ndef add(x): return x + RATE")
    from ray_proxy.protocol import Pickled

    data = cloudpickle.dumps([notebook["Point"](), notebook["add"]])
    codec = Codec(variable=lambda id: None, known=Definitions())
    point, add = codec.load(Pickled(data))
    assert (point.rate(), add(1)) == (3, 4)
    again, _ = codec.load(Pickled(data))
    assert type(again) is type(point)


def test_what_cannot_travel_is_told_of(cells: Notebook) -> None:
    cells.cell("import threading\nLOCK = threading.Lock()\ndef work():\n    with LOCK: pass")
    with pytest.raises(NotPicklableError):
        cells.env.run(cells["work"])
    assert isinstance(cells.env.put(1), Var)
