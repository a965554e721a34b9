"""What a forked child sees."""

from __future__ import annotations

import os


def in_child(work: object) -> str:
    """What a function prints that runs in a forked child."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            text = repr(work())  # type: ignore[operator]
        except BaseException as error:
            text = f"{type(error).__name__}: {error}"
        os.write(writing, text.encode())
        os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with open(reading) as file:
        return file.read()
