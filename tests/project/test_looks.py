"""Edits are seen, in every way in which files are written; what is no edit is not."""

from __future__ import annotations

import importlib
import os
import resource
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import projects
import pytest

from ray_proxy.project.inotify import Inotify
from ray_proxy.project.looks import Looks
from ray_proxy.project.project import Project
from ray_proxy.project.texts import read_module

source = projects.source
NAMES = ("p", "p.m", "p.n", "one")
LONG = 30.0
"""Seconds within which what is promised soon must come."""


class Client:
    """A conversation whose interpreter has the modules of `NAMES`."""

    def __init__(self, source: Path, notified: bool = True) -> None:
        projects.write(
            source, {"p/__init__.py": "", "p/m.py": "K = 1\n", "p/n.py": "import p.m\n", "one.py": "K = 1\n"}
        )
        for name in NAMES:
            importlib.import_module(name)
        self.project = Project()
        self.looks = Looks(self.project, notified)
        self.looks.sent(self.project.closure(NAMES))

    def changed(self) -> list[str]:
        """The names of what was edited, by a look at all."""
        return [text.name for text in self.looks.changed(NAMES)]

    def told(self) -> list[str]:
        """The names of what was edited, as far as the system tells."""
        return [text.name for text in self.looks.changed()]

    def soon(self) -> list[str]:
        end = time.monotonic() + LONG
        while not (found := self.told()):
            assert time.monotonic() < end
        return found


@pytest.fixture(params=[True, False], ids=["notified", "looking"])
def client(source: Path, request: pytest.FixtureRequest) -> Client:
    return Client(source, request.param)


@pytest.fixture
def notified(source: Path) -> Client:
    return Client(source)


def in_place(path: Path, text: str) -> None:
    path.write_text(text)


