"""All that user code writes to stdout and stderr is handed out, live and in order, with whose it is."""

from __future__ import annotations

import contextlib
import ctypes
import logging
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
import warnings

from alone import alone
from written import SOON, Heard

LIBC = ctypes.CDLL(None)


def shell(command: str) -> None:
    subprocess.run(command, shell=True, check=True)


# ------------------------------------------------------------------------------------------ what is taken


def in_one_process_all_comes() -> None:
    old = logging.StreamHandler()
    with Heard() as heard:
        heard.capture.begin("x", 0)
        print("printed", 1)
        os.write(1, b"written\n")
        LIBC.puts(b"by C")
        LIBC.printf(b"by C, no end;")
        os.system("echo by a shell")
        shell("echo by a child; echo by its stderr >&2")
        sys.stdout.buffer.write(b"bytes\n")
        print("hidden", file=sys.__stdout__)
        print("1/2", end="\r")
        print("no end", end="")
        assert heard.now("x") == (
            "printed 1\nwritten\nby C\nby C, no end;by a shell\nby a child\nbytes\nhidden\n1/2\rno end"
        )
        print("error", file=sys.stderr)
        warnings.warn("a warning", stacklevel=1)
        logging.getLogger("some").warning("last resort")
        old.emit(logging.LogRecord("some", logging.INFO, "", 1, "an old handler", (), None))
        faults = heard.now("x", 2)
        assert faults.startswith("by its stderr\nerror\n")
        assert "UserWarning: a warning" in faults
        assert faults.endswith("last resort\nan old handler\n")


def test_all_ways_to_write_are_taken_as_they_are() -> None:
    alone(in_one_process_all_comes)


def python_and_c_in_order() -> None:
    with Heard() as heard:
        heard.capture.begin("x", 0)
        expected = []
        for at in range(300):
            (print, sys.stderr.write)[at % 2](f"{at}" + "\n" * (at % 2))
            expected.append((1 + at % 2, f"{at}\n"))
        heard.capture.drain("x")
        assert [(number, data.decode()) for _, _, number, data, _ in heard.pieces] == expected
        os.write(1, b"c1\n")
        print("p1", file=sys.stderr)
        os.write(1, b"c2\n")
        heard.capture.drain("x")
        assert [data for _, _, _, data, _ in heard.pieces[300:]] == [b"c1\n", b"p1\n", b"c2\n"]


def test_both_streams_keep_their_common_order() -> None:
    alone(python_and_c_in_order)


def unprintable_text() -> None:
    with Heard() as heard:
        heard.capture.begin("x", 0)
        print("\ud800 ä", flush=True)
        print(b"\xff")
        assert heard.now("x") == "\\ud800 ä\nb'\\xff'\n"
        assert (sys.stdout.encoding, sys.stdout.errors, sys.stdout.isatty()) == ("utf-8", "backslashreplace", False)
        assert (sys.stdout.fileno(), sys.stderr.fileno(), sys.stdout.name, sys.stdout.mode) == (1, 2, "<stdout>", "w")
        sys.stdout.reconfigure(line_buffering=False, write_through=False)  # type: ignore[union-attr]
        print("a line")
        heard.wait("x", "a line\n")
        sys.stdout.close()
        print("not closed")
        assert heard.now("x").endswith("not closed\n")


def test_the_streams_are_as_those_of_a_process_and_cannot_be_broken() -> None:
    alone(unprintable_text)


# --------------------------------------------------------------------------------------------------- when


def live() -> None:
    with Heard() as heard:
        heard.capture.begin("x", 0)
        print("a line")
        heard.wait("x", "a line\n")
        print("no end", end="")
        heard.wait("x", "no end")
        os.write(2, b"by C")
        heard.wait("x", "by C", 2)
        child = subprocess.Popen([sys.executable, "-c", "import time; print('child'); time.sleep(60)"])
        heard.wait("x", "child\n")
        child.kill()
        child.wait()


def test_it_comes_at_once_also_without_an_end_of_line_and_from_a_child_that_goes_on() -> None:
    alone(live)


# -------------------------------------------------------------------------------------------------- whose


def threads_and_pools() -> None:
    from concurrent.futures import ThreadPoolExecutor

    with Heard() as heard:
        capture, go = heard.capture, threading.Event()

        def later() -> None:
            go.wait()
            print("late")
            grandchild = threading.Thread(target=print, args=("later",))
            grandchild.start()
            grandchild.join()

        capture.begin("x", 1)
        thread = threading.Thread(target=later)
        thread.start()
        pool = ThreadPoolExecutor(1)
        pool.submit(print, "job of x").result()
        capture.begin("y", 2)
        go.set()
        thread.join()
        pool.submit(print, "job of y").result()
        capture.drain("x")
        capture.drain("y")
        assert heard.of("x", origin=1) == "job of x\nlate\nlater\n"
        assert heard.of("y", origin=2) == "job of y\n"


