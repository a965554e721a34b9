"""Compare each public member of some classes with what a `Var` of the class says of it, and print who is right.

``python tests/typing/compare.py [--torch] [--modes MODE ...] [--classes NAME ...] [--overlay DIR] [--list]``

What is called on the object and what is called on its `Var` are written by this script, from mypy's view of the
class; a type checker reveals both, and the second has to be the `Var` of the first.
"""

from __future__ import annotations

import argparse
import ast
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from checkers import MODES, CheckerMissing, Mode, Project, Report, Said, check
from probes import Probe, Prober, class_names
from spelling import VAR, Spelling

STANDARD = """
    pathlib.Path datetime.datetime datetime.timedelta decimal.Decimal fractions.Fraction collections.Counter[str]
    collections.deque[int] re.Pattern[str] uuid.UUID str
""".split()
LIBRARIES = ("numpy.ndarray[Any, numpy.dtype[numpy.float64]]", "pandas.DataFrame")
TORCH = ("torch.Tensor",)
SUBJECTS = (*STANDARD, *LIBRARIES)
"""The classes that are compared, as a user writes them."""
PROBES_A_FILE = 400


@dataclass(frozen=True)
class Line:
    """Where the lines of a probe begin."""

    file: Path
    first: int


@dataclass
class Score:
    """What came of the probes of one class under one type checker.

    Attributes:
        right: members whose probes are all right.
        wrong: of each other member, the probes that are not, and what was said of them.
        uncounted: probes that the type checker does not take of the local object either.
    """

    right: set[str] = field(default_factory=set)
    wrong: dict[str, list[str]] = field(default_factory=dict)
    probes: int = 0
    right_probes: int = 0
    refusals: int = 0
    right_refusals: int = 0
    accepted: list[str] = field(default_factory=list)
    uncounted: list[str] = field(default_factory=list)
    members: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Written:
    """Probes that stand in files.

    Attributes:
        lines: where each begins, under the head of its function.
        aliases: where the type is revealed that the name of an alias stands for; some names stand for several.
        bases: of each class, itself and its bases.
        defaults: of each class, the parameters that stand for those that are left out.
    """

    lines: dict[Probe, Line]
    aliases: dict[Line, str]
    bases: dict[str, frozenset[str]]
    defaults: dict[str, list[str]]

    def files(self) -> list[Path]:
        """All files."""
        return sorted({line.file for line in (*self.lines.values(), *self.aliases)})

    def spelling(self, mode: Mode, report: Report) -> Spelling:
        """How a type checker spells types."""
        if mode in VAR:
            return Spelling(mode, bases=self.bases)
        found: dict[str, set[str]] = {}
        for line, name in self.aliases.items():
            found.setdefault(name, set()).update(report[line.file].get(line.first, Said()).revealed)
        aliases = {name: texts.pop() for name, texts in found.items() if len(texts) == 1 and texts != {name}}
        return Spelling(mode, aliases, defaults=self.defaults)


def write(prober: Prober, probes: Sequence[Probe], folder: Path) -> Written:
    """Write probes to files."""
    folder.mkdir(parents=True, exist_ok=True)
    lines: dict[Probe, Line] = {}
    for start in range(0, len(probes), PROBES_A_FILE):
        file = (folder / f"probes_{start // PROBES_A_FILE}.py").resolve()
        text = prober.header()
        for at, probe in enumerate(probes[start : start + PROBES_A_FILE]):
            lines[probe] = Line(file, len(text) + 2)
            text += probe.text(f"probe_{at}")
        file.write_text("\n".join(text) + "\n", encoding="utf-8")
    file = (folder / "aliases.py").resolve()
    text, names = prober.aliases()
    file.write_text("\n".join(text) + "\n", encoding="utf-8")
    return Written(lines, {Line(file, at): name for at, name in names.items()}, prober.bases(), prober.defaults())


def score(mode: Mode, written: Written, report: Report) -> dict[str, Score]:
    """By class, what a type checker makes of the probes."""
    scores: dict[str, Score] = {}
    spelling = written.spelling(mode, report)
    failed: set[tuple[str, str]] = set()
    for probe, line in sorted(written.lines.items(), key=lambda item: item[0].wrong):  # right ones first
        of = scores.setdefault(probe.subject, Score())
        said = [report[line.file].get(line.first + at, Said()) for at in range(len(probe.remote) + 1)]
        if probe.wrong:
            if said[-1].errors and (probe.subject, probe.member) not in failed:
                _score_refusals(probe, said[:-1], of)
        elif not _score_probe(spelling, probe, said, of):
            failed.add((probe.subject, probe.member))
    for of in scores.values():
        of.right = of.members - set(of.wrong)
    return scores


def _score_probe(spelling: Spelling, probe: Probe, said: list[Said], of: Score) -> bool:
    """Count a probe; whether it is right."""
    *remote, local = said
    if local.errors or not local.revealed:
        of.uncounted.append(f"{probe.local}: {_first_error(local)}")
        return False
    of.members.add(probe.member)
    problems = [_problem(spelling, one, local.revealed[0]) for one in remote]
    of.probes += len(problems)
    of.right_probes += problems.count(None)
    for expression, problem in zip(probe.remote, problems):
        if problem is not None:
            of.wrong.setdefault(probe.member, []).append(f"{expression}: {problem}")
    return problems.count(None) == len(problems)


