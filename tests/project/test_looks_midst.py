"""Looks that come in the midst of another one: interrupts, handlers, threads, forks; and the descriptors they use."""

from __future__ import annotations

import gc
import importlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import forks
import projects
import pytest

from ray_proxy.project import inotify, looks as looks_file, watches
from ray_proxy.project.looks import Looks
from ray_proxy.project.project import Project

source = projects.source
OURS = {looks_file.__file__, watches.__file__, inotify.__file__}
NAMES = ("mone", "mtwo")


class Client:
    def __init__(self, source: Path) -> None:
        projects.write(source, {"mone.py": "K = 0\n", "mtwo.py": "K = 0\n"})
        for name in NAMES:
            importlib.import_module(name)
        self.file = source / "mone.py"
        self.project = Project()
        self.looks = Looks(self.project)
        self.looks.sent(self.project.closure(NAMES))
        self.edits = 0

    def edit(self) -> bytes:
        self.edits += 1
        self.file.write_text(f"K = {self.edits}\n")
        return self.file.read_bytes()

    def told(self) -> list[bytes]:
        return [text.text for text in self.looks.changed()]


@pytest.fixture
def client(source: Path) -> Client:
    return Client(source)


def at_line(number: int, action: Callable[[], Any], during: Callable[[], Any]) -> bool:
    """Does something just before the nth line of our files that a call executes. False if it executes fewer lines."""
    left = [number]

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        if frame.f_code.co_filename not in OURS:
            return None
        if event == "line":
            left[0] -= 1
            if left[0] == 0:
                sys.settrace(None)
                action()
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        during()
    finally:
        sys.settrace(before)
    return left[0] <= 0


def interrupt() -> None:
    raise KeyboardInterrupt


def lines() -> Iterator[int]:
    return iter(range(1, 10_000))


def test_an_edit_outlives_an_interrupt_at_any_line(client: Client) -> None:
    for line in lines():
        text = client.edit()
        try:
            met = at_line(line, interrupt, client.looks.changed)
        except KeyboardInterrupt:
            met = True
        assert client.told() == [text]
        client.looks.sent(client.looks.changed())
        if not met:
            break
    assert line > 20


def test_what_is_sent_outlives_an_interrupt_at_any_line(client: Client) -> None:
    for line in lines():
        client.edit()
        edit = client.looks.changed()
        try:
            met = at_line(line, interrupt, lambda edit=edit: client.looks.sent(edit))  # type: ignore[misc]
        except KeyboardInterrupt:
            met = True
            if client.looks.changed():
                client.looks.sent(edit)
        assert client.told() == []
        if not met:
            break
    assert line > 20


@pytest.mark.parametrize("nested", ["changed", "sent"])
def test_a_handler_may_call_it_at_any_line(nested: str, client: Client) -> None:
    other = client.project.closure(["mtwo"])
    handler = client.looks.changed if nested == "changed" else lambda: client.looks.sent(other)
    for line in lines():
        text = client.edit()
        met = at_line(line, handler, client.looks.changed)
        assert client.told() == [text]
        client.looks.sent(client.looks.changed())
        assert client.told() == []
        if not met:
            break
    assert line > 20


def test_threads_that_look_at_once_see_the_edit(client: Client) -> None:
    start = threading.Barrier(4)
    found: list[list[bytes]] = []

    def look() -> None:
        start.wait()
        found.append(client.told())

    text = client.edit()
    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [[text]] * 4


# ------------------------------------------------------------------------------------------ forks and descriptors


def test_a_forked_child_sees_edits_and_takes_none_from_its_parent(client: Client) -> None:
    assert forks.in_child(lambda: (client.told(), client.edit(), client.told())) == repr(([], b"K = 1\n", [b"K = 1\n"]))
    assert client.told() == [b"K = 1\n"]
    client.looks.sent(client.looks.changed())
    client.edits = 1
    assert client.edit() == b"K = 2\n"
    assert client.told() == [b"K = 2\n"]


def test_a_forked_child_sees_an_edit_from_before_the_fork(client: Client) -> None:
    text = client.edit()
    assert forks.in_child(client.told) == repr([text])
    assert client.told() == [text]


def descriptors() -> set[str]:
    gc.collect()
    found = set()
    for name in os.listdir("/proc/self/fd"):
        try:
            if "inotify" in os.readlink(f"/proc/self/fd/{name}"):
                found.add(name)
        except OSError:
            pass  # that of the listing itself
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="inotify is Linux's")
def test_the_descriptor_is_closed_with_the_object_and_on_exec(source: Path) -> None:
    before = descriptors()
    client = Client(source)
    (descriptor,) = descriptors() - before
    assert not os.get_inheritable(int(descriptor))
    program = "import os; print(sum('inotify' in os.readlink(f'/proc/self/fd/{n}') for n in (0, 1, 2)))"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, close_fds=False).stdout.strip() == b"0"
    del client
    assert descriptors() == before
