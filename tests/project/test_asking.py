"""What an interpreter asks its clients for, and what it says when nobody answers."""

from __future__ import annotations

from pathlib import Path

import projects
import pytest
from projects import elsewhere, text_of

from ray_proxy.project.sources import Sources

HELPER = text_of("helper", "K = 7")
LIBRARY = {"site-packages/library.py": "def attempt(name='helper'):\n    __import__(name)\n"}


def on_path(folder: Path) -> str:
    return f"sys.path.insert(0, {str(folder)!r})\n"


def test_a_top_level_name_that_nothing_has_is_asked_for_in_project_code() -> None:
    program = "import m\nprint(m.f(), asked)"
    sent = [text_of("m", "def f():\n    import helper\n    return helper.K")]
    assert elsewhere(program, sent, [HELPER]) == ["7 ['helper']"]


def test_a_top_level_name_is_asked_for_in_code_that_travelled_by_value() -> None:
    program = "exec(compile('import helper', '<dynamic-code>', 'exec'), {'__name__': '__main__'})\nprint(asked)"
    assert elsewhere(program, (), [HELPER]) == ["['helper']"]


def test_what_a_library_tries_is_not_asked_for(tmp_path: Path) -> None:
    projects.write(tmp_path, LIBRARY)
    program = """
        import library
        try:
            library.attempt()
        except ModuleNotFoundError as error:
            print(error, error.name, asked)
    """
    assert elsewhere(program, (), [HELPER], folder=tmp_path / "site-packages") == ["No module named 'helper' helper []"]


def test_what_a_client_says_that_it_has_is_asked_for_also_in_a_library(tmp_path: Path) -> None:
    projects.write(tmp_path, LIBRARY)
    program = on_path(tmp_path / "site-packages") + (
        "import library\nimporter.expect(['helper'], 'there:1')\nlibrary.attempt()\nprint(asked)"
    )
    assert elsewhere(program, (), [HELPER]) == ["['helper']"]


@pytest.mark.parametrize(
    "statement",
    [
        "__import__('importlib').import_module('helper')",
        "pickle.loads(b'chelper\\nK\\n.')",
        "pickle._loads(b'chelper\\nK\\n.')",
        "__import__('cloudpickle').cloudpickle.subimport('helper')",
    ],
)
def test_what_imports_on_behalf_of_project_code_asks_as_it_does(statement: str) -> None:
    program = "import m\nm.f()\nprint(asked)"
    assert elsewhere(program, [text_of("m", f"import pickle\ndef f(): {statement}")], [HELPER]) == ["['helper']"]


def test_a_name_that_nobody_has_is_asked_for_once_until_new_texts_arrive() -> None:
    program = """
        def attempt(name):
            try:
                __import__(name)
            except ModuleNotFoundError as error:
                print(error, asked)
        attempt('nowhere')
        attempt('nowhere')
        sources.take(answers['helper'], 'there:1')
        attempt('nowhere')
        importer.forget()
        attempt('nowhere')
    """
    message = "No module named 'nowhere' ['nowhere'{}]"
    expected = [message.format(", 'nowhere'" * times) for times in (0, 0, 1, 2)]
    assert elsewhere(program, (), [HELPER]) == expected


def test_a_finder_that_was_put_last_later_is_asked_before_the_clients() -> None:
    program = """
        import importlib.machinery
        class Finder:
            @staticmethod
            def find_spec(name, path=None, target=None):
                if name == 'generated':
                    return importlib.machinery.ModuleSpec(name, importlib.machinery.BuiltinImporter)
        sys.meta_path.append(Finder)
        try:
            import generated
        except ImportError as error:
            print(error, asked)
    """
    assert elsewhere(program) == ["'generated' is not a built-in module []"]


def test_a_missing_attribute_of_a_package_is_no_missing_module() -> None:
    program = """
        try:
            from pkg import nothing
        except ImportError as error:
            print(type(error).__name__, error.name, asked)
    """
    assert elsewhere(program, [text_of("pkg", "", package=True)]) == ["ImportError pkg ['pkg.nothing']"]


# ------------------------------------------------------------------------------------------ nobody is there


