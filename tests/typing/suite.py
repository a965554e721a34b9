"""The cases of this folder: which there are, what is generated for them, and a checker's run over all."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from checkers import Mode, Project, Report, check

from ray_proxy.stubs.generate import FILE

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
CASES = HERE / "cases"
TYPINGS = ROOT / "typings"
"""The overlay of this repository, which its examples use."""

LIBRARIES = ("shop", "nets")
"""Files of the folder that are the user's own code, not cases."""

NAMES = """
    shop shop.Color shop.Level shop.Extent shop.Address shop.Money shop.Rate shop.Price shop.Priced shop.Product
    shop.Book shop.Toy shop.Basket shop.Warehouse shop.Ledger shop.Ledger.Entry
    math pathlib.Path datetime.date datetime.datetime datetime.timedelta uuid.UUID ipaddress.IPv4Address
    ipaddress.IPv4Network decimal.Decimal fractions.Fraction re.Pattern re.Match collections.Counter
    collections.deque collections.OrderedDict collections.defaultdict threading.Lock
    numpy.ndarray pandas.DataFrame pandas.Series
""".split()
"""The modules and classes for which the overlay of the cases is generated."""
TORCH_NAMES = "torch torch.nn torch.cuda torch.Tensor torch.optim.SGD nets nets.Model numpy.ndarray".split()
"""The same for the cases with PyTorch."""


def cases(torch: bool = False) -> list[Path]:
    """The case files: those with PyTorch, or the others."""
    files = sorted(path for path in CASES.glob("*.py") if path.stem not in LIBRARIES)
    return [path for path in files if path.stem.startswith("torch_") == torch]


def cases_for(mode: Mode, torch: bool = False) -> list[Path]:
    """The case files that a mode is held to."""
    return [path for path in cases(torch) if mode == "mypy-plugin" or path.stem != "plugin_only"]


def overlay(folder: Path, torch: bool = False, timeout: float = 600) -> Path:
    """The overlay of the cases, generated in a folder as a user would do it, where it is not there yet."""
    made = folder / ("torch-typings" if torch else "typings")
    if (made / FILE).exists():
        return made
    done = subprocess.run(
        [sys.executable, "-m", "ray_proxy", "stubgen", *(TORCH_NAMES if torch else NAMES), "-o", str(made)],
        cwd=CASES,
        env={**os.environ, "PYTHONPATH": str(CASES), "MYPYPATH": str(CASES)},  # where the case library is found
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    said = f"{done.stdout}{done.stderr}"
    assert done.returncode == 0, f"stubgen ended with {done.returncode}:\n{said}"
    assert (made / FILE).exists(), f"stubgen wrote no {FILE}:\n{said}"
    return made


def torch_overlay() -> Path:
    """The overlay that this repository has in `typings`."""
    assert (TYPINGS / FILE).exists(), f"there is no overlay in {TYPINGS}"
    return TYPINGS


def run(mode: Mode, overlay: Path | None, folder: Path, torch: bool = False) -> Report:
    """What a checker says of all cases that it is held to.

    Args:
        overlay: the folder of the overlay; the mypy plugin goes without.
        folder: for the configuration and the cache; made if need be.
    """
    project = Project(folder / mode, None if mode == "mypy-plugin" else overlay, [CASES])
    return check(mode, cases_for(mode, torch), project)
