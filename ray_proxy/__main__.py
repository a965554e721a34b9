"""The command line: ``ray-proxy`` and ``python -m ray_proxy``."""

from __future__ import annotations

import sys

from .cli import main

sys.exit(main())
