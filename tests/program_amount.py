"""How many random programs and notebooks are run, and from which seed they are drawn."""

from __future__ import annotations

import os
import secrets

MANY = int(os.environ.get("PROGRAMS", "0"))
"""So many programs in all; 0: the few of the ordinary suite."""
SEED = int(os.environ.get("PROGRAMS_SEED", "0")) or (secrets.randbelow(10**9) if MANY else 1)
