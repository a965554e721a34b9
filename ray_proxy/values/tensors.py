"""How the storages of PyTorch travel: their bytes out of band, as an array's are, and those that tensors share once.

Its own pickle of a storage is a file inside the pickle, one for each tensor. All else of a tensor (its class, its
strides, whether it requires a gradient, the parts of a sparse one) is left to its own pickle, which ends in storages.
"""

from __future__ import annotations

import functools
import operator
import sys
from typing import Any


class _Call:
    """Stands in a pickle for what a call gives."""

    def __init__(self, function: Any, *args: Any) -> None:
        self._reduced = function, args

    def __reduce__(self) -> tuple[Any, ...]:
        return self._reduced


class Storages:
    """The storages in one pickle."""

    def __init__(self) -> None:
        self._known: dict[int, Any] = {}
        """By the address of the storage, the object that stands for it: several may."""

    def reduce(self, obj: Any) -> Any:
        """What `__reduce__` returns for a storage in the memory of this machine; NotImplemented for all else."""
        torch = sys.modules.get("torch")
        kind = type(obj)
        if torch is None or kind.__module__ != "torch.storage":
            return NotImplemented
        try:
            if kind is torch.TypedStorage:
                return self._reduce_typed(torch, obj)
            if kind is torch.UntypedStorage:
                return self._reduce_untyped(torch, obj)
        except (AttributeError, RuntimeError, TypeError):  # a release without numpy, or with other insides
            pass
        return NotImplemented

    def _reduce_typed(self, torch: Any, obj: Any) -> Any:
        storage = obj._untyped_storage
        if not _is_here(storage):
            return NotImplemented
        storage = self._known.setdefault(storage._cdata, storage)
        _bytes_of(torch, storage)
        made = functools.partial(torch.TypedStorage, wrap_storage=storage, dtype=obj.dtype, _internal=True)
        return made, ()

    def _reduce_untyped(self, torch: Any, obj: Any) -> Any:
        if not _is_here(obj):
            return NotImplemented
        known = self._known.setdefault(obj._cdata, obj)
        if known is not obj:
            return operator.itemgetter(0), ((known,),)
        # Copied into memory of its own there, which can be resized, and written where these bytes cannot.
        copied = _Call(functools.partial(torch.tensor, device="cpu"), _bytes_of(torch, obj))
        return operator.methodcaller("untyped_storage"), (copied,)


def _is_here(storage: Any) -> bool:
    """Whether it has bytes in the memory of this machine."""
    return bool(storage.device.type == "cpu" and storage.nbytes())


def _bytes_of(torch: Any, storage: Any) -> Any:
    """An array of them, which is no copy. Of large items where that goes: PyTorch copies more than 32,768 with all its
    threads, which takes longer than the copy where cores are busy."""
    array = torch.empty(0, dtype=torch.uint8, device="cpu").set_(storage).numpy()
    return array if array.nbytes % 8 else array.view("i8")
