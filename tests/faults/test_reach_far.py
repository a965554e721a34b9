"""Interpreters on several nodes, of other jobs and processes, and with a `runtime_env` of their own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import programs
import pytest
import ray
from conftest import ROOT

from ray_proxy import InterpreterNotFoundError, RemoteError, RemoteInterpreter, RemoteInterpreterFactory

pytestmark = pytest.mark.faults

Run = Callable[[str], list[str]]

DRIVER = """
import os, socket
import numpy as np
import ray, ray_proxy
from ray_proxy.cluster.published import find

ray.init(log_to_driver=False, namespace="tests")
rif = ray_proxy.RemoteInterpreterFactory()

def here(**options):
    return rif.create(resources={"head": 1}, **options)

def there(**options):
    return rif.create(resources={"other": 1}, **options)

def node():
    return ray.get_runtime_context().get_node_id()

def families(env):
    "Of the sockets that this process has with an interpreter."
    address = find(env.id).address
    peers = {address.path: "unix", (address.host, address.port): "tcp"}
    found = []
    for number in os.listdir("/proc/self/fd"):
        try:
            with socket.socket(fileno=os.dup(int(number))) as connection:
                found.append(peers.get(connection.getpeername()))
        except OSError:  # no socket, or one without a peer
            pass
    return sorted(set(found) - {None})
"""


@pytest.fixture(scope="module")
def two_nodes() -> Iterator[Run]:
    """Runs programs as drivers on the first node of a cluster of two; gives the lines that they print."""
    with programs.two_nodes() as environ:
        yield lambda code: programs.run(DRIVER + code, environ).splitlines()


# ------------------------------------------------------------------------------------------- several nodes


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_the_socket_is_chosen_by_where_the_interpreter_is(two_nodes: Run) -> None:
    printed = two_nodes(
        "near, far = here(), there()\n"
        "print(bool(near.run(node) == node()), bool(far.run(node) == node()))\n"
        "print(families(near), families(far))\n"
    )
    assert printed == ["True False", "['unix'] ['tcp']"]


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_the_socket_is_chosen_by_where_the_client_is(two_nodes: Run) -> None:
    printed = two_nodes(
        "@ray.remote(resources={'other': 1})\n"
        "def task(near, far):\n"
        "    near.sync(), far.sync()\n"
        "    return families(near), families(far)\n"
        "print(ray.get(task.remote(here(), there())))\n"
    )
    assert printed == ["(['tcp'], ['unix'])"]


def test_status_interrupt_and_destroy_reach_another_node(two_nodes: Run) -> None:
    printed = two_nodes(
        "import time\n"
        "env = there()\n"
        "call = env.run(time.sleep, (60,))\n"
        "env.session.flush()\n"
        "while not env.status()['busy']: pass\n"
        "env.interrupt()\n"
        "try: call.fetch(timeout=30)\n"
        "except KeyboardInterrupt: print('interrupted')\n"
        "env.destroy()\n"
        "try: env.put([1]).fetch()\n"
        "except ray_proxy.InterpreterDiedError: print('destroyed')\n"
    )
    assert printed == ["interrupted", "destroyed"]


def test_operations_between_interpreters_of_two_nodes(two_nodes: Run) -> None:
    printed = two_nodes(
        "a, b = here().put([1]), there().put([2])\n"
        "print((a + b).fetch(), (b + a).fetch(), (a + b).env.id == a.env.id, (b + a).env.id == b.env.id)\n"
        "a.append(b)\n"
        "print(a.fetch(), b.env.run(len, (a,)).fetch())\n"
    )
    assert printed == ["[1, 2] [2, 1] True True", "[1, [2]] 2"]


def test_a_var_used_within_an_interpreter_of_another_node_is_the_variable(two_nodes: Run) -> None:
    printed = two_nodes(
        "import cloudpickle\n"
        "values = here().put([1])\n"
        "pickled = cloudpickle.dumps(values)\n"
        "there().run(lambda: cloudpickle.loads(pickled).append(2)).fetch()\n"
        "print(values.fetch())\n"
    )
    assert printed == ["[1, 2]"]


def test_bulk_values_cross_nodes_in_both_directions(two_nodes: Run) -> None:
    printed = two_nodes(
        "near, far = here(), there()\n"
        "big = np.arange(2_000_000.)\n"
        "a, b = near.put(big), far.put(big)\n"
        "print((a + b).sum().fetch() == (b + a).sum().fetch() == 2 * big.sum())\n"
        "print(np.array_equal(b.fetch(), big), ray.get(ray_proxy.ref(b)).sum() == big.sum())\n"
        "back = b.fetch()\n"
        "back[0] = 5\n"
    )
    assert printed == ["True", "True True"]


def test_a_detached_interpreter_of_another_node_is_found_by_a_later_driver(two_nodes: Run) -> None:
    two_nodes("env = there(name='kept', lifetime='detached'); env['weights'] = np.ones(300_000); env.sync()\n")
    printed = two_nodes(
        "env = rif['kept']\n"
        "print(env['weights'].sum().fetch(), bool(env.run(node) == node()))\n"
        "rif.destroy('kept')\n"
        "try: rif['kept']\n"
        "except ray_proxy.InterpreterNotFoundError: print('gone')\n"
    )
    assert printed == ["300000.0 False", "gone"]


# ----------------------------------------------------------------------------- other jobs, other processes


CONNECT = "import os, sys, ray, ray_proxy\nray.init(namespace=sys.argv[1], log_to_driver=False)\n"


def test_an_interpreter_of_another_namespace_is_found_by_its_name_and_namespace(
    rif: RemoteInterpreterFactory, run_program: Callable[..., str]
) -> None:
    with rif.create(name="afar") as env:
        env["x"] = [1]
        env.sync()
        printed = run_program(
            CONNECT + "env = ray_proxy.RemoteInterpreterFactory().get('afar', namespace='tests')\n"
            "env['x'].append(2)\n"
            "print(env['x'].fetch(), env.id)\n",
            "elsewhere",
        )
        assert printed.split("\n")[0] == f"[1, 2] {env.id}"
        assert env["x"].fetch() == [1, 2]


def test_a_name_of_another_namespace_is_an_error_that_tells_of_namespaces(
    rif: RemoteInterpreterFactory, run_program: Callable[..., str]
) -> None:
    with rif.create(name="afar"):
        printed = run_program(
            CONNECT + "try:\n"
            "    ray_proxy.RemoteInterpreterFactory().get('afar')\n"
            "except ray_proxy.InterpreterNotFoundError as error:\n"
            "    print(error)\n",
            "elsewhere",
        )
    assert "there is no interpreter named 'afar' in the Ray namespace 'elsewhere'" in printed
    assert "one of that name is in the namespace 'tests': rif.get('afar', namespace='tests')" in printed


def test_a_wrong_namespace_is_named_in_the_error(rif: RemoteInterpreterFactory) -> None:
    with rif.create(name="near"), pytest.raises(InterpreterNotFoundError, match="in the Ray namespace 'nowhere'"):
        rif.get("near", namespace="nowhere")


def test_a_detached_interpreter_and_its_names_survive_the_kill_of_their_creator(
    cluster: str, rif: RemoteInterpreterFactory, run_program: Callable[..., str]
) -> None:
    creator = subprocess.Popen(
        [
            sys.executable,
            "-c",
            CONNECT + "env = ray_proxy.RemoteInterpreterFactory().create(name='survivor', lifetime='detached')\n"
            "env['weights'] = [1, 2]\n"
            "unnamed = env.put([3])\n"
            "env.sync()\n"
            "print('made', flush=True)\n"
            "sys.stdin.read()\n",
            "tests",
        ],
        env={**os.environ, "RAY_ADDRESS": cluster},
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with creator:
        assert creator.stdout is not None
        assert creator.stdout.readline() == "made\n"
        creator.send_signal(signal.SIGKILL)
    try:
        printed = run_program(
            CONNECT + "env = ray_proxy.RemoteInterpreterFactory()['survivor']\n"
            "env['weights'].append(3)\n"
            "print(env['weights'].fetch(), env.instance_names())\n",
            "tests",
        )
        assert printed.split("\n")[0] == "[1, 2, 3] ['weights']"
    finally:
        rif.destroy("survivor")


SPAWN = """
import multiprocessing, os, pickle, sys, cloudpickle

