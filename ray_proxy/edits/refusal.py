"""The error of a refused text, with a traceback that shows that text.

Once the edit is undone, `linecache` has the text in force under the file's name. So the frames of the refused text are
told under another name of the same file (`folder/./module.py`), which `linecache` has with the refused text. Frames of
this room are left out. The frames are made for it: real ones would keep what the edit has made alive.
"""

from __future__ import annotations

import linecache
import os
from collections.abc import Iterable, Mapping
from types import TracebackType

from .texts import Text

_HERE = os.path.dirname(__file__)
Shown = list[tuple[TracebackType, int]]


def retell(error: BaseException, texts: Iterable[Text]) -> BaseException:
    """The same error, told in terms of the refused texts."""
    by_file = {text.file: text for text in texts}
    if not _mentions(error.__traceback__, by_file):
        return error  # an error of this room
    seen: set[int] = set()
    told: BaseException | None = error
    while told is not None and id(told) not in seen:
        seen.add(id(told))
        told.__traceback__ = _retold(told.__traceback__, by_file)
        told = told.__cause__ or told.__context__
    return error


def _mentions(traceback: TracebackType | None, texts: Mapping[str, Text]) -> bool:
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename in texts:
            return True
        traceback = traceback.tb_next
    return False


def _retold(traceback: TracebackType | None, texts: Mapping[str, Text]) -> TracebackType | None:
    if traceback is None:
        return None
    following = _retold(traceback.tb_next, texts)
    code = traceback.tb_frame.f_code
    if os.path.dirname(code.co_filename) == _HERE:
        return following
    text = texts.get(code.co_filename)
    if text is None:
        return TracebackType(following, traceback.tb_frame, traceback.tb_lasti, traceback.tb_lineno)
    folder, name = os.path.split(text.file)
    alias = os.path.join(folder, ".", name)
    linecache.cache[alias] = text.for_linecache()
    return _traceback_at(alias, code.co_name, traceback.tb_lineno, following)


def _traceback_at(file: str, function: str, line: int, following: TracebackType | None) -> TracebackType:
    """A traceback that says it was there."""
    code = compile("\n" * (line - 1) + "raise LookupError", file, "exec").replace(co_name=function)
    try:
        exec(code, {"__name__": function})
    except LookupError as raised:
        made = raised.__traceback__
        assert made is not None and made.tb_next is not None  # noqa: PT018
        frame = made.tb_next
        return TracebackType(following, frame.tb_frame, frame.tb_lasti, line)
    raise AssertionError("unreachable")
