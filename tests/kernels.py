"""Kernels of Jupyter for tests: each a process of its own, with this checkout, and what its cells show."""

from __future__ import annotations

import os
import queue
import re
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conftest import ROOT
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

SOON = 60.0
"""Seconds in which a cell ends that does not take long."""
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


@dataclass
class Cell:
    """A cell that was run: what it shows now, also later on."""

    kernel: Kernel
    message: str
    """The id of the request."""
    outputs: list[dict[str, Any]] = field(default_factory=list)
    """Messages of the kernel, in their order: `stream`, `display_data`, `execute_result`, `error`; displays that were
    updated are as they are now. Each has, as `at`, when it came (`time.monotonic`)."""
    begun: float = field(default_factory=time.monotonic)
    is_idle: bool = False
    reply: dict[str, Any] | None = None

    def text(self, name: str = "stdout") -> str:
        """What it has written to that stream."""
        return "".join(one["text"] for one in self.outputs if one["type"] == "stream" and one["name"] == name)

    @property
    def result(self) -> str:
        """The text of its result."""
        return next((one["data"].get("text/plain", "") for one in self.outputs if one["type"] == "execute_result"), "")

    @property
    def errors(self) -> list[str]:
        """The errors that it shows, as text."""
        return [_COLOURS.sub("", "\n".join(one["traceback"])) for one in self.outputs if one["type"] == "error"]

    @property
    def displays(self) -> list[dict[str, Any]]:
        """The MIME bundles that it shows."""
        return [one["data"] for one in self.outputs if one["type"] in ("display_data", "execute_result")]

    def wait(self, seconds: float = SOON, answers: Sequence[str] = ()) -> Cell:
        """Until it is done. Lines that it asks for are these, one after the other."""
        self.kernel.until(lambda: self.is_idle and self.reply is not None, seconds, answers)
        return self


class Kernel:
    """A kernel. Close it."""

    def __init__(self, cluster: str = "", **environ: str) -> None:
        self.folder = tempfile.mkdtemp()
        self._stderr = Path(self.folder, "stderr")
        path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
        env = {**os.environ, "PYTHONPATH": path, "IPYTHONDIR": self.folder, "JPY_SESSION_NAME": f"{self.folder}/book"}
        if cluster:
            env["RAY_ADDRESS"] = cluster
        self._env = {**env, **environ}
        self.cells: dict[str, Cell] = {}
        self.prompts: list[str] = []
        """What was asked for since the last cell was begun."""
        self._start()

    def _start(self) -> None:
        self._manager = KernelManager()
        spec = self._manager.kernel_spec
        assert spec is not None
        spec.argv[0] = sys.executable
        with self._stderr.open("a") as stderr:
            self._manager.start_kernel(env=self._env, cwd=self.folder, stderr=stderr)
        self.client: BlockingKernelClient = self._manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=SOON)

    def start(self, code: str, allow_stdin: bool = True) -> Cell:
        """Run a cell, and do not wait for it."""
        self.prompts = []
        cell = Cell(self, self.client.execute(code, allow_stdin=allow_stdin))
        self.cells[cell.message] = cell
        return cell

    def cell(self, code: str, seconds: float = SOON, answers: Sequence[str] = ()) -> Cell:
        """Run a cell to its end."""
        return self.start(code).wait(seconds, answers)

    def until(self, done: Any, seconds: float = SOON, answers: Sequence[str] = ()) -> None:
        """Read what the kernel says, until that is so."""
        until, left = time.monotonic() + seconds, list(answers)
        while not done():
            if time.monotonic() > until:
                outputs = [one for cell in self.cells.values() for one in cell.outputs]
                shown = [(one["type"], one.get("text", one.get("traceback", ""))) for one in outputs]
                raise AssertionError(f"it did not come in {seconds} s; shown: {shown}; {self._stderr.read_text()}")
            self._read(0.05)
            if self.client.stdin_channel.is_alive():
                try:
                    asked = self.client.get_stdin_msg(timeout=0)
                except queue.Empty:
                    continue
                assert left, f"a line is asked for: {asked['content']}"
                self.asked = asked["content"]
                self.prompts.append(self.asked["prompt"])
                line = left.pop(0)
                if line == "\x03":
                    self.interrupt()
                else:
                    self.client.input(line)

    def settle(self, seconds: float = 0.3) -> None:
        """Read what comes in that time: for what shall not be there."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self._read(0.05)

    def _read(self, seconds: float) -> None:
        try:
            for _ in range(1000):  # more may come than can be read
                self._take(self.client.get_iopub_msg(timeout=seconds))
                seconds = 0
        except queue.Empty:
            pass
        try:
            while True:
                message = self.client.get_shell_msg(timeout=0)
                cell = self.cells.get(message["parent_header"].get("msg_id", ""))
                if cell is not None:
                    cell.reply = message["content"]
        except queue.Empty:
            pass

    def _take(self, message: dict[str, Any]) -> None:
        cell = self.cells.get(message["parent_header"].get("msg_id", ""))
        kind, content = message["msg_type"], message["content"]
        if kind == "update_display_data":
            name = content["transient"]["display_id"]
            for one in (one for cell in self.cells.values() for one in cell.outputs):
                if one.get("transient", {}).get("display_id") == name:
                    one["data"] = content["data"]
                    one["updates"] = one.get("updates", 0) + 1
            return
        if cell is None:
            return
        if kind == "status":
            cell.is_idle |= content["execution_state"] == "idle"
        elif kind == "clear_output":
            cell.outputs.clear()
        elif kind in ("stream", "display_data", "execute_result", "error"):
            cell.outputs.append({"type": kind, "at": time.monotonic(), **content})

    def complete(self, code: str) -> list[str]:
        """What Tab offers at the end of this."""
        reply = self.client.complete(code, len(code), reply=True, timeout=SOON)
        matches: list[str] = reply["content"]["matches"]
        return matches

    def inspect(self, code: str, detail: int = 0) -> str:
        """What Shift-Tab shows at the end of this; empty where nothing was found."""
        reply = self.client.inspect(code, len(code), detail_level=detail, reply=True, timeout=SOON)["content"]
        return _COLOURS.sub("", reply["data"].get("text/plain", "")) if reply["found"] else ""

    def interrupt(self) -> None:
        """The stop button."""
        self._manager.interrupt_kernel()

    def restart(self) -> None:
        """The kernel is killed, and another one is in its place."""
        self.client.stop_channels()
        self._manager.shutdown_kernel(now=True)
        self._start()

    def close(self) -> None:
        self.client.stop_channels()
        self._manager.shutdown_kernel(now=True)
        self._manager.cleanup_resources()
