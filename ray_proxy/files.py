"""Where this package's own files lie: lines in them are of no use to a person who reads a traceback."""

from __future__ import annotations

import os

PACKAGE = os.path.dirname(os.path.abspath(__file__)) + os.sep
"""The folder, with a separator at its end."""