def child(address, pickled, answers):
    import ray
    ray.init(address=address, namespace="tests", log_to_driver=False)
    var = cloudpickle.loads(pickled)
    var.append(os.getpid())
    answers.put(var.fetch())

if __name__ == "__main__":
    import ray, ray_proxy
    ray.init(namespace="tests", log_to_driver=False)
    var = ray_proxy.RemoteInterpreterFactory().create().put([os.getpid()])
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    process = context.Process(target=child, args=(os.environ["RAY_ADDRESS"], cloudpickle.dumps(var), answers))
    process.start()
    got = answers.get(timeout=60)
    process.join(60)
    print(process.exitcode, got == [os.getpid(), process.pid] == var.fetch())
"""


def test_a_spawned_child_uses_the_var_of_its_parent(
    cluster: str, run_program: Callable[..., str], tmp_path: Path
) -> None:
    program = tmp_path / "parent.py"
    program.write_text(SPAWN)
    printed = run_program(f"import runpy; runpy.run_path({str(program)!r}, run_name='__main__')")
    assert "0 True" in printed


# --------------------------------------------------------------------------------------------- runtime_env


ONLY_THERE = """
class Point:
    def __init__(self, x): self.x = x
    def double(self): return Point(self.x * 2)

class Odd(ValueError): pass

def fail(): raise Odd("odd")
"""


def archive(path: Path, files: dict[str, str]) -> str:
    """Ray takes a folder for a whole job alone; for a single actor it takes the URI of an archive."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path.as_uri()


