"""An interpreter without the files imports what a client has sent."""

from __future__ import annotations

from pathlib import Path

import projects
from projects import elsewhere, text_of

from ray_proxy.project.texts import namespace_text

PACKAGE = [
    text_of("pkg", "from .sub import f\nfrom . import other", package=True),
    text_of("pkg.sub", "from pkg.other import K\ndef f(): return K"),
    text_of("pkg.other", "K = 41"),
]


def test_a_package_with_relative_imports_is_imported() -> None:
    assert elsewhere("import pkg\nprint(pkg.f(), executed)", PACKAGE) == ["41 ['pkg', 'pkg.sub', 'pkg.other']"]


def test_a_submodule_that_was_not_sent_is_asked_for() -> None:
    assert elsewhere("import pkg\nprint(pkg.f(), asked)", PACKAGE[:1], PACKAGE[1:]) == ["41 ['pkg.sub', 'pkg.other']"]


def test_modules_have_what_modules_have() -> None:
    program = """
        import pkg, pkg.sub
        print(pkg.__file__, pkg.__path__, pkg.__package__, pkg.__spec__.origin)
        print(pkg.sub.__file__, pkg.sub.__package__, pkg.sub.__name__, hasattr(pkg.sub, '__path__'))
        loader = pkg.sub.__loader__
        print(loader.is_package('pkg.sub'), loader.get_source('pkg.sub').splitlines()[1])
        import inspect
        print(inspect.getsource(pkg.f).strip(), inspect.getsourcefile(pkg.f))
    """
    assert elsewhere(program, PACKAGE) == [
        "/client/home/pkg/__init__.py ['/client/home/pkg'] pkg /client/home/pkg/__init__.py",
        "/client/home/pkg/sub.py pkg pkg.sub False",
        "False def f(): return K",
        "def f(): return K /client/home/pkg/sub.py",
    ]


