"""How cost grows: with live variables, sizes of values, lengths of frames, clients, and interpreters.

Run: python benchmarks/growth.py [--quick] [--page docs/performance.md]

It starts a Ray of its own. Each point is measured in several rounds, all points of a curve in each round, and the
median is shown, so that a load that comes and goes touches all. A curve is flat where the cost of one does not depend
on how many there are.
"""

from __future__ import annotations

import argparse
import gc
import math
import multiprocessing
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

import numpy as np
import ray
from contest.figures import shown

from ray_proxy import RemoteInterpreterFactory

BEGIN, END = "<!-- written by benchmarks/growth.py: begin -->", "<!-- written by benchmarks/growth.py: end -->"
COLOURS = ["#0072b2", "#e69f00", "#009e73"]
WIDTH, HEIGHT, MARGIN, COLUMNS = 300, 170, 60, 2
LONG = 256
"""Messages after which a frame leaves by itself."""
SECONDS = 2.0
"""For which each client asks."""


class Curve(NamedTuple):
    """What was measured over one quantity: by the name of each line, its points."""

    title: str
    over: str
    unit: str
    lines: dict[str, dict[int, float]]


# ------------------------------------------------------------------------------------------------------- the curves


def live_variables(env: Any, counts: Sequence[int], rounds: int) -> Curve:
    """One operation, and one that waits, beside so many variables that live."""
    n = env.put(10)
    kept: list[Any] = []
    pipelined: dict[int, list[float]] = {count: [] for count in counts}
    waited: dict[int, list[float]] = {count: [] for count in counts}
    for _ in range(rounds):
        kept.clear()
        env.sync()
        for count in counts:
            kept += [n + i for i in range(count - len(kept))]
            env.sync()
            pipelined[count].append(each(2_000, lambda: n + 1, env.sync))
            waited[count].append(each(200, lambda: (n + 1).fetch()))
    return curve("beside live variables", "variables", "µs", pipelined=pipelined, waited=waited)


def sizes(env: Any, sizes: Sequence[int], rounds: int) -> Curve:
    """An array there, and back as a copy of one's own."""
    put: dict[int, list[float]] = {size: [] for size in sizes}
    fetched: dict[int, list[float]] = {size: [] for size in sizes}
    for _ in range(rounds):
        for size in sizes:
            array: Any = np.full(size, 7, np.uint8)
            times = 3 if size < 10**8 else 1
            put[size].append(_put(env, array, times))
            there = env.put(array)
            env.sync()
            fetched[size].append(each(times, there.fetch))
            del there
            env.sync()
    return curve("values of so many bytes", "bytes", "ms", put=put, fetch=fetched)


def _put(env: Any, array: Any, times: int) -> float:
    def once() -> None:
        env.put(array)
        env.sync()

    return each(times, once)