def atomically(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_text(text)
    temporary.replace(path)


def with_a_backup(path: Path, text: str) -> None:
    """As vim does: the file becomes the backup, and a new one is written."""
    path.rename(path.with_name(path.name + "~"))
    path.write_text(text)
    path.with_name(path.name + "~").unlink()


def anew(path: Path, text: str) -> None:
    path.unlink()
    path.write_text(text)


def from_elsewhere(path: Path, text: str) -> None:
    other = path.parent.parent / "written_elsewhere"
    other.write_text(text)
    shutil.move(other, path)


def by_a_hard_link(path: Path, text: str) -> None:
    other = path.with_name("other")
    other.write_text(text)
    path.unlink()
    os.link(other, path)


def by_parts(path: Path, text: str) -> None:
    with open(path, "w") as stream:
        for letter in text:
            stream.write(letter)
            stream.flush()


WAYS = [in_place, atomically, with_a_backup, anew, from_elsewhere, by_a_hard_link, by_parts]


@pytest.mark.parametrize("write", WAYS)
def test_a_saved_file_is_an_edit(write: Callable[[Path, str], None], source: Path, client: Client) -> None:
    assert client.changed() == []
    write(source / "p" / "m.py", "K = 2\n")
    assert client.changed() == ["p.m"]
    assert client.soon() == ["p.m"]


@pytest.mark.parametrize("write", WAYS)
def test_a_saved_file_is_told_of_at_once(write: Callable[[Path, str], None], source: Path, notified: Client) -> None:
    assert notified.told() == []
    write(source / "p" / "m.py", "K = 2\n")
    (found,) = notified.looks.changed()
    assert (found.name, found.text) == ("p.m", b"K = 2\n")


def test_an_edit_comes_until_it_is_sent(source: Path, client: Client) -> None:
    in_place(source / "one.py", "K = 2\n")
    first = client.looks.changed(NAMES)
    assert client.looks.changed(NAMES) == first
    client.looks.sent(first)
    assert client.changed() == []
    assert client.told() == []


def test_edits_come_in_the_order_of_import(source: Path, client: Client) -> None:
    for path in ("one.py", "p/n.py", "p/m.py"):
        in_place(source / path, "K = 2\nimport p.m\n" if path == "p/n.py" else "K = 2\n")
    assert client.changed() == ["p.m", "p.n", "one"]


def test_a_touched_file_is_no_edit(source: Path, client: Client) -> None:
    os.utime(source / "one.py", (1, 1))
    atomically(source / "p" / "m.py", "K = 1\n")
    assert client.changed() == []
    assert client.told() == []


def test_a_file_that_is_as_it_was_sent_again_is_no_edit(source: Path, client: Client) -> None:
    in_place(source / "one.py", "K = 2\n")
    assert client.changed() == ["one"]
    in_place(source / "one.py", "K = 1\n")
    assert client.changed() == []


def test_a_file_of_the_same_size_and_time_is_an_edit(source: Path, client: Client) -> None:
    """Another inode shows it."""
    before = (source / "one.py").stat()
    other = source / "other"
    other.write_text("K = 2\n")
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.replace(source / "one.py")
    assert client.changed() == ["one"]


def test_a_file_that_changed_before_it_was_sent_is_an_edit(source: Path, client: Client) -> None:
    text = client.project.text("one")
    assert text is not None
    in_place(source / "one.py", "K = 3\n")
    client.looks.sent([text])
    assert client.soon() == ["one"]


def test_a_removed_file_is_no_edit_until_it_comes_back(source: Path, client: Client) -> None:
    (source / "one.py").unlink()
    assert client.changed() == []
    assert client.told() == []
    (source / "one.py").write_text("K = 1\n")
    assert client.changed() == []
    (source / "one.py").unlink()
    assert client.changed() == []
    (source / "one.py").write_text("K = 2\n")
    assert client.soon() == ["one"]


# ------------------------------------------------------------------------------------------ folders and links


def test_a_folder_that_was_removed_and_made_again_is_seen(source: Path, client: Client) -> None:
    shutil.rmtree(source / "p")
    assert client.changed() == []
    projects.write(source, {"p/__init__.py": "", "p/m.py": "K = 2\n", "p/n.py": "import p.m\n"})
    assert client.soon() == ["p.m"]
    client.looks.sent(client.looks.changed(NAMES))
    in_place(source / "p" / "n.py", "import p.m, one\n")
    assert client.soon() == ["p.n"]


def test_a_folder_that_was_replaced_is_seen(source: Path, client: Client) -> None:
    shutil.copytree(source / "p", source / "next")
    (source / "next" / "m.py").write_text("K = 2\n")
    (source / "p").rename(source / "old")
    (source / "next").rename(source / "p")
    assert client.soon() == ["p.m"]


def test_a_folder_above_that_was_replaced_is_seen(source: Path, client: Client) -> None:
    shutil.copytree(source, source.with_name("next"))
    (source.with_name("next") / "p" / "m.py").write_text("K = 2\n")
    source.rename(source.with_name("old"))
    source.with_name("next").rename(source)
    assert client.soon() == ["p.m"]


def test_a_git_checkout_is_seen(source: Path, client: Client) -> None:
    def git(*arguments: str) -> None:
        who = ["-c", "user.name=n", "-c", "user.email=e", "-c", "init.defaultBranch=main", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *who, *arguments], cwd=source, check=True, capture_output=True, timeout=60)

    git("init")
    git("add", ".")
    git("commit", "-m", "one")
    git("checkout", "-b", "other")
    git("rm", "-r", "p")
    in_place(source / "one.py", "K = 2\n")
    git("commit", "-am", "two")
    assert client.soon() == ["one"]
    git("checkout", "main")
    assert client.changed() == []
    git("checkout", "other")
    assert client.changed() == ["one"]


def test_the_file_behind_a_link_is_watched(source: Path, tmp_path: Path) -> None:
    projects.write(tmp_path / "far", {"a.py": "K = 1\n", "b.py": "K = 2\n"})
    (source / "one.py").symlink_to(tmp_path / "far" / "a.py")
    importlib.import_module("one")
    project = Project()
    looks = Looks(project)
    looks.sent(project.closure(["one"]))
    assert looks.changed() == []
    in_place(tmp_path / "far" / "a.py", "K = 3\n")
    assert [text.text for text in looks.changed()] == [b"K = 3\n"]
    (source / "one.py").unlink()
    (source / "one.py").symlink_to(tmp_path / "far" / "b.py")
    found = looks.changed()
    assert [text.text for text in found] == [b"K = 2\n"]
    looks.sent(found)
    in_place(tmp_path / "far" / "b.py", "K = 4\n")
    assert [text.text for text in looks.changed()] == [b"K = 4\n"]


def test_other_files_of_a_watched_folder_are_nothing(source: Path, notified: Client) -> None:
    for n in range(100):
        (source / "p" / f"log{n}.txt").write_text("x")
    assert notified.told() == []


