"""Which library asks: what Python asks of an object does not say what for, the frames of the caller do."""

from __future__ import annotations

import pickle
import sys
from typing import Any

from ..files import PACKAGE


def asking_library() -> str:
    """The top-level package that asks for an array, numpy passed over; empty where that is not known."""
    frame = sys._getframe(1)
    while True:
        name = frame.f_globals.get("__name__", "").partition(".")[0]
        if name != "numpy" and not frame.f_code.co_filename.startswith(PACKAGE):
            return str(name)
        if frame.f_back is None:
            return ""
        frame = frame.f_back


def asking_hasher() -> Any:
    """The `joblib.hashing.Hasher` that asks for the pickle of an object, to hash what it would be; None where it is
    really pickled."""
    frame = sys._getframe(2)
    if frame.f_code is not _SAVE:
        return None
    pickler = frame.f_locals.get("self")
    hashers = any(kind.__module__ == "joblib.hashing" for kind in type(pickler).__mro__)
    return pickler if hashers else None


_SAVE = pickle._Pickler.save.__code__  # type: ignore[attr-defined]
