"""In an editor, a Var offers the members of the remote object, and shows their signatures.

A server takes seconds for each class, so all servers are asked at once, each by a thread of its own.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import suite
from checkers import CheckerMissing
from lsp import SERVERS, Server, ServerError, place_of

sys.path.append(str(suite.CASES))  # the case library is looked at, and so is imported

import shop

pytestmark = pytest.mark.timeout(600)

HEAD = """\
import collections
import datetime
import pathlib

import shop

from ray_proxy import Var

"""

TORCH_HEAD = """\
import torch

from ray_proxy import Var

"""

CLASSES: dict[str, type] = {
    "str": str,
    "dict[str, int]": dict,
    "pathlib.Path": Path,
    "datetime.datetime": datetime,
    "collections.Counter[str]": Counter,
    "shop.Book": shop.Book,
    "shop.Ledger": shop.Ledger,
    "shop.Basket[int]": shop.Basket,
}


def environment(folder: Path) -> Path:
    """The interpreter of this environment, as one in the folder; the packages are links to those that are here."""
    made, here = folder / ".venv", Path(sys.prefix)
    library = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    (made / "bin").mkdir(parents=True)
    (made / "lib").mkdir()
    (made / "bin" / "python").symlink_to(Path(sys.executable).resolve())
    (made / "lib" / library).symlink_to(here / "lib" / library)
    shutil.copy(here / "pyvenv.cfg", made)
    return made / "bin" / "python"


def start(name: str, folder: Path, overlay: Path) -> Server:
    """A server over a project that is set up for the overlay and the case library."""
    overlay = shutil.copytree(overlay, folder / "typings")
    paths = [str(overlay), str(suite.CASES)]
    if name == "pyrefly":
        # It takes the settings of each file from the folders above it, and so needs all packages in the project, where
        # a user's .venv has them.
        shutil.copytree(suite.ROOT / "ray_proxy", folder / "installed" / "ray_proxy")
        search = json.dumps([*paths, str(folder / "installed")])
        python = json.dumps(str(environment(folder)))
        (folder / "pyrefly.toml").write_text(f"python-interpreter-path = {python}\nsearch-path = {search}\n")
    (folder / "ty.toml").write_text(
        f"[environment]\npython = {json.dumps(sys.executable)}\nextra-paths = {json.dumps(paths)}\n"
    )
    (folder / "pyrightconfig.json").write_text(
        json.dumps({"stubPath": str(overlay), "extraPaths": [str(suite.CASES)], "typeCheckingMode": "basic"})
    )
    return Server(name, folder, {"python": {"pythonPath": sys.executable}})


class Editor:
    """Servers, each started once for each overlay, again if it has ended, and asked by one thread."""

    def __init__(self, make_folder: Callable[[str], Path]) -> None:
        self._make_folder = make_folder
        self._started: dict[tuple[str, Path], tuple[Server, Path]] = {}
        self._open = ExitStack()
        self._threads = {name: self._open.enter_context(ThreadPoolExecutor(1)) for name in SERVERS}

    def begin(self, name: str, overlay: Path, ask: Callable[..., Any], *args: Any) -> Future[Any]:
        """Call a function with a server, a document in its folder, and further arguments."""
        return self._threads[name].submit(lambda: ask(*self._server(name, overlay), *args))

    def ask(self, name: str, overlay: Path, ask: Callable[..., Any], *args: Any) -> Any:
        return answer(self.begin(name, overlay, ask, *args))

    def _server(self, name: str, overlay: Path) -> tuple[Server, Path]:
        if (name, overlay) not in self._started or self._started[name, overlay][0].has_ended:
            folder = self._make_folder(name)
            server = self._open.enter_context(start(name, folder, overlay))
            self._started[name, overlay] = server, folder / "document.py"
        return self._started[name, overlay]

    def close(self) -> None:
        for thread in self._threads.values():
            thread.shutdown(cancel_futures=True)
        self._open.close()


def answer(begun: Future[Any]) -> Any:
    """What a server has answered; skips the test where it is not installed."""
    try:
        return begun.result()
    except CheckerMissing as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    editor = Editor(tmp_path_factory.mktemp)
    yield editor
    editor.close()


@pytest.fixture(scope="module")
def no_overlay(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder without any overlay, which a server that does nothing needs not."""
    return tmp_path_factory.mktemp("nothing")


