"""JupyterLab in a headless Chromium tells `examples/story.ipynb`: what the page shows."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT

pytestmark = [
    pytest.mark.notebook,
    pytest.mark.timeout(600),
    pytest.mark.skipif(
        not shutil.which("chromium") or not shutil.which("chromedriver"),
        reason="there is no chromium with its chromedriver here: apt-get install chromium-driver",
    ),
    pytest.mark.skipif(
        find_spec("jupyterlab") is None or find_spec("selenium") is None,
        reason="JupyterLab and Selenium are in the environment of `make test-notebook`",
    ),
]
STORY = ROOT / "examples" / "story.ipynb"
TOKEN = "for-tests"
SOON = 90.0
SETTINGS: dict[str, dict[str, object]] = {
    "notebook-extension/tracker": {"windowingMode": "none"},  # else cells that are out of sight are not in the page
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
}
CODE = [
    "".join(cell["source"]) if cell["cell_type"] == "code" else None for cell in json.loads(STORY.read_text())["cells"]
]
"""The text of each cell; None for those that are prose."""
AFTER = next(at for at, code in enumerate(CODE) if at > 1 and code is not None and code.startswith("%load_ext"))
"""The first cell after the restart."""
KERNEL = "jupyterapp.shell.currentWidget.sessionContext.session?.kernel?.status"
SHOWN = """
const cell = jupyterapp.shell.currentWidget.content.widgets[arguments[0]].node;
return {
    prompt: cell.querySelector(".jp-InputPrompt").innerText,
    outputs: [...cell.querySelectorAll(".jp-OutputArea-output")].map(output => ({
        text: output.innerText,
        error: output.dataset.mimeType === "application/vnd.jupyter.error"
            || output.dataset.mimeType === "application/vnd.jupyter.stderr" && output.innerText.includes("Traceback"),
        picture: output.querySelector("img") !== null,
    })),
};
"""


def place(text: str) -> int:
    """Of the first cell with that text."""
    return next(at for at, code in enumerate(CODE) if code is not None and text in code)


class Page:
    """The notebook in the browser. Cells are meant by their places, prose counted too."""

    def __init__(self, browser: Any) -> None:
        self.browser = browser
        self.interrupted: dict[str, Any] = {}
        """What the training showed when it was stopped."""

    def ask(self, script: str, *arguments: object) -> Any:
        return self.browser.execute_script(script, *arguments)

    def command(self, name: str) -> None:
        self.ask("jupyterapp.commands.execute(arguments[0])", name)

    def until(self, done: Callable[[], Any], seconds: float = SOON) -> Any:
        until = time.monotonic() + seconds
        while True:
            found = done()
            if found:
                return found
            if time.monotonic() > until:
                raise AssertionError(f"it did not come in {seconds} s: {self.ask('return document.body.innerText')}")
            time.sleep(0.1)

    def shown(self, at: int) -> dict[str, Any]:
        shown: dict[str, Any] = self.ask(SHOWN, at)
        return shown

    def text(self, at: int) -> str:
        return "\n".join(output["text"] for output in self.shown(at)["outputs"])

    def errors(self, at: int) -> list[str]:
        return [output["text"] for output in self.shown(at)["outputs"] if output["error"]]

    def start(self, at: int) -> None:
        """Run a cell, and do not wait for it."""
        before = self.shown(at)["prompt"]
        self.ask("jupyterapp.shell.currentWidget.content.activeCellIndex = arguments[0]", at)
        self.command("notebook:run-cell")
        self.until(lambda: self.shown(at)["prompt"] != before)

    def is_done(self, at: int) -> bool:
        return "*" not in self.shown(at)["prompt"]

    def run(self, at: int) -> None:
        self.start(at)
        self.until(lambda: self.is_done(at))

    def click(self, selector: str) -> None:
        self.until(lambda: self.ask("return document.querySelector(arguments[0]) !== null", selector))
        self.ask("document.querySelector(arguments[0]).click()", selector)

    def photograph(self, path: str) -> None:
        """The screenshot for the README."""
        self.ask(
            "jupyterapp.shell.collapseLeft();"
            "jupyterapp.shell.currentWidget.content.widgets[arguments[0]].node.scrollIntoView({block: 'end'});",
            place("loss(model"),
        )
        time.sleep(1)  # it is drawn
        assert self.browser.save_screenshot(str(Path(path).absolute()))


@pytest.fixture(scope="module")
def lab(cluster: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the story in a JupyterLab of its own."""
    folder = tmp_path_factory.mktemp("lab")
    shutil.copy(STORY, folder / "story.ipynb")
    for name, values in SETTINGS.items():
        settings = folder / "config/lab/user-settings/@jupyterlab" / f"{name}.jupyterlab-settings"
        settings.parent.mkdir(parents=True)
        settings.write_text(json.dumps(values))
    environ = {
        **os.environ,
        "RAY_ADDRESS": cluster,
        "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]),
        "IPYTHONDIR": str(folder / "ipython"),
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_DATA_DIR": str(folder / "data"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
    }
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--expose-app-in-browser"]
    command += [f"--ServerApp.port={port}", "--ServerApp.ip=127.0.0.1", f"--IdentityProvider.token={TOKEN}"]
    command += [f"--ServerApp.root_dir={folder}"]
    said = folder / "lab.log"
    with said.open("w") as log, subprocess.Popen(command, cwd=folder, env=environ, stdout=log, stderr=log) as server:
        try:
            until = time.monotonic() + SOON
            while True:
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/api/status?token={TOKEN}", timeout=5).close()
                    break
                except OSError:
                    assert server.poll() is None, said.read_text()
                    assert time.monotonic() < until, said.read_text()
                    time.sleep(0.2)
            yield f"http://127.0.0.1:{port}/lab/tree/story.ipynb?token={TOKEN}"
        finally:
            server.terminate()
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()


