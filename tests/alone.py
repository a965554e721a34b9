"""A test's function in a process of its own: what hangs there, or breaks, ends with that process."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent

_PROGRAM = """
import faulthandler, os, sys, traceback
sys.path[:0] = {paths!r}
import {module} as tests
faulthandler.dump_traceback_later({seconds!r}, exit=True)
try:
    tests.{name}(*{args!r})
except BaseException:
    traceback.print_exc()
    os._exit(1)
os._exit(0)
"""


def alone(function: Callable[..., object], *args: Any, seconds: float = 20) -> None:
    """Run a function of a test's file, with arguments that are literals, to its end.

    Raises:
        AssertionError: it has raised, with the end of what was printed; or was not done in that time, with all stacks.
    """
    module = sys.modules[function.__module__]
    assert module.__file__ is not None
    paths = [str(ROOT), str(ROOT / "tests"), str(Path(module.__file__).parent)]
    program = _PROGRAM.format(paths=paths, module=module.__name__, name=function.__name__, args=args, seconds=seconds)
    with tempfile.TemporaryDirectory() as folder:  # of sockets, which nobody there removes
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT,
            env={**os.environ, "TMPDIR": folder},
            capture_output=True,
            text=True,
            timeout=seconds + 60,
            check=False,
        )
    assert done.returncode == 0, f"{done.stdout[-2000:]}{done.stderr[-6000:]}"