@pytest.mark.parametrize("statement", ["import pkg.sub", "from pkg import sub", "from pkg.sub import f"])
def test_the_client_that_had_a_package_is_named_when_it_is_gone(statement: str) -> None:
    program = f"""
        try:
            {statement}
        except ModuleNotFoundError as error:
            print(error)
    """
    expected = ["No module named 'pkg.sub': client there:1, which had 'pkg', is gone"]
    assert elsewhere(program, [text_of("pkg", "", package=True)], answers=None) == expected


def test_the_client_that_had_a_top_level_module_is_named_when_it_is_gone() -> None:
    program = """
        importer.expect(['helper'], 'there:5')
        for name in ('helper', 'nowhere'):
            try:
                __import__(name)
            except ModuleNotFoundError as error:
                print(error, error.name)
    """
    assert elsewhere(program, answers=None) == [
        "No module named 'helper': client there:5, which had it, is gone helper",
        "No module named 'nowhere' nowhere",
    ]


def test_what_was_sent_stays_when_its_client_is_gone() -> None:
    assert elsewhere("import helper\nprint(helper.K)", [HELPER], answers=None) == ["7"]


def test_a_submodule_that_is_on_this_disk_is_found_there_when_the_client_is_gone(tmp_path: Path) -> None:
    projects.write(tmp_path, {"pkg/__init__.py": "", "pkg/sub.py": "K = 3"})
    sent = [text_of("pkg", "", file=f"{tmp_path}/pkg/__init__.py", package=True)]
    assert elsewhere("import pkg.sub\nprint(pkg.sub.K)", sent, answers=None) == ["3"]


# ------------------------------------------------------------------------------------------ modules of this disk


def test_a_module_of_this_disk_is_adopted_with_the_text_of_its_file(tmp_path: Path) -> None:
    projects.write(tmp_path, {"m.py": "K = 1", "pkg/__init__.py": "P = 1"})
    program = on_path(tmp_path) + (
        "import m, pkg\n"
        "print(importer.adopt('m') == sources.get('m'), sources.get('m').text, sources.get('m').file)\n"
        "print(importer.adopt('pkg').package, importer.adopt('m'), importer.adopt('sys'), importer.adopt('nothing'))\n"
        "print([(held.text.name, held.sender) for held in sources.listing()])"
    )
    assert elsewhere(program) == [
        f"True b'K = 1' {tmp_path}/m.py",
        "True None None None",
        "[('m', ''), ('pkg', '')]",
    ]


def test_a_client_s_text_takes_the_place_of_an_adopted_one_of_any_age(tmp_path: Path) -> None:
    projects.write(tmp_path, {"m.py": "K = 1"})
    sources = Sources()
    sources.take(projects.read("m", tmp_path / "m.py"), "")
    assert sources.would_take(text_of("m", "K = 2", mtime_ns=1), "there:1")
    assert not sources.would_take(text_of("m", "K = 1", mtime_ns=1), "there:1")


# ------------------------------------------------------------------------------------------ texts in force


def test_a_text_is_taken_if_there_is_none_or_if_it_differs_and_is_later() -> None:
    sources = Sources()
    first, same, later = text_of("m", "1", mtime_ns=5), text_of("m", "1", mtime_ns=9), text_of("m", "2", mtime_ns=6)
    assert sources.would_take(first, "there:2")
    sources.take(first, "a:1")
    assert not sources.would_take(same, "there:2")
    assert sources.would_take(later, "there:2")
    assert not sources.would_take(text_of("m", "2", mtime_ns=5), "there:2")


def test_the_listing_tells_who_sent_what() -> None:
    sources = Sources()
    sources.take(text_of("b", "", package=True), "host:2")
    sources.take(text_of("a", ""), "host:1")
    assert [(held.text.name, held.sender, held.since > 0) for held in sources.listing()] == [
        ("a", "host:1", True),
        ("b", "host:2", True),
    ]
    assert sources.owner_of("b.sub.deep") == "host:2"
    assert sources.owner_of("c") is None


def test_who_only_asks_whether_there_is_a_module_hears_that_there_is_none() -> None:
    program = """
        import importlib.util, m
        print(m.find('nowhere'))
    """
    sent = [text_of("m", "import importlib.util\ndef find(name): return importlib.util.find_spec(name)")]
    assert elsewhere(program, sent, None) == ["None"]