@pytest.fixture(scope="module")
def page(lab: str) -> Iterator[Page]:
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for option in ("headless=new", "no-sandbox", "disable-dev-shm-usage", "disable-gpu", "window-size=1100,1250"):
        options.add_argument(f"--{option}")
    browser = webdriver.Chrome(options, webdriver.ChromeService(shutil.which("chromedriver")))
    browser.set_script_timeout(SOON)
    page = Page(browser)
    try:
        browser.get(lab)
        ready = f"return !!window.jupyterapp?.shell?.currentWidget?.content?.widgets && {KERNEL} === 'idle'"
        page.until(lambda: page.ask(ready))
        yield page
    finally:
        browser.quit()


@pytest.fixture(scope="module")
def told(page: Page) -> Page:
    """The story, told to its end, with an interrupt and the restart."""
    bar = place("from tqdm")
    for at in (at for at, code in enumerate(CODE[:bar]) if code is not None):
        page.run(at)
    page.start(bar)
    page.until(lambda: "%|" in page.text(bar))
    page.command("notebook:interrupt-kernel")
    page.until(lambda: page.is_done(bar))
    page.interrupted = page.shown(bar)
    for at in (at for at, code in enumerate(CODE[:AFTER]) if at >= bar and code is not None):
        page.run(at)
    page.until(lambda: "%|" in page.text(AFTER - 2))
    if os.environ.get("SCREENSHOT"):
        page.photograph(os.environ["SCREENSHOT"])
    page.command("notebook:restart-kernel")
    page.click(".jp-Dialog .jp-mod-accept")
    page.until(lambda: page.ask(f"return document.querySelector('.jp-Dialog') === null && {KERNEL} === 'idle'"))
    for at in (at for at, code in enumerate(CODE) if at >= AFTER and code is not None):
        page.run(at)
    return page


def test_the_stop_button_ends_a_remote_cell_with_one_error(told: Page) -> None:
    (error,) = [output["text"] for output in told.interrupted["outputs"] if output["error"]]
    assert "KeyboardInterrupt" in error


def test_the_page_shows_one_error_and_that_is_the_mistake(told: Page) -> None:
    failed = {at: len(told.errors(at)) for at, code in enumerate(CODE) if code is not None}
    assert {at: count for at, count in failed.items() if count} == {place("loss(model"): 1}


def test_outputs_stand_in_their_cells(told: Page) -> None:
    bar = told.text(place("from tqdm"))
    assert told.text(place("class Model")).count("loading part") == 3
    assert "200/200" in bar
    assert bar.count("%|") == 1  # drawn in its place
    assert told.shown(place("import Figure"))["outputs"][-1]["picture"]


def test_no_line_is_marked_with_the_process_that_has_written_it(told: Page) -> None:
    shown = told.ask("return jupyterapp.shell.currentWidget.content.node.innerText")
    assert "InterpreterProcess" not in shown


def test_the_model_outlives_the_restart(told: Page) -> None:
    last = told.shown(max(at for at, code in enumerate(CODE) if code is not None))
    texts = "".join(output["text"] for output in last["outputs"])  # what was printed meanwhile may come here, too
    assert " epochs" in texts
    assert last["outputs"][-1]["picture"]
