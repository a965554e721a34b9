"""What users are to be warned of, kept until a thread of theirs comes by: `Notices`."""

from __future__ import annotations

import math
import time
import warnings
from collections import deque

from ..errors import RayProxyWarning
from .callers import Where


class Notices:
    """Texts of warnings, each with the line that it is about. Any thread may add one."""

    def __init__(self) -> None:
        self.texts: deque[tuple[float, Where | None, str, type[RayProxyWarning]]] = deque()

    def __bool__(self) -> bool:
        return bool(self.texts)

    def add(self, text: str, where: Where | None = None, category: type[RayProxyWarning] = RayProxyWarning) -> None:
        self.texts.append((time.monotonic(), where, text, category))

    def issue(self, before: float = math.inf) -> None:
        """Issue those from before that time (`time.monotonic`). Raises where a filter makes an error of one."""
        while self.texts and self.texts[0][0] < before:
            try:
                _, where, text, category = self.texts.popleft()
            except IndexError:  # another thread was quicker
                return
            code, line = ("<unknown>", 0) if where is None else (where[0].co_filename, where[1])
            warnings.warn_explicit(text, category, code, line)