def frames(env: Any, lengths: Sequence[int], rounds: int) -> Curve:
    """Operations that are given one after the other, and then waited for: the cost of one."""
    n = env.put(10)
    found: dict[int, list[float]] = {length: [] for length in lengths}
    for _ in range(rounds):
        for length in lengths:

            def run(length: int = length) -> None:
                v = n
                for _ in range(length):
                    v = v + 1
                v.fetch()

            found[length].append(each(max(1, 2_000 // length), run) / length)
    return curve(f"operations before a wait (a frame has at most {LONG})", "operations", "µs", operation=found)


def clients(env: Any, counts: Sequence[int], rounds: int) -> Curve:
    """So many processes ask the same interpreter at the same time; what waits cost the middle and worst one."""
    n = env.put(10)
    context = multiprocessing.get_context("spawn")
    begin, told = context.Queue(), context.Queue()
    processes = [context.Process(target=ask, args=(n, begin, told), daemon=True) for _ in range(max(counts))]
    for process in processes:
        process.start()
    for _ in processes:
        assert told.get(timeout=300) == "there"
    middle: dict[int, list[float]] = {count: [] for count in counts}
    worst: dict[int, list[float]] = {count: [] for count in counts}
    for _ in range(rounds):
        for count in counts:
            start = time.time() + 0.5
            for _ in range(count):
                begin.put(start)
            medians = [told.get(timeout=120) for _ in range(count)]
            middle[count].append(statistics.median(medians))
            worst[count].append(max(medians))
    for _ in processes:
        begin.put(None)
    for process in processes:
        process.join(60)
    return curve("clients that wait at the same time", "clients", "µs", median=middle, worst=worst)


def ask(n: Any, begin: Any, told: Any) -> None:
    """In a client's process: the median of its waits, whenever it is told to begin."""
    n.fetch()
    told.put("there")
    while (start := begin.get()) is not None:
        time.sleep(max(0.0, start - time.time()))
        waits = []
        while time.time() < start + SECONDS:
            before = time.perf_counter()
            (n + 1).fetch()
            waits.append(time.perf_counter() - before)
        told.put(statistics.median(waits))


def interpreters(rif: Any, counts: Sequence[int], rounds: int) -> Curve:
    """One client pipelines to so many interpreters in turn, and waits for each: the cost of one operation."""
    envs = [rif.create() for _ in range(max(counts))]
    numbers = [env.put(10) for env in envs]
    for env in envs:
        env.sync()
    pipelined: dict[int, list[float]] = {count: [] for count in counts}
    waited: dict[int, list[float]] = {count: [] for count in counts}
    for _ in range(rounds):
        for count in counts:
            used = numbers[:count]

            def sync(count: int = count) -> None:
                for env in envs[:count]:
                    env.sync()

            def add(used: list[Any] = used) -> None:
                for n in used:
                    n + 1

            def fetch(used: list[Any] = used) -> None:
                for n in used:
                    (n + 1).fetch()

            pipelined[count].append(each(max(1, 4_000 // count), add, sync) / count)
            waited[count].append(each(max(1, 200 // count), fetch) / count)
    for env in envs:
        env.destroy()
    return curve("interpreters of one client, in turn", "interpreters", "µs", pipelined=pipelined, waited=waited)


def each(times: int, work: Callable[[], object], then: Callable[[], object] | None = None) -> float:
    """Seconds that the work takes each time, with what is done once after all of them."""
    gc.collect()
    start = time.perf_counter()
    for _ in range(times):
        work()
    if then is not None:
        then()
    return (time.perf_counter() - start) / times


def curve(title: str, over: str, unit: str, **lines: dict[int, list[float]]) -> Curve:
    scale = {"µs": 1e6, "ms": 1e3}[unit]
    found = {name: {at: scale * statistics.median(all) for at, all in line.items()} for name, line in lines.items()}
    return Curve(title, over, unit, found)


# ------------------------------------------------------------------------------------------------------- the page


def table(curves: Sequence[Curve]) -> str:
    lines = []
    for curve in curves:
        points = list(next(iter(curve.lines.values())))
        lines += [
            f"| {curve.title} | {' | '.join(f'{at:,}' for at in points)} |",
            f"| --- |{' ---: |' * len(points)}",
            *(
                f"| {name}, {curve.unit} | {' | '.join(shown(line[at]) for at in points)} |"
                for name, line in curve.lines.items()
            ),
            "",
        ]
    return "\n".join(lines).rstrip()


def svg(curves: Sequence[Curve]) -> str:
    """A panel for each curve, both scales logarithmic."""
    rows = math.ceil(len(curves) / COLUMNS)
    total, height = COLUMNS * (WIDTH + 2 * MARGIN), rows * (HEIGHT + 2 * MARGIN)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {total} {height}" width="{total}" height="{height}" '
        'font-family="system-ui, sans-serif" font-size="11">',
        f'<rect width="{total}" height="{height}" fill="white"/>',
    ]
    for number, curve in enumerate(curves):
        left = (number % COLUMNS) * (WIDTH + 2 * MARGIN) + MARGIN
        top = (number // COLUMNS) * (HEIGHT + 2 * MARGIN) + MARGIN
        parts += [f'<g transform="translate({left},{top})">', *_panel(curve), "</g>"]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _panel(curve: Curve) -> list[str]:
    across = [at for line in curve.lines.values() for at in line]
    values = [value for line in curve.lines.values() for value in line.values()]
    right = max(math.log10(max(across)), 1.0)
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)) + 0.001)

    def x(at: float) -> float:
        return WIDTH * math.log10(at) / right

    def y(value: float) -> float:
        return HEIGHT * (1 - (math.log10(value) - low) / (high - low))

    parts = [f'<text x="0" y="-24" font-weight="bold">{escape(curve.title)}</text>']
    for power in range(low, high + 1):
        tick = y(10.0**power)
        parts.append(f'<line x1="0" x2="{WIDTH}" y1="{tick:.1f}" y2="{tick:.1f}" stroke="#ddd"/>')
        parts.append(f'<text x="-6" y="{tick + 4:.1f}" text-anchor="end">{shown(10.0**power)} {curve.unit}</text>')
    for at in sorted(set(across)):
        parts.append(f'<text x="{x(at):.1f}" y="{HEIGHT + 16}" text-anchor="middle">{_short(at)}</text>')
    for number, (name, line) in enumerate(curve.lines.items()):
        colour = COLOURS[number]
        points = " ".join(f"{x(at):.1f},{y(value):.1f}" for at, value in line.items())
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        for at, value in line.items():
            tip = f"{name}, {at:,} {curve.over}: {shown(value)} {curve.unit}"
            circle = f'<circle cx="{x(at):.1f}" cy="{y(value):.1f}" r="3.5" fill="{colour}">'
            parts.append(f"{circle}<title>{escape(tip)}</title></circle>")
        parts.append(f'<text x="{90 * number}" y="-8" fill="{colour}">{escape(name)}</text>')
    return parts


def _short(number: int) -> str:
    for power, name in ((9, "G"), (6, "M"), (3, "k")):
        if number >= 10**power:
            return f"{number // 10**power}{name}"
    return str(number)


def write_page(page: Path, curves: Sequence[Curve], conditions: str) -> None:
    before, begin, rest = page.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{page} has no place for figures between {BEGIN!r} and {END!r}")
    plot = page.with_name("growth.svg")
    page.write_text(f"{before}{begin}\n{conditions}\n\n{table(curves)}\n\n![the curves]({plot.name})\n{end}{after}")
    plot.write_text(svg(curves))


def main(args: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Measure how cost grows.")
    parser.add_argument("--quick", action="store_true", help="fewer and smaller points, one round")
    parser.add_argument("--page", type=Path, help="put tables and plots on this page")
    options = parser.parse_args(args)
    quick, rounds = options.quick, 1 if options.quick else 5
    ray.init(include_dashboard=False, log_to_driver=False, num_cpus=32, object_store_memory=4 * 10**9)
    rif = RemoteInterpreterFactory()
    load = os.getloadavg()[0]
    with rif.create() as env:
        curves = [
            live_variables(env, [1, 100, 1_000] if quick else [1, 10, 100, 1_000, 10_000, 100_000], rounds),
            frames(env, [1, 10, 100] if quick else [1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000], rounds),
            sizes(env, [10, 10**6] if quick else [10, 10**3, 10**5, 10**6, 10**7, 10**8, 10**9], min(rounds, 3)),
            clients(env, [1, 2] if quick else [1, 2, 4, 8, 16, 32, 64], min(rounds, 3)),
        ]
    curves.append(interpreters(rif, [1, 2] if quick else [1, 2, 4, 8, 16], rounds))
    ray.shutdown()
    after = os.getloadavg()[0]
    conditions = (
        f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores; load average {load:.1f} before, {after:.1f} after."
    )
    print(f"{conditions}\n\n{table(curves)}")
    if options.page:
        write_page(options.page, curves, conditions)
    return 0


if __name__ == "__main__":
    sys.exit(main())
