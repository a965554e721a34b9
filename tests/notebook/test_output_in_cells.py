"""What remote code writes appears in the cell that asked for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from conftest import BEGIN
from kernels import Kernel

TALK = """
def talk(name, seconds=0.0, file=None):
    import sys, time
    time.sleep(seconds)
    print(name, file=sys.stderr if file else sys.stdout)
    return name
"""


@pytest.fixture(scope="module")
def talking(kernel: Kernel) -> Kernel:
    assert kernel.cell(TALK).errors == []
    return kernel


def test_what_is_printed_stands_before_the_value(talking: Kernel) -> None:
    cell = talking.cell("print('before')\nprint(env.run(talk, ('there',)).fetch())\nprint('after')")
    assert cell.text() == "before\nthere\nthere\nafter\n"


def test_ipython_keeps_no_copy_of_it(talking: Kernel) -> None:
    kept = "str(getattr(get_ipython().history_manager, 'outputs', ''))"
    assert talking.cell("env.run(talk, ('without end',)).fetch();").text() == "without end\n"
    assert talking.cell(f"'without ' 'end' in {kept}").result == "False"


def test_both_streams_are_kept_apart(talking: Kernel) -> None:
    cell = talking.cell("env.run(talk, ('one',)).fetch(); env.run(talk, ('two', 0, 'err')).fetch();")
    assert (cell.text(), cell.text("stderr")) == ("one\n", "two\n")


def test_a_call_that_nobody_waits_for_prints_into_its_cell_after_that_has_ended(talking: Kernel) -> None:
    first = talking.cell("v1 = env.run(talk, ('first', 0.5))")
    second = talking.cell("v2 = env.run(talk, ('second', 0.1))\nprint('here')")
    talking.until(lambda: "first" in first.text() and "second" in second.text())
    assert (first.text(), second.text()) == ("first\n", "here\nsecond\n")


def test_what_a_later_cell_waits_for_appears_where_it_was_asked_for(talking: Kernel) -> None:
    first = talking.cell("v = env.run(talk, ('asked', 0.3))")
    second = talking.cell("v.fetch()")
    talking.until(lambda: first.text() != "")
    assert (first.text(), second.text()) == ("asked\n", "")


def test_a_thread_prints_into_the_cell_that_started_it(talking: Kernel) -> None:
    first = talking.cell(
        "import threading\n"
        "def work():\n"
        "    for number in range(3):\n"
        "        time.sleep(0.2)\n"
        "        env.run(talk, (f'thread {number}',)).fetch()\n"
        "thread = threading.Thread(target=work)\n"
        "thread.start()"
    )
    second = talking.cell("thread.join()\nprint('joined')")
    talking.until(lambda: first.text().count("\n") == 3)
    assert first.text() == "thread 0\nthread 1\nthread 2\n"
    assert second.text() == "joined\n"


def test_await_and_tasks_print_into_their_cells(talking: Kernel) -> None:
    assert talking.cell("await env.run(talk, ('awaited', 0.2))").text() == "awaited\n"
    first = talking.cell(
        "import asyncio\n"
        "async def later():\n"
        "    await asyncio.sleep(0.3)\n"
        "    await env.run(talk, ('task', 0.1))\n"
        "task = asyncio.create_task(later())"
    )
    second = talking.cell("await task\nprint('done')")
    talking.until(lambda: first.text() != "")
    assert (first.text(), second.text()) == ("task\n", "done\n")


def test_a_thread_there_keeps_the_cell_that_started_it(talking: Kernel) -> None:
    first = talking.cell(
        "def begin():\n"
        "    import threading, time\n"
        "    def work():\n"
        "        time.sleep(0.4)\n"
        "        print('from a thread there')\n"
        "    threading.Thread(target=work).start()\n"
        "env.run(begin).fetch()"
    )
    second = talking.cell("env.run(talk, ('other', 0.6)).fetch();")
    talking.until(lambda: first.text() != "" and second.text() != "")
    assert (first.text(), second.text()) == ("from a thread there\n", "other\n")


def test_carriage_returns_are_kept_in_one_stream(talking: Kernel) -> None:
    cell = talking.cell(
        "def bar():\n"
        "    import sys, time\n"
        "    for n in range(5):\n"
        "        sys.stderr.write(f'\\r{n}/4'); sys.stderr.flush(); time.sleep(0.02)\n"
        "env.run(bar).fetch()"
    )
    assert cell.text("stderr") == "".join(f"\r{n}/4" for n in range(5))


def test_it_is_live(talking: Kernel) -> None:
    cell = talking.start("def slow():\n    print('begun'); import time; time.sleep(3)\nenv.run(slow).fetch()")
    talking.until(lambda: cell.text() == "begun\n", 2.5)
    assert not cell.is_idle
    cell.wait()


def test_warnings_logging_and_children_are_heard(talking: Kernel) -> None:
    cell = talking.cell(
        "def all_ways():\n"
        "    import logging, os, subprocess, warnings\n"
        "    warnings.warn('careful')\n"
        "    logging.getLogger('there').warning('logged')\n"
        "    subprocess.run(['sh', '-c', 'echo child; echo error >&2'])\n"
        "    os.write(1, b'raw\\n')\n"
        "env.run(all_ways).fetch()"
    )
    assert cell.text() == "child\nraw\n"
    for words in ("careful", "logged", "error"):
        assert words in cell.text("stderr")


def test_nothing_has_a_prefix(talking: Kernel) -> None:
    cell = talking.cell("env.run(talk, ('plain',)).fetch();")
    talking.settle(1.0)
    assert "InterpreterProcess" not in cell.text() + cell.text("stderr")


# ------------------------------------------------------------------------------------------- more than one


@pytest.fixture
def other(cluster: str) -> Iterator[Kernel]:
    kernel = Kernel(cluster)
    assert kernel.cell(BEGIN.replace(".create(", ".get_or_create('shared', lifetime='detached', ") + TALK).errors == []
    yield kernel
    kernel.cell("env.destroy()")
    kernel.close()


def test_two_kernels_at_one_interpreter_have_their_own_output(talking: Kernel, other: Kernel) -> None:
    assert talking.cell("both = RemoteInterpreterFactory().get('shared')").errors == []
    mine = talking.start("for n in range(5): both.run(talk, (f'mine {n}', 0.05)).fetch()")
    theirs = other.start("for n in range(5): env.run(talk, (f'theirs {n}', 0.05)).fetch()")
    mine.wait()
    theirs.wait()
    assert mine.text() == "".join(f"mine {n}\n" for n in range(5))
    assert theirs.text() == "".join(f"theirs {n}\n" for n in range(5))


def test_what_is_printed_while_a_kernel_restarts_comes_to_the_next_one_once(other: Kernel) -> None:
    begun = other.cell(
        "def train():\n"
        "    import time\n"
        "    for epoch in range(30):\n"
        "        print('epoch', epoch, flush=True)\n"
        "        time.sleep(0.1)\n"
        "env['job'] = env.run(train)"
    )
    other.until(lambda: "epoch 3" in begun.text())
    other.restart()
    again = other.cell(BEGIN.replace(".create(", ".get_or_create('shared', lifetime='detached', "))
    other.until(lambda: "epoch 29" in again.text())
    text = again.text()
    epochs = [int(line.split()[1]) for line in text.splitlines() if line.startswith("epoch ")]
    assert epochs == list(range(epochs[0], 30)), text
    assert "while nobody was here" in text
    assert "epoch" not in other.cell("env.sync()").text()


def test_what_is_printed_stands_before_the_value_that_is_awaited(talking: Kernel) -> None:
    cell = talking.cell("for n in range(50): print('got', await env.run(talk, (f'there {n}',)))")
    assert cell.text() == "".join(f"there {n}\ngot there {n}\n" for n in range(50))
