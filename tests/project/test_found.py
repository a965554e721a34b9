"""What is project code, and what is not."""

from __future__ import annotations

import importlib
import importlib.util
import json
import sys
import types
from pathlib import Path

import projects
import pytest
from conftest import ROOT
from projects import script

from ray_proxy.project.project import Project

source = projects.source


@pytest.fixture
def project() -> Project:
    return Project()


def test_modules_that_are_the_user_s_are_project_code(source: Path, project: Project) -> None:
    projects.write(
        source, {"um.py": "", "up/__init__.py": "", "up/sub/__init__.py": "", "up/sub/m.py": "", "uns/m.py": ""}
    )
    names = ["um", "up", "up.sub", "up.sub.m", "uns", "uns.m"]
    for name in names:
        importlib.import_module(name)
    assert [name for name in names if not project.has(name)] == []
    assert project.tops() >= {"um", "up", "uns"}


@pytest.mark.parametrize(
    "name", ["sys", "os", "os.path", "json.decoder", "msgspec", "cloudpickle.cloudpickle", "ray_proxy",
             "ray_proxy.errors", "ray_proxy_members", "_socket", "__main__", "nowhere", "", ".",
             "a..b", "../x", "/etc/passwd"]
)  # fmt: skip
def test_other_modules_are_not(name: str, project: Project) -> None:
    assert not project.has(name)
    assert project.text(name) is None


