"""Whether two values that were computed at different times are the same.

Bytes of pickles do not tell: they differ by what is shared inside a value, and by the order of a set. Nor do ``==``,
which many classes do not define and arrays answer item by item, and `repr`, which leaves out most of a large value. So
values are taken apart as `pickle` does it, and compared piece by piece. Knows nothing of the rest of the package.
"""

from __future__ import annotations

import contextlib
import io
import math
import re
import sys
from array import array
from collections.abc import Iterator
from types import FunctionType, ModuleType
from typing import Any, NamedTuple

import cloudpickle

ADDRESS: re.Pattern[str] = re.compile(r"\b0x[0-9a-fA-F]{6,}")
"""An address in the text of a value or an error: differs from run to run."""


class Tolerance(NamedTuple):
    """How far numbers may be apart that were computed with rounding: ``|was - now| <= atol + rtol * |was|``."""

    rtol: float = 0.0
    atol: float = 0.0

    def check(self) -> None:
        """Raise `ValueError` where it is none."""
        for name, value in self._asdict().items():
            if not (math.isfinite(value) and value >= 0):
                raise ValueError(f"{name} is a finite number that is not negative, and not {value!r}")

    def takes(self, was: float, now: float) -> bool:
        """Whether two real numbers are near enough; NaN is NaN, and infinite is only what was."""
        if not (math.isfinite(was) and math.isfinite(now)):
            return was == now or (was != was and now != now)
        return abs(was - now) <= self.atol + self.rtol * abs(was)

    def takes_complex(self, was: complex, now: complex) -> bool:
        parts = (was.real, now.real), (was.imag, now.imag)
        if not all(math.isfinite(part) for pair in parts for part in pair):
            return all(self.takes(*pair) for pair in parts)
        apart = math.hypot(was.real - now.real, was.imag - now.imag)
        return apart <= self.atol + self.rtol * math.hypot(was.real, was.imag)


EXACT = Tolerance()


@contextlib.contextmanager
def on_cpu(torch: Any) -> Iterator[None]:
    """While this lasts, tensors are loaded from pickles into the processor's memory, whatever device they were on."""
    load = torch.storage._load_from_bytes
    torch.storage._load_from_bytes = lambda data: torch.load(io.BytesIO(data), "cpu", weights_only=False)
    try:
        yield
    finally:
        torch.storage._load_from_bytes = load


def masked(text: str) -> str:
    """Text without addresses."""
    return ADDRESS.sub("0x…", text)


def same_types(one: object, other: object) -> bool:
    """Whether two values are of the same type, or of types of the same name: some travel by value, or are made anew."""
    return type(one) is type(other) or _name(type(one)) == _name(type(other))


def same(one: object, other: object, tolerance: Tolerance = EXACT) -> bool:
    """Whether two values are the same; False where that cannot be told.

    With a tolerance, numbers with a fraction may be apart: floats, complex numbers, and those in arrays of numpy and
    tensors of torch, wherever in a value they are. On which device a tensor is does not matter then.
    """
    try:
        return _same(one, other, {}, tolerance if any(tolerance) else None)
    except Exception:  # of users' code, or for the depth of the value
        return False


def _same(one: Any, other: Any, seen: dict[tuple[int, int], Any], near: Tolerance | None) -> bool:
    if one is other:
        return True
    if not same_types(one, other):
        return False
    kind = type(one)
    if kind is str:
        return masked(one) == masked(other)
    if kind in (float, complex):
        if near is not None:
            return near.takes(one, other) if kind is float else near.takes_complex(one, other)
        return repr(one) == repr(other)  # nan is nan, and 0.0 is not -0.0
    if kind in (int, bool, bytes, bytearray):
        return bool(one == other)
    if isinstance(one, type):
        return _name(one) == _name(other)
    if kind is ModuleType:
        return bool(one.__name__ == other.__name__)
    pair = (id(one), id(other))
    if pair in seen:
        return True  # further out it is being compared
    seen[pair] = one, other  # held, so that nothing else gets their ids
    if kind in (set, frozenset):
        return _same_sets(one, other, seen, near)
    if kind is dict:
        return _same_items(one, other, seen, near)
    if kind in (list, tuple):
        return len(one) == len(other) and all(_same(*both, seen, near) for both in zip(one, other))
    told = _same_tensors(one, other, seen, near)
    if told is None and near is not None:
        told = _near_numbers(one, other, seen, near)
    if told is not None:
        return told
    return _same(_taken_apart(one), _taken_apart(other), seen, near)


def _same_sets(one: Any, other: Any, seen: dict[tuple[int, int], Any], near: Tolerance | None) -> bool:
    if one == other or sorted(map(_text, one)) == sorted(map(_text, other)):
        return True
    if near is None or len(one) != len(other):
        return False
    # By their size; what has no order cannot be near.
    return all(_same(*both, seen, near) for both in zip(sorted(one, key=_order), sorted(other, key=_order)))


def _order(item: Any) -> Any:
    return (item != item, item if item == item else 0)  # nan goes last


def _same_items(
    one: dict[Any, Any], other: dict[Any, Any], seen: dict[tuple[int, int], Any], near: Tolerance | None
) -> bool:
    if one.keys() == other.keys():
        return all(_same(value, other[key], seen, near) for key, value in one.items())
    return _same(list(one.items()), list(other.items()), seen, near)


