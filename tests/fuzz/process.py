"""The process in which frames that were changed at random are read and executed. Started by `benchmarks/fuzz.py`.

Five levels, each in a process of its own, with a limit of memory, and under the eye of the process that started it:

decoder
    Everything that a peer may say is read, and what cannot be read raises `ProtocolError` and nothing else.
interpreter
    Frames are read and executed, as `Server` does it, in two sessions, beside a third one that must notice nothing.
socket
    The same through a real `Server` and its sockets, from several connections at once, with hellos, requests of control
    and interrupts.
client
    The answers are changed instead: a session breaks with a documented error, or goes on, and never waits for ever.
log
    Message logs are changed: bytes, records, frames and answers in them. Each is shown, compared, replayed, and
    recovered or restored; that has a result, or ends with `LogError`.

A client can have any code executed: that is what it is there for. So no frame is made here that names other code than
the playground's, whose work is bounded: no mutation puts in a name that the corpus does not have (save by chance, byte
by byte), no function travels by value, and `__class__` and its like are named nowhere. What would be unbounded by plain
arithmetic or iteration (`is_bounded` tells) is read, and not executed; it is counted as withheld. Ints at the ends of
their ranges stand everywhere, also where they are operands.
"""

from __future__ import annotations

import contextlib
import ctypes
import faulthandler
import gc
import json
import os
import random
import resource
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Callable
from typing import Any

import numpy  # noqa: F401 a client imports it when the first scalar of an array comes, which is no growth
from fuzzing import Progress, Tally
from in_log import InLog
from levels import InClient, InDecoder, InInterpreter
from over_socket import OverSocket

MEMORY = 768 * 1024 * 1024
"""Bytes of address space that a level may take, more than it has when it begins."""
GROWTH = 16 * 1024 * 1024
"""Bytes by which the resident memory of a process may grow after its first rounds, in which its heap finds its size."""
LEVELS: dict[str, Any] = {
    "decoder": InDecoder,
    "interpreter": InInterpreter,
    "socket": OverSocket,
    "client": InClient,
    "log": InLog,
}


def resident() -> int:
    """Bytes of memory that this process has, without those that it has freed and may use again."""
    with contextlib.suppress(AttributeError):  # of glibc
        ctypes.CDLL(None).malloc_trim(0)
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def limit_memory(more: int) -> None:
    with open("/proc/self/statm") as file:
        size = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + more, size + more))


_TOLD = sys.stdout
"""Where figures go…"""
sys.stdout = open(os.devnull, "w")  # noqa: SIM115 … and not what clients show of made-up outputs


class Run:
    """What one process does."""

    def __init__(self, name: str, path: str, seed: str, first: int, rounds: int) -> None:
        self.tally, self.progress = Tally(), Progress(path)
        self.seed, self.first, self.rounds = seed, first, rounds
        self.begin = time.monotonic()
        self.parent = os.getppid()
        self.told: dict[str, Any] = {"level": name}
        self.level = LEVELS[name](self.progress, self.tally)

    def work(self) -> None:
        """Do the rounds. The memory is measured after half of them, 500 at most, and in the end."""
        warm = self.first + min(self.rounds // 2, 500)
        before = 0
        for number in range(self.first, self.first + self.rounds):
            if number == warm:
                gc.collect()
                before = resident()
            if os.getppid() != self.parent:
                return  # nobody looks on any more
            self.progress.round = number
            self.level.round(random.Random(f"{self.seed} {self.told['level']} {number}"))
        gc.collect()
        self.told |= {"resident before": before, "resident after": resident()}
        grown = self.told["resident after"] - before
        assert grown < GROWTH, f"the process has grown by {grown:,} bytes"
        self.level.end()

    def finish(self, work: Callable[[], object]) -> None:
        """Do this, tell what has happened as a line of JSON, and end the process."""
        try:
            work()
        except BaseException as error:
            with contextlib.suppress(Exception):  # some errors of the playground cannot be shown
                traceback.print_exc()
            self.told["violation"] = f"{type(error).__name__}: {str(error)[:1000]}"
        tally = {name: getattr(self.tally, name) for name in ("counts", "errors", "executed", "failed")}
        print(json.dumps({**self.told, "seconds": time.monotonic() - self.begin, **tally}), file=_TOLD, flush=True)
        os._exit(1 if "violation" in self.told else 0)


def main(name: str, path: str, seed: str, first: str, rounds: str, given: str = "") -> None:
    """Do rounds of a level; where a frame is given, in hex, that alone."""
    faulthandler.enable()
    warnings.simplefilter("ignore")  # of coroutines, for one, that a changed frame makes and nobody awaits
    sys.unraisablehook = lambda unraisable: None  # a finalizer of the playground raises
    run = Run(name, path, seed, int(first), int(rounds))
    gc.collect()
    gc.freeze()
    limit_memory(MEMORY)
    if given:
        run.finish(lambda: run.level.alone(bytes.fromhex(given)))
    elif isinstance(run.level, OverSocket):
        threading.Thread(target=run.finish, args=(run.work,), daemon=True).start()
        run.finish(run.level.serve)
    else:
        run.finish(run.work)


if __name__ == "__main__":
    main(*sys.argv[1:])
