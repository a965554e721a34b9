"""`torch.Tensor`."""

from __future__ import annotations

import torch
from torch import Tensor
from typing_extensions import assert_type

from ray_proxy import Var


def attributes(x: Var[Tensor], y: Var[Tensor], n: Var[int]) -> None:
    assert_type(x.shape, Var[torch.Size])
    assert_type(x.dtype, Var[torch.dtype])
    assert_type(x.device, Var[torch.device])
    assert_type(x.ndim, Var[int])
    assert_type(x.requires_grad, Var[bool])
    assert_type(x.T, Var[Tensor])
    assert_type(x.data, Var[Tensor])
    assert_type(x.is_cuda, Var[bool])
    assert_type(x.device.type, Var[str])
    assert_type(x.shape.numel(), Var[int])
    x.requires_grad = True
    x.data = y
    x.data = torch.ones(3)
    x.requires_grad = 3  # error  # limit: mypy pyright basedpyright
    x.data = n  # error  # limit: mypy pyright basedpyright
    x.shpe  # error: plugin
    x.device.typ  # error: plugin
    x.device.shape  # error
    x.upper()  # error


def methods(x: Var[Tensor], y: Var[Tensor], local: Tensor, n: Var[int], s: Var[str]) -> None:
    assert_type(x.sum(), Var[Tensor])
    assert_type(x.sum(1), Var[Tensor])
    assert_type(x.sum(n), Var[Tensor])
    assert_type(x.sum(dim=n, keepdim=True), Var[Tensor])
    assert_type(x.sum(1).sum(0), Var[Tensor])
    assert_type(x.mean(dim=1), Var[Tensor])
    assert_type(x.cuda(), Var[Tensor])
    assert_type(x.to("cpu"), Var[Tensor])
    assert_type(x.to(torch.float16), Var[Tensor])
    assert_type(x.to(device="cpu", dtype=torch.float16), Var[Tensor])
    assert_type(x.to(y), Var[Tensor])
    assert_type(x.to(s), Var[Tensor])
    assert_type(x.view(3, 4), Var[Tensor])
    assert_type(x.view(n, -1), Var[Tensor])
    assert_type(x.reshape(3, n), Var[Tensor])
    assert_type(x.reshape((3, 4)), Var[Tensor])
    assert_type(x.permute(1, 0), Var[Tensor])
    assert_type(x.transpose(0, n), Var[Tensor])
    assert_type(x.unsqueeze(n), Var[Tensor])
    assert_type(x.size(), Var[torch.Size])
    assert_type(x.size(0), Var[int])
    assert_type(x.size(n), Var[int])
    assert_type(x.dim() + 1, Var[int])
    assert_type(x.numel(), Var[int])
    assert_type(x.matmul(y), Var[Tensor])
    assert_type(x.matmul(local), Var[Tensor])
    assert_type(x.add_(y), Var[Tensor])
    assert_type(x.clamp(min=0, max=n), Var[Tensor])
    assert_type(x.max(), Var[Tensor])
    assert_type(x.max(1).values, Var[Tensor])
    assert_type(x.max(dim=n).indices, Var[Tensor])
    assert_type(x.detach().cpu(), Var[Tensor])
    assert_type(x.contiguous(), Var[Tensor])
    assert_type(x.is_contiguous(), Var[bool])
    assert_type(x.unbind(n), Var[tuple[Tensor, ...]])
    assert_type(x.float().half(), Var[Tensor])
    assert_type(x.masked_fill(y, 0), Var[Tensor])
    assert_type(x.fetch(), Tensor)
    x.sum("a", "b", "c", "d")  # error
    x.sum(dm=1)  # error
    x.matmul(3)  # error
    x.matmul(n)  # error
    x.matmul()  # error
    x.unsqueeze("a")  # error
    x.unsqueeze(s)  # error
    x.view(1.5)  # error
    x.view(s, s)  # error
    x.size("a", "b")  # error
    x.clamp(min="a")  # error
    x.max(1).value  # error: plugin
    x.smu()  # error: plugin
    x.matmull(y)  # error: plugin
    x.append(3)  # error
    x.add_(s)  # error
    x.size(0).cuda()  # error
    x.numel().shape  # error
    x.masked_fill(y)  # error


def operators(x: Var[Tensor], y: Var[Tensor], local: Tensor, n: Var[int], s: Var[str]) -> None:
    assert_type(x + y, Var[Tensor])
    assert_type(x + 1, Var[Tensor])
    assert_type(x + n, Var[Tensor])
    assert_type(x + local, Var[Tensor])
    assert_type(1 + x, Var[Tensor])
    assert_type(n * x, Var[Tensor])
    assert_type(x - 1.5, Var[Tensor])
    assert_type(2 - x, Var[Tensor])
    assert_type(x * y, Var[Tensor])
    assert_type(x / 2, Var[Tensor])
    assert_type(x @ y, Var[Tensor])
    assert_type(x @ local, Var[Tensor])
    assert_type(x**2, Var[Tensor])
    assert_type(-x, Var[Tensor])
    assert_type(~x, Var[Tensor])
    assert_type(x == y, Var[Tensor])
    assert_type(x == 1, Var[Tensor])
    assert_type(x != y, Var[Tensor])
    assert_type(x < 3, Var[Tensor])
    assert_type(x > y, Var[Tensor])
    assert_type(x & y, Var[Tensor])
    assert_type((x > 0).sum(), Var[Tensor])
    assert_type(len(x), int)
    assert_type(bool(x == y), bool)
    x += 1
    x += y
    x *= local
    assert_type(x, Var[Tensor])
    x + "a"  # error
    x + s  # error
    "a" + x  # error
    x < "a"  # error
    x += "a"  # error


def items(x: Var[Tensor], y: Var[Tensor], local: Tensor, n: Var[int], s: Var[str]) -> None:
    assert_type(x[0], Var[Tensor])
    assert_type(x[n], Var[Tensor])
    assert_type(x[0, 1], Var[Tensor])
    assert_type(x[:, n], Var[Tensor])
    assert_type(x[1:], Var[Tensor])
    assert_type(x[..., None], Var[Tensor])
    assert_type(x[x > 0], Var[Tensor])
    assert_type(x[y].sum(), Var[Tensor])
    assert_type(x.shape[0], Var[int])
    assert_type(x.shape[n] + 1, Var[int])
    x[0] = 3
    x[0] = y
    x[n] = local
    x[:, 0] = 1.5
    x["a"]  # error
    x[s]  # error
    x["a"] = 3  # error
    x[0] = "a"  # error
    x[0] = s  # error
    x.shape[s]  # error
