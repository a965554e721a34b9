"""A session with an interpreter of this process: no sockets, no threads, no Ray."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from ..channels.loopback import LoopbackChannel
from ..interpreter.interpreter import Interpreter
from ..protocol import MAJOR, MINOR, Welcome
from .session import Session


def connect(interpreter: Interpreter, eager: bool = False, env: Callable[[Session], Any] = lambda s: None) -> Session:
    """A session with an interpreter of this process."""
    session = Session(store=interpreter.store, eager=eager, env=env)
    welcome = Welcome(MAJOR, MINOR, interpreter.name, "loopback", os.getpid())
    session.attach(LoopbackChannel(interpreter, session.name), welcome)
    return session