@pytest.fixture
def in_project(rif: RemoteInterpreterFactory, tmp_path: Path) -> Iterator[RemoteInterpreter]:
    """Has a working directory with a module that this process cannot import."""
    uri = archive(tmp_path / "project.zip", {"only_there.py": ONLY_THERE, "data.txt": "some data"})
    with rif.create(runtime_env={"working_dir": uri}) as env:
        yield env


def test_a_module_of_the_working_dir_is_imported_there(in_project: RemoteInterpreter) -> None:
    with pytest.raises(ImportError):
        __import__("only_there")
    assert in_project.module("only_there").Point(5).double().x == 10


def test_the_working_dir_is_the_current_one_there(in_project: RemoteInterpreter) -> None:
    assert in_project.run(lambda: Path("data.txt").read_text()) == "some data"


def test_a_value_whose_class_is_not_here_is_named_in_the_error(in_project: RemoteInterpreter) -> None:
    with pytest.raises(ModuleNotFoundError, match="only_there"):
        in_project.module("only_there").Point(5).fetch()
    assert in_project.module("only_there").Point(6).x == 6  # and the session goes on


def test_an_error_whose_class_is_not_here_comes_as_a_remote_error(in_project: RemoteInterpreter) -> None:
    with pytest.raises(RemoteError, match=r"only_there\.Odd"):
        in_project.module("only_there").fail().fetch()


def test_py_modules_and_env_vars_of_a_runtime_env(rif: RemoteInterpreterFactory, tmp_path: Path) -> None:
    uri = archive(
        tmp_path / "modules.zip",
        {"modules/only_a_package/__init__.py": "import os\nFOUND = os.environ['ONLY_THERE']\n"},
    )
    with rif.create(runtime_env={"py_modules": [uri], "env_vars": {"ONLY_THERE": "yes"}}) as env:
        assert env.module("only_a_package").FOUND == "yes"
    assert "ONLY_THERE" not in os.environ


def test_interpreters_have_the_runtime_env_of_their_job(run_program: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "only_there.py").write_text(ONLY_THERE)
    printed = run_program(
        "import sys, ray, ray_proxy\n"
        "ray.init(runtime_env={'working_dir': sys.argv[1], 'env_vars': {'ONLY_THERE': 'yes'}}, log_to_driver=False)\n"
        "env = ray_proxy.RemoteInterpreterFactory().create()\n"
        "print(env.module('only_there').Point(5).double().x.fetch(), env.module('os').environ['ONLY_THERE'].fetch())\n",
        str(tmp_path),
    )
    assert printed == "10 yes\n"


def test_interpreters_of_different_environments_work_together(
    rif: RemoteInterpreterFactory, in_project: RemoteInterpreter
) -> None:
    with rif.create(runtime_env={"env_vars": {"ONLY_THERE": "yes"}}) as env:
        point = in_project.module("only_there").Point(5)
        assert env.put(1) + point.x == 6
        with pytest.raises(ModuleNotFoundError, match="only_there"):
            env.run(repr, (point,)).fetch()
        assert env.run(int, ("5",)) == 5


def test_a_folder_as_working_dir_of_one_interpreter_is_refused_by_ray_at_once(
    rif: RemoteInterpreterFactory, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=r"only supported at the job level"):
        rif.create(runtime_env={"working_dir": str(tmp_path)})


# ------------------------------------------------------------------------------------- Ray's authentication


WITH_TOKEN = """
import os, subprocess, sys
import ray, ray_proxy

READ = '''
import sys
from ray._raylet import GcsClient
try:
    print(len(GcsClient(address=sys.argv[1]).internal_kv_get(sys.argv[2].encode(), b"ray_proxy", timeout=10)) > 32)
except Exception as error:
    print(type(error).__name__)
'''
context = ray.init(num_cpus=1, include_dashboard=False, log_to_driver=False, _node_ip_address="127.0.0.1")
env = ray_proxy.RemoteInterpreterFactory().create()
env.sync()
for token in ("a" * 64, "b" * 64):
    arguments = [sys.executable, "-c", READ, context.address_info["gcs_address"], env.id]
    subprocess.run(arguments, env={**os.environ, "RAY_AUTH_TOKEN": token}, timeout=60, stderr=subprocess.DEVNULL)
"""


@pytest.mark.skipif(
    tuple(map(int, ray.__version__.split(".")[:2])) < (2, 52), reason="Ray has had no authentication before 2.52"
)
def test_address_and_key_are_read_by_nobody_without_the_token_of_ray() -> None:
    folder = tempfile.mkdtemp(prefix="token_", dir="/tmp")  # short: it holds Ray's sockets
    environ = {**os.environ, "RAY_TMPDIR": folder, "RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": "a" * 64}
    environ.pop("RAY_ADDRESS", None)
    try:
        assert programs.run(WITH_TOKEN, environ).split() == ["True", "AuthenticationError"]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
