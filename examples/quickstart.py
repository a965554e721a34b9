"""Ray-Proxy in a minute: remote objects, two interpreters, and a real piece of work.

Run: python examples/quickstart.py (starts a Ray of its own, on this machine)
"""

from __future__ import annotations

import os
from importlib.resources import as_file, files
from typing import Any

import numpy as np
import ray

from ray_proxy import IRemoteInterpreter, RemoteInterpreterFactory, Var


def first_steps(rif: RemoteInterpreterFactory) -> None:
    """Objects in another process, used as if they were here."""
    env: IRemoteInterpreter = rif.create(num_cpus=1)
    x = env.put("x")
    n = env.put(10)
    f = env.put(lambda x: x * 2)
    print("In this process:", os.getpid(), "- in another one:", env.module("os").getpid().fetch())
    print("x and n live there; here are their handles, and what they hold:")
    print(" ", x)
    print(" ", n)
    assert isinstance(x, Var)
    assert x == "x"

    nx = x * n
    assert nx == "xxxxxxxxxx" == x * 10
    assert f(x) == "xx"
    assert f(x).fetch() == f(x) == x * 2 == "xx"
    print("x * n is computed there, as any operation is, and stays there:")
    print(" ", nx)
    print("fetch() gives the value, also of each item of a loop:", [item.fetch() for item in nx][:3])

    broken = nx[100] + "!"  # no answer is waited for, so no error yet
    try:
        broken.fetch()
    except IndexError as error:
        print("nobody waits for an operation, so an error comes where the value is needed:", repr(error))


def two_interpreters(rif: RemoteInterpreterFactory) -> None:
    """An operation on operands of two processes."""
    env1, env2 = rif.create(num_cpus=1), rif.create(num_cpus=1)
    numpy1, numpy2 = env1.put(np), env2.put(np)
    x1 = numpy1.arange(10)
    x2 = numpy2.arange(10)
    y = x1 + x2
    print("numpy.arange(10) of one process + that of another one:")
    print(" ", y)
    assert y.env.id == x1.env.id
    print("it lives with the left operand, in", y.env)


def least_squares(rif: RemoteInterpreterFactory) -> None:
    """Load a data set in one interpreter, scale it in a second one, fit it there, and compare with this process."""
    folder = files("sklearn.datasets.data")
    with as_file(folder / "diabetes_data_raw.csv.gz") as data, as_file(folder / "diabetes_target.csv.gz") as target:
        loader, scaler = rif.create(num_cpus=1), rif.create(num_cpus=1)
        numpy = loader.put(np)
        features = numpy.loadtxt(str(data))
        disease = numpy.loadtxt(str(target))

        @scaler.remote
        def standardize(values: Any) -> Any:
            return (values - values.mean(axis=0)) / values.std(axis=0)

        @scaler.remote
        def fit(values: Any, wanted: Any) -> Any:
            design = np.column_stack([np.ones(len(values)), values])
            return np.linalg.lstsq(design, wanted, rcond=None)[0]

        scaled = standardize(features)  # moves from one interpreter to the other
        weights = fit(scaled, disease)
        assert weights.env.id == scaler.id

        here = np.loadtxt(data)
        here = (here - here.mean(axis=0)) / here.std(axis=0)
        expected = np.linalg.lstsq(np.column_stack([np.ones(len(here)), here]), np.loadtxt(target), rcond=None)[0]
    print("The data were loaded by one process, and moved to another one, which fitted them by functions of this file.")
    print("patients, features:", scaled.shape.fetch())
    print("weights, fitted remotely:", np.round(weights.fetch(), 2))
    print("weights, fitted here:    ", np.round(expected, 2))
    np.testing.assert_allclose(weights.fetch(), expected)
    print("they agree")


NEXT = """
What to try next:
  .venv/bin/python   the code of README.md, line by line; after each line, print what you have
  README.md          section "What to know": errors, copies, what a Var is not
  make bench         how long an operation takes on this machine
  make test          the whole suite, in about nine minutes"""


def main() -> None:
    print("Ray starts on this machine, and a process for each interpreter ...", flush=True)
    ray.init(include_dashboard=False, log_to_driver=False, logging_level="error")
    rif = RemoteInterpreterFactory(ray)
    for part in (first_steps, two_interpreters, least_squares):
        print(f"\n--- {part.__name__.replace('_', ' ')}")
        part(rif)
    ray.shutdown()
    print(NEXT)


if __name__ == "__main__":
    main()
