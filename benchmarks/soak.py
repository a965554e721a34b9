"""Many clients run random programs against a few interpreters, while clients, interpreters and links are killed.

In the end every result that was promised was right, and memory, file descriptors, threads and variables are back where
they began; else it exits with 1. At each pause the variable tables are held against what the clients hold by their own
books, and a client that is killed then must be gone from them in time.

Run: python benchmarks/soak.py [SECONDS] [--seed S] [--faults cut,stop,…] [--json PATH] (starts a Ray of its own)
"""

from __future__ import annotations

import argparse
import contextlib
import faulthandler
import json
import os
import platform
import random
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter as Counts
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ray
from soak_client import INTERPRETERS, NAMESPACE, RUNNERS, usage

from ray_proxy import RemoteInterpreter, RemoteInterpreterFactory, fetch
from ray_proxy.cluster.mailbox import NAME as MAILBOX, NAMESPACE as MAILBOX_NAMESPACE

GRACE = 30.0
LEASE = 40.0
STOPPED = 5.0
"""The longest stop of a process: below the grace time, so that it costs nothing."""
CYCLE = 20.0
"""Seconds between two pauses."""
STUCK = 60.0
"""Seconds without a step of a runner that is not held up: then all stacks are written, and the soak has failed."""
FREED = 15.0
"""Seconds in which the variables of a killed client must be gone."""
FAULTS = {
    "cut": 10,
    "stop client": 3,
    "stop interpreter": 3,
    "kill client": 2,
    "kill interpreter": 2,
    "kill mailbox": 1,
}
SLACK = {"mb": 40, "fds": 2, "threads": 2}
"""By how much a process may have grown."""
CLIENT_SLACK = {"mb": 40, "fds": 12, "threads": 4}
"""The same for a client since its first pause: Ray connects it to each peer that it meets (measured: 34 to 46)."""


CONSEQUENCES = ("interpreter died", "transfer failed", "given by the dead")
"""What clients count where an operation failed for a fault."""


class Failed(Exception):
    """The soak has failed in a way that it cannot go on from."""


class Client:
    """A client process, as the soak knows it."""

    def __init__(self, number: int, process: subprocess.Popen[bytes], line: socket.socket) -> None:
        self.number = number
        self.process = process
        self.line = line
        self.received = b""
        self.counts: Counts[str] = Counts()
        self.steps: list[int] = []
        self.where: list[str] = []
        self.moved = time.monotonic()
        self.told: dict[str, dict[str, Any]] = {}
        self.first: dict[str, int] | None = None
        self.stopped = False

    def say(self, text: str) -> None:
        with contextlib.suppress(OSError):
            self.line.sendall(text.encode() + b"\n")


def prepare(stacks: str) -> None:
    """In an interpreter: what would be loaded at some time, and a way to see where it is stuck."""
    import faulthandler
    import signal

    import numpy

    numpy.arange(3).sum()
    faulthandler.register(signal.SIGUSR2, open(stacks, "w"), all_threads=True)  # noqa: SIM115


async def nothing() -> None:
    pass


def sockets() -> list[str]:
    """In an interpreter: its sockets, in words."""
    import os
    import socket

    found = []
    for number in map(int, os.listdir("/proc/self/fd")):
        try:
            if not os.readlink(f"/proc/self/fd/{number}").startswith("socket:"):
                continue
            with socket.socket(fileno=os.dup(number)) as one:
                state = one.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] if one.family != socket.AF_UNIX else 0
                try:
                    peer = one.getpeername()
                except OSError as error:
                    peer = str(error)
                found.append(f"{number} {one.family.name} {one.type.name} state {state} {one.getsockname()} {peer}")
        except OSError as error:
            found.append(f"{number} {error}")
    return sorted(found)