def test_more_events_than_the_system_keeps_are_a_look_at_all(source: Path, notified: Client) -> None:
    """The kernel keeps some 16,000 events, and one of them says that others were lost."""
    limit = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    one, other = source / "p" / "x", source / "p" / "y"
    one.write_text("")
    for _ in range(limit // 2 + 10):
        one.rename(other)
        one, other = other, one
    in_place(source / "p" / "m.py", "K = 2\n")
    assert notified.told() == ["p.m"]


def test_a_client_without_a_descriptor_left_looks_at_the_files(source: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    projects.write(source, {"one.py": "K = 1\n"})
    importlib.import_module("one")
    project = Project()
    texts = project.closure(["one"])
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        looks = Looks(project)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    looks.sent(texts)
    in_place(source / "one.py", "K = 2\n")
    end = time.monotonic() + LONG
    while not looks.changed():
        assert time.monotonic() < end


@pytest.mark.skipif(sys.platform != "linux", reason="inotify is Linux's")
def test_a_file_system_whose_changes_the_system_does_not_tell_of_is_known(source: Path) -> None:
    assert Inotify().hears(str(source))
    assert not Inotify().hears("/proc")


# --------------------------------------------------------------------------------------- files that are being written


def test_a_file_that_is_half_written_is_read_when_it_is_whole(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = source / "half.py"
    rest = ["K = 1", "000\n"]
    file.write_text("")
    monkeypatch.setattr(time, "time_ns", lambda: file.stat().st_mtime_ns + 1000)

    def append(seconds: float) -> None:
        if rest:
            file.write_text(file.read_text() + rest.pop(0))

    monkeypatch.setattr(time, "sleep", append)
    text, _ = read_module("half", str(file), False)
    assert text.text == b"K = 1000\n"


def test_a_file_that_is_put_in_the_place_of_a_removed_one_is_read(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = source / "half.py"
    file.write_text("K")
    written = file.stat().st_mtime_ns
    waits = iter([file.unlink, lambda: file.write_text("K = 2\n")])
    monkeypatch.setattr(time, "time_ns", lambda: written + 1000)
    monkeypatch.setattr(time, "sleep", lambda seconds: next(waits, lambda: None)())
    assert read_module("half", str(file), False)[0].text == b"K = 2\n"


def test_a_file_that_never_comes_to_rest_is_read_all_the_same(source: Path) -> None:
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            (source / "restless.py").write_text("K = 1")

    (source / "restless.py").write_text("K = 1")
    thread = threading.Thread(target=write)
    thread.start()
    try:
        assert read_module("restless", str(source / "restless.py"), False)[0].text in (b"", b"K = 1")
    finally:
        stop.set()
        thread.join()


def test_an_empty_file_that_stays_so_is_an_edit(source: Path, client: Client) -> None:
    in_place(source / "one.py", "")
    long_ago = time.time() - 2
    os.utime(source / "one.py", (long_ago, long_ago))
    assert client.changed() == ["one"]


def test_one_that_was_emptied_just_now_is_being_saved(source: Path, client: Client) -> None:
    in_place(source / "one.py", "")
    assert client.changed() == []
    in_place(source / "one.py", "K = 7\n")
    assert client.changed() == ["one"]


# ------------------------------------------------------------------------------------------ refused texts


def test_a_refused_text_comes_again_only_when_its_file_differs(source: Path, client: Client) -> None:
    in_place(source / "one.py", "K = (\n")
    edit = client.looks.changed(NAMES)
    client.looks.sent(edit)
    client.looks.refused(edit)
    assert client.changed() == []
    os.utime(source / "one.py")
    assert client.changed() == []
    in_place(source / "one.py", "K = 2\n")
    assert client.changed() == ["one"]


def test_all_that_was_refused_comes_again_with_the_file_that_was_mended(source: Path, client: Client) -> None:
    in_place(source / "p" / "m.py", "K = 2\n")
    in_place(source / "one.py", "K = (\n")
    edit = client.looks.changed(NAMES)
    client.looks.sent(edit)
    client.looks.refused(edit)
    in_place(source / "one.py", "K = 2\n")
    again = client.looks.changed(NAMES)
    assert [text.name for text in again] == ["p.m", "one"]
    client.looks.sent(again)
    in_place(source / "one.py", "K = 3\n")
    assert client.changed() == ["one"]


def test_a_refusal_that_comes_late_does_not_touch_a_later_text(source: Path, client: Client) -> None:
    texts = []
    for text in ("K = (\n", "K = 2\n"):
        in_place(source / "one.py", text)
        texts.append(client.looks.changed(NAMES))
        client.looks.sent(texts[-1])
    client.looks.refused(texts[0])
    in_place(source / "p" / "m.py", "K = 2\n")
    assert client.changed() == ["p.m"]
