"""One end of a conversation between two releases: a client, or the process of an interpreter.

`releases.Peer` runs this as a program, with the package of whichever release in PYTHONPATH, and says on its standard
input what to talk about. So it uses nothing that not every release has, and nothing of the other files here save
`conversations` and `parts`: beside the public interface, in `connect`, `serve` and `parts`, what version 1.0 of the
protocol began with.
"""

from __future__ import annotations

import inspect
import json
import os
import signal
import sys
import threading
import traceback
from typing import Any

import cloudpickle
import conversations
import numpy as np
from conversations import raises
from parts import Here, Interpreter, Server, Session, here, links, mailbox, process, published, relay, relayed, remote

import ray_proxy
from ray_proxy import (
    IRemoteInterpreter,
    RemoteInterpreter,
    RemoteInterpreterFactory,
    VersionError,
)
from ray_proxy.channels.socket import Address
from ray_proxy.protocol import MAJOR, MINOR, Frame, Hello, Reply


def many(env: IRemoteInterpreter, count: int) -> None:
    """Operations of which each must be executed once, and each answer be taken once."""
    numbers = env.put([])
    for number in range(count):
        numbers.append(number)
        if number % 97 == 0:
            assert len(numbers) == number + 1
            with raises(ZeroDivisionError):
                (numbers[0] / 0).fetch()
    assert numbers.fetch() == list(range(count))


def spoken(env: RemoteInterpreter) -> int:
    """The minor version that the interpreter agrees to."""
    env.session.wait_ready()
    connection, welcome = remote._links[env.session].dial(Hello(MAJOR, MINOR, "", "control"), 10)
    connection.close()
    return welcome.minor


def between(one: IRemoteInterpreter, other: IRemoteInterpreter) -> None:
    """Values that move between two interpreters, the small ones through this process."""
    a, b = one.put([1]), other.put([2])
    assert [(a + b).fetch(), (b + a).fetch()] == [[1, 2], [2, 1]]
    assert (a + b).env == one
    assert ray_proxy.fetch(a, b) == ([1], [2])
    assert other.run(lambda *given: given, (a, {"deep": b})).fetch() == ([1], {"deep": [2]})
    array = one.put(np.arange(300_000))
    assert other.run(lambda array: int(array.sum()), (array,)).fetch() == np.arange(300_000).sum()
    with raises(ZeroDivisionError):
        (other.put(1) + one.put(1) / 0).fetch()
    with raises(TypeError) as caught:
        other.put(1) + a
    assert "unsupported operand types for +: int and list" in str(caught[0]), caught


def nested(outer: RemoteInterpreter, inner: RemoteInterpreter) -> None:
    """User code in one interpreter calls the other one, whose user code calls back."""

    def in_outer(inner: Any, outer: Any) -> Any:
        def in_inner(outer: Any) -> Any:
            return outer.put(20).fetch() + 1

        return inner.run(in_inner, (outer,)).fetch() * 2

    def fails(inner: Any) -> Any:
        return inner.run(lambda: {}["missing"]).fetch()

    assert outer.run(in_outer, (inner, outer)).fetch() == 42
    with raises(KeyError):
        outer.run(fails, (inner,)).fetch()
    made = outer.run(lambda inner: inner.put([5]), (inner,)).fetch()
    made.append(6)
    assert (made.env, made.fetch()) == (inner, [5, 6])
    big = outer.run(lambda inner: inner.run(lambda: bytes(2_000_000)).fetch(), (inner,))
    assert len(big) == 2_000_000


def references(env: IRemoteInterpreter) -> None:
    """Values in Ray's object store."""
    import ray

    array = env.put(np.ones(300_000))
    assert ray.get(ray_proxy.ref(array)).sum() == 300_000
    assert env.put(ray.put(np.ones(300_000))).sum().fetch() == 300_000
    assert env.run(lambda given: ray.get(given["ref"]), ({"ref": ray.put([1])},)).fetch() == [1]


def pickled(env: IRemoteInterpreter) -> str:
    """A Var with the value [1], and the handle of its interpreter, for another process."""
    return cloudpickle.dumps((env.put([1]), env)).hex()


def unpickled(env: IRemoteInterpreter, data: str) -> None:
    """What another process has pickled."""
    var, same = cloudpickle.loads(bytes.fromhex(data))
    assert (same, var.env) == (env, env)
    var.append(2)
    assert var.fetch() == [1, 2]
    same["met"] = var
    assert env["met"].fetch() == [1, 2]
    del env["met"]
    env.sync()


def refused(env: RemoteInterpreter) -> list[str]:
    """What the errors of an interpreter of another major say: each use has one, whatever it is."""
    said = []
    for use in (lambda: env.put([1]).fetch(), env.status, env.sync, env.instance_names):
        with raises(VersionError) as caught:
            use()
        said.append(str(caught[0]))
    return said