def _taken_apart(value: Any) -> Any:
    """What a pickle would hold of it."""
    if isinstance(value, FunctionType):
        return value.__code__, value.__defaults__, value.__kwdefaults__, value.__closure__, value.__dict__
    reduce = cloudpickle.CloudPickler.dispatch_table.get(type(value))
    reduced = value.__reduce_ex__(4) if reduce is None else reduce(value)
    if isinstance(reduced, str):
        return reduced
    made, (state, items, pairs) = reduced[:2], [*reduced[2:5], None, None, None][:3]
    return [*made, state, list(items or ()), list(pairs or ())]


def _name(kind: type) -> tuple[str, str]:
    return getattr(kind, "__module__", ""), kind.__qualname__  # one that is made where no module is has none


def _text(value: object) -> str:
    return masked(repr(value))


# ------------------------------------------------------------------------------------- numbers with a tolerance


def _near_numbers(one: Any, other: Any, seen: dict[tuple[int, int], Any], near: Tolerance) -> bool | None:
    """Whether two values of many numbers, or of one, are near enough; None: they are no such values.

    Of libraries that are not imported there are no values, so none is imported here.
    """
    if type(one) is array and one.typecode in "fd":
        return one.typecode == other.typecode and len(one) == len(other) and all(map(near.takes, one, other))
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(one, (numpy.ndarray, numpy.generic)) and _has_fractions(one.dtype):
        return (
            one.dtype == other.dtype
            and _near_arrays(numpy.asarray(one), numpy.asarray(other), seen, near, numpy)
            and _same(_beside(one, numpy), _beside(other, numpy), seen, near)
        )
    return None


def _has_fractions(dtype: Any) -> bool:
    return dtype.kind in "fc" or any(_has_fractions(dtype[name].base) for name in dtype.names or ())


def _beside(value: Any, numpy: Any) -> Any:
    """What an array of a class of its own has beside its numbers: a mask, a unit."""
    is_bare = isinstance(value, (numpy.generic, numpy.memmap))
    return {} if is_bare else dict(getattr(value, "__dict__", {}))


def _near_arrays(one: Any, other: Any, seen: dict[tuple[int, int], Any], near: Tolerance, numpy: Any) -> bool:
    """Of arrays of one dtype."""
    if one.shape != other.shape:
        return False
    kind, names = one.dtype.kind, one.dtype.names
    if names:
        return all(_near_arrays(one[name], other[name], seen, near, numpy) for name in names)
    if kind not in "fc":
        return _same(one.tolist(), other.tolist(), seen, near)
    if one.dtype.itemsize < (16 if kind == "c" else 8):  # so that what we compute is not rounded to fewer digits
        one, other = (value.astype(complex if kind == "c" else float) for value in (one, other))
    finite = numpy.isfinite(one) & numpy.isfinite(other)
    with numpy.errstate(all="ignore"):
        near_enough = numpy.abs(one - other) <= near.atol + near.rtol * numpy.abs(one)
    if not numpy.all(near_enough | ~finite):
        return False
    one, other = one[~finite], other[~finite]
    if kind == "c":
        return all(_near_arrays(*pair, seen, near, numpy) for pair in ((one.real, other.real), (one.imag, other.imag)))
    return bool(numpy.all((one == other) | (numpy.isnan(one) & numpy.isnan(other))))


def _same_tensors(one: Any, other: Any, seen: dict[tuple[int, int], Any], near: Tolerance | None) -> bool | None:
    """Of tensors of torch, in whose pickles there are addresses; None: they are none."""
    torch = sys.modules.get("torch")
    if torch is None or not isinstance(one, torch.Tensor):
        return None
    if one.is_quantized or one.is_meta or one.layout != other.layout:
        return None
    if (one.dtype, one.shape, one.requires_grad) != (other.dtype, other.shape, other.requires_grad):
        return False
    if not _same(dict(vars(one)), dict(vars(other)), seen, near) or (near is None and one.device != other.device):
        return False
    there, here = (value.detach().cpu() for value in (one, other))
    if one.layout != torch.strided:
        there, here = there.to_dense(), here.to_dense()
    there, here = (value.resolve_conj().resolve_neg().reshape(-1) for value in (there, here))
    if near is not None and one.dtype.is_complex:
        return _near_complex(there.to(torch.complex128), here.to(torch.complex128), near, torch)
    if near is not None and one.dtype.is_floating_point:
        return _near_reals(there.to(torch.float64), here.to(torch.float64), near, torch)
    return bool(torch.equal(there.contiguous().view(torch.uint8), here.contiguous().view(torch.uint8)))


def _near_reals(one: Any, other: Any, near: Tolerance, torch: Any) -> bool:
    near_enough = (one - other).abs() <= near.atol + near.rtol * one.abs()
    finite = torch.isfinite(one) & torch.isfinite(other)
    equal = (one == other) | (torch.isnan(one) & torch.isnan(other))
    return bool(torch.where(finite, near_enough, equal).all())


def _near_complex(one: Any, other: Any, near: Tolerance, torch: Any) -> bool:
    near_enough = (one - other).abs() <= near.atol + near.rtol * one.abs()
    finite = torch.isfinite(one) & torch.isfinite(other)
    one, other = (torch.view_as_real(value[~finite]) for value in (one, other))
    return bool((near_enough | ~finite).all()) and _near_reals(one, other, near, torch)
