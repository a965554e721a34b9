"""Two Rays in one process, one after the other."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from conftest import ROOT

PROGRAM = """
import sys, ray, numpy as np
from ray_proxy import InterpreterDiedError, RemoteInterpreterFactory

def begin():
    ray.init(num_cpus=2, object_store_memory=100 << 20, include_dashboard=False, log_to_driver=False,
        logging_level="error", namespace="tests", _node_ip_address="127.0.0.1")

rounds = []
for _ in range(2):
    begin()
    direct = RemoteInterpreterFactory().create(num_cpus=0)
    far = RemoteInterpreterFactory(relay=True).create(num_cpus=0)
    large = direct.put(np.ones(300_000))
    print(large.fetch().sum(), direct.run(lambda: np.ones(300_000)).fetch().sum(), far.put([1]).fetch())
    rounds.append((direct, far, large, far.put([2])))
    if len(rounds) == 1:
        ray.shutdown()
direct, far, large, small = rounds[0]
for use in (direct.status, far.sync, large.fetch, lambda: (small + [1]).fetch()):
    try:
        use()
    except InterpreterDiedError as error:
        print("its Ray has ended" in str(error), error)
"""


@pytest.mark.faults  # slow: it starts Ray twice
def test_the_second_works_and_a_var_of_the_first_says_that_it_has_ended() -> None:
    env = {name: value for name, value in os.environ.items() if name != "RAY_ADDRESS"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=env, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    lines = done.stdout.splitlines()
    assert lines[:2] == ["300000.0 300000.0 [1]"] * 2, done.stdout + done.stderr
    assert [line.split()[0] for line in lines[2:]] == ["True"] * 4, done.stdout + done.stderr
