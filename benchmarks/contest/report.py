"""What came of a run: the table in Markdown, the data, and where both stand on a page."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import re
import statistics
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from .contenders import ENTRIES, OURS, Entry
from .figures import shown
from .harness import Outcome
from .plot import Line, svg
from .works import Row

BEGIN, END = "<!-- written by benchmarks/bench.py: begin -->", "<!-- written by benchmarks/bench.py: end -->"


def processor() -> str:
    """Its name, as far as the system tells."""
    try:
        found = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    except OSError:
        found = None
    return found[1].strip() if found else platform.processor() or platform.machine()


def cores() -> int:
    """Those that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def machine_kind() -> str:
    """The machine as a part of a file's name: 2-core-amd-epyc."""
    name = re.sub(r"\(r\)|\(tm\)|cpu|@.*|processor", "", processor().lower())
    return f"{cores()}-core-" + re.sub(r"[^a-z0-9]+", "-", name).strip("-")


class Report:
    """A run that has ended, to be shown."""

    def __init__(
        self, outcome: Outcome, rows: Sequence[Row], entries: Sequence[Entry], rounds: int, quick: bool
    ) -> None:
        self._outcome, self._rounds, self._quick = outcome, rounds, quick
        self._rows = [row for row in rows if row.key in outcome.figures]
        self._names = [entry.name for entry in entries]
        self._absent = [entry.name for entry in ENTRIES if not entry.is_installed()]
        self._left_out = [entry.name for entry in ENTRIES if entry not in entries and entry.is_installed()]
        self._versions = {entry.name: importlib.metadata.version(entry.distribution) for entry in entries}
        self._when = datetime.now(timezone.utc)

    @property
    def file_name(self) -> str:
        return f"{self._when:%Y-%m-%d}-{machine_kind()}.json"

    def conditions(self) -> str:
        """Where and how it was measured, in a few sentences."""
        loads = self._outcome.loads
        versions = ", ".join(f"{name} {version}" for name, version in self._versions.items() if "bare" not in name)
        lines = [
            f"{self._when:%Y-%m-%d}, {processor()}, {cores()} cores, {platform.system()}, Python "
            f"{platform.python_version()}; {versions}.",
            f"{self._rounds} {'quick ' if self._quick else ''}rounds in {self._outcome.seconds / 60:.1f} minutes. "
            f"Load average of the last minute when the rounds began: {loads[0]:.1f} at first, "
            f"{statistics.median(loads):.1f} in the median, {max(loads):.1f} at most.",
        ]
        if self._absent:
            lines.append(f"Not installed, so absent: {', '.join(self._absent)}.")
        if self._left_out:
            lines.append(f"Left out of this run: {', '.join(self._left_out)}.")
        if self._outcome.failures:
            lines.append(f"Failures: {len(self._outcome.failures)}.")
        return "\n".join(lines)

    def table(self) -> str:
        """A row for each figure: our median and quartiles, and the median of each other with the ratio to ours."""
        names = [name for name in self._names if name != OURS]
        cells = [["what", "unit", OURS, *names], ["---", "---", *["---:"] * (len(names) + 1)]]
        for row in self._rows:
            ours = self._outcome.spread(row, OURS)
            mine = f"{shown(ours.median)} ({shown(ours.low)} – {shown(ours.high)})" if ours else ""
            cells.append([self._title(row), row.unit.name, mine, *[self._cell(row, name) for name in names]])
        return "\n".join(f"| {' | '.join(line)} |" for line in cells)

    def _title(self, row: Row) -> str:
        sizes = self._outcome.sizes[row.key]
        size = sizes.get(OURS, max(sizes.values()))
        return row.title.format(size=f"{size:,}", megabytes=size / 1e6)

    def _cell(self, row: Row, name: str) -> str:
        theirs, ratio = self._outcome.spread(row, name), self._outcome.ratio(row, name, OURS)
        if theirs is None:
            return ""
        return shown(theirs.median) + (f" (×{shown(ratio.median)})" if ratio else "")

    def plot(self) -> str:
        lines = []
        for row in self._rows:
            found = {name: self._outcome.ratio(row, name, OURS) for name in self._names if name != OURS}
            if known := {name: ratio for name, ratio in found.items() if ratio}:
                lines.append(Line(self._title(row), known))
        return svg(lines, OURS)

    def data(self) -> dict[str, Any]:
        """All samples, and what is known of the machine."""
        return {
            "when": self._when.isoformat(timespec="seconds"),
            "machine": {"processor": processor(), "cores": cores(), "system": platform.platform()},
            "python": platform.python_version(),
            "versions": self._versions,
            "absent": self._absent,
            "quick": self._quick,
            "rounds": self._rounds,
            "seconds": round(self._outcome.seconds, 1),
            "load averages": [round(load, 2) for load in self._outcome.loads],
            "failures": self._outcome.failures,
            "rows": {
                row.key: {
                    "title": self._title(row),
                    "unit": row.unit.name,
                    "sizes": self._outcome.sizes[row.key],
                    "samples": {
                        name: [float(f"{sample:.6g}") for sample in samples]
                        for name, samples in self._outcome.figures[row.key].items()
                    },
                }
                for row in self._rows
            },
        }

    def write_data(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(self.data(), indent=1, ensure_ascii=False) + "\n")

    def write_page(self, page: Path) -> None:
        """Put the figures between the marks of the page, and the plot beside it."""
        before, begin, rest = page.read_text().partition(BEGIN)
        _, end, after = rest.partition(END)
        if not begin or not end:
            raise ValueError(f"{page} has no place for figures between {BEGIN!r} and {END!r}")
        plot = page.with_suffix(".svg")
        middle = f"\n{self.conditions()}\n\n{self.table()}\n\n![the ratios as a plot]({plot.name})\n"
        page.write_text(f"{before}{begin}{middle}{end}{after}")
        plot.write_text(self.plot())
