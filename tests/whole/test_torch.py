"""Vars of tensors and tensors of this process, together."""

from __future__ import annotations

import io
from typing import Any

import pytest
from conftest import LoopbackInterpreter

from ray_proxy import RemoteInterpreter, Var
from ray_proxy.logs.sameness import Tolerance, on_cpu, same

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


def test_tensors_of_two_runs_are_the_same_where_their_bits_are_or_within_a_tolerance() -> None:
    import torch

    near = Tolerance(1e-6)
    one, other = (torch.tensor([1.0, float("nan"), float("inf")]) for _ in range(2))
    assert same(one, other)
    other[0] += 5e-7
    assert not same(one, other)
    assert same(one, other, near)
    assert same({"state": [one]}, {"state": [other]}, near)
    assert not same(one, other.double(), near)
    assert not same(one, other[:2], near)
    assert not same(torch.tensor([1]), torch.tensor([2]), near)
    assert same(torch.tensor([1 + 1j]), torch.tensor([1 + 1j + 1e-7]), near)


def test_a_tensor_of_another_device_is_loaded_where_there_is_none() -> None:
    import torch

    file = io.BytesIO()
    torch.save(torch.tensor([1.0, 2.0])._typed_storage(), file, _use_new_zipfile_serialization=False)
    data = file.getvalue().replace(b"X\x03\x00\x00\x00cpu", b"X\x06\x00\x00\x00cuda:9")
    with pytest.raises(RuntimeError):
        torch.storage._load_from_bytes(data)
    with on_cpu(torch):
        assert list(torch.storage._load_from_bytes(data)) == [1.0, 2.0]
