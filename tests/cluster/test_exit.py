"""Vars in what Python runs at the end of a process: they work until our own handler has run, or say that it is over."""

from __future__ import annotations

from collections.abc import Callable

PROGRAM = """
import atexit, os, sys, threading, time, weakref
os.dup2(1, 2)  # whatever is printed there counts

def use(name):
    try:
        print(name, (made[0] + [1]).fetch(), flush=True)
    except Exception as error:
        print(name, type(error).__name__, flush=True)

atexit.register(use, "registered before the import")
import ray, ray_proxy
ray.init(log_to_driver=False, logging_level="error")
env = ray_proxy.RemoteInterpreterFactory().create()
made = [env.put([0])]
made[0].fetch()
atexit.register(use, "registered after it")

class Dying:
    def __init__(self, name):
        self.name, self.use, self.made = name, use, made
    def __del__(self):
        self.use(self.name)

class Pipelining:
    def __init__(self):
        self.var = made[0]
    def __del__(self):
        try:
            self.var + [2]
        except ray_proxy.InterpreterDiedError:
            print("nor is anything pipelined", flush=True)

finalized = Dying.__new__(Dying)
finalized.name, finalized.use = "at the end of its module", use
finalized.made = made
weakref.finalize(made[0], use, "by a finalizer")
pipelining = Pipelining()
thread = threading.Thread(target=lambda: (time.sleep(0.2), use("in a thread that is no daemon")))
thread.start()
sys.modules["keeper"] = [env.put(number) for number in range(50)]
half_read = iter(env.put([1, 2]))
next(half_read)
"""


def test_vars_work_until_the_last_handler_or_raise(run_program: Callable[..., str]) -> None:
    printed = run_program(PROGRAM).splitlines()
    assert printed == [
        "in a thread that is no daemon [0, 1]",
        "registered after it [0, 1]",
        "by a finalizer [0, 1]",
        "registered before the import InterpreterDiedError",
        "at the end of its module InterpreterDiedError",
        "nor is anything pipelined",
    ]
