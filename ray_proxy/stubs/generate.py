"""The generator as a whole: what is asked for, by whom, and the file that is written or compared."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import StubgenError
from .analysis import Analysis
from .overlay import write

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # comes with mypy

FILE = "ray_proxy_members.pyi"
"""The file that a type checker reads in place of the module `ray_proxy_members`."""
_REMEDY = "Without --check, the file is written."
_SETTINGS = "[tool.ray-proxy.stubs]"


@dataclass(frozen=True)
class Request:
    """What an overlay is to hold."""

    names: tuple[str, ...]
    """Classes, or modules, as they were given."""
    modules: tuple[str, ...]
    output: Path
    """The folder of the file."""

    @property
    def path(self) -> Path:
        """The file."""
        return self.output / FILE


def request(names: Iterable[str], modules: Iterable[str], output: str | None, project: Path | None = None) -> Request:
    """What is asked for on the command line, or, where no name is given there, in ``pyproject.toml``.

    Args:
        project: the folder of ``pyproject.toml``; None for the working directory.

    Raises:
        StubgenError: nothing is asked for, or the settings are not what they should be.
    """
    names, modules = tuple(names), tuple(modules)
    settings = _settings(project or Path())
    if not names and not modules:
        names, modules = settings["names"], settings["modules"]
        if not names and not modules:
            raise StubgenError(
                f"no names: give classes (torch.Tensor), or list them under {_SETTINGS} in pyproject.toml"
            )
    return Request(tuple(sorted(set(names))), tuple(sorted(set(modules))), Path(output or settings["output"]))


def _settings(project: Path) -> dict[str, Any]:
    found: dict[str, Any] = {"names": (), "modules": (), "output": "typings"}
    path = project / "pyproject.toml"
    if not path.exists():
        return found
    try:
        stated = tomllib.loads(path.read_text(encoding="utf-8")).get("tool", {}).get("ray-proxy", {}).get("stubs", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise StubgenError(f"{path}: {error}") from error
    for name, value in stated.items():
        if name not in found:
            raise StubgenError(f"{path}: {_SETTINGS} has no setting {name!r}, only {', '.join(found)}")
        if name == "output":
            good = isinstance(value, str)
        else:
            good = isinstance(value, list) and all(isinstance(item, str) for item in value)
        if not good:
            kind = "a string" if name == "output" else "a list of strings"
            raise StubgenError(f"{path}: {name} under {_SETTINGS} is {value!r}; it is {kind}")
        found[name] = value if name == "output" else tuple(value)
    return found


def text(request: Request) -> str:
    """The text of the overlay.

    Raises:
        StubgenError: a name was not found, or mypy cannot read its package.
    """
    return write(Analysis(request.names, request.modules))


def generate(request: Request) -> Path:
    """Write the overlay; the file as it was stays until the new one is whole.

    Raises:
        StubgenError: see `text`; or the file cannot be written.
    """
    made = text(request)
    temporary = None
    try:
        request.output.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=request.output, delete=False) as file:
            temporary = file.name
            file.write(made)
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, request.path)
    except OSError as error:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
        raise StubgenError(f"{request.path} cannot be written: {error}") from error
    return request.path


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def check(request: Request) -> str:
    """What tells the file from what would be written; empty where nothing does.

    Raises:
        StubgenError: see `text`.
    """
    if not request.path.exists():
        return f"{request.path} does not exist\n{_REMEDY}"
    have, want = request.path.read_text(encoding="utf-8").split("\n"), text(request).split("\n")
    for at, (old, new) in enumerate(zip(have, want), 1):
        if old != new:
            return f"{request.path} is out of date: line {at} is\n  {old}\nand would be\n  {new}\n{_REMEDY}"
    if len(have) != len(want):
        return f"{request.path} is out of date: it has {len(have)} lines, and would have {len(want)}\n{_REMEDY}"
    return ""
