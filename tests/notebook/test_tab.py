"""Tab on Vars, in a real kernel: nothing is sent to the interpreter, and nothing waits for what runs there."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from kernels import Kernel

BOUND = 2.0
"""Seconds for what is meant to take 0.3 at most."""

THINGS = """
class Nosy:
    touched = []
    def __init__(self):
        self.weight = 1
    def train(self, epochs=3):
        "Trains it."
    @property
    def lazy(self):
        self.touched.append("lazy")

def make_frame():
    import pandas
    return pandas.DataFrame({"a": ["x"], "beta": [1]})

def spin(seconds):
    import time
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        pass

v = env.run(Nosy)
d = env.put({"one": 1, "other": {"deep": 2}, 5: 6})
df = env.run(make_frame)
env["name_of_it"] = v
env["nm"] = d
number = env.run(len, ([1],))
env.sync()
"""
FAILED = """
bad = env.run(int, ("x",))
env.run(len, ([1],)).fetch()
"""


@pytest.fixture(scope="module")
def things(kernel: Kernel) -> Kernel:
    assert kernel.cell(THINGS + FAILED).errors == []
    return kernel


@pytest.fixture(params=[False, True], ids=["plain", "jedi"])
def tabbing(things: Kernel, request: pytest.FixtureRequest) -> Kernel:
    assert things.cell(f"%config IPCompleter.use_jedi = {request.param}").errors == []
    return things


def tab(kernel: Kernel, code: str) -> list[str]:
    begun = time.monotonic()
    found = kernel.complete(code)
    assert time.monotonic() - begun < BOUND
    return found


@pytest.fixture
def unsent(tabbing: Kernel) -> Iterator[None]:
    """No operation is sent meanwhile."""
    before = tabbing.cell("print(env.session.operations)").text()
    yield
    assert tabbing.cell("print(env.session.operations)").text() == before


@pytest.mark.usefixtures("unsent")
def test_members_and_chains(tabbing: Kernel) -> None:
    assert set(tab(tabbing, "v.")) >= {"weight", "train", "lazy", "fetch"}
    assert tab(tabbing, "v.we") == ["weight"]
    assert tab(tabbing, "print(1, v.tr") == ["train"]
    assert "upper" in tab(tabbing, "df.a.str.")
    assert "upper" in tab(tabbing, "df['a'].str.up")
    assert "mean" in tab(tabbing, 'df["beta"].')


@pytest.mark.usefixtures("unsent")
def test_keys(tabbing: Kernel) -> None:
    assert tab(tabbing, 'd["') == ["one", "other"]
    assert tab(tabbing, 'd["ot') == ["other"]
    assert tab(tabbing, "d[") == ["'one'", "'other'", "5"]
    assert tab(tabbing, 'd["other"]["') == ["deep"]
    assert tab(tabbing, 'df["') == ["a", "beta"]


@pytest.mark.usefixtures("unsent")
def test_the_names_of_an_interpreter(tabbing: Kernel) -> None:
    assert tab(tabbing, 'env["n') == ["name_of_it", "nm"]
    assert "weight" in tab(tabbing, 'env["name_of_it"].')
    assert tab(tabbing, 'env["nm"]["one') == ["one"]
    assert "put_named" in tab(tabbing, "env.")


@pytest.mark.usefixtures("unsent")
def test_vars_in_what_is_here(tabbing: Kernel) -> None:
    tabbing.cell("box = {'v': v}; lots = [v]")
    assert "weight" in tab(tabbing, 'box["v"].')
    assert "weight" in tab(tabbing, "lots[0].we")
    assert tab(tabbing, "v.train().") == [], "it would have to be called"


@pytest.mark.usefixtures("unsent")
def test_what_is_here_is_completed_as_ever(tabbing: Kernel) -> None:
    tabbing.cell("text = 'abc'; table = {'key': 1}")
    assert any("upper" in match for match in tabbing.complete("text.upp"))
    assert any("key" in match for match in tabbing.complete('table["'))
    assert any("number" in match for match in tabbing.complete("numb"))
    tabbing.complete("v.train(ep")


@pytest.mark.usefixtures("unsent")
def test_the_names_of_a_calls_parameters(tabbing: Kernel) -> None:
    assert "epochs=" in tab(tabbing, "v.train(")
    assert tab(tabbing, "v.train(ep")[0] == "epochs="
    assert "sep=" in tab(tabbing, 'df["a"].str.cat([1, "x)("], se')
    assert "epochs=" not in tab(tabbing, "v.train(epochs=1, ")
    assert "epochs=" not in tab(tabbing, "v.train(epochs=")
    assert "epochs=" in tab(tabbing, "v.train(\n    ep")
    assert any("number" in match for match in tab(tabbing, "v(numb"))


def test_no_property_has_run(tabbing: Kernel) -> None:
    tab(tabbing, "v.lazy.")
    assert tabbing.cell("print(env.run(lambda v: v.touched, (v,)).fetch())").text() == "[]\n"


def test_one_that_failed_is_quiet(tabbing: Kernel) -> None:
    tab(tabbing, "bad.")
    cell = tabbing.cell("1")
    assert cell.text("stderr") == ""
    assert cell.errors == []


@pytest.mark.parametrize("busy", ["env.run(spin, (4,))", "env.module('time').sleep(4)"], ids=["loop", "sleep"])
def test_while_the_interpreter_is_busy(tabbing: Kernel, busy: str) -> None:
    tab(tabbing, "v.")
    tabbing.cell(f"busy = {busy}\nwhile not env.status()['busy']: pass")
    assert set(tab(tabbing, "v.")) >= {"weight", "train"}
    assert tab(tabbing, 'd["') == ["one", "other"]
    assert tab(tabbing, "busy.") == ["fetch", "env"]
    assert tabbing.cell("print(env.status()['busy'])").text() == "True\n"
    tabbing.cell("busy.fetch()")
