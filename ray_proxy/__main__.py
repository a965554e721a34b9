"""The command line: ``ray-proxy`` and ``python -m ray_proxy``."""

from __future__ import annotations

from .tools.cli import run

run()
