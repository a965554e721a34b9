"""How long a log of a million operations takes to be written, read, compared and executed again; in how much memory.

Run: python benchmarks/replay.py [OPERATIONS] (needs no Ray)
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

import msgspec

from ray_proxy import Log, operations, replay
from ray_proxy.interpreter.interpreter import Interpreter
from ray_proxy.logs.parting import part
from ray_proxy.session import loopback
from ray_proxy.var.env import SessionInterpreter


class Local(SessionInterpreter):
    """An interpreter of this process."""

    @property
    def id(self) -> str:
        return self.session.interpreter

    def status(self) -> dict[str, Any]:
        return {}

    def get_host(self) -> str:
        return self.session.host

    def interrupt(self) -> None:
        """Nobody else could."""

    def destroy(self) -> None:
        self.session.close()


def write(path: str, count: int, eager: bool = False) -> int:
    """Record about so many operations, of the kinds that programs are made of."""
    env: Local = loopback.connect(Interpreter("benchmark"), eager, Local).env()
    with env.record(path, limit=1 << 40):
        values, total = env.put([0]), env.put(0)
        values.clear()
        append = values.append
        done = 0
        while done < count - 16:
            for number in range(40):
                total = total + number
                append(number)
            values[0] = total
            assert len(values) == 40
            values.clear()
            total.fetch()
            done += 165
    env.destroy()
    return done


def write_eagerly(path: str, count: int) -> int:
    """The same, each operation in a frame of its own."""
    return write(path, count, eager=True)


def show(path: str, count: int) -> int:
    return sum(bool(f"{operation.text} {operation.outcome}") for operation in operations(Log(path)))


def compare(path: str, count: int) -> int:
    assert part(Log(path), Log(path)) is None
    return count


def execute(path: str, count: int, *volatile: str) -> int:
    report = replay(path, volatile=volatile)
    assert report, str(report)
    return report.operations


def execute_with_marks(path: str, count: int) -> int:
    return execute(path, count, "#1", "*.time")


STEPS: dict[str, Callable[[str, int], int]] = {
    "write": write,
    "write eagerly": write_eagerly,
    "read as text": show,
    "compare with itself": compare,
    "replay": execute,
    "replay, with marks": execute_with_marks,
}


def run(step: str, path: str, count: int) -> None:
    """In a process of its own, for the sake of its memory."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start, used = time.perf_counter(), time.process_time()
    done = STEPS[step](path, count)
    seconds, used = time.perf_counter() - start, time.process_time() - used
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(msgspec.json.encode([done, seconds, used, before / 1024, peak / 1024]).decode())


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        for number, made in enumerate(("write", "write eagerly")):
            path = os.path.join(folder, f"{number}.rplog")
            for step in [made, *list(STEPS)[2:]]:
                command = [sys.executable, __file__, step, path, str(count)]
                told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
                done, seconds, used, before, peak = msgspec.json.decode(told)
                rate = f"{done:9,} operations in {seconds:6.2f} s, {used:6.2f} s of a processor"
                print(f"{step:20} {rate}, peak memory {peak:4.0f} MB ({before:.0f} MB before)", flush=True)
            print(f"{'':20} {os.path.getsize(path) / 1e6:,.0f} MB", flush=True)


if __name__ == "__main__":
    if len(sys.argv) > 2:
        run(sys.argv[1], sys.argv[2], int(sys.argv[3]))
    else:
        main()
