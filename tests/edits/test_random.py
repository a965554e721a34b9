"""Programs drawn and edited at random do what fresh ones of the same texts do."""

from __future__ import annotations

import random
import sys
from types import ModuleType
from typing import Any

import pytest
from drawing import Program
from live import Live


def seen(module: Any) -> dict[str, object]:
    """What the names of a module are and do."""
    hidden = ("show", "deco", "times", "functools")
    return {name: module.show(value) for name, value in vars(module).items() if name[:2] != "__" and name not in hidden}


def fresh(live: Live, texts: dict[str, str]) -> dict[str, dict[str, object]]:
    """The same of modules that are executed anew."""
    held = {live.module_name(key): sys.modules.pop(live.module_name(key)) for key in texts}
    try:
        result = {}
        for key, text in texts.items():
            module = ModuleType(live.module_name(key))
            sys.modules[module.__name__] = module
            exec(compile(live.filled(text), "fresh", "exec"), module.__dict__)
            result[key] = seen(module)
        return result
    finally:
        sys.modules.update(held)


@pytest.mark.parametrize("seed", range(12))
def test_an_edited_program_does_what_a_fresh_one_does(live: Live, seed: int) -> None:
    program = Program(random.Random(seed))
    program.edit()
    texts = program.texts()
    live.load(**texts)
    for step in range(25):
        program.edit()
        before, texts = texts, program.texts()
        live.edit(**texts)
        now = {key: seen(live.module(key)) for key in texts}
        assert now == fresh(live, texts), (step, before, texts)