def test_a_thread_is_of_who_started_it_and_a_job_of_who_submitted_it() -> None:
    alone(threads_and_pools)


def tasks() -> None:
    import asyncio

    async def late() -> None:
        await asyncio.sleep(0)
        print("late")

    with Heard() as heard:
        loop = asyncio.new_event_loop()
        heard.capture.begin("x", 1)
        task = loop.create_task(late())
        heard.capture.begin("y", 2)
        loop.run_until_complete(task)
        loop.close()
        assert (heard.now("x"), heard.now("y")) == ("late\n", "")


def test_a_task_is_of_who_made_it() -> None:
    alone(tasks)


def children() -> None:
    with Heard() as heard:
        heard.capture.begin("x", 1)
        child = subprocess.Popen("read _; echo late", shell=True, stdin=subprocess.PIPE)
        heard.capture.begin("y", 2)
        os.system("echo mine")
        child.communicate(b"\n")
        assert (heard.now("x"), heard.now("y")) == ("late\n", "mine\n")


def test_a_child_is_of_who_started_it() -> None:
    alone(children)


def nested() -> None:
    with Heard() as heard:
        capture = heard.capture
        capture.begin("x", 1)
        print("before", end=" ")
        outer = capture.begin("y", 2)
        print("inner")
        LIBC.puts(b"C")
        capture.end(outer)
        print("after")
        LIBC.puts(b"C")
        capture.drain("x")
        capture.drain("y")
        assert (heard.of("x", origin=1), heard.of("y", origin=2)) == ("before after\nC\n", "inner\nC\n")


def test_what_is_nested_in_a_call_is_its_own_and_what_follows_is_the_outer_one_s() -> None:
    alone(nested)


def origins() -> None:
    with Heard() as heard:
        for cell in (1, 2, 3):
            heard.capture.begin("x", cell)
            print("text", cell)
            LIBC.printf(b"C %d", cell)
        heard.capture.drain("x")
        assert [heard.of("x", origin=cell) for cell in (1, 2, 3)] == ["text 1\nC 1", "text 2\nC 2", "text 3\nC 3"]


def test_each_origin_has_its_own() -> None:
    alone(origins)


def nobody() -> None:
    with Heard() as heard:
        capture = heard.capture
        print("before all")
        capture.begin("x", 1)
        thread_may_print = threading.Event()
        thread = threading.Thread(target=lambda: (thread_may_print.wait(SOON), print("late")))
        thread.start()
        child = subprocess.Popen("read _; echo child", shell=True, stdin=subprocess.PIPE)
        capture.forget("x")
        print("after it")
        os.write(1, b"by C\n")
        thread_may_print.set()
        thread.join()
        child.communicate(b"\n")
        heard.wait("x", "child\n")
        heard.wait("", "by C\n")
        assert heard.of("") == "before all\nafter it\nby C\n"
        assert heard.of("x") == "late\nchild\n"


def test_threads_and_children_of_a_session_that_has_ended_are_heard_still() -> None:
    alone(nobody)


def many_sessions() -> None:
    with Heard() as heard:
        before = len(os.listdir("/proc/self/fd"))
        for number in range(200):
            session = f"s{number}"
            heard.capture.begin(session, 0)
            if number % 2:
                print(number)
            heard.capture.forget(session)
            assert heard.of(session) == f"{number}\n" * (number % 2)
        assert len(os.listdir("/proc/self/fd")) <= before + 40
        left = [name for name in os.listdir(os.path.dirname(heard.base)) if name.endswith(".out")]
        assert 100 <= len(left) <= 120  # what was written stays, and empty files do not


def test_many_sessions_leave_neither_descriptors_nor_empty_files() -> None:
    alone(many_sessions)


# ------------------------------------------------------------------------------------------ it cannot harm


def flood() -> None:
    with Heard() as heard:
        heard.capture.begin("x", 0)
        shell("head -c 200000000 /dev/zero | tr '\\0' y")
        heard.capture.drain("x")
        got = sum(len(data) for _, _, _, data, _ in heard.pieces)
        left_out = sum(left for *_, left in heard.pieces)
        assert got + left_out == 200_000_000
        files = os.path.dirname(heard.base)
        blocks = sum(os.stat(os.path.join(files, name)).st_blocks for name in os.listdir(files))
        assert blocks * 512 < 100_000_000


def test_a_flood_fills_neither_memory_nor_disk() -> None:
    alone(flood, seconds=60)


