"""Interrupts that come while the garbage collector runs."""

from __future__ import annotations

import gc
import sys
import threading
from types import FrameType

import pytest

from ray_proxy.channels.channel import hosting
from ray_proxy.interpreter.interpreter import Interpreter
from ray_proxy.protocol import Interrupt
from ray_proxy.server.interrupts import SIGNAL, Interrupts

pytestmark = pytest.mark.usefixtures("hosting_as_before")


@pytest.mark.parametrize("phase", ["start", "stop"])
def test_one_that_comes_as_a_collection_begins_or_ends_is_for_the_next_message(phase: str) -> None:
    """It may not be raised there: then the interpreter took itself for collecting ever after, and the next interrupt
    would come up in the middle of its own work."""
    interrupts = Interrupts(Interpreter("here"))
    hosting.thread = threading.get_ident()
    came = []

    def come(frame: FrameType, event: str, _: object) -> None:
        if event != ("return" if phase == "start" else "call") or came:
            return
        inside = frame.f_locals if frame.f_code is Interrupts._on_collection.__code__ else {}
        if inside.get("self") is interrupts and inside["phase"] == phase:
            interrupts.ask(Interrupt("", []), lambda session: True)
            came.append(phase)
            interrupts._on_signal(SIGNAL, frame)

    gc.disable()
    gc.callbacks.append(interrupts._on_collection)
    sys.setprofile(come)
    try:
        gc.collect()
    finally:
        sys.setprofile(None)
        gc.callbacks.remove(interrupts._on_collection)
        gc.enable()
    assert came == [phase]
    assert not interrupts.collecting
