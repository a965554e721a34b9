"""What a `Var` says of the members of a class is what the class says: `compare` counts it, these tests hold the shares.

The first test of a mode waits for the checker's run over all probes, which takes minutes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import compare
import pytest
from checkers import MODES, CheckerMissing, Complaint, Mode, Said
from compare import Score, Scores, Written
from probes import Probe
from spelling import Spelling

LEAST: dict[Mode, float] = {"mypy-plugin": 0.99}
"""The least share of right members by mode."""
LEAST_OF_OTHERS = 0.97

Compared = Callable[[Mode], dict[str, Score]]


@pytest.fixture(scope="session")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Compared]:
    """What each type checker's comparison gave; they run two at a time, mypy, which takes longest, first."""
    folder = tmp_path_factory.mktemp("compare")
    subjects = (*compare.SUBJECTS, *compare.TORCH)
    written = compare.prepare(subjects, folder)
    overlay = compare.overlay(subjects, folder)
    with ThreadPoolExecutor(2) as pool:
        begun = {
            mode: pool.submit(compare.compare, mode, written, overlay, folder)
            for mode in sorted(MODES, key=lambda mode: mode != "mypy")
        }

        def compared(mode: Mode) -> dict[str, Score]:
            try:
                return begun[mode].result()
            except CheckerMissing as missing:
                pytest.skip(str(missing))

        yield compared


def hold(mode: Mode, scores: dict[str, Score]) -> None:
    """The share of right members is high enough, and few were left out."""
    right, total = compare.share(scores.values(), "members")
    _, probes = compare.share(scores.values(), "probes")
    found: Scores = {mode: scores}
    if right / total < LEAST.get(mode, LEAST_OF_OTHERS):
        pytest.fail("\n".join([compare.table(found, "members"), *compare.misses(found)]), pytrace=False)
    assert sum(len(of.uncounted) for of in scores.values()) < 0.02 * probes


def hold_refusals(mode: Mode, scores: dict[str, Score]) -> None:
    """The share of wrong arguments that are refused is high enough."""
    right, total = compare.share(scores.values(), "refusals")
    assert total > 0
    found: Scores = {mode: scores}
    if right / total < LEAST.get(mode, LEAST_OF_OTHERS):
        pytest.fail("\n".join([compare.table(found, "refusals"), *compare.misses(found)]), pytrace=False)


@pytest.mark.torch
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("mode", MODES)
def test_members_are_lifted(mode: Mode, compared: Compared) -> None:
    hold(mode, compared(mode))


@pytest.mark.torch
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("mode", MODES)
def test_wrong_arguments_are_refused(mode: Mode, compared: Compared) -> None:
    hold_refusals(mode, compared(mode))


# ------------------------------------------------------------------------------------ the comparison itself


@pytest.fixture(scope="module")
def path_probes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Written, Path]:
    """The probes of a class, and an overlay of it."""
    folder = tmp_path_factory.mktemp("path")
    return compare.prepare(["pathlib.Path"], folder), compare.overlay(["pathlib.Path"], folder)


SPOILT = {
    "exists": ("-> Var[bool]", "-> Var[int]"),
    "resolve": ("-> Var[_SelfPath]", "-> Any"),
    "chmod": ("mode: int | Var[int]", "mode: int"),
}
"""What is written in the overlay of a member, and what is wrong in its place."""


def test_every_member_is_probed(path_probes: tuple[Written, Path]) -> None:
    members = {probe.member for probe in path_probes[0].lines}
    assert members >= {name for name in dir(Path) if not name.startswith("_")}


def test_a_wrong_lift_is_a_miss(path_probes: tuple[Written, Path], tmp_path: Path) -> None:
    written, overlay = path_probes
    right = compare.compare("ty", written, overlay, tmp_path / "right")["pathlib.Path"]
    text = (overlay / "ray_proxy_members.pyi").read_text(encoding="utf-8")
    for name, (good, bad) in SPOILT.items():
        head, _, tail = text.partition(f"class Path_{name}(")
        assert good in tail
        text = f"{head}class Path_{name}({tail.replace(good, bad, 1)}"
    (tmp_path / "ray_proxy_members.pyi").write_text(text, encoding="utf-8")
    wrong = compare.compare("ty", written, tmp_path, tmp_path / "wrong")["pathlib.Path"]
    assert set(wrong.wrong) - set(right.wrong) == set(SPOILT)
    assert len(wrong.right) == len(right.right) - len(SPOILT)


