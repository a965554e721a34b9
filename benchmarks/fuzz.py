"""Frames that were changed at random, a million of them: each is executed, or refused with `ProtocolError`.

Nothing else may happen: no crash, no hang, no growth of memory, no change of another client's variables. The frames are
those of recorded sessions; `tests/fuzz/process.py` says what is done with them, and what is left out. Each level has a
process of its own; this one looks on, and tells of a violation with the frame at fault, in hex.

Run: python benchmarks/fuzz.py [FRAMES] [--seed S] [--level L] [--round R] [--frame HEX] [--json PATH]
"""

from __future__ import annotations

import argparse
import json
import math
import os
import signal
import struct
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
ROUND = 200
"""Frames of a round, as in `tests/fuzz/fuzzing.py`."""
SHARES = {"interpreter": 0.75, "socket": 0.25, "decoder": 1.0, "client": 0.1, "log": 0.02}
"""How many frames each level has. The first two execute them; the client is asked with answers, and the last has whole
logs, which take longer. A level that is asked for by its name has all of them."""
PATIENCE = 60.0
"""Seconds without a new frame after which a level hangs."""
HEADER = struct.Struct("<QQQ")
SHARED = 8 * 1024 * 1024
"""What a level shares with us: how many frames it had, the round and the size of the last one, and that itself."""


class Level:
    """One level, in a process of its own, and what became of it."""

    def __init__(self, name: str, args: argparse.Namespace) -> None:
        self.name = name
        self.args = args
        self.told: dict[str, Any] = {}
        self.violation = ""
        self.frame = b""
        self.round = 0
        self.stacks = ""

    def run(self) -> None:
        rounds = math.ceil(self.args.frames * (1 if self.args.level else SHARES[self.name]) / ROUND)
        first, rounds = (0, rounds) if self.args.round is None else (self.args.round, 1)
        path = os.pathsep.join([str(ROOT / "tests"), str(ROOT), os.environ.get("PYTHONPATH", "")])
        with tempfile.NamedTemporaryFile() as shared, tempfile.TemporaryFile("w+") as stderr:
            shared.truncate(SHARED)
            what = [self.name, shared.name, str(self.args.seed), str(first), str(rounds), self.args.frame]
            process = subprocess.Popen(
                [sys.executable, str(ROOT / "tests" / "fuzz" / "process.py"), *what],
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
                # What is recorded, and so each mutant, is the same at each run; few arenas, for memory is limited.
                env={**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": "0", "MALLOC_ARENA_MAX": "2"},
            )
            output = self._watch(process, shared.name)
            self.told = json.loads(output) if output.endswith("}\n") else {}
            self.violation = self.violation or self.told.get("violation", "")
            if process.returncode and not self.violation:
                self.violation = f"the process has ended with {process.returncode}"
            _, self.round, self.frame = last_frame(shared.name)
            stderr.seek(0)
            self.stacks = stderr.read()[-5000:]

    def _watch(self, process: subprocess.Popen[str], path: str) -> str:
        """Wait for the end of the process; one that stands still is ended."""
        count, since = 0, time.monotonic()
        while True:
            try:
                return process.communicate(timeout=0.2)[0]
            except subprocess.TimeoutExpired:
                pass
            if last_frame(path)[0] != count:
                count, since = last_frame(path)[0], time.monotonic()
            patience = self.args.patience if count else max(PATIENCE, self.args.patience)  # it begins with imports
            if time.monotonic() - since > patience:
                self.violation = f"it hangs: no frame was done with in {patience:g} s"
                process.send_signal(signal.SIGABRT)  # its stacks are written then
                try:
                    return process.communicate(timeout=10)[0]
                except subprocess.TimeoutExpired:
                    process.kill()

    def report(self) -> None:
        counts: dict[str, int] = self.told.get("counts", {})
        seconds = self.told.get("seconds", 0)
        before, after = (self.told.get(f"resident {when}", 0) / 2**20 for when in ("before", "after"))
        done = sum(counts.get(key, 0) for key in ("executed", "refused", "answers"))
        told = ", ".join(f"{counts[key]:,} {key}" for key in sorted(counts))
        print(f"{self.name}: {told}; {before:.0f} MB before, {after:.0f} MB after; {seconds:.0f} s", end="")
        print(f", {done / seconds:,.0f} a second" if seconds else "", flush=True)
        if self.violation:
            print(f"VIOLATION at the level {self.name}, round {self.round}: {self.violation}\n{self.stacks}")
            print(f"the last frame: {shortened(self.frame.hex())}")
            print(f"again: python benchmarks/fuzz.py --seed {self.args.seed} --level {self.name} --round {self.round}")


def shortened(text: str, most: int = 4000) -> str:
    """The round makes it again, whole."""
    return text if len(text) <= most else f"{text[:most]}… ({len(text):,} digits)"


def last_frame(path: str) -> tuple[int, int, bytes]:
    """How many frames a level had, the round of the last one, and the last one itself."""
    with open(path, "rb") as file:
        count, number, size = HEADER.unpack(file.read(HEADER.size))
        return count, number, file.read(size)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("frames", nargs="?", type=int, default=1_000_000)
    parser.add_argument("--seed", default="0")
    parser.add_argument("--level", choices=SHARES, action="append", help="this one alone; can be given again")
    parser.add_argument("--round", type=int, help="this one alone, of the level")
    parser.add_argument("--frame", default="", help="a frame in hex, alone")
    parser.add_argument("--patience", type=float, default=PATIENCE)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    print(f"seed {args.seed}", flush=True)
    begin = time.monotonic()
    levels = [Level(name, args) for name in args.level or SHARES]
    for level in levels:
        level.run()
        level.report()
    totals: Counter[str] = Counter()
    errors: Counter[str] = Counter()
    for level in levels:
        if level.name in ("interpreter", "socket"):
            totals.update(level.told.get("counts", {}))
        errors.update(level.told.get("errors", {}))
    judged = totals["executed"] + totals["refused"]
    if judged:
        seconds = time.monotonic() - begin
        print(
            f"{judged:,} frames were executed ({totals['executed']:,}) or refused with ProtocolError "
            f"({totals['refused']:,}) in {seconds:.0f} s; {totals['decoded'] / judged:.0%} of them could be read"
        )
    print("errors, by type:", ", ".join(f"{name} {count:,}" for name, count in errors.most_common()))
    violated = [level.name for level in levels if level.violation]
    if args.json is not None:
        args.json.write_text(json.dumps([{**level.told, "violation": level.violation} for level in levels]))
    print("violations: " + (", ".join(violated) or "none"))
    return 1 if violated else 0


if __name__ == "__main__":
    sys.exit(main())
