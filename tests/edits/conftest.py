"""Fixtures of the tests of edits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from live import Live, living


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    """Modules that are edited while they are loaded."""
    yield from living(tmp_path)
