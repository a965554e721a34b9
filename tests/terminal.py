"""A program that runs in a terminal: a pseudo-terminal, at which a test types."""

from __future__ import annotations

import contextlib
import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from conftest import ROOT, eventually

SOON = 60.0
"""Seconds after which a test gives up what should have happened long ago."""
_READ = {("0", "0x0"), ("63", "0x0"), ("23", "0x1"), ("270", "0x1"), ("72", "0x1")}
"""`read` of stdin, and `select` of it alone, which readline calls: their numbers, on x86-64 and on arm64."""
_IN_A_TERMINAL = """
import fcntl, os, sys, termios
os.setsid()
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""


class Terminal:
    """A program of Python, and what it has shown so far."""

    def __init__(self, arguments: list[str]) -> None:
        self.master, slave = pty.openpty()
        mode = termios.tcgetattr(slave)
        mode[1] &= ~termios.ONLCR
        termios.tcsetattr(slave, termios.TCSANOW, mode)
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "dumb"}
        command = [sys.executable, "-c", _IN_A_TERMINAL, *arguments]
        self.process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=environment)
        os.close(slave)
        self.shown = ""
        self._seen = 0
        """What was expected so far ends here."""

    def expect(self, text: str) -> str:
        """Wait until this is shown, after what was expected before; gives what came before it."""
        until = time.monotonic() + SOON
        while (at := self.shown.find(text, self._seen)) < 0:
            assert time.monotonic() < until, f"{text!r} did not come; the terminal shows:\n{self.shown}"
            assert self._read(), f"the program has ended without {text!r}; the terminal shows:\n{self.shown}"
        before, self._seen = self.shown[self._seen : at], at + len(text)
        return before

    def type(self, text: str) -> None:
        os.write(self.master, text.encode())

    def answer(self, prompt: str, line: str) -> None:
        """Wait for a prompt, and type this line."""
        self.expect(prompt)
        self.type(line + "\n")

    def interrupt(self) -> None:
        """Press Ctrl-C, once the program reads what is typed: Python shows its prompt before, and what comes between is
        not noticed until a line is typed."""
        self.enter("\x03")

    def enter(self, text: str) -> None:
        """Type once the program reads what is typed."""
        eventually(self._reads, SOON)
        self.type(text)

    def _reads(self) -> bool:
        """Whether its main thread waits in a system call that reads from the terminal."""
        try:
            call = Path(f"/proc/{self.process.pid}/syscall").read_text().split()
        except OSError:
            return False
        return tuple(call[:2]) in _READ

    def ends(self) -> str:
        """Wait until the program has ended; gives what it has shown since what was expected last."""
        until = time.monotonic() + SOON
        while self._read():
            assert time.monotonic() < until, f"the program does not end; the terminal shows:\n{self.shown}"
        self.process.wait(SOON)
        return self.shown[self._seen :]

    def _read(self) -> bool:
        """Take what comes soon; whether more may come."""
        if not select.select([self.master], [], [], 0.2)[0]:
            return self.process.poll() is None
        try:
            data = os.read(self.master, 65536)
        except OSError:  # nobody has the other end any more
            return False
        self.shown += data.decode(errors="replace")
        return bool(data)

    def close(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        os.close(self.master)


@contextlib.contextmanager
def terminal(path: Path, program: str) -> Iterator[Terminal]:
    """Runs a program, which is written to this file."""
    path.write_text(program)
    running = Terminal([str(path)])
    try:
        yield running
    finally:
        running.close()


BEGIN = """
import asyncio, os, sys, threading, time
import ray, ray_proxy
ray.init(address={address!r}, namespace="tests", log_to_driver=False, logging_level="ERROR")
rif = ray_proxy.RemoteInterpreterFactory()
env = rif.get({name!r})

def ask(text="name? "):
    return "hi " + input(text)

def ask_hidden():
    import getpass
    return len(getpass.getpass("key: "))

def ask_or_end():
    try:
        return input("name? ")
    except EOFError:
        return "the end"
    except KeyboardInterrupt:
        return "interrupted"

print("begins", flush=True)
"""
"""What each program begins with: `env` is an interpreter that the test has made."""

Run = Callable[[str], Terminal]


@contextlib.contextmanager
def programs(address: str, name: str, folder: Path) -> Iterator[Run]:
    """Gives what runs a program in a terminal, with the interpreter of that name in the cluster at that address."""
    with contextlib.ExitStack() as stack:

        def run(program: str) -> Terminal:
            begin = BEGIN.format(address=address, name=name)
            running = stack.enter_context(terminal(folder / "program.py", begin + program))
            running.expect("begins")
            return running

        yield run