PROBE = Probe("str", "upper", (), "t.upper()", ("v.upper()",))


def said(*revealed: str, error: str = "") -> Said:
    return Said([Complaint(error, "rule")] if error else [], list(revealed))


@pytest.mark.parametrize(
    ("remote", "right"),
    [
        (said("Var[str]"), True),
        (said("str"), False),
        (said("Var[Any]"), False),
        (said("Any"), False),
        (said("Unknown"), False),
        (said("Var[Var[str]]"), False),
        (said("Var[str]", error="no"), False),
        (said(), False),
    ],
)
def test_a_probe_is_right_only_with_the_same_type_and_no_error(remote: Said, right: bool, tmp_path: Path) -> None:
    file = tmp_path / "probes.py"
    written = Written({PROBE: compare.Line(file, 2)}, {}, {}, {})
    scores = compare.score("pyright", written, {file: {2: remote, 3: said("str")}})
    assert bool(scores["str"].right) == right
    assert bool(scores["str"].wrong) != right


def test_a_probe_that_the_object_refuses_is_not_counted(tmp_path: Path) -> None:
    file = tmp_path / "probes.py"
    written = Written({PROBE: compare.Line(file, 2)}, {}, {}, {})
    scores = compare.score("pyright", written, {file: {2: said("Var[str]"), 3: said("str", error="no")}})
    assert not scores["str"].members
    assert len(scores["str"].uncounted) == 1


@pytest.mark.parametrize(
    ("mode", "local", "remote"),
    [
        ("pyright", "int | str", "Var[str | int]"),
        ("pyright", "Literal['a|b', 3]", "Var[str | int]"),
        ("pyright", "CoroutineType[Any, Any, list[int]]", "Var[list[int]]"),
        ("pyright", "Unknown", "Var[Any]"),
        ("pyright", "(x: int) -> str", "Var[(x: int) -> str]"),
        ("ty", "Unknown | None", "Var[None | Any]"),
        ("mypy", "builtins.int", "ray_proxy.var.interface.Var[builtins.int]"),
        ("mypy", "Literal['a']?", "ray_proxy.var.interface.Var[builtins.str]"),
        ("pyrefly", "TypeIs[int]", "Var[bool]"),
        ("pyrefly", "Never", "Var[NoReturn]"),
    ],
)
def test_spellings_of_one_type_are_the_same(mode: Mode, local: str, remote: str) -> None:
    spelling = Spelling(mode)
    assert spelling.normal(remote) == spelling.lifted(local)


@pytest.mark.parametrize(
    ("local", "remote"),
    [
        ("int", "Var[str]"),
        ("int", "int"),
        ("list[int]", "Var[list[Any]]"),
        ("Any", "Any"),
        ("Any", "Unknown"),
        ("int", "Var[int | str]"),
        ("(x: int) -> str", "Var[(x: str) -> str]"),
        ("CoroutineType[Any, Any, int]", "Var[CoroutineType[Any, Any, int]]"),
    ],
)
def test_spellings_of_two_types_are_not_the_same(local: str, remote: str) -> None:
    spelling = Spelling("pyright")
    assert spelling.normal(remote) != spelling.lifted(local)


def test_what_a_name_stands_for_is_the_same_as_the_name() -> None:
    spelling = Spelling("pyrefly", {"Scalar": "int | str"}, {}, {"array": ["tuple[Any, ...]", "kind[Any]"]})
    assert spelling.normal("Var[list[str | int]]") == spelling.lifted("list[Scalar]")
    assert spelling.normal("Var[array]") == spelling.lifted("array[tuple[Any, ...], kind[Unknown]]")
    assert spelling.normal("Var[array]") != spelling.lifted("array[tuple[Any, ...], kind[int]]")
    bases = {"b.bool": frozenset({"b.bool", "b.int"}), "b.int": frozenset({"b.int"})}
    assert Spelling("mypy", bases=bases).lifted("b.bool | b.int") == "ray_proxy.var.interface.Var[b.int]"
