"""`RemoteInterpreterFactory`: create and find interpreters in a Ray cluster."""

from __future__ import annotations

import contextlib
import logging
import mmap
import os
import pickle
import secrets
from typing import Any

import ray

from ..doors import stand_behind
from ..errors import InterpreterDiedError, InterpreterNotFoundError, LogError
from ..interpreter.leases import LEASE
from ..logs.apart import LARGEST_SEED, SEED, hash_seed
from ..logs.reader import Log, open_log
from ..logs.rebuilding import Restoration
from ..logs.writer import LIMIT
from ..server.server import GRACE
from ..var.core import wrap
from . import liveness
from .link import fault_of_log
from .process import InterpreterProcess, RestorableProcess
from .projects import Code, project_of
from .remote import RemoteInterpreter, Restored, attach
from .settings import Settings

logger: logging.Logger = logging.getLogger("ray_proxy")


def _checked(options: dict[str, Any], recover: bool) -> dict[str, Any]:
    if recover and not options.get("max_restarts"):
        raise ValueError("recover=True needs max_restarts: how often Ray shall restart the process, or -1 for ever")
    for refused in ("max_concurrency", "concurrency_groups"):
        if refused in options:
            raise ValueError(
                f"{refused} cannot be given: user code runs on the interpreter's main thread, one call at a "
                "time; create several interpreters to run calls side by side"
            )
    return options


def _seeded(options: dict[str, Any], seed: int | None) -> dict[str, Any]:
    """With a hash seed for the interpreter's process, if the user has not given one: its log tells it, so that another
    process can have the same, in which the texts of a set come in the same order."""
    runtime_env = options.get("runtime_env") or {}
    variables = runtime_env.get("env_vars") or {}
    ours = ray.get_runtime_context().runtime_env.get("env_vars") or {}
    for given in (variables.get(SEED), *([ours.get(SEED)] if seed is None else [])):
        if given is None or given in ("", "random"):
            continue  # any will do
        if not (str(given).isdecimal() and int(given) <= LARGEST_SEED):
            raise ValueError(f"{SEED} is a number from 0 to {LARGEST_SEED}, or 'random', and not {given!r}")
        return options
    if seed is None:
        seed = hash_seed()
    if seed is None:
        seed = secrets.randbelow(LARGEST_SEED) + 1  # 0 would turn the chance off
    return {**options, "runtime_env": {**runtime_env, "env_vars": {**variables, SEED: str(seed)}}}


def _path(record: str | os.PathLike[str] | None) -> str:
    if record is None:
        return ""
    path = os.fsdecode(record)
    if not path:
        raise ValueError("record is the path of a log, and not an empty one; leave it out to record none")
    return os.path.abspath(path)


def _start(kind: type[InterpreterProcess], settings: Settings, options: dict[str, Any]) -> Any:
    name, namespace = options.get("name"), options.get("namespace")
    if name is not None:
        with contextlib.suppress(ValueError):
            _living(name, namespace)
    try:
        return ray.remote(kind).options(**options).remote(settings)
    except ValueError as error:
        if name is None or "already taken" not in str(error):
            raise
        raise type(error)(_taken(name, namespace)) from error


def _living(name: str, namespace: str | None) -> Any:
    """The actor of that name. Raises `ValueError`, as Ray does, also where it has ended."""
    actor = ray.get_actor(name, namespace)
    if liveness.verdict(actor._actor_id.hex()) is not None:
        # A process that has a handle of an actor goes on to find it by its name when it has died, unless it is killed.
        ray.kill(actor)
        raise ValueError(f"the actor named {name!r} has ended")
    return actor


def _taken(name: str, namespace: str | None) -> str:
    there = "" if namespace is None else f", namespace={namespace!r}"
    return (
        f"the name {name!r} is already taken in the Ray namespace {_namespace(namespace)!r}: rif.get({name!r}{there}) "
        f"gives the interpreter of that name, rif.get_or_create({name!r}{there}) gives it or creates one, and "
        "rif.create needs another name"
    )


def _namespace(given: str | None) -> str:
    namespace: str = given or ray.get_runtime_context().namespace
    return namespace


def _not_found(name: str, namespace: str) -> str:
    """Why there is no interpreter of that name, as far as Ray knows, and what to do."""
    text = f"there is no interpreter named {name!r} in the Ray namespace {namespace!r}"
    ended = liveness.ended(name, namespace)
    if ended is not None:
        text += f" any more: it has ended at {ended.at}. {ended.reason.rstrip('. ')}"
    elsewhere = [found for found in liveness.namespaces(name) if found != namespace]
    if elsewhere:
        places = " and ".join(repr(found) for found in elsewhere[:3])
        found = f"one of that name is in the namespace {places}: rif.get({name!r}, namespace={elsewhere[0]!r})"
        return f"{text}. But {found}" if ended is not None else f"{text}; {found}"
    if ended is not None and ended.is_detached:
        return f"{text}; rif.get_or_create({name!r}) creates another one"
    return f"{text}; one that shall outlive its creator needs lifetime='detached', and drivers of other namespaces " + (
        "find it with namespace=…"
    )


