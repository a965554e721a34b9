"""What the tests know of kernels is so."""

from __future__ import annotations

import time

from kernels import Kernel


def test_a_cell_has_its_streams_its_result_and_its_error(kernel: Kernel) -> None:
    cell = kernel.cell("import sys\nprint('out')\nprint('err', file=sys.stderr)\n1 + 1")
    assert (cell.text(), cell.text("stderr"), cell.result, cell.errors) == ("out\n", "err\n", "2", [])
    (error,) = kernel.cell("1 / 0").errors
    assert "ZeroDivisionError" in error


def test_a_line_is_typed(kernel: Kernel) -> None:
    assert kernel.cell("print(input('name? '))", answers=["Ada"]).text() == "Ada\n"


def test_a_cell_is_interrupted(kernel: Kernel) -> None:
    cell = kernel.start("print('begun')\ntime.sleep(30)")
    kernel.until(lambda: cell.text() == "begun\n")
    kernel.interrupt()
    assert "KeyboardInterrupt" in cell.wait().errors[0]


def test_a_display_is_updated_in_its_place(kernel: Kernel) -> None:
    cell = kernel.cell("handle = display('one', display_id=True)")
    kernel.cell("handle.update('two')")
    assert cell.displays == [{"text/plain": "'two'"}]


def test_a_kernel_is_restarted() -> None:
    kernel = Kernel()
    try:
        kernel.cell("x = 1")
        kernel.restart()
        assert "NameError" in kernel.cell("x").errors[0]
        assert time.monotonic() > 0
    finally:
        kernel.close()