def muted() -> None:
    with Heard() as heard:
        with heard.capture.muted():
            heard.capture.begin("x", 0)
            print("again")
        print("new")
        assert heard.now("x") == "new\n"


def test_what_is_muted_is_in_the_files_alone() -> None:
    alone(muted)


def forks() -> None:
    with Heard() as heard:
        heard.capture.begin("x", 0)
        stop = threading.Event()
        thread = threading.Thread(target=lambda: [print("thread") for _ in iter(stop.is_set, True)])
        thread.start()
        for number in range(30):
            if (pid := os.fork()) == 0:
                print("child", number)
                os.system(f"echo grandchild {number}")
                os._exit(0)
            os.waitpid(pid, 0)
        stop.set()
        thread.join()
        lines = heard.now("x").splitlines()
        for number in range(30):
            assert f"child {number}" in lines
            assert f"grandchild {number}" in lines


def test_forked_children_write_while_a_thread_prints() -> None:
    alone(forks, seconds=60)


def say(text: str) -> None:
    print(text, flush=True)


def processes() -> None:
    with Heard() as heard:
        heard.capture.begin("x", 0)
        for method in ("fork", "spawn"):
            child = multiprocessing.get_context(method).Process(target=say, args=(method,))
            child.start()
            child.join()
        assert heard.now("x") == "fork\nspawn\n"


def test_processes_of_multiprocessing_are_heard() -> None:
    alone(processes, seconds=60)


def pending_in_child() -> None:
    with Heard() as heard:
        heard.capture.begin("x", 0)
        print("once", end="")
        if (pid := os.fork()) == 0:
            print("child")
            os._exit(0)
        os.waitpid(pid, 0)
        print("parent")
        assert heard.now("x") == "child\nonceparent\n"


def test_what_waits_is_not_written_again_by_a_child() -> None:
    alone(pending_in_child)


def handler_prints() -> None:
    with Heard() as heard:
        heard.capture.begin("x", 0)
        signal.signal(signal.SIGALRM, lambda number, frame: print("handler"))
        signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
        for number in range(20000):
            print("line", number)
        signal.setitimer(signal.ITIMER_REAL, 0)
        text = heard.now("x")
        while "handler\n" in text:  # one may come in the middle of another
            text = text.replace("handler\n", "")
        assert text == "".join(f"line {number}\n" for number in range(20000))


def test_a_signal_handler_may_print_in_the_middle_of_a_print() -> None:
    alone(handler_prints, seconds=60)


def under_the_lock() -> None:
    with Heard() as heard:
        heard.capture.begin("x", 0)
        ctypes.PyDLL(None).dprintf(1, b"%s", b"x" * 2_000_000)
        print()
        assert sum(len(data) + left for *_, data, left in heard.pieces) == 0
        heard.capture.drain("x")
        assert sum(len(data) + left for *_, data, left in heard.pieces) == 2_000_001


def test_c_code_that_keeps_python_s_lock_is_not_held_up() -> None:
    alone(under_the_lock)


# -------------------------------------------------------------------------------------------------- the end

CRASH = """
import faulthandler, os, sys
from ray_proxy.output.capture import Capture
faulthandler.enable()
capture = Capture(sys.argv[1])
capture.begin("x", 0)
print("last words")
import contextlib
import ctypes
ctypes.string_at(0)
"""


def test_a_crash_leaves_its_last_words_in_the_files(tmp_path: object) -> None:
    base = os.path.join(str(tmp_path), "out")
    done = subprocess.run([sys.executable, "-c", CRASH, base], timeout=60, check=False)
    assert done.returncode == -signal.SIGSEGV
    with open(base + "-1.out") as out, open(base + "-1.err") as err:
        assert out.read() == "last words\n"
        assert "Segmentation fault" in err.read()


def interrupted() -> None:
    with Heard() as heard:
        heard.capture.begin("x", 0)
        seen, main = 0, threading.get_ident()
        stop = threading.Event()

        def interrupt() -> None:
            while not stop.wait(0.002):
                signal.pthread_kill(main, signal.SIGINT)

        thread = threading.Thread(target=interrupt)
        thread.start()
        until = time.monotonic() + 2
        while time.monotonic() < until:
            try:
                while time.monotonic() < until:
                    print("line", "of", "words")
            except KeyboardInterrupt:
                seen += 1
        while signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:  # the last one may come even here
            with contextlib.suppress(KeyboardInterrupt):
                stop.set()
                thread.join()
                signal.signal(signal.SIGINT, signal.SIG_IGN)
        assert seen > 10
        print("\nall is well")
        assert heard.now("x").endswith("\nall is well\n")


def test_interrupts_break_nothing() -> None:
    alone(interrupted, seconds=60)