@pytest.fixture(scope="module")
def overlay(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return suite.overlay(tmp_path_factory.getbasetemp())


@pytest.fixture(scope="module")
def torch_overlay() -> Path:
    return suite.torch_overlay()


@pytest.fixture(scope="module")
def checks(request: pytest.FixtureRequest, editor: Editor, overlay: Path) -> dict[tuple[str, str], Future[Any]]:
    """The checks of the members of each class by each server that are among the tests of this run."""
    asked = [item.callspec.params for item in request.session.items if "checks" in getattr(item, "fixturenames", ())]
    return {
        (it["server"], it["name"]): editor.begin(
            it["server"], overlay, check_members, it["name"], CLASSES[it["name"]], HEAD
        )
        for it in asked
    }


def public(names: Any) -> set[str]:
    return {name for name in names if not name.startswith("_")}


def check_members(server: Server, document: Path, name: str, cls: type, text: str) -> None:
    """After ``x.`` with ``x: Var[T]``, all is offered that is offered for a local `T`: what `dir(T)` has, save a
    few names that no stub of its library declares."""
    exist = public(dir(cls))
    known = exist & server.members(document, f"{text}def local(x: {name}) -> None:\n    x.", exist)
    assert len(known) >= 0.95 * len(exist), f"for a local {name}, these are missing: {sorted(exist - known)}"
    offered = server.members(document, f"{text}def remote(x: Var[{name}]) -> None:\n    x.", known)
    assert known <= offered, f"for Var[{name}], these are missing: {sorted(known - offered)}"
    assert {"fetch", "env"} <= offered


def hover(server: Server, document: Path, text: str, marked: str) -> str:
    server.show(document, text)
    return server.hover(document, *place_of(text, marked))


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("name", CLASSES)
def test_members_are_completed(server: str, name: str, checks: dict[tuple[str, str], Future[Any]]) -> None:
    answer(checks[server, name])


@pytest.mark.parametrize("server", SERVERS)
def test_the_members_of_a_result_are_completed(server: str, editor: Editor, overlay: Path) -> None:
    text = f"{HEAD}def chain(x: Var[shop.Book]) -> None:\n    x.renamed('a').related()[0].price."
    assert {"cents", "currency", "parse", "rounded"} <= editor.ask(server, overlay, Server.members, text, ["cents"])


SIGNATURES = [
    ("str", "x.split", ["sep", "maxsplit"]),
    ("shop.Product", "x.describe", ["width", "sep"]),
    ("shop.Book", "x.renamed", ["name", "keep_tags"]),
    ("shop.Ledger", "x.record", ["amounts", "reason", "details"]),
]


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize(("name", "marked", "parameters"), SIGNATURES)
def test_a_hover_shows_the_signature(
    server: str, name: str, marked: str, parameters: list[str], editor: Editor, overlay: Path
) -> None:
    text = f"{HEAD}def show(x: Var[{name}]) -> None:\n    {marked}\n"
    shown = editor.ask(server, overlay, hover, text, marked)
    assert [it for it in parameters if it not in shown] == [], f"{server} shows:\n{shown}"


@pytest.mark.torch
@pytest.mark.parametrize("server", SERVERS)
def test_members_of_a_tensor_are_completed(server: str, editor: Editor, torch_overlay: Path) -> None:
    import torch

    editor.ask(server, torch_overlay, check_members, "torch.Tensor", torch.Tensor, TORCH_HEAD)


@pytest.mark.torch
@pytest.mark.parametrize("server", SERVERS)
def test_a_hover_shows_the_signature_of_a_method_of_a_tensor(server: str, editor: Editor, torch_overlay: Path) -> None:
    text = f"{TORCH_HEAD}def show(x: Var[torch.Tensor]) -> None:\n    x.sum(1)\n"
    shown = editor.ask(server, torch_overlay, hover, text, "x.sum")
    assert [it for it in ("dim", "keepdim") if it not in shown] == [], f"{server} shows:\n{shown}"


# -------------------------------------------------------------------------------------- the client itself


@pytest.mark.parametrize("server", SERVERS)
def test_the_client_completes_and_hovers_a_local_object(server: str, editor: Editor, overlay: Path) -> None:
    def check(client: Server, document: Path) -> None:
        text = f"{HEAD}def local(x: shop.Book) -> None:\n    x."
        assert public(dir(shop.Book)) <= client.members(document, text)
        assert "chapter" in client.members(document, text + "chap")
        shown = hover(client, document, f"{text}describe(3)\n", "x.describe")
        assert "width" in shown
        assert "sep" in shown

    editor.ask(server, overlay, check)


@pytest.mark.parametrize("server", SERVERS)
def test_an_unknown_request_is_an_error_and_the_server_goes_on(server: str, editor: Editor, overlay: Path) -> None:
    def check(client: Server, document: Path) -> None:
        with pytest.raises(ServerError):
            client.request("textDocument/noSuchThing", {}, timeout=10)
        assert "upper" in client.members(document, "'a'.")

    editor.ask(server, overlay, check)


@pytest.mark.parametrize("server", SERVERS)
def test_a_closed_server_has_ended(server: str, no_overlay: Path, tmp_path: Path) -> None:
    try:
        client = start(server, tmp_path, no_overlay)
    except CheckerMissing as missing:
        pytest.skip(str(missing))
    client.close()
    with pytest.raises((ServerError, ValueError)):
        client.request("textDocument/hover", {})