class Soak:
    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.random = random.Random(options.seed)
        self.folder = Path(tempfile.mkdtemp(prefix="soak_"))
        for name in ("killed", "spool"):
            (self.folder / name).mkdir()
        self.address = ""
        self.rif = RemoteInterpreterFactory()
        self.envs: list[RemoteInterpreter] = []
        self.pids: list[int] = []
        self.began: list[dict[str, int]] = []
        self.clients: dict[int, Client] = {}
        self.gone: Counts[str] = Counts()
        """What clients had counted that have ended."""
        self.faults: Counts[str] = Counts()
        self.losses: list[str] = []
        self.errors: list[str] = []
        """What is wrong, and no loss of a result."""
        self.slowest: Counts[str] = Counts()
        self.pauses = 0
        self.started = time.monotonic()
        self.selector = selectors.DefaultSelector()
        self.warm = False

    # ---------------------------------------------------------------------------------------- processes

    def start_interpreter(self, number: int) -> None:
        until = time.monotonic() + 45
        while True:
            try:
                env = self.rif.create(
                    name=f"soak-{number}", namespace=NAMESPACE, lifetime="detached", grace=GRACE, lease=LEASE
                )
                break
            except ValueError:  # Ray has not noticed the end of the one before
                if time.monotonic() > until:
                    raise
                time.sleep(0.2)
        env.run(prepare, (str(self.folder / f"stacks-interpreter-{number}-{env.id[:5]}"),))
        array = env.run(bytearray, (3_000_000,))
        fetch(array, env.put(bytearray(3_000_000)), env.run(nothing))
        del array
        env.sync()
        self.envs[number : number + 1] = [env]
        self.pids[number : number + 1] = [env.status()["pid"]]
        time.sleep(0.5)
        self.began[number : number + 1] = [self.began[0] if self.warm else usage(self.pids[number])]

    def start_client(self, number: int) -> None:
        ours, theirs = socket.socketpair()
        seed = f"{self.options.seed}.{number}.{sum(self.faults.values())}"
        with open(self.folder / f"log-{number}", "a") as log:
            process = subprocess.Popen(
                [
                    sys.executable,
                    str(Path(__file__).with_name("soak_client.py")),
                    self.address,
                    str(self.folder),
                    str(theirs.fileno()),
                    seed,
                    str(self.options.pace),
                    self.options.steps,
                ],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        theirs.close()
        client = self.clients[number] = Client(number, process, ours)
        self.selector.register(ours, selectors.EVENT_READ, client)

    def hear(self, seconds: float) -> None:
        """Take what the clients say for that time, and see whether they move."""
        until = time.monotonic() + seconds
        while True:
            for key, _ in self.selector.select(max(0.0, until - time.monotonic())):
                self._hear(key.data)
            now = time.monotonic()
            for client in self.clients.values():
                if client.stopped or "ended" in client.told or "paused" in client.told:
                    client.moved = now
                elif now > client.moved + STUCK:
                    self.dump()
                    raise Failed(f"client {client.number} ({client.process.pid}) is stuck in {client.where}")
                if client.process.poll() is not None and not {"exit", "killed"} & client.told.keys():
                    raise Failed(f"client {client.number} has ended by itself: {client.process.returncode}")
            if now >= until:
                return

    def _hear(self, client: Client) -> None:
        data = client.line.recv(65536)
        *lines, client.received = (client.received + data).split(b"\n")
        for line in lines:
            told = json.loads(line)
            client.counts = Counts(told["counts"])
            if told["steps"] != client.steps:
                client.moved = time.monotonic()  # a single runner that does not move is found at the next pause
            client.steps, client.where = told["steps"], told["where"]
            if told["kind"] == "loss":
                self.losses.append(told["text"])
                print(f"LOSS: {told['text']}", flush=True)
            elif told["kind"] == "cut":
                self.faults["cut"] += 1
            client.told[told["kind"]] = told
        if not data:
            self.selector.unregister(client.line)

    def ask(self, word: str, answer: str, clients: list[Client], seconds: float) -> None:
        for client in clients:
            client.told.pop(answer, None)
            client.say(word)
        self.until(lambda: all(answer in client.told for client in clients), seconds, f"clients to answer {word!r}")

    def until(self, condition: Callable[[], bool], seconds: float, what: str) -> float:
        began = time.monotonic()
        while not condition():
            if time.monotonic() > began + seconds:
                self.dump()
                raise Failed(f"waited {seconds:.0f} s in vain for {what}")
            self.hear(0.05)
        return time.monotonic() - began

    def dump(self) -> None:
        """The stacks of all threads of all processes."""
        for pid in [*(client.process.pid for client in self.clients.values()), *self.pids]:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGCONT)
                os.kill(pid, signal.SIGUSR2)
        time.sleep(2)
        faulthandler.dump_traceback(all_threads=True)
        for path in sorted(self.folder.glob("stacks-*")):
            text = path.read_text()
            if text:
                print(f"--- {path.name}\n{text}", file=sys.stderr, flush=True)
        for path in sorted(self.folder.glob("log-*")):
            print(f"--- {path.name}\n{path.read_text()[-2000:]}", file=sys.stderr, flush=True)

    # ------------------------------------------------------------------------------------------- faults

    def mark(self, what: str) -> None:
        """Before the deed, so that nobody sees its consequence first."""
        (self.folder / "killed" / what).touch()

    def fault(self) -> None:
        kinds = self.options.faults
        kind = self.random.choices(kinds, [FAULTS[kind] for kind in kinds])[0]
        client = self.clients[self.random.randrange(len(self.clients))]
        number = self.random.randrange(INTERPRETERS)
        if "here" not in client.told and "client" in kind:
            return
        if kind == "cut":
            client.say(f"cut {number} {self.random.randrange(3)}")
            return
        if kind == "kill client":
            self.kill_client(client)
        elif kind == "kill interpreter":
            self.mark(self.envs[number].id)
            os.kill(self.pids[number], signal.SIGKILL)
            self.start_interpreter(number)
        elif kind == "kill mailbox":
            self.kill_mailbox()
        else:
            pid = client.process.pid if kind == "stop client" else self.pids[number]
            client.stopped = kind == "stop client"
            os.kill(pid, signal.SIGSTOP)
            self.hear(self.random.uniform(0.2, STOPPED))
            os.kill(pid, signal.SIGCONT)
            client.stopped = False
        self.faults[kind] += 1

    def kill_client(self, client: Client, again: bool = True) -> None:
        self.mark(str(client.process.pid))
        client.told["killed"] = {}
        client.process.kill()
        client.process.wait()
        self.gone += client.counts
        self.part(client)
        if again:
            self.start_client(client.number)

    def part(self, client: Client) -> None:
        with contextlib.suppress(KeyError):
            self.selector.unregister(client.line)
        client.line.close()

    def kill_mailbox(self) -> None:
        try:
            actor = ray.get_actor(MAILBOX, MAILBOX_NAMESPACE)
            pid = ray.get(actor.__ray_call__.remote(lambda self: os.getpid()), timeout=20)
        except (ValueError, ray.exceptions.RayError):
            return
        self.mark("mailbox")
        os.kill(pid, signal.SIGKILL)

    # ------------------------------------------------------------------------------------------- checks

    def pause(self) -> None:
        """All stand still: the tables must be what the clients hold; then one is killed, if that is a fault."""
        clients = list(self.clients.values())
        self.until(lambda: all("here" in client.told for client in clients), 60, "clients to be here")
        self.ask("pause", "paused", clients, STUCK)
        for client in clients:
            told = client.told["paused"]
            client.first = client.first or told["usage"]
            mine = {id: count for id, count in told["held"].items() if count}
            alive = {id: count for id, count in told["alive"].items() if id in {env.id for env in self.envs}}
            if alive != {id: count for id, count in mine.items() if id in {env.id for env in self.envs}}:
                self.errors.append(f"pause {self.pauses}: client {client.number} holds {mine}, but has {alive}")
        self.compare("free", clients)
        self.print_table()
        if "kill client" in self.options.faults and self.warm:
            victim = self.random.choice(clients)
            self.kill_client(victim, again=False)
            self.faults["kill client"] += 1
            self.compare("killed", [client for client in clients if client is not victim])
            self.start_client(victim.number)
        for client in clients:
            client.told.pop("paused", None)
            client.say("go")
        self.pauses += 1

    def compare(self, what: str, clients: list[Client]) -> None:
        """The tables, against the books of these clients."""
        wanted = [sum(client.told["paused"]["held"].get(env.id, 0) for client in clients) for env in self.envs]

        def wrong() -> list[str]:
            found = []
            for number, (env, due) in enumerate(zip(self.envs, wanted)):
                status = env.status()
                if status["variables"] != due or status["lost"]:
                    found.append(f"interpreter {number}: {due} variables are held, its status is {status}")
            return found

        seconds = self.patient(lambda: not wrong(), FREED)
        self.slowest[what] = max(self.slowest[what], round(seconds * 1000))
        if seconds >= FREED:
            self.errors += [f"pause {self.pauses}, {what}: {text}" for text in wrong()]
            for text in self.errors[-4:]:
                print(f"WRONG: {text}", flush=True)

    def patient(self, condition: Callable[[], bool], seconds: float) -> float:
        """Seconds until it came true; all of them where it did not."""
        began = time.monotonic()
        while not condition():
            if time.monotonic() > began + seconds:
                return seconds
            time.sleep(0.1)
        return time.monotonic() - began

    def mailbox_count(self) -> int:
        try:
            return int(ray.get(ray.get_actor(MAILBOX, MAILBOX_NAMESPACE).count.remote(), timeout=20))
        except (ValueError, ray.exceptions.RayError):
            return 0

    def grown(self, pid: int, began: dict[str, int]) -> list[str]:
        now = usage(pid)
        return [f"{name} {began[name]} -> {now[name]}" for name in SLACK if now[name] > began[name] + SLACK[name]]

    def end_clients(self) -> None:
        clients = list(self.clients.values())
        self.until(lambda: all("here" in client.told for client in clients), 60, "clients to be here")
        self.ask("end", "ended", clients, STUCK)
        self.ask("count", "counted", clients, STUCK)
        time.sleep(2)  # threads that wait for more to do end after a second
        self.ask("count", "counted", clients, STUCK)
        for client in clients:
            told = client.told["counted"]
            held = {id: count for id, count in {**told["alive"], **told["held"]}.items() if count}
            if held:
                self.errors.append(f"at the end client {client.number} holds {held}")
            if client.first is not None:
                first, last = client.first, told["usage"]
                grown = [name for name, slack in CLIENT_SLACK.items() if last[name] > first[name] + slack]
                if text := [f"{name} {first[name]} -> {last[name]}" for name in grown]:
                    self.errors.append(f"client {client.number} has grown: {', '.join(text)}")
        for client in clients:
            client.told["exit"] = {}
            client.say("exit")
        for client in clients:
            try:
                if client.process.wait(40) != 0:
                    self.errors.append(f"client {client.number} ended with {client.process.returncode}")
            except subprocess.TimeoutExpired:
                self.dump()
                raise Failed(f"client {client.number} does not end") from None
            self.gone += client.counts
            self.part(client)
        self.clients.clear()

    def end(self) -> None:
        self.end_clients()
        shutil.rmtree(self.folder / "spool")
        for number in range(INTERPRETERS):
            self.end_of_interpreter(number)
        if self.patient(lambda: self.mailbox_count() == 0, 10) >= 10:
            self.errors.append(f"at the end {self.mailbox_count()} values are left in the mailbox")
        self.print_table()
        folders = {
            Path(env.session.line.channel._socket.getpeername()).parent.parent  # type: ignore[union-attr]
            for env in self.envs
        }
        for number in range(INTERPRETERS):
            self.rif.destroy(f"soak-{number}", NAMESPACE)

        def left() -> list[str]:
            return [str(path) for folder in folders for path in folder.glob("ray_proxy_*")]

        if self.patient(lambda: not left(), 10) >= 10:
            self.errors.append(f"folders of sockets are left: {left()}")

    def end_of_interpreter(self, number: int) -> None:
        """Nothing is left in it, save our own session."""
        env = self.envs[number]
        due = {"variables": 0, "named": 0, "leases": 0, "clients": 1, "lost": 0}

        def status() -> dict[str, Any]:
            env.sync()
            return {name: env.status()[name] for name in due}

        if self.patient(lambda: status() == due, LEASE + 10) >= LEASE + 10:  # leases end last
            self.errors.append(f"at the end interpreter {number} has {status()}")
        if self.patient(lambda: not self.grown(self.pids[number], self.began[number]), 10) >= 10:
            grown = ", ".join(self.grown(self.pids[number], self.began[number]))
            self.errors.append(f"interpreter {number} has grown: {grown}")
            print(self.errors[-1], *env.run(sockets).fetch(), sep="\n  ", flush=True)

    # ---------------------------------------------------------------------------------------- the report

    def totals(self) -> Counts[str]:
        return sum((client.counts for client in self.clients.values()), Counts(self.gone))

    def print_table(self) -> None:
        totals = self.totals()
        print(
            f"{time.monotonic() - self.started:6.0f} s  operations {totals['operations']:,}  "
            f"promised {totals['promised']:,}  faults {sum(self.faults.values())}  losses {len(self.losses)}  "
            f"wrong {len(self.errors)}"
        )
        print(f"  {'interpreter':>11} {'variables':>9} {'named':>6} {'leases':>6} {'clients':>7} {'lost':>5}", end="")
        print(f" {'MB':>11} {'fds':>11} {'threads':>11}")
        for number, env in enumerate(self.envs):
            status, now, began = env.status(), usage(self.pids[number]), self.began[number]
            print(
                f"  {number:>11} {status['variables']:>9} {status['named']:>6} {status['leases']:>6} "
                f"{status['clients']:>7} {status['lost']:>5}",
                *(f"{began[name]:>4} -> {now[name]:>3}" for name in ("mb", "fds", "threads")),
            )
        for client in self.clients.values():
            told = client.told.get("counted") or client.told.get("paused")
            if told and client.first:
                text = ", ".join(f"{name} {client.first[name]} -> {told['usage'][name]}" for name in SLACK)
                print(f"  client {client.number}: {text}")
        print(flush=True)

    def report(self) -> dict[str, Any]:
        totals = self.totals()
        return {
            "date": time.strftime("%Y-%m-%d"),
            "python": platform.python_version(),
            "ray": ray.__version__,
            "cores": os.cpu_count(),
            "seed": self.options.seed,
            "seconds": round(time.monotonic() - self.started),
            "clients": self.options.processes * RUNNERS,
            "interpreters": INTERPRETERS,
            "operations": totals["operations"],
            "promised": totals["promised"],
            "pauses": self.pauses,
            "faults": dict(self.faults),
            "consequences": {name: totals[name] for name in CONSEQUENCES},
            "slowest, ms": dict(self.slowest),
            "losses": len(self.losses),
            "wrong": self.errors,
        }

    # ------------------------------------------------------------------------------------------- the run

    def start_clients(self) -> None:
        for number in range(self.options.processes):
            self.start_client(number)
        self.until(lambda: all("here" in client.told for client in self.clients.values()), 120, "clients to start")

    def warm_up(self) -> None:
        """A round without faults: what is loaded, connected and started once is no growth. Its end is the beginning."""
        self.start_clients()
        self.hear(self.options.warm)
        self.pause()
        self.end_clients()
        time.sleep(3)
        after = [usage(pid) for pid in self.pids]
        # Of all the most: which one needs what is a matter of chance. Also for those that are created later.
        most = {name: max(used[name] for used in after) for name in SLACK}
        self.began = [most for _ in after]
        self.gone = Counts()
        self.pauses = 0
        self.warm = True
        print("warm", flush=True)

    def run(self) -> None:
        context = ray.init(
            num_cpus=32,  # logical
            include_dashboard=False,
            log_to_driver=False,
            logging_level="error",
            namespace=NAMESPACE,
            _node_ip_address="127.0.0.1",
            object_store_memory=500_000_000,
        )
        self.address = context.address_info["gcs_address"]
        for number in range(INTERPRETERS):
            self.start_interpreter(number)
        if True:
            self.warm_up()
        self.start_clients()
        ours: dict[str, int] | None = None
        self.started = time.monotonic()
        while (left := self.started + self.options.seconds - time.monotonic()) > 0:
            until = time.monotonic() + min(CYCLE, left)
            while time.monotonic() < until:
                self.hear(min(self.random.expovariate(1 / self.options.gap), max(0.0, until - time.monotonic())))
                if self.options.faults and time.monotonic() < until - 1:
                    self.fault()
            self.pause()
            ours = ours or usage(os.getpid())
        self.end()
        if ours is not None and (grown := self.grown(os.getpid(), ours)):
            self.errors.append(f"this process has grown: {', '.join(grown)}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("seconds", type=float, nargs="?", default=600.0)
    parser.add_argument("--seed", default=f"{random.randrange(10**6)}")
    parser.add_argument("--faults", default=",".join(FAULTS), help=f"of {', '.join(FAULTS)}; empty: none")
    parser.add_argument("--gap", type=float, default=2.0, help="seconds between two faults, on average")
    parser.add_argument("--pace", type=float, default=0.0, help="longest rest between two steps, in seconds")
    parser.add_argument("--warm", type=float, default=15.0, help="seconds of the round before")
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--steps", default="", help="only these kinds of steps, by comma")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    options.faults = [kind for kind in options.faults.split(",") if kind]
    print(f"soak of {options.seconds:.0f} s, seed {options.seed}, faults: {options.faults}", flush=True)
    soak = Soak(options)
    try:
        soak.run()
    except (Failed, Exception) as problem:
        soak.errors.append(f"{type(problem).__name__}: {problem}")
        if not isinstance(problem, Failed):
            faulthandler.dump_traceback(all_threads=True)
            raise
    finally:
        report = soak.report()
        print(json.dumps(report, indent=1), flush=True)
        if options.json:
            options.json.write_text(json.dumps(report, indent=1) + "\n")
        for client in soak.clients.values():
            if client.process.poll() is None:
                client.process.kill()
        ray.shutdown()
        if not soak.losses and not soak.errors:
            shutil.rmtree(soak.folder)
        else:
            print(f"what is left of it: {soak.folder}")
    sys.exit(bool(soak.losses or soak.errors))


if __name__ == "__main__":
    main()
