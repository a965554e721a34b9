"""The package as type checkers see it from outside."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from checkers import CheckerMissing, binary
from suite import ROOT


@pytest.mark.timeout(300)
def test_every_type_that_the_package_offers_is_stated() -> None:
    try:
        pyright = binary("pyright")
    except CheckerMissing as missing:
        pytest.skip(str(missing))
    done = subprocess.run(
        [str(pyright), "--verifytypes", "ray_proxy", "--ignoreexternal"],
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},  # whose packages it sees
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert "Type completeness score: 100%" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 0


@pytest.mark.parametrize("package", ["ray_proxy", "ray_proxy_members"])
def test_the_package_says_that_it_is_typed(package: str) -> None:
    assert (ROOT / package / "py.typed").exists()