def _take(env: RemoteInterpreter, restoration: Restoration) -> Restored:
    session = env.session
    if restoration.session:
        session.inherit(restoration.token, restoration.variables)
    return Restored({id: wrap(session.known(id)) for id in restoration.variables}, restoration)


class RemoteInterpreterFactory:
    """Creates and finds interpreters.

    Args:
        ray_module: the module `ray`; may be left out.
        relay: frames travel through an actor inside the cluster, which a driver outside it (``ray.init("ray://…")``)
            needs and always has; True: also where the sockets of interpreters can be reached, which is faster. An
            interpreter that this process uses already goes on as it does.
    """

    def __init__(self, ray_module: Any = None, *, relay: bool = False) -> None:
        if ray_module is not None and ray_module is not ray:
            raise TypeError(f"RemoteInterpreterFactory takes the module ray, or nothing; not {ray_module!r}")
        self._relay = relay

    def create(
        self,
        *,
        eager: bool = False,
        code: Code = True,
        project: str = "",
        grace: float = GRACE,
        lease: float = LEASE,
        record: str | os.PathLike[str] | None = None,
        record_limit: int = LIMIT,
        recover: bool = False,
        output: str | None = "client",
        debug: bool = False,
        **options: Any,
    ) -> RemoteInterpreter:
        """Start an interpreter. Returns at once; operations wait until Ray has placed it.

        As any Ray actor, it needs a free CPU to be placed and none while it runs, unless `num_cpus` says so. It ends
        when nobody holds it or a Var of it any more; with ``lifetime="detached"``, when it is destroyed.

        Args:
            eager: every operation waits for its result, so that errors are raised where they happen.
            code: what of this process is project code: modules whose texts travel to the interpreter when they are
                needed there, and whose edits reach its live objects. By default all modules whose files are the user's:
                not of the standard library, nor of installed packages, save those that are installed as editable. Or
                names of modules and packages, and paths of files and folders, which alone are; False: none is.
            project: names the project of this process. A class or function of `__main__` takes the place, in the live
                objects of the interpreter, of the one of the same name that came from a process with the same project.
                By default that is the path of the notebook, or else of the script.
            grace: seconds for which it keeps the variables of a client whose link is lost, and for which clients wait
                for it when it is silent, before their operations raise.
            lease: seconds for which it holds a pickled `Var` after its last pickling or claim.
            record: path of a message log, to which the interpreter records all that its clients ask for, and what it
                answers. The interpreter writes it, on its node; the file must not exist.
            record_limit: bytes at which the recording stops, with a warning; `status` tells it, too.
            recover: when Ray restarts the interpreter's process (`max_restarts`), its state is rebuilt from the log, by
                executing again what is in it, and Vars and names are as they were. What was being executed when the
                process died fails with `InterpreterDiedError`. Every node on which Ray may restart it has to see the
                same file.
            output: who gets what its code writes to stdout and stderr: ``"client"`` is whoever it runs for, in whose
                process it appears as if it were written there; None: nobody. Either way it is in Ray's logs folder, in
                the files ``ray-proxy-….out`` and ``.err``. ``"ray"`` leaves it to Ray, as that of any actor.
            debug: the frames of the last 5 errors of each client are kept, with all that their variables hold, so that
                `ray_proxy.pm` can look into them; never those of an error for want of memory.
            options: options of Ray actors: num_cpus, num_gpus, resources, name, namespace, lifetime, runtime_env,
                scheduling_strategy, … (`ray.actor.ActorClass.options`). Without `recover`, an interpreter that Ray
                restarts has lost its variables.

        Raises:
            ValueError: `code` names what is not there; an option that Ray refuses, one that would take user code off
                the main thread, or a number that is not above 0; `recover` without `record` or `max_restarts`; another
                word for `output`; a name that is taken.
        """
        options = _checked(options, recover)
        project_of(code)
        if record is not None:
            options = _seeded(options, None)
        settings = Settings(grace, lease, _path(record), record_limit, recover, output, debug)
        actor = _start(InterpreterProcess, settings, options)
        env = attach(actor, actor._actor_id.hex(), eager, self._relay, code, project)
        env.session.start()
        return env

    def restore(
        self,
        log: str | os.PathLike[str],
        *,
        client: str = "",
        eager: bool = False,
        code: Code = True,
        project: str = "",
        grace: float = GRACE,
        lease: float | None = None,
        record: str | os.PathLike[str] | None = None,
        record_limit: int = LIMIT,
        recover: bool = False,
        output: str | None = "client",
        debug: bool = False,
        **options: Any,
    ) -> RemoteInterpreter:
        """Start an interpreter with the state that a message log tells of. Returns when that is there: waits, as Ray
        does, until the resources that `options` ask for are free; Ctrl-C gives it up.

        The state is rebuilt by executing again what is in the log, wherever Ray places the interpreter: on another
        node, or where a GPU is. What the recorded code did outside of the interpreter (files, the network, other
        interpreters) is done again, too. All names are there, and the variables of one client: ``env.restored`` has
        them by the ids that ``ray-proxy log show`` tells, and a report of what has turned out otherwise.

        Args:
            log: path of a log of this machine, which travels to the interpreter through Ray's object store.
            client: whose variables are wanted, as a part of the client's description that no other has, or the name of
                its session; by default of whom there are most.
            record: path of a new log, which begins with what is in the old one.
            lease: as for `create`, and by default that of the log: what was pickled ends as it did.
            eager, code, project, grace, record_limit, recover, output, debug, options: as for `create`.

        Raises:
            LogError: the log cannot be read, or has no such client, or many; the new one cannot be written.
            InterpreterDiedError: the process died while it executed what is in the log.
            ValueError: as for `create`.
        """
        whole = Log(log)
        for _ in whole:  # what is no log, or damaged, is told before anything is started
            pass
        seed = whole.began.hash_seed
        lease = whole.began.lease if lease is None else lease
        if not isinstance(client, str):
            raise TypeError(
                f"client is a part of a client's description, not a {type(client).__qualname__}: {client!r}"
            )
        options = _checked(options, recover)
        project_of(code)
        if options.get("get_if_exists"):
            raise ValueError("get_if_exists cannot be given: restore makes a new interpreter")
        if seed is not None or record is not None:
            options = _seeded(options, seed)
        settings = Settings(grace, lease, _path(record), record_limit, recover, output, debug)
        actor = _start(RestorableProcess, settings, options)
        try:
            with open_log(log) as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                answer = actor.ray_proxy_restore.remote([pickle.PickleBuffer(content)], client)
                restoration: Restoration = ray.get(answer)
        except BaseException as error:
            ray.kill(actor)
            if isinstance(error, ray.exceptions.RayTaskError) and isinstance(error.cause, LogError):
                raise error.cause from None
            if isinstance(error, ray.exceptions.RayActorError):
                if (fault := fault_of_log(error)) is not None:
                    raise LogError(fault) from None
                raise InterpreterDiedError(f"the interpreter died while it was restored from {log}: {error}") from error
            raise
        env = attach(actor, actor._actor_id.hex(), eager, self._relay, code, project)
        env.restored = _take(env, restoration)
        if not restoration.report or restoration.report.problem:
            logger.warning("ray_proxy: %s was not restored as it was recorded. %s", log, restoration.report)
        return env

    def get(
        self, name: str, namespace: str | None = None, *, code: Code | None = None, project: str = ""
    ) -> RemoteInterpreter:
        """The interpreter that was created with that name.

        Args:
            code, project: as for `create`; what this process has said before, by default.

        Raises:
            InterpreterNotFoundError: there is none in this namespace. The text says if one has died, or is in another
                namespace.
        """
        if code is not None:
            project_of(code)
        try:
            actor = _living(name, namespace)
        except ValueError as error:
            raise InterpreterNotFoundError(_not_found(name, _namespace(namespace))) from error
        if not hasattr(actor, "ray_proxy_ready"):
            raise InterpreterNotFoundError(f"the Ray actor named {name!r} is no interpreter; choose another name")
        return attach(actor, actor._actor_id.hex(), relay=self._relay, code=code, project=project)

    def __getitem__(self, name: str) -> RemoteInterpreter:
        """As `get`."""
        return self.get(name)

    def get_or_create(self, name: str, *, eager: bool = False, **options: Any) -> RemoteInterpreter:
        """The interpreter of that name. If there is none, it is created with these options; else they do nothing.

        Raises:
            ValueError: as for `create`.
        """
        return self.create(name=name, get_if_exists=True, eager=eager, **options)

    def destroy(self, name: str, namespace: str | None = None) -> None:
        """End the interpreter of that name. Raises `InterpreterNotFoundError`."""
        self.get(name, namespace).destroy()


stand_behind("ray_proxy", RemoteInterpreterFactory)
