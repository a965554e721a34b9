"""The command `ray-proxy stubgen`: what it writes, when it refuses, and that it never leaves half a file."""

from __future__ import annotations

import ast
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from conftest import ROOT

from ray_proxy.tools.cli import main

BUNDLED = ROOT / "ray_proxy_members" / "__init__.pyi"
LIBRARY = '''
"""A user's library."""

from dataclasses import dataclass
from pathlib import Path


@dataclass
class Wheel:
    """Goes round."""

    size: int

    def turn(self, times: int = 3, *, slowly: bool = False) -> "Wheel":
        """Turn it."""
        return self


class Car:
    class Door:
        def open(self) -> bool: ...

    def wheels(self) -> list[Wheel]: ...
    def manual(self) -> Path: ...


def build(wheels: int) -> Car:
    """Make a car."""
    return Car()
'''


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a library, as the working directory."""
    (tmp_path / "garage.py").write_text(LIBRARY)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def overlay(folder: Path, *arguments: str) -> str:
    assert main(["stubgen", *arguments]) == 0
    text = (folder / "typings" / "ray_proxy_members.pyi").read_text()
    ast.parse(text)
    return text


def classes(text: str) -> set[str]:
    return {node.name for node in ast.parse(text).body if isinstance(node, ast.ClassDef)}


def test_members_stand_with_their_signature_default_values_and_docstring(folder: Path) -> None:
    text = overlay(folder, "garage.Wheel")
    assert (
        '''
class Wheel_turn(Var[Callable[..., Any]]):
    def __call__(
        self,
        times: int | Var[int] = 3,
        *,
        slowly: bool | Var[bool] = False,
    ) -> Var[garage.Wheel]:
        """Turn it."""
'''
        in text
    )


def test_what_members_give_is_known_as_well(folder: Path) -> None:
    found = classes(overlay(folder, "garage:Car"))
    assert {"Car_wheels", "Wheel_turn", "Path_stat", "_Name_st_size"} <= found


def test_a_class_inside_a_class_is_named_with_both(folder: Path) -> None:
    assert "Door_open" in classes(overlay(folder, "garage:Car.Door"))


def test_a_module_is_given_by_the_option_or_by_its_name(folder: Path) -> None:
    by_option = overlay(folder, "--module", "garage")
    assert "class garage_module_build(" in by_option
    assert 'name: Literal["garage"]) -> Var[garage_module]' in by_option
    assert overlay(folder, "garage") == by_option


def test_each_overlay_has_the_bundled_types(folder: Path) -> None:
    assert {"str_upper", "list_append", "dict_get"} <= classes(overlay(folder, "garage.Wheel"))


def test_the_text_depends_neither_on_the_order_nor_on_the_cache(folder: Path) -> None:
    cold = overlay(folder, "garage.Wheel", "pathlib.Path", "garage.Car")
    assert overlay(folder, "garage.Car", "garage.Wheel", "pathlib.Path", "garage.Car") == cold


def test_the_names_may_stand_in_pyproject(folder: Path) -> None:
    stated = overlay(folder, "garage.Wheel", "--module", "garage")
    (folder / "pyproject.toml").write_text(
        '[tool.ray-proxy.stubs]\nnames = ["garage.Wheel"]\nmodules = ["garage"]\noutput = "types"\n'
    )
    assert main(["stubgen"]) == 0
    assert (folder / "types" / "ray_proxy_members.pyi").read_text() == stated


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("names = 3", "names under [tool.ray-proxy.stubs] is 3; it is a list of strings"),
        ('name = ["garage.Wheel"]', "has no setting 'name', only names, modules, output"),
        ("names = [", "pyproject.toml: "),
        ("names = []", "no names: give classes (torch.Tensor)"),
    ],
)
def test_wrong_settings_are_named(settings: str, said: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "pyproject.toml").write_text(f"[tool.ray-proxy.stubs]\n{settings}\n")
    assert main(["stubgen"]) == 1
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("garage.Whel", "garage.Whel: module garage has no Whel"),
        ("garage:Car.Wheel", "garage:Car.Wheel: module garage has no Car.Wheel"),
        ("garrage.Wheel", "module garrage was not found"),
        ("garage.build", "garage.build is no class that mypy can see"),
        ("garage:", "'garage:' is not a name: package.module:Class"),
        ("pytest_timeout.Settings", "module pytest_timeout has no types"),
    ],
)
def test_a_name_that_is_not_found_is_named_and_the_file_stays(
    name: str, said: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = overlay(folder, "garage.Wheel")
    assert main(["stubgen", "garage.Car", name]) == 1
    assert said in capsys.readouterr().err
    assert [path.name for path in (folder / "typings").iterdir()] == ["ray_proxy_members.pyi"]
    assert (folder / "typings" / "ray_proxy_members.pyi").read_text() == before


def test_a_file_that_cannot_be_written_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "typings").write_text("a file, not a folder")
    assert main(["stubgen", "garage.Wheel"]) == 1
    assert "typings/ray_proxy_members.pyi cannot be written" in capsys.readouterr().err


def test_a_syntax_error_in_the_package_is_shown(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "garage.py").write_text("class Wheel\n")
    assert main(["stubgen", "garage.Wheel"]) == 1
    assert "garage.py:1: error" in capsys.readouterr().err


def test_check_passes_while_the_file_is_what_would_be_written(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stubgen", "garage.Wheel", "--check"]) == 1
    assert "typings/ray_proxy_members.pyi does not exist" in capsys.readouterr().err
    before = overlay(folder, "garage.Wheel")
    assert main(["stubgen", "garage.Wheel", "--check"]) == 0
    (folder / "garage.py").write_text(LIBRARY.replace("times: int = 3", "times: int = 4"))
    assert main(["stubgen", "garage.Wheel", "--check"]) == 1
    assert "is out of date: line" in capsys.readouterr().err
    assert (folder / "typings" / "ray_proxy_members.pyi").read_text() == before


def test_settings_of_mypy_that_hide_types_do_not_hide_them(folder: Path) -> None:
    plain = overlay(folder, "garage.Car")
    (folder / "mypy.ini").write_text("[mypy]\nfollow_imports = skip\n[mypy-garage]\nignore_errors = True\n")
    assert overlay(folder, "garage.Car") == plain


def test_modules_are_found_where_mypy_is_told_to_look(folder: Path) -> None:
    (folder / "src").mkdir()
    (folder / "garage.py").rename(folder / "src" / "workshop.py")
    (folder / "mypy.ini").write_text("[mypy]\nmypy_path = src\n")
    assert "Wheel_turn" in classes(overlay(folder, "workshop.Wheel"))


@pytest.mark.skipif(
    sys.version_info[:2] != (3, 11) or version("mypy") != "2.4.1",
    reason="the file in the package is written with Python 3.11 and mypy 2.4.1",
)
def test_the_overlay_in_the_package_is_what_the_generator_writes() -> None:
    from ray_proxy.stubs.generate import Request, text

    assert BUNDLED.read_text() == text(Request((), (), Path()))


@pytest.mark.torch
@pytest.mark.parametrize("project", [ROOT, ROOT / "examples" / "typed_pipeline"], ids=lambda project: project.name)
def test_the_overlays_of_this_repository_are_what_the_generator_writes(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    assert main(["stubgen", "--check"]) == 0
