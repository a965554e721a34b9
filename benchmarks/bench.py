"""How fast this package is, beside raw Ray actors, RPyC, Pyro5, Dask actors, and the least that is possible.

Run: python benchmarks/bench.py [--quick] [--only PATTERN] [--rounds N] [--json [FILE]] [--page docs/performance.md]

It starts a Ray of its own. Peers that are not installed (``pip install 'ray-proxy[bench]'``) are named and left out.
``--quick`` takes about a minute and leaves the peers out. It exits with 1 where a contender has failed at a work.

Why the figures can be trusted, as far as they can:

- All are measured in one run. In each round, every contender does each work in turn, next to the others, and another
  one begins in each round. A load that comes and goes touches all of them. Ratios are taken round by round, and the
  median of these is shown. pyperf is made for one function at a time: it runs one benchmark to its end, then the
  next, so a machine that is slower in the second half would be counted against whoever comes second. That is why it
  is not used here.
- Each contender has a process of its own, and each its server: no library changes another one's threads, signals or
  heap. While one works, the others sleep. What is measured of memory has a new process for each sample.
- A tenth of each work is done once before its first sample, and not counted: imports, caches and connections are
  warm.
- Before each sample the garbage is collected, in the contender's process. The collector stays on during the sample,
  as it does in programs.
- Shown are medians and quartiles. The load average is noted at the beginning of each round.
- Each work checks its result, so nobody is fast by not doing it.

- Ray lowers the priority of its processes (niceness 15). On a machine that does other things, that would be counted
  against whoever uses Ray, so here it does not.

What they cannot tell: the frequency of the processor is not fixed, nothing is pinned to a core, and a Ray idles beside
all of them. A contender that would take minutes does less of a work; rates and times are per operation.
"""

from __future__ import annotations

import argparse
import fnmatch
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from contest.contenders import ENTRIES
from contest.harness import Contest
from contest.report import Report
from contest.works import WORKS

HERE = Path(__file__).parent
ROUNDS, QUICK_ROUNDS = 7, 3


def parse(args: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure this package beside its peers.")
    parser.add_argument("--quick", action="store_true", help="small sizes, 3 rounds, no peers: about a minute")
    parser.add_argument("--only", metavar="PATTERN", default="*", help="rows whose key matches, such as 'iterate_*'")
    parser.add_argument("--rounds", type=int, metavar="N", help=f"default: {ROUNDS}, or {QUICK_ROUNDS} with --quick")
    parser.add_argument("--json", nargs="?", const="", metavar="FILE", help="write all samples; default: results/…")
    parser.add_argument("--page", type=Path, help="put table and plot on this page; writes the samples, too")
    return parser.parse_args(args)


def main(args: Sequence[str] | None = None) -> int:
    options = parse(args)
    pattern = options.only if any(sign in options.only for sign in "*?[") else f"{options.only}*"
    works = [work for work in WORKS if any(fnmatch.fnmatchcase(row.key, pattern) for row in work.rows)]
    if not works:
        keys = ", ".join(row.key for work in WORKS for row in work.rows)
        print(f"no work matches {options.only!r}; there are: {keys}", file=sys.stderr)
        return 2
    entries = [entry for entry in ENTRIES if entry.is_installed() and not (options.quick and entry.peer)]
    for entry in ENTRIES:
        if not entry.is_installed():
            print(f"not installed, so absent: {entry.name}")
    rounds = options.rounds or (QUICK_ROUNDS if options.quick else ROUNDS)

    path = os.pathsep.join(filter(None, [str(HERE), os.environ.get("PYTHONPATH")]))
    os.environ.update(PYTHONPATH=path, RAY_worker_niceness="0")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # what is compiled at each import is not what is measured
    import ray

    ray.init(
        "local",
        num_cpus=32,  # logical: nobody shall wait for a place
        include_dashboard=False,
        log_to_driver=False,
        logging_level="error",
        _node_ip_address="127.0.0.1",
        object_store_memory=2_000_000_000,
    )
    try:
        address = ray.get_runtime_context().gcs_address
        outcome = Contest(works, entries, address, options.quick, lambda text: print(text, flush=True)).run(rounds)
    finally:
        ray.shutdown()
    report = Report(outcome, [row for work in works for row in work.rows], entries, rounds, options.quick)
    print(f"\n{report.conditions()}\n\n{report.table()}")
    if options.page:
        report.write_page(options.page)
    if options.json is not None or options.page:
        report.write_data(Path(options.json) if options.json else HERE / "results" / report.file_name)
    return 1 if outcome.failures else 0


if __name__ == "__main__":
    sys.exit(main())