def create(name: str, folder: str, by_relay: bool = False) -> None:
    """An interpreter that runs the release in that folder, and lives until it is destroyed. Does not wait for it."""
    rif = RemoteInterpreterFactory(relay=by_relay)
    rif.create(name=name, lifetime="detached", runtime_env={"env_vars": {"PYTHONPATH": folder}})


def _release_there() -> dict[str, Any]:
    import ray_proxy
    from ray_proxy.protocol import MAJOR, MINOR

    return {"file": ray_proxy.__file__, "version": [MAJOR, MINOR]}


def runs(env: IRemoteInterpreter) -> Any:
    """Which release the interpreter runs."""
    return env.run(_release_there).fetch()


def methods() -> dict[str, list[str]]:
    """What Ray has each actor look up in its own release, wherever the class was exported."""
    classes = (process.InterpreterProcess, mailbox.Mailbox, relay.Relay)
    return {kind.__name__: sorted(dict(inspect.getmembers(kind, inspect.isfunction))) for kind in classes}


def mailbox_runs() -> Any:
    """Which release the mailbox of the cluster runs."""
    import ray

    return ray.get(ray.get_actor(mailbox.NAME, mailbox.NAMESPACE).__ray_call__.remote(lambda self: _release_there()))


def relay_runs() -> Any:
    """Which release the relay of this process runs."""
    import ray

    return ray.get(relayed._current_station().actor.__ray_call__.remote(lambda self: _release_there()))


class _Link(links.Link):
    """Gets at an interpreter that no Ray hosts."""

    def raise_verdict(self) -> None:
        """There is nobody to ask."""


def connect(path: str, key: str, pid: int, name: str) -> RemoteInterpreter:
    here._here = Here("", "", "", os.getpid())  # which Ray would have to be asked for
    link = _Link(None, name)
    link.published = published.Published(Address(path, "", 0), "", bytes.fromhex(key), pid, 0)
    session = Session(link=link, env=RemoteInterpreter)
    session.interpreter = name
    remote._links[session] = link
    remote._sessions[name] = session  # where what is unpickled finds it
    env: RemoteInterpreter = session.env()
    return env


class _Interpreter(Interpreter):
    """Notes which messages it was told."""

    said: set[str] = set()

    def execute(self, session: str, frame: Frame, *args: Any, **kwargs: Any) -> Reply:
        self.said.update(type(message).__name__ for message in frame.messages)
        return super().execute(session, frame, *args, **kwargs)


def serve(name: str, answers: Any) -> None:
    """An interpreter's process; tells on each line that comes which messages it was told."""
    wanted = threading.Event()
    interpreter = _Interpreter(name)
    server = Server(interpreter, "host of " + name, wanted.set)

    def listen() -> None:
        for _ in sys.stdin:
            print(json.dumps({"result": sorted(interpreter.said)}), file=answers, flush=True)
        server.close()
        os._exit(0)

    reached = {"path": server.address.path, "key": server.key.hex(), "pid": os.getpid(), "name": name}
    print(json.dumps({**_release_there(), **reached}), file=answers, flush=True)
    threading.Thread(target=listen, daemon=True).start()
    while True:
        wanted.wait()
        wanted.clear()
        server.serve()


def _given(argument: Any) -> Any:
    """An argument of a conversation: an interpreter, where it says how one is reached."""
    if not isinstance(argument, dict):
        return argument
    if "path" in argument:
        return connect(**argument)
    return RemoteInterpreterFactory(relay=argument.get("relay", False)).get(argument["name"])


def talk(answers: Any) -> None:
    """Hold the conversations that are asked for, one a line."""
    topics = {**vars(conversations), **globals()}
    for line in sys.stdin:
        topic, *arguments = json.loads(line)
        given = [_given(argument) for argument in arguments]
        try:
            answer = {"result": topics[topic](*given)}
        except BaseException:
            answer = {"error": traceback.format_exc()}
        for argument, value in zip(arguments, given):
            if isinstance(argument, dict) and "path" in argument:
                value.session.close()
        print(json.dumps(answer), file=answers, flush=True)


def main(role: str, name: str) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)  # as in a program of its own, whoever has started it
    cloudpickle.register_pickle_by_value(conversations)  # as what a program defines itself: nobody else has it
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever is printed by others is no answer
    if role == "interpreter":
        serve(name, answers)
    if role == "driver":
        import ray

        ray.init(namespace="tests", log_to_driver=False, runtime_env={"env_vars": {"PYTHONPATH": name}})
    print(json.dumps(_release_there()), file=answers, flush=True)
    talk(answers)


if __name__ == "__main__":
    main(*sys.argv[1:])