def test_a_module_without_a_file_of_source_is_not(
    source: Path, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, compiled, gone = types.ModuleType("made"), types.ModuleType("compiled"), types.ModuleType("gone")
    compiled.__file__, gone.__file__ = str(source / "compiled.so"), str(source / "gone.py")
    projects.write(source, {"compiled.so": ""})
    for module in (made, compiled, gone):
        monkeypatch.setitem(sys.modules, module.__name__, module)
        assert not project.has(module.__name__)


def test_another_name_of_a_module_is_not(source: Path, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    projects.write(source, {"real.py": ""})
    monkeypatch.setitem(sys.modules, "alias", importlib.import_module("real"))
    assert project.has("real")
    assert not project.has("alias")


def test_nothing_is_with_code_off(source: Path) -> None:
    projects.write(source, {"um.py": ""})
    importlib.import_module("um")
    assert not Project(False).has("um")
    assert Project(False).tops() == set()


def test_asking_executes_nothing_of_a_module(source: Path, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    projects.write(source, {"lazy.py": "def __getattr__(name): raise SystemExit", "unloaded.py": "raise SystemExit"})
    spec = importlib.util.find_spec("lazy")
    assert spec is not None
    assert spec.loader is not None
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "lazy", module)
    spec.loader.exec_module(module)
    assert project.has("lazy")
    assert project.has("unloaded")
    assert "unloaded" not in sys.modules
    assert type(module) is not types.ModuleType  # it is lazy still


# ------------------------------------------------------------------------------------------ modules that are not loaded


def test_a_module_that_was_never_imported_is_found_by_its_file(source: Path, project: Project) -> None:
    projects.write(source, {"up/__init__.py": "", "up/sub/m.py": "K = 1", "one.py": "K = 2"})
    texts = [project.text(name) for name in ("up", "up.sub", "up.sub.m", "one")]
    assert [(text.name, text.text, text.package, text.namespace) for text in texts if text is not None] == [
        ("up", b"", True, False),
        ("up.sub", b"", True, True),
        ("up.sub.m", b"K = 1", False, False),
        ("one", b"K = 2", False, False),
    ]
    assert not {"up", "one"} & set(sys.modules)


def test_a_submodule_is_found_where_its_loaded_package_says(source: Path, project: Project, tmp_path: Path) -> None:
    projects.write(source, {"up/__init__.py": f"__path__.append({str(tmp_path / 'more')!r})"})
    projects.write(tmp_path / "more", {"extra.py": "K = 1"})
    importlib.import_module("up")
    text = project.text("up.extra")
    assert text is not None
    assert text.file == str(tmp_path / "more" / "extra.py")


def test_what_import_would_find_first_is_what_is_found(
    source: Path, project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    projects.write(tmp_path / "site-packages", {"both.py": ""})
    projects.write(source, {"both.py": ""})
    assert project.has("both")
    monkeypatch.syspath_prepend(tmp_path / "site-packages")
    assert not project.has("both")


def test_a_link_that_leads_out_of_the_project_is_not_followed(source: Path, project: Project, tmp_path: Path) -> None:
    projects.write(tmp_path, {"outside.py": "secret", "folder/m.py": "secret"})
    projects.write(source, {"real.py": "K = 1"})
    (source / "out.py").symlink_to(tmp_path / "outside.py")
    (source / "far").symlink_to(tmp_path / "folder")
    (source / "within.py").symlink_to(source / "real.py")
    assert [name for name in ("out", "far", "far.m", "within") if project.has(name)] == ["within"]


def test_a_text_is_none_when_its_file_is_gone(source: Path, project: Project) -> None:
    projects.write(source, {"um.py": ""})
    importlib.import_module("um")
    assert project.has("um")
    (source / "um.py").unlink()
    assert project.text("um") is None


# -------------------------------------------------------------------------------------- ways to start, and to install


def test_modules_beside_a_script_are_and_the_script_is_not(tmp_path: Path) -> None:
    projects.write(tmp_path, {"beside.py": "", "lazily.py": "", "pkg/__init__.py": "from . import a", "pkg/a.py": ""})
    program = (
        "import beside, pkg\nprint([n for n in ('beside', 'lazily', 'pkg.a', '__main__', 'script') if project.has(n)])"
    )
    assert script(tmp_path, program) == ["['beside', 'lazily', 'pkg.a', 'script']"]


def test_modules_in_a_folder_of_pythonpath_are(tmp_path: Path) -> None:
    projects.write(tmp_path / "lib", {"shared.py": ""})
    program = "print(project.has('shared'))\nimport shared\nprint(Project().has('shared'))"
    assert script(tmp_path, program, path=[tmp_path / "lib"]) == ["True", "True"]


def test_modules_in_the_folder_of_a_notebook_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    projects.write(tmp_path, {"nearby.py": ""})
    monkeypatch.syspath_prepend("")
    monkeypatch.chdir(tmp_path)
    assert Project().has("nearby")


def test_a_virtual_environment_within_the_project_is_not(tmp_path: Path) -> None:
    projects.write(tmp_path, {".venv/lib/python3/site-packages/installed.py": "", "own.py": ""})
    program = """
        sys.path.append(str(here / ".venv/lib/python3/site-packages"))
        import installed, own
        print(project.has("installed"), project.has("own"))
    """
    assert script(tmp_path, program) == ["False True"]


def editable(site: Path, source: Path) -> None:
    """What an installer notes of an editable install."""
    noted = {"url": source.as_uri(), "dir_info": {"editable": True}}
    projects.write(site, {"p-1.dist-info/direct_url.json": json.dumps(noted)})


def test_an_editable_install_by_a_pth_file_is(tmp_path: Path) -> None:
    """setuptools with a `src` folder, hatch, flit, uv."""
    projects.write(tmp_path, {"src/edited/__init__.py": "", "site-packages/edited.pth": f"{tmp_path}/src\n"})
    program = "import site\nsite.addsitedir(str(here / 'site-packages'))\nimport edited\nprint(project.has('edited'))"
    assert script(tmp_path, program) == ["True"]


@pytest.mark.parametrize(
    ("finder", "text"),
    [
        ("__editable___p_1_finder",
         "MAPPING = {{'edited': '{0}/edited', 'single': '{0}/single'}}\n"
         "NAMESPACES = {{'ens': ['{0}/ens']}}"),
        ("editables.redirector",
         "class RedirectingFinder:\n"
         " _redirections = {{'edited': '{0}/edited/__init__.py', 'single': '{0}/single.py', 'ens.m': '{0}/ens/m.py'}}"),
    ],
)  # fmt: skip
def test_an_editable_install_by_a_finder_is(
    finder: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, project: Project
) -> None:
    projects.write(tmp_path / "src", {"edited/__init__.py": "", "edited/sub.py": "", "single.py": "", "ens/m.py": ""})
    editable(tmp_path / "site-packages", tmp_path / "src")
    monkeypatch.syspath_prepend(tmp_path / "site-packages")
    module = types.ModuleType(finder)
    exec(text.format(tmp_path / "src"), module.__dict__)
    monkeypatch.setitem(sys.modules, finder, module)
    names = ["edited", "edited.sub", "single", "ens.m"]
    assert [name for name in names if not project.has(name)] == []
    assert not project.has("edited.nothing")


def test_an_editable_install_by_a_link_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, project: Project) -> None:
    """`flit install --symlink`."""
    projects.write(tmp_path / "src", {"linked/__init__.py": "", "linked/sub.py": ""})
    editable(tmp_path / "site-packages", tmp_path / "src")
    (tmp_path / "site-packages" / "linked").symlink_to(tmp_path / "src" / "linked")
    monkeypatch.syspath_prepend(tmp_path / "site-packages")
    assert project.has("linked.sub")
    importlib.import_module("linked.sub")
    try:
        assert Project().has("linked.sub")
    finally:
        for name in ("linked", "linked.sub"):
            del sys.modules[name]


def test_an_editable_install_by_links_to_each_file_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, project: Project
) -> None:
    """setuptools, `editable_mode=strict`: a folder of links on `sys.path`."""
    projects.write(tmp_path / "src", {"strict/__init__.py": "", "strict/x.txt": "x"})
    editable(tmp_path / "site-packages", tmp_path / "src")
    links = tmp_path / "build" / "__editable__.p-1" / "strict"
    links.mkdir(parents=True)
    for name in ("__init__.py", "x.txt"):
        (links / name).symlink_to(tmp_path / "src" / "strict" / name)
    monkeypatch.syspath_prepend(tmp_path / "site-packages")
    monkeypatch.syspath_prepend(links.parent)
    assert project.has("strict")
    assert project.resource("strict", "x.txt") is not None


def test_what_an_installer_has_linked_to_its_cache_is_not(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, project: Project
) -> None:
    """`uv pip install --link-mode=symlink`."""
    projects.write(tmp_path / "cache", {"installed.py": ""})
    (tmp_path / "site-packages").mkdir()
    (tmp_path / "site-packages" / "installed.py").symlink_to(tmp_path / "cache" / "installed.py")
    monkeypatch.syspath_prepend(tmp_path / "site-packages")
    importlib.import_module("installed")
    try:
        assert not project.has("installed")
    finally:
        del sys.modules["installed"]


# ------------------------------------------------------------------------------------------ code=[…]


def test_what_is_named_is_project_code_and_nothing_else(source: Path) -> None:
    projects.write(source, {"up/__init__.py": "", "up/sub.py": "", "other.py": "", "upper.py": ""})
    project = Project(["up"])
    assert [name for name in ("up", "up.sub", "other", "upper") if project.has(name)] == ["up", "up.sub"]
    assert project.tops() == {"up"}


def test_a_file_and_a_folder_can_be_named(source: Path, tmp_path: Path) -> None:
    projects.write(source, {"one.py": "", "two.py": "", "up/__init__.py": "", "up/sub.py": ""})
    projects.write(tmp_path, {"lib/far.py": "", "lib/deep/__init__.py": ""})
    for name in ("one", "two", "up.sub"):
        importlib.import_module(name)
    project = Project([str(source / "one.py"), str(source / "up") + "/", str(tmp_path / "lib")])
    names = ("one", "two", "up", "up.sub", "far", "deep")
    assert [name for name in names if project.has(name)] == ["one", "up", "up.sub", "far", "deep"]


def test_an_installed_package_can_be_named(source: Path) -> None:
    project = Project(["cloudpickle"])
    text = project.text("cloudpickle.cloudpickle")
    assert text is not None
    assert text.text.startswith(b'"""')


def test_a_name_that_is_nothing_is_an_error_at_once(source: Path) -> None:
    with pytest.raises(ValueError, match="'nowhere' is neither a module that can be found on sys.path, nor a file"):
        Project(["nowhere"])
    with pytest.raises(ValueError, match=r"write code=\['pkg'\]"):
        Project("pkg")


def test_this_package_cannot_be_named(source: Path) -> None:
    assert not Project([str(ROOT)]).has("ray_proxy.errors")
