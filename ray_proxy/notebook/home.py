"""Makes a shell of IPython at home with Vars: installs the parts of this room, and takes them out again.

Where IPython runs when the package is imported, that is done at once, save for magics: those come with
``%load_ext ray_proxy``. Without IPython, nothing of this room is imported.
"""

from __future__ import annotations

import importlib
import logging
import sys
from typing import Any

logger: logging.Logger = logging.getLogger("ray_proxy")

PARTS: tuple[str, ...] = ("errors", "display", "completion", "inspection", "debugging")
"""Modules of this room with `install(shell)` and `uninstall(shell)`; each may be called twice."""
MAGICS: tuple[str, ...] = ("magics",)
"""Those that come with the extension."""


def settle_in() -> None:
    """Install what needs no word, if this process runs a shell of IPython."""
    package = sys.modules.get("IPython")
    shell = package.get_ipython() if package is not None and hasattr(package, "get_ipython") else None
    if shell is not None:
        install(shell, PARTS)


def load(shell: Any) -> None:
    """``%load_ext ray_proxy``."""
    install(shell, PARTS + MAGICS)


def unload(shell: Any) -> None:
    """``%unload_ext ray_proxy``: the shell is as it was."""
    for name in reversed(PARTS + MAGICS):
        importlib.import_module(f"{__package__}.{name}").uninstall(shell)


def install(shell: Any, parts: tuple[str, ...]) -> None:
    """A part that a release of IPython has no place for leaves the shell as it is, and says so in the log."""
    for name in parts:
        try:
            importlib.import_module(f"{__package__}.{name}").install(shell)
        except Exception:
            logger.warning("ray_proxy: this release of IPython has no place for %s", name, exc_info=True)
