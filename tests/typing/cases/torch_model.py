"""A subclass of `torch.nn.Module`, and an optimizer."""

from __future__ import annotations

from nets import Model
from torch import Tensor, nn, optim
from torch.nn import Parameter
from typing_extensions import assert_type

from ray_proxy import IRemoteInterpreter, Var


def model(net: Var[Model], of_model: Var[type[Model]], x: Var[Tensor], n: Var[int], s: Var[str]) -> None:
    assert_type(net.forward(x), Var[Tensor])
    assert_type(net.forward(x, scale=1.5), Var[Tensor])
    assert_type(net.linear, Var[nn.Linear])
    assert_type(net.linear.in_features, Var[int])
    assert_type(net.linear.weight, Var[Tensor])
    assert_type(net.linear.weight.sum(), Var[Tensor])
    assert_type(net.cuda(), Var[Model])
    assert_type(net.to("cpu"), Var[Model])
    assert_type(net.eval(), Var[Model])
    assert_type(net.train(False).hidden, Var[int])
    assert_type(net.training, Var[bool])
    assert_type(net.requires_grad_(False), Var[Model])
    assert_type(net.predict(x)[0], Var[int])
    assert_type(of_model(3), Var[Model])
    assert_type(of_model(n, hidden=4), Var[Model])
    for parameter in net.parameters():
        assert_type(parameter, Var[Parameter])
        assert_type(parameter.shape[0], Var[int])
    net.hidden = n
    net.forward(3)  # error
    net.forward(n)  # error
    net.forward()  # error
    net.forward(x, scal=1)  # error
    net.predict(s)  # error
    net.hidden = s  # error  # limit: mypy
    net.train("a", "b")  # error
    of_model(s)  # error
    of_model()  # error  # limit: mypy
    net.linear.in_features.cuda()  # error


def moved(env: IRemoteInterpreter, x: Var[Tensor], n: Var[int], s: Var[str]) -> None:
    remote_model = env.remote(Model)
    net = remote_model(3)
    assert_type(net, Var[Model])
    assert_type(net.forward(x), Var[Tensor])
    assert_type(remote_model(n).cuda(), Var[Model])
    assert_type(env.put(Model(3)), Var[Model])
    assert_type(env.put(Model(3)).linear.out_features, Var[int])
    remote_model("a")  # error
    remote_model(s)  # error
    net.forward("a")  # error


def training(
    step: Var[optim.SGD], of_sgd: Var[type[optim.SGD]], net: Var[Model], loss: Var[Tensor], s: Var[str]
) -> None:
    assert_type(step.zero_grad(), Var[None])
    assert_type(step.zero_grad(set_to_none=True), Var[None])
    assert_type(of_sgd(net.parameters(), lr=0.1), Var[optim.SGD])
    of_sgd(net.parameters(), rate=0.1)  # error
    of_sgd()  # error  # limit: mypy
    of_sgd(net.parameters(), lr=s)  # error
    step.zero_grad(to_none=True)  # error
