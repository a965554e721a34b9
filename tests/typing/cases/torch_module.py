"""The module `torch`, and functions of it given Vars."""

from __future__ import annotations

import torch
from torch import Tensor
from typing_extensions import assert_type

from ray_proxy import IRemoteInterpreter, Var


def functions(env: IRemoteInterpreter, x: Var[Tensor], y: Var[Tensor], local: Tensor, n: Var[int], s: Var[str]) -> None:
    remote_torch = env.module("torch")
    assert_type(remote_torch.arange(10), Var[Tensor])
    assert_type(remote_torch.arange(n), Var[Tensor])
    assert_type(remote_torch.arange(10).cuda(), Var[Tensor])
    assert_type(remote_torch.ones(3), Var[Tensor])
    assert_type(remote_torch.ones(3, n), Var[Tensor])
    assert_type(remote_torch.zeros((2, 3), dtype=torch.float16), Var[Tensor])
    assert_type(remote_torch.zeros(2, device="cpu"), Var[Tensor])
    assert_type(remote_torch.stack([x, y]), Var[Tensor])
    assert_type(remote_torch.stack([x, local], dim=n), Var[Tensor])
    assert_type(remote_torch.stack((x, y)), Var[Tensor])
    assert_type(remote_torch.cat([x, y], 1), Var[Tensor])
    assert_type(remote_torch.cat([local, local]), Var[Tensor])
    assert_type(remote_torch.matmul(x, local), Var[Tensor])
    assert_type(remote_torch.sum(x, dim=n), Var[Tensor])
    assert_type(remote_torch.relu(x), Var[Tensor])
    assert_type(remote_torch.where(x > 0, x, y), Var[Tensor])
    assert_type(remote_torch.float16, Var[torch.dtype])
    assert_type(remote_torch.equal(x, y), Var[bool])
    assert_type(remote_torch.manual_seed(n), Var[torch.Generator])
    assert_type(remote_torch.Tensor, Var[type[Tensor]])
    assert_type(remote_torch.device("cpu"), Var[torch.device])
    assert_type(remote_torch.nn.Linear(3, n), Var[torch.nn.Linear])
    assert_type(remote_torch.cuda.is_available(), Var[bool])
    assert_type(remote_torch.tensor([1, 2]), Var[Tensor])
    with remote_torch.no_grad():
        assert_type(remote_torch.add(x, y), Var[Tensor])
    remote_torch.stack([x, 3])  # error
    remote_torch.stack([n])  # error
    remote_torch.stack(x, dim="a")  # error
    remote_torch.cat(3)  # error
    remote_torch.cat([s, s])  # error
    remote_torch.matmul(x)  # error
    remote_torch.matmul(x, 3)  # error
    remote_torch.matmul(x, n)  # error
    remote_torch.relu(s)  # error
    remote_torch.equal(x, n)  # error
    remote_torch.zeros((2, 3), dtyp=torch.float16)  # error
    remote_torch.nn.Linear("a", 3)  # error
    remote_torch.nn.Linear(3)  # error
    remote_torch.device()  # error  # limit: mypy pyrefly
    remote_torch.arrange(10)  # error: plugin
    remote_torch.upper()  # error: plugin
    remote_torch.stack()  # error


def put(env: IRemoteInterpreter, x: Var[Tensor], n: Var[int]) -> None:
    assert_type(env.put(torch).arange(10), Var[Tensor])
    assert_type(env.put(torch).stack([x, x]), Var[Tensor])
    env.put(torch).matmul(x, n)  # error
    env.module("torch").matmul(x, n)  # error
