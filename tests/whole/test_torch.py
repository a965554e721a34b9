"""Vars of tensors and tensors of this process, together."""

from __future__ import annotations

import io
import pickle
from typing import Any

import pytest
from conftest import LoopbackInterpreter

from ray_proxy import RemoteInterpreter, Var
from ray_proxy.logs.sameness import Tolerance, on_cpu, same
from ray_proxy.values.codec import Codec

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


def kinds() -> dict[str, Any]:
    """A tensor of each kind that has a way of its own into a pickle."""
    import torch

    base = torch.arange(24.0).reshape(4, 6)
    parameter = torch.nn.Parameter(torch.ones(2, 3))
    parameter.note = "kept"  # type: ignore[attr-defined]
    return {
        "plain": base,
        "transposed": base.t(),
        "a part": base[1:3, ::2],
        "of no dimension": torch.tensor(7),
        "empty": torch.empty(0, 3),
        "bool": torch.tensor([True, False]),
        "bfloat16": torch.arange(5, dtype=torch.bfloat16),
        "complex": torch.tensor([1 + 2j, 3 - 4j]),
        "conjugated": torch.tensor([1 + 2j, 3 - 4j]).conj(),
        "that requires a gradient": torch.ones(3, requires_grad=True),
        "parameter": parameter,
        "sparse": torch.eye(3).to_sparse(),
        "compressed": torch.eye(3).to_sparse_csr(),
        "quantised": torch.quantize_per_tensor(torch.arange(4.0), 0.5, 2, torch.quint8),
        "meta": torch.empty(2, 3, device="meta"),
    }


@pytest.mark.parametrize(
    "name",
    [
        "plain",
        "transposed",
        "a part",
        "of no dimension",
        "empty",
        "bool",
        "bfloat16",
        "complex",
        "conjugated",
        "that requires a gradient",
        "parameter",
        "sparse",
        "compressed",
        "quantised",
        "meta",
    ],
)
def test_a_tensor_arrives_as_by_its_own_pickle(env: LoopbackInterpreter, name: str) -> None:
    import torch

    sent = kinds()[name]
    for arrived in (env.put(sent).fetch(), env.put([sent]).fetch(copy=False)[0]):
        expected = pickle.loads(pickle.dumps(sent))
        assert (type(arrived), arrived.dtype, arrived.shape) == (type(expected), expected.dtype, expected.shape)
        assert (arrived.layout, arrived.device) == (expected.layout, expected.device)
        assert (arrived.requires_grad, arrived.is_quantized) == (expected.requires_grad, expected.is_quantized)
        assert getattr(arrived, "note", None) == getattr(expected, "note", None)
        if arrived.layout is torch.strided:
            assert arrived.stride() == expected.stride()
            assert arrived.is_conj() == expected.is_conj()
        if name != "meta":
            one, other = (value.dequantize() if value.is_quantized else value.detach() for value in (arrived, sent))
            assert torch.equal(one.to_dense(), other.to_dense())


def test_tensors_that_share_a_storage_share_it_there_and_back(env: LoopbackInterpreter) -> None:
    import torch

    weights = torch.zeros(4, 4)
    sent = {"all": weights, "row": weights[1], "flat": weights.view(-1), "storage": weights.untyped_storage(), "b": 1}
    there = env.put(sent)
    there["row"][:] = 5
    assert float(there["all"].sum()) == 20
    back = there.fetch()
    back["flat"][0] = 7
    assert (back["all"].sum(), back["storage"].nbytes()) == (27, 64)
    assert back["all"].untyped_storage().data_ptr() == back["storage"].data_ptr()
    assert weights.sum() == 0


def test_a_tensor_that_has_arrived_can_be_resized_and_changed(env: LoopbackInterpreter) -> None:
    import torch

    for arrived in (env.put(torch.ones(3)).fetch(), env.put(torch.ones(3)).fetch(copy=False)):
        arrived.resize_(10).zero_()
        arrived += 1
        assert arrived.sum() == 10


def test_a_state_dict_arrives_with_its_order_and_what_it_shares(env: LoopbackInterpreter) -> None:
    import torch

    model = torch.nn.Sequential(*[torch.nn.Linear(8, 8) for _ in range(20)])
    model[1].weight = model[0].weight
    there = env.put(model)
    state = there.state_dict().fetch()
    assert list(state) == list(model.state_dict())
    assert all(torch.equal(state[name], value) for name, value in model.state_dict().items())
    assert state["0.weight"].data_ptr() == state["1.weight"].data_ptr()
    assert there.fetch()[0].weight is not model[0].weight


def test_the_default_device_does_not_matter(env: LoopbackInterpreter) -> None:
    import torch

    with torch.device("meta"):
        assert env.put(torch.ones(3, device="cpu")).fetch().tolist() == [1, 1, 1]


def test_the_bytes_of_a_tensor_stay_out_of_the_pickle() -> None:
    import torch

    sent = torch.rand(10_000)
    operand: Any = Codec().dump({"one": sent, "other": sent[5:], "bias": torch.nn.Parameter(torch.ones(3))})
    assert len(operand.data) < 2000
    assert sorted(map(len, operand.buffers)) == [12, 40_000]


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
