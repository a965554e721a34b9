"""Executes a log again: `replay(log)` compares every answer with the recorded one."""

from __future__ import annotations

import asyncio
import math
import os
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any

from ..errors import LogError
from . import apart
from .comparison import Comparison
from .operations import operations
from .output import Output, Silence
from .reader import Log
from .records import Left, Wrote
from .replayer import Replayer, other_threads
from .report import DIFFERENCES, Report
from .sameness import Tolerance


def replay(
    log: Log | str | os.PathLike[str] | bytes,
    *,
    volatile: Sequence[str] = (),
    by_type: bool = False,
    rtol: float = 0.0,
    atol: float = 0.0,
    output: bool = False,
    differences: int = DIFFERENCES,
    timeout: float | None = None,
    isolated: bool = False,
) -> Report:
    """Execute a log on a fresh interpreter, without Ray, and compare every answer.

    That is done in this process; or in another one, with the paths and the folder of this one, where that is asked for,
    a `timeout` is given, or the log tells by which hash seed the texts in the sets of its interpreter were in the order
    in which they were (`Began.hash_seed`), and that is not ours.

    Addresses in texts (``0x7f…``) are never compared, nor are tracebacks, of which the text differs between versions of
    Python.

    Args:
        log: a log, or its path or content.
        volatile: operations whose values are compared by their type alone, and so is what is computed from their
            results, or assigned from them: ``"#18"`` is an operation of that number, ``"v9"`` what variable 9 is made
            by, and everything else a pattern of `fnmatch` for the text of an operation, as in ``"*.time"``. What they
            are given to, as arguments of a method, may have to be named as well.
        by_type: compare all values by their type alone.
        rtol, atol: how far numbers may be apart that were computed with rounding, by another BLAS or GPU:
            ``|was - now| <= atol + rtol * |was|``, and NaN is NaN. These are floats, complex numbers, and those in
            arrays of numpy, frames of pandas and tensors of torch, of which the device is not compared then. Shapes and
            types are compared, and all else exactly; so is a value of 1 MB and more, of which there is but a checksum.
        output: compare what the code writes to ``sys.stdout`` and ``sys.stderr``, too, which is shown nowhere then: the
            text as a whole of each client, save addresses. Where a part is missing in the log, nothing is compared.
            What child processes and C code have written counts as missing now.
        differences: how many are told.
        timeout: seconds after which the code of the log is ended; None: never. The report is then false, and tells
            where that was.
        isolated: in a process of its own: there, code of the log that ends the process, or changes it, does no harm.

    Raises:
        LogError: the log cannot be read at all, or not by this version. Where it is damaged further on, the report
            tells, and is false.
        ValueError: `timeout` is not above 0; `rtol` or `atol` is negative or not finite.
    """
    if timeout is not None and not 0 < timeout < math.inf:
        raise ValueError(f"timeout is a number of seconds above 0, not {timeout!r}")
    tolerance = Tolerance(rtol, atol)
    tolerance.check()
    log = log if isinstance(log, Log) else Log(log)
    how = {"volatile": list(volatile), "by_type": by_type, "tolerance": tolerance, "differences": differences}
    how["output"] = output
    if timeout is None and not isolated and log.began.hash_seed in (None, apart.hash_seed()):
        return _replay(log, how)
    return _replay_apart(log, how, timeout)


def _replay_apart(log: Log, how: dict[str, Any], timeout: float | None) -> Report:
    began = time.perf_counter()
    seed = apart.hash_seed() if log.began.hash_seed is None else log.began.hash_seed
    source = log.source if isinstance(log.source, str) else bytes(log.source)
    told = apart.call(__name__, "_replay_for_another", source, how, seed=seed, timeout=timeout)
    if not told.ended:
        report: Report = told.result
        return report
    report = Report() if told.result is None else told.result
    at = told.numbers[1] + told.numbers[2] if told.numbers[0] and told.numbers[1] else 0
    report.operations = max(report.operations, at - 1)
    report.problem = f"the replay has not come to its end, for {told.ended}"
    report.damaged = True
    if at:
        text = next((operation.text for operation in operations(log) if operation.number == at), "")
        report.problem += f", in operation #{at} {text}"
    report.seconds = time.perf_counter() - began
    return report


def _replay_for_another(
    tell: Callable[[Report], None], numbers: Any, source: str | bytes, how: dict[str, Any]
) -> Report:
    """In the other process."""
    return _replay(Log(source), how, tell, numbers)


def _replay(
    log: Log, how: dict[str, Any], tell: Callable[[Report], None] = lambda report: None, progress: Any = None
) -> Report:
    """Execute a log in this process.

    Args:
        tell: is called with what is found so far, when that is more than before.
        progress: shared memory, as `Interpreter.progress`, for the numbers of operations: what is being executed is the
            first number and the second.
    """
    report = Report()
    replayer = Replayer(log)
    if progress is not None:
        replayer.interpreter.progress = progress
    differences = how["differences"]
    output = Output(replayer) if how["output"] else None
    comparison = Comparison(replayer, how["volatile"], how["by_type"], how["tolerance"])

    def execute(halted: threading.Event) -> None:
        damage: LogError | None = None
        listener = Silence(other_threads()) if output is None else output
        try:
            for record in replayer.log:
                if halted.is_set():
                    return
                with listener.listening():
                    replayed = replayer.apply(record)
                found = len(report.differences)
                if output is not None:
                    if isinstance(record, Wrote):
                        output.recorded(record)
                    if replayed is not None:
                        output.compare(replayed.step)
                if replayed is not None:
                    report.add(comparison.differences(replayed), differences)
                elif type(record) is Left:
                    report.add(comparison.late_differences(record), differences)
                if len(report.differences) > found:
                    tell(report)
        except LogError as error:
            damage = error
        if output is not None:
            report.add(output.differences(), differences)
        report.finish(replayer)
        if damage is not None:
            report.problem = "; ".join([*([report.problem] if report.problem else []), str(damage)])
            report.damaged = True
        report.unknown, report.unmatched = comparison.unknown, comparison.unmatched()

    try:
        _without_running_loop(execute)
    finally:
        loop = replayer.interpreter.coroutines.loop
        if loop is not None and not loop.is_running():
            loop.close()
        replayer.interpreter.end_code()
    return report


def _without_running_loop(work: Callable[[threading.Event], None]) -> None:
    """Do `work`, for which no event loop may be running: coroutines of the log are run by one of their own.

    In a notebook, and in any coroutine, one is running in this thread, so it is done in another one. An interrupt
    tells that one to halt after the record that it is at.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        work(threading.Event())
        return
    done: Future[None] = Future()
    halted = threading.Event()

    def run() -> None:
        try:
            work(halted)
        except BaseException as error:
            done.set_exception(error)
        else:
            done.set_result(None)

    try:
        threading.Thread(target=run, name="ray-proxy-replay", daemon=True).start()
        done.result()
    except BaseException:
        halted.set()
        raise
