"""`numpy.ndarray`, of which the type of the items is known."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from typing_extensions import assert_type

from ray_proxy import Var

Floats = NDArray[np.float64]


def arrays(a: Var[Floats], b: Var[Floats], local: Floats, n: Var[int], s: Var[str]) -> None:
    assert_type(a.ndim, Var[int])
    assert_type(a.size, Var[int])
    assert_type(a.shape, Var[tuple[Any, ...]])
    assert_type(a.dtype, Var[np.dtype[np.float64]])
    assert_type(a.T, Var[Floats])
    assert_type(a.real, Var[Floats])  # limit: ty
    assert_type(a.imag, Var[Floats])  # limit: ty
    assert_type(a.copy(), Var[Floats])
    assert_type(a.copy(order="C").T, Var[Floats])
    assert_type(a.flatten(), Var[np.ndarray[tuple[int], np.dtype[np.float64]]])
    assert_type(a.astype(np.int32), Var[NDArray[np.int32]])
    assert_type(a.transpose(n, 0), Var[Floats])
    assert_type(a.swapaxes(0, n), Var[Floats])
    assert_type(a.tobytes(), Var[bytes])
    assert_type(a.nbytes + 1, Var[int])
    assert_type(a.item(), Var[float])
    assert_type(a.fill(n), Var[None])
    assert_type(len(a), int)
    assert_type(a.sort(axis=n), Var[None])
    a.sum("a", "b", "c", "d", "e", "f", "g", "h")  # error
    a.reshape(s)  # error
    a.astype(3)  # error
    a.astype()  # error
    a.swapaxes("a", 0)  # error
    a.swapaxes(s, 0)  # error
    a.copy(ordr="C")  # error
    a.ndim = 3  # error
    a.size = n  # error
    a.append(3)  # error
    a.upper()  # error
    a.mea()  # error: plugin
    a.flaten()  # error: plugin
    a.item("a")  # error


def operators(a: Var[Floats], b: Var[Floats], local: Floats, ints: Var[NDArray[np.int64]], s: Var[str]) -> None:
    assert_type(a + b, Var[Floats])
    assert_type(a + local, Var[Floats])
    assert_type(local + a, Var[Floats])
    assert_type(a - b, Var[Floats])
    assert_type(a * b, Var[Floats])
    assert_type(a > 1, Var[NDArray[np.bool]])
    assert_type(-a, Var[Floats])
    assert_type(a[0:2], Var[Floats])
    assert_type(a[1:], Var[Floats])
    assert_type(a[ints], Var[Floats])
    assert_type(a[a > 1], Var[Floats])  # limit: mypy
    a[0] = 3.5
    a[0:2] = b
    a += b
    a *= local
    assert_type(a, Var[Floats])
    a["a"]  # error
    a[s]  # error
    a + s  # error
    a()  # error
    -s  # error


def items(a: Var[np.ndarray[tuple[int, int], np.dtype[np.float64]]], s: Var[str]) -> None:
    assert_type(a.shape, Var[tuple[int, int]])
    assert_type(a.shape[0], Var[int])
    assert_type(a.dtype.alignment, Var[int])
    assert_type(a.dtype.itemsize, Var[int])
    a.shape[0].upper()  # error
    a.dtype.name = "a"  # error
    a.dtype.nme  # error: plugin
    a.shape[s]  # error