def test_a_coding_cookie_is_honoured(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_bytes(b"# -*- coding: latin-1 -*-\nK = '\xe9'\n")
    program = "import m\nprint(ascii(m.K), ascii(m.__loader__.get_source('m').splitlines()[1]))"
    assert elsewhere(program, [projects.read("m", tmp_path / "m.py")]) == [r"""'\xe9' "K = '\xe9'" """.strip()]


def test_a_namespace_package_is_imported() -> None:
    sent = [namespace_text("ns", "/client/home/ns"), text_of("ns.m", "K = 1")]
    program = "import ns.m\nprint(ns.m.K, list(ns.__path__), getattr(ns, '__file__', None))"
    assert elsewhere(program, sent) == ["1 ['/client/home/ns'] None"]


def test_a_namespace_package_keeps_its_portions_on_this_disk(tmp_path: Path) -> None:
    projects.write(tmp_path, {"ns/here.py": "K = 2"})
    sent = [namespace_text("ns", "/client/home/ns"), text_of("ns.there", "K = 1")]
    program = f"sys.path.insert(0, {str(tmp_path)!r})\nimport ns.there, ns.here\nprint(ns.there.K, ns.here.K)"
    assert elsewhere(program, sent) == ["1 2"]


def test_modules_that_import_each_other_are_imported() -> None:
    sent = [text_of("a", "import b\nA = 1\ndef f(): return b.B"), text_of("b", "import a\nB = 2\ndef g(): return a.A")]
    assert elsewhere("import a, b\nprint(a.f(), b.g(), executed)", sent) == ["2 1 ['a', 'b']"]


def test_what_was_sent_goes_before_a_copy_on_this_disk(tmp_path: Path) -> None:
    projects.write(tmp_path, {"m.py": "K = 'stale'", "pkg/__init__.py": "", "pkg/sub.py": "K = 'stale'"})
    sent = [text_of("m", "K = 'sent'"), text_of("pkg.sub", "K = 'sent'")]
    program = f"sys.path.insert(0, {str(tmp_path)!r})\nimport m, pkg.sub\nprint(m.K, pkg.sub.K, pkg.__file__)"
    assert elsewhere(program, sent) == [f"sent sent {tmp_path}/pkg/__init__.py"]


def test_a_module_whose_execution_raises_is_tried_again_with_a_newer_text() -> None:
    program = """
        for _ in range(2):
            try:
                import m
            except ZeroDivisionError:
                print('raised', executed, 'm' in sys.modules)
        sources.take(answers['m'], 'there:1')
        import m
        print(m.K, importer.running())
    """
    lines = elsewhere(program, [text_of("m", "K = 1 / 0")], [text_of("m", "K = 2")])
    assert lines == ["raised ['m'] False", "raised ['m', 'm'] False", "2 {}"]


def test_reload_executes_the_newest_text() -> None:
    program = """
        import importlib, m
        sources.take(answers['m'], 'there:1')
        print(m.K, importlib.reload(m).K, importlib.reload(m) is m)
    """
    assert elsewhere(program, [text_of("m", "K = 1")], [text_of("m", "K = 2")]) == ["1 2 True"]


def test_threads_that_import_at_the_same_time_execute_a_module_once() -> None:
    program = """
        import threading
        start = threading.Barrier(8)
        seen = []
        def run():
            start.wait()
            import slow.part
            seen.append(slow.part.K)
        threads = [threading.Thread(target=run) for _ in range(8)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        print(seen, executed, asked)
    """
    sent = [text_of("slow", "import sys\nfor _ in range(20000): pass", package=True)]
    answers = [text_of("slow.part", "for _ in range(20000): pass\nK = 1")]
    assert elsewhere(program, sent, answers) == [f"{[1] * 8} ['slow', 'slow.part'] ['slow.part']"]


def test_the_modules_that_are_being_imported_are_told_by_thread() -> None:
    sent = [text_of("a", "import b"), text_of("b", "import __main__, threading\nnow = __main__.importer.running()")]
    program = "import a, b, threading\nprint(b.now == {threading.get_ident(): ('a', 'b')}, importer.running())"
    assert elsewhere(program, sent) == ["True {}"]


def test_removed_finders_import_nothing_more() -> None:
    program = """
        before = list(sys.meta_path)
        importer.install()
        print(before == sys.meta_path)
        importer.remove()
        importer.remove()
        try:
            import m
        except ModuleNotFoundError as error:
            print(error, len(sys.meta_path) - len(before))
    """
    assert elsewhere(program, [text_of("m", "")]) == ["True", "No module named 'm' -2"]


def test_metadata_of_distributions_is_left_alone() -> None:
    program = "import importlib.metadata\nprint(importlib.metadata.version('msgspec') != '', asked)"
    assert elsewhere(program) == ["True []"]


# ------------------------------------------------------------------------------------------ tracebacks


RAISES = text_of("m", "def f():\n    return 1 / 0\n")


def test_tracebacks_show_the_lines_that_were_sent() -> None:
    program = """
        import linecache, m, traceback
        linecache.checkcache()
        try:
            m.f()
        except ZeroDivisionError:
            print(traceback.format_exc())
    """
    lines = elsewhere(program, [RAISES])
    assert '  File "/client/home/m.py", line 2, in f' in lines
    assert "    return 1 / 0" in lines


def test_tracebacks_show_what_was_executed_where_another_file_is_at_that_path(tmp_path: Path) -> None:
    projects.write(tmp_path, {"m.py": "# stale\n# stale\n"})
    program = """
        import linecache, m
        linecache.checkcache()
        print(linecache.getline(m.__file__, 2).strip())
    """
    assert elsewhere(program, [text_of("m", "def f():\n    return 1", file=f"{tmp_path}/m.py")]) == ["return 1"]


def test_a_syntax_error_names_the_client_s_file_and_line() -> None:
    program = """
        try:
            import m
        except SyntaxError as error:
            print(error.filename, error.lineno, error.text.strip(), 'm' in sys.modules)
    """
    assert elsewhere(program, [text_of("m", "x = 1\ny = (\n")]) == ["/client/home/m.py 2 y = ( False"]
