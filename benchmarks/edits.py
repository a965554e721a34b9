"""How long edits of live modules take, and whether real packages, edited from release to release, pass their tests.

Run: python benchmarks/edits.py [times | networkx | more-itertools | toolz ...]   (downloads the packages from PyPI)

A package's modules of the first release are imported, and objects of them made. Each further release is applied as one
edit to the live modules; then the package's own tests run in that process, and, to compare, in a fresh one.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import pkgutil
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import traceback
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from ray_proxy.edits.applying import apply, remember
from ray_proxy.edits.report import NewText

LIMIT = 900
"""Seconds that a run of a package's tests may take."""


# Times


def text_of(lines: int) -> str:
    """A module of about so many lines: functions, and classes with methods."""
    one = '''

def function_{i}(value, scale=2):
    """Say what it does."""
    total = 0
    for item in range(value):
        total += item * scale
        if total > 100:
            total -= math.floor(total / 3)
    return total


class Model{i}:
    """A model."""

    rate = {i}

    def __init__(self, width):
        self.width = width
        self.layers = [width * k for k in range(10)]

    def predict(self, x):
        return sum(layer * x for layer in self.layers) + self.rate
'''
    return "import math\nLIMIT = 1\n" + "".join(one.replace("{i}", str(i)) for i in range(lines // 23))


EDITS: dict[str, Callable[[str, int], str]] = {
    "one function": lambda text, n: text.replace("total += item * scale", f"total += item * scale + {n}", 1),
    "one method": lambda text, n: text.replace("+ self.rate", f"+ self.rate + {n}", 1),
    "a constant": lambda text, n: text.replace("LIMIT = 1", f"LIMIT = {n + 2}", 1),
    "all lines moved": lambda text, n: "# moved\n" * (n + 1) + text,
    "every function": lambda text, n: text.replace("total += item", f"total += {n} + item"),
}


def times(others: int) -> None:
    """Print how long edits of a module of 1,000 lines take, beside so many other objects."""
    ballast = [[number] for number in range(others)]
    gc.collect()
    for name, edit in EDITS.items():
        module = ModuleType("measured")
        module.__file__ = "/nowhere/measured.py"
        text = text_of(1000)
        exec(compile(text, module.__file__, "exec"), module.__dict__)
        sys.modules["measured"] = module
        remember(module, text)
        objects = [module.Model1(3) for _ in range(100)]
        took = []
        for number in range(12):
            began = time.perf_counter()
            apply([NewText("measured", edit(text, number), module.__file__)])
            took.append((time.perf_counter() - began) * 1000)
        del objects
        print(f"  {name:16} first {took[0]:6.1f} ms, then {min(took[1:]):6.1f} to {max(took[1:]):6.1f} ms", flush=True)
    del ballast


# Real packages


@dataclass(frozen=True)
class Package:
    """A package with tests.

    Attributes:
        releases: the versions, in order.
        source: whether the tests are only in the source distribution.
        tests: where they are, beside the package's folder.
        objects: code that makes live objects with the first release, and returns a check for each release.
    """

    name: str
    folder: str
    releases: tuple[str, ...]
    tests: str
    objects: str
    check: str
    source: bool = False


PACKAGES = {
    package.name: package
    for package in (
        Package(
            "networkx",
            "networkx",
            ("3.2.1", "3.3", "3.4.2"),
            "networkx",
            "import networkx as nx; G = nx.path_graph(5); D = nx.DiGraph(); short, held = nx.shortest_path, G.adj",
            "isinstance(G, nx.Graph) and isinstance(D, nx.DiGraph) and short(G, 0, 2) == [0, 1, 2] and len(held) == 5",
        ),
        Package(
            "more-itertools",
            "more_itertools",
            ("10.3.0", "10.5.0", "10.6.0"),
            "tests",
            "import more_itertools as mi; P = mi.peekable(range(5)); next(P); chunked = mi.chunked",
            "P.peek() == 1 and isinstance(P, mi.peekable) and list(chunked(range(3), 2)) == [[0, 1], [2]]",
            source=True,
        ),
        Package(
            "toolz",
            "toolz",
            ("0.12.0", "0.12.1", "1.0.0"),
            "toolz",
            "import toolz; C = toolz.curry(lambda a, b: a + b)(1); pipe = toolz.pipe; M = toolz.memoize(lambda x: x)",
            "C(2) == 3 and isinstance(C, toolz.curry) and pipe(1, C) == 2 and M(5) == 5",
        ),
    )
}


def download(package: Package, to: Path) -> dict[str, Path]:
    """The unpacked releases."""
    found = {}
    for release in package.releases:
        folder = to / f"{package.name}-{release}"
        archives = to / f"archives-{package.name}-{release}"
        if not folder.exists():
            kind = ["--no-binary", ":all:"] if package.source else ["--only-binary", ":all:"]
            command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", *kind, "-d", str(archives)]
            subprocess.run([*command, f"{package.name}=={release}"], check=True, timeout=300)
            archive = next(archives.iterdir())
            if archive.suffix == ".whl":
                zipfile.ZipFile(archive).extractall(folder)
            else:
                with tarfile.open(archive) as tar:
                    tar.extractall(archives, filter="data")
                next(path for path in archives.iterdir() if path.is_dir()).rename(folder)
        found[release] = folder
    return found


def install(package: Package, release: Path, project: Path) -> None:
    """Let the project folder have that release, as `git checkout` would."""
    for name in {package.folder, package.tests}:
        shutil.rmtree(project / name, ignore_errors=True)
        shutil.copytree(release / name, project / name)


def modules_of(folder: str) -> list[str]:
    """The modules of the package that are loaded, without tests, in the order of their import."""
    return [name for name in sys.modules if name.split(".")[0] == folder and not is_test(name)]


def is_test(name: str) -> bool:
    return any(part in ("tests", "conftest") or part.startswith("test_") for part in name.split("."))


def forget_tests(package: Package) -> None:
    for name in list(sys.modules):
        if is_test(name) and name.split(".")[0] in (package.folder, "tests", "conftest"):
            del sys.modules[name]
            parent, _, last = name.rpartition(".")
            if parent in sys.modules:
                vars(sys.modules[parent]).pop(last, None)
    importlib.invalidate_caches()


def run_tests(package: Package, project: Path) -> dict[str, str]:
    """Run the package's tests in this process: what became of each."""
    import pytest

    class Outcomes:
        def __init__(self) -> None:
            self.of: dict[str, str] = {}

        def pytest_runtest_logreport(self, report: Any) -> None:
            if report.when == "call" or report.outcome != "passed":
                self.of[report.nodeid] = report.outcome
                if report.outcome == "failed" and os.environ.get("SHOW"):
                    print(report.nodeid, report.longreprtext[-1500:], file=sys.stderr)

        def pytest_collectreport(self, report: Any) -> None:
            if report.outcome == "failed":
                self.of[report.nodeid] = "not collected"
                if os.environ.get("SHOW"):
                    print(report.nodeid, report.longreprtext[-3000:], file=sys.stderr)

    forget_tests(package)
    outcomes = Outcomes()
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:ray_proxy", "--no-header", "--tb=short", "-p", "no:xdist"]
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
        pytest.main([*options, "--rootdir", str(project), "-c", os.devnull, str(project / package.tests)], [outcomes])
    return outcomes.of


def live(package: Package, releases: dict[str, Path], project: Path) -> Iterator[dict[str, Any]]:
    """Edit the package from release to release in this process, and run its tests after each."""
    first, *later = releases
    install(package, releases[first], project)
    sys.path.insert(0, str(project))
    importlib.import_module(package.folder)
    for found in pkgutil.walk_packages([str(project / package.folder)], package.folder + "."):
        if not is_test(found.name) and found.name.rpartition(".")[2] != "__main__":
            with contextlib.suppress(ImportError):
                importlib.import_module(found.name)
    for name in modules_of(package.folder):
        remember(sys.modules[name], Path(str(sys.modules[name].__file__)).read_text())
    held: dict[str, Any] = {}
    exec(package.objects, held)
    yield {"release": first, "tests": run_tests(package, project), "check": eval(package.check, held)}
    for release in later:
        known = set(modules_of(package.folder))
        install(package, releases[release], project)
        importlib.invalidate_caches()
        texts = []
        for name in modules_of(package.folder):
            path = Path(str(sys.modules[name].__file__))
            if path.exists():
                texts.append(NewText(name, path.read_text(), str(path)))
        before = {name: dict(vars(sys.modules[name])) for name in known}
        began = time.perf_counter()
        try:
            report = apply(texts)
        except Exception as error:
            undone = [name for name, namespace in before.items() if not is_same(vars(sys.modules[name]), namespace)]
            refused = "".join(traceback.format_exception(error)[-8:])
            yield {"release": release, "refused": refused, "not undone": undone}
            return
        took = time.perf_counter() - began
        for name in set(modules_of(package.folder)) - known:
            remember(sys.modules[name], Path(str(sys.modules[name].__file__)).read_text())
        yield {
            "release": release,
            "seconds": round(took, 2),
            "files": len(texts),
            "notes": list(report.notes),
            "tests": run_tests(package, project),
            "check": bool(eval(package.check, held)),
        }


def is_same(namespace: dict[str, Any], other: dict[str, Any]) -> bool:
    return namespace.keys() == other.keys() and all(other[name] is value for name, value in namespace.items())


def child(package: Package, folder: Path, mode: str, releases: dict[str, Path]) -> list[dict[str, Any]]:
    """Do it in a process of its own."""
    project = folder / f"project-{package.name}-{mode}"
    shutil.rmtree(project, ignore_errors=True)
    project.mkdir()
    command = [
        sys.executable,
        __file__,
        "--child",
        package.name,
        mode,
        str(project),
        json.dumps({k: str(v) for k, v in releases.items()}),
    ]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=LIMIT * len(releases))
    return [json.loads(line[1:]) for line in done.stdout.splitlines() if line.startswith("@")]


def compare(package: Package, folder: Path) -> None:
    releases = download(package, folder)
    fresh = {}
    for release, path in releases.items():
        fresh[release] = child(package, folder, f"fresh-{release}", {release: path})[0]["tests"]
    print(f"{package.name} {' -> '.join(releases)}")
    for told in child(package, folder, "live", releases):
        release = told["release"]
        if "refused" in told:
            print(f"  {release}: refused, not undone: {told['not undone']}\n{told['refused']}")
            break
        here, there = told["tests"], fresh[release]
        passes = [sum(outcome == "passed" for outcome in tests.values()) for tests in (here, there)]
        took = f", {told['files']} files in {told['seconds']} s, {len(told['notes'])} notes" if "files" in told else ""
        print(f"  {release}: {passes[0]} pass, {passes[1]} in a fresh process; live objects: {told['check']}{took}")
        for test in sorted(here.keys() | there.keys()):
            if here.get(test) != there.get(test):
                print(f"    {test}: {here.get(test)}, fresh {there.get(test)}")
        if os.environ.get("NOTES"):
            print(*(f"    note: {note}" for note in told.get("notes", ())), sep="\n")


def main() -> None:
    if sys.argv[1:2] == ["--child"]:
        name, _, project, releases = sys.argv[2:]
        for told in live(PACKAGES[name], {k: Path(v) for k, v in json.loads(releases).items()}, Path(project)):
            print("@" + json.dumps(told), flush=True)
        return
    wanted = sys.argv[1:] or ["times", *PACKAGES]
    if "times" in wanted:
        for others in (0, 600_000):
            print(f"A module of 1,000 lines, beside {others:,} other objects")
            times(others)
    folder = Path(os.environ.get("EDITS_FOLDER") or tempfile.mkdtemp())
    for name in wanted:
        if name != "times":
            compare(PACKAGES[name], folder)


if __name__ == "__main__":
    main()
