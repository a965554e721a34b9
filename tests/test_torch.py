"""Vars of tensors and tensors of this process, together."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import LoopbackInterpreter

from ray_proxy import RemoteInterpreter, Var

pytestmark = pytest.mark.torch


def test_a_local_tensor_and_a_remote_one(env: LoopbackInterpreter) -> None:
    import torch

    local, remote = torch.ones(3), env.put(torch.arange(3.0))
    for result in (local + remote, remote + local, torch.add(local, remote)):
        assert type(result) is Var
        assert result.fetch().tolist() == [1, 2, 3]


def test_functions_of_torch_are_called_where_the_tensor_lives(env: LoopbackInterpreter) -> None:
    import torch

    remote = env.put(torch.arange(3.0))
    for result in (torch.sin(remote), torch.stack([remote, remote])):
        assert type(result) is Var
    assert torch.sum(remote) == 3


def test_a_local_tensor_is_changed_in_place_by_a_remote_one(env: LoopbackInterpreter) -> None:
    import torch

    local = kept = torch.zeros(3)
    remote = env.put(torch.ones(3))
    local += remote
    local.add_(remote)
    local[0] = remote[0] * 10
    torch.add(local, remote, out=local)
    assert local is kept
    assert kept.tolist() == [11, 3, 3]


def test_a_remote_tensor_is_changed_in_place(env: LoopbackInterpreter) -> None:
    import torch

    remote = kept = env.put(torch.zeros(3))
    remote += 1
    remote[0] = 5
    assert kept.fetch().tolist() == [5, 1, 1]


def test_a_module_is_a_remote_callable(env: LoopbackInterpreter) -> None:
    import torch

    model = env.put(torch.nn.Linear(3, 2))
    r_torch = env.put(torch)
    with r_torch.no_grad():
        assert not model(r_torch.ones(3)).requires_grad
    assert [tuple(parameter.shape.fetch()) for parameter in model.parameters()] == [(2, 3), (2,)]


def test_large_tensors_there_and_back(first: RemoteInterpreter) -> None:
    import torch

    big: Any = torch.rand(1_000_000)
    remote = first.put(big)
    remote += 1
    assert torch.equal(remote.fetch(), big + 1)