def _score_refusals(probe: Probe, said: list[Said], of: Score) -> None:
    for expression, one in zip(probe.remote, said):
        of.refusals += 1
        if one.errors:
            of.right_refusals += 1
        else:
            of.accepted.append(f"{expression}: no error, {one.revealed}")


def _first_error(said: Said) -> str:
    return str(said.errors[0]) if said.errors else "nothing is said"


def _problem(spelling: Spelling, said: Said, local: str) -> str | None:
    """What is not right of a remote expression; None where all is."""
    if said.errors:
        return f"{local}, but {_first_error(said)}"
    if not said.revealed:
        return f"{local}, but nothing is said"
    if spelling.normal(said.revealed[0]) != spelling.lifted(local):
        return f"{local}, but {said.revealed[0]}"
    return None


@contextmanager
def _inside(folder: Path) -> Iterator[None]:
    """Stay in a folder meanwhile: mypy reads the configuration that it finds where it stands."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def prepare(subjects: Sequence[str], folder: Path) -> Written:
    """Write the probes of classes to a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with _inside(folder):
        prober = Prober(subjects)
        probes = [probe for subject in subjects for probe in prober.probes(subject)]
        return write(prober, list(dict.fromkeys(probes)), folder / "probes")


def overlay(subjects: Sequence[str], folder: Path, timeout: float = 600) -> Path:
    """Generate the overlay of classes in a folder, as a user would do it."""
    names = sorted({name for subject in subjects for name in class_names(ast.parse(subject, mode="eval").body)})
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-m", "ray_proxy", "stubgen", *names, "-o", "typings"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"stubgen ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return folder / "typings"


def compare(
    mode: Mode, written: Written, overlay: Path | None, folder: Path, timeout: float = 1800
) -> dict[str, Score]:
    """Have a type checker look at the probes, and compare."""
    project = Project(folder / mode, None if mode == "mypy-plugin" else overlay)
    return score(mode, written, check(mode, written.files(), project, timeout))


Scores = dict[Mode, dict[str, Score]]


def table(scores: Scores, what: str) -> str:
    """A row for each class and one for all, a column for each mode.

    Args:
        what: of which the shares are: `members`, `probes` or `refusals`.
    """
    rows = [[what, *scores], ["---", *("---:" for _ in scores)]]
    subjects = list(dict.fromkeys(subject for by in scores.values() for subject in by))
    for subject in subjects:
        rows.append([f"`{subject}`", *(_cell([by[subject]], what) if subject in by else "" for by in scores.values())])
    rows.append(["**all**", *(_cell(by.values(), what) for by in scores.values())])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def share(scores: Iterable[Score], what: str) -> tuple[int, int]:
    """How many are right, and of how many."""
    scores = list(scores)
    if what == "members":
        return sum(len(it.right) for it in scores), sum(len(it.members) for it in scores)
    if what == "probes":
        return sum(it.right_probes for it in scores), sum(it.probes for it in scores)
    return sum(it.right_refusals for it in scores), sum(it.refusals for it in scores)


def _cell(scores: Iterable[Score], what: str) -> str:
    right, total = share(scores, what)
    return f"{100 * right / total:.1f} % ({right}/{total})" if total else ""


def misses(scores: Scores) -> list[str]:
    """The members that are not right, by mode and class, each with what is wrong."""
    lines: list[str] = []
    for mode, by in scores.items():
        for subject, of in by.items():
            lines.append(f"{mode}, {subject}: {len(of.wrong)} missed, {len(of.uncounted)} probes not counted")
            for member, problems in of.wrong.items():
                lines += [f"  {member}", *(f"    {problem}" for problem in problems)]
            lines += [f"  not refused: {one}" for one in of.accepted]
            lines += [f"  not counted: {one}" for one in of.uncounted]
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--torch", action="store_true", help="the class of PyTorch as well")
    parser.add_argument("--modes", nargs="+", choices=MODES, default=MODES, metavar="MODE")
    parser.add_argument("--classes", nargs="+", metavar="NAME", help="these classes, in place of the usual")
    parser.add_argument("--overlay", type=Path, metavar="DIR", help="a folder with an overlay, in place of a new one")
    parser.add_argument("--folder", type=Path, metavar="DIR", help="keep probes, overlay and caches here")
    parser.add_argument("--list", action="store_true", help="say which members there are, and compare nothing")
    arguments = parser.parse_args()
    subjects = arguments.classes or [*SUBJECTS, *(TORCH if arguments.torch else ())]
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or Path(temporary)
        written = prepare(subjects, folder)
        if arguments.list:
            print("\n".join(dict.fromkeys(f"{probe.subject}.{probe.member}" for probe in written.lines)))
            return
        generated = (arguments.overlay or overlay(subjects, folder)).resolve()
        scores: Scores = {}
        for mode in arguments.modes:
            try:
                scores[mode] = compare(mode, written, generated, folder)
            except CheckerMissing as missing:
                print(missing, file=sys.stderr)
    for what in ("members", "probes", "refusals"):
        print(table(scores, what), end="\n\n")
    print("\n".join(misses(scores)))


if __name__ == "__main__":
    main()
