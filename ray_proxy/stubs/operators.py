"""The special methods of the overlay: what `+`, `[]`, calls and the rest make of a `Var`.

Type checkers look these up on the class `Var`, so each is a method with an overload for every overload that a known
class has, its `self` typed by that class; then come the pairs that only the other operand's reflected method knows;
then protocols, for all other classes.
"""

from __future__ import annotations

from collections.abc import Iterable

from mypy.types import CallableType, Instance, Type, TypeVarLikeType, UnionType, get_proper_type

from .source import Source, definition
from .surface import Signature

BINARY = "add sub mul matmul truediv floordiv mod divmod pow lshift rshift and xor or".split()
_SWAPPED = {"lt": "gt", "gt": "lt", "le": "ge", "ge": "le"}
_UNARY = "neg pos invert abs trunc floor ceil round".split()
_BINARY_NAMES = {f"__{name}__" for name in BINARY}
_REFLECTED = {f"__r{name}__": f"__{name}__" for name in BINARY}
_INPLACE = {f"__i{name}__": f"__{name}__" for name in BINARY if name != "divmod"}
_COMPARISONS = {f"__{name}__": f"__{other}__" for name, other in _SWAPPED.items()}
EQUALITY = ("__eq__", "__ne__")

BY_CLASS = frozenset(
    {
        *_BINARY_NAMES,
        *_REFLECTED,
        *_INPLACE,
        *_COMPARISONS,
        *EQUALITY,
        *(f"__{name}__" for name in _UNARY),
        *"__getitem__ __setitem__ __delitem__ __contains__ __call__ __exit__ __aexit__".split(),
    }
)
"""Special methods whose overloads are taken from each known class."""

_LONGEST = 60
"""Letters of a type up to which an operator is told of its operand of that type as well. Checking whether any value is
one of numpy's ``ArrayLike``, to find its reflected operator, takes type checkers seconds."""
_FEW = 5
"""Positional parameters of a function up to which each may be given as a Var."""

_PROTOCOLS = '''
class _HasIt:
    """Stands first among what has a name or an operator; only `Any` passes for it, which has everything."""
class _Local(Protocol):
    """Every object but a Var, which says that its `__sizeof__` is something else.

    A Var has `__index__` for what its value may be; mypy and pyrefly do not ask whose value it is, and would take any
    Var for an index.
    """
    def __sizeof__(self) -> int: ...
class _SupportsIndex(_Local, Protocol):
    def __index__(self) -> int: ...
class _SupportsInt(_Local, Protocol):
    def __int__(self) -> int: ...
class _SupportsFloat(_Local, Protocol):
    def __float__(self) -> float: ...
class _SupportsComplex(_Local, Protocol):
    def __complex__(self) -> complex: ...
class _SupportsBytes(_Local, Protocol):
    def __bytes__(self) -> bytes: ...
class _SupportsTrunc(_Local, Protocol):
    def __trunc__(self) -> int: ...
class _List(Protocol[_R_co]):
    """A list, read only, so that one of values and Vars passes for a list of values."""
    def __iter__(self) -> typing.Iterator[_R_co]: ...
    def __sizeof__(self) -> int: ...
    def reverse(self) -> None: ...
class _Set(Protocol[_R_co]):
    def __iter__(self) -> typing.Iterator[_R_co]: ...
    def __sizeof__(self) -> int: ...
    def add(self, item: Any, /) -> None: ...
class _Dict(Protocol[_K, _R_co]):
    def __getitem__(self, key: _K, /) -> _R_co: ...
    def __sizeof__(self) -> int: ...
    def keys(self) -> typing.KeysView[_K]: ...
    def popitem(self) -> tuple[_K, _R_co]: ...
class _CanReverse(Protocol[_R_co]):
    def __reversed__(self) -> _R_co: ...
class _CanNext(Protocol[_R_co]):
    def __next__(self) -> _R_co: ...
class _CanEnter(Protocol[_R_co]):
    def __enter__(self) -> _R_co: ...
class _CanExit(Protocol):
    def __exit__(self, kind: Any, error: Any, trace: Any, /) -> Any: ...
class _CanEnterAsync(Protocol[_R_co]):
    def __aenter__(self) -> Awaitable[_R_co]: ...
class _CanExitAsync(Protocol):
    def __aexit__(self, kind: Any, error: Any, trace: Any, /) -> Any: ...
class _CanGetItem(Protocol[_A_contra, _R_co]):
    def __getitem__(self, key: _A_contra, /) -> _R_co: ...
class _CanSetItem(Protocol[_A_contra, _B_contra]):
    def __setitem__(self, key: _A_contra, value: _B_contra, /) -> None: ...
class _CanDelItem(Protocol[_A_contra]):
    def __delitem__(self, key: _A_contra, /) -> None: ...
class _CanContain(Protocol[_A_contra]):
    def __contains__(self, item: _A_contra, /) -> bool: ...
class _ObjectRef(Protocol[_R_co]):
    """Ray's, told by its methods, so that nobody has to read Ray's types for this."""
    def future(self) -> concurrent_futures.Future[_R_co]: ...
    def task_id(self) -> Any: ...
class _CanRoundTo(Protocol[_R_co]):
    def __round__(self, digits: int, /) -> _R_co: ...
'''

_STRUCTURAL = """
    __sizeof__: None
    def __hash__(self) -> int: ...
    def __bool__(self) -> bool: ...
    def __len__(self: Var[typing.Sized]) -> int: ...
    def __index__(self: Var[typing.SupportsIndex]) -> int: ...
    def __int__(self: Var[typing.SupportsInt | typing.SupportsIndex | str | bytes | bytearray]) -> int: ...
    def __float__(self: Var[typing.SupportsFloat | typing.SupportsIndex | str | bytes | bytearray]) -> float: ...
    def __complex__(self: Var[typing.SupportsComplex | typing.SupportsFloat | str]) -> complex: ...
    def __bytes__(self: Var[typing.SupportsBytes | typing.Iterable[int] | int]) -> bytes: ...
    def __next__(self: Var[_CanNext[_R]]) -> Var[_R]: ...
    def __reversed__(self: Var[typing.Reversible[_R]]) -> typing.Iterator[Var[_R]]: ...
    def __aiter__(self: Var[typing.AsyncIterable[_R]]) -> typing.AsyncIterator[Var[_R]]: ...
    async def __anext__(self: Var[typing.AsyncIterator[_R]]) -> Var[_R]: ...
    def __enter__(self: Var[_CanEnter[_R]]) -> Var[_R]: ...
    async def __aenter__(self: Var[_CanEnterAsync[_R]]) -> Var[_R]: ...
"""
"""Where no argument has to be typed, a protocol says all."""


class Operators:
    """Collects the special methods of classes, and writes them."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._direct: dict[str, list[list[str]]] = {}
        self._pairs: dict[str, list[list[str]]] = {}
        for name in ("_R", "_A", "_B", "_K"):
            source.declare(name, "TypeVar({})")
        for name in ("_L", "_M"):  # what is given here and is no Var
            source.declare(name, "TypeVar({}, bound=_Local)")
        source.declare("_R_co", "TypeVar({}, covariant=True)")
        for name in ("_A_contra", "_B_contra"):
            source.declare(name, "TypeVar({}, contravariant=True)")
        source.declare("_Receiver_co", "TypeVar({}, covariant=True)")
        source.declare("_P", "ParamSpec({})")
        for at in range(_FEW):
            source.declare(f"_A{at}", "TypeVar({})")

    def add(self, name: str, signature: Signature, variants: Iterable[CallableType]) -> None:
        """Add an overload of a class's special method.

        Args:
            signature: as the class defines it.
            variants: the same as called from here.
        """
        source = self._source
        returned = get_proper_type(signature.call.ret_type)
        is_bool = isinstance(returned, Instance) and returned.type.fullname == "builtins.bool"
        if name in EQUALITY and is_bool:
            return  # so it is for everything
        of = source.type(signature.receiver)
        if name in ("__exit__", "__aexit__"):
            if is_bool or name == "__aexit__":
                self._leave(name, of, signature.call.ret_type)
            return
        for variant in variants:
            gives = source.type(variant.ret_type)
            if name in ("__setitem__", "__delitem__"):
                gives = "None"
            elif name == "__contains__":
                gives = "bool"
            taken = source.parameters(variant)
            taken = taken if name == "__call__" else _positional(taken)
            self._write(self._direct, name, [f"self: Var[{of}]", *taken], gives)
        if signature.call.arg_types:
            self._mirror(name, signature, of)

    def _mirror(self, name: str, signature: Signature, of: str) -> None:
        """What the same overload says of the operator as looked up on the other operand."""
        other = self._source.type(signature.call.arg_types[0])
        if len(other) > _LONGEST or _has_bare_variable(signature.call.arg_types[0]):
            return
        gives = f"Var[{self._source.type(signature.call.ret_type)}]"
        if name in _REFLECTED:
            taken = [f"self: Var[{other}]", f"other: {of} | Var[{of}]", "/"]
            self._write(self._pairs, _REFLECTED[name], taken, gives)
        elif name in _COMPARISONS:
            taken = [f"self: Var[{other}]", f"other: {of} | Var[{of}]", "/"]
            self._write(self._pairs, _COMPARISONS[name], taken, gives)
        elif name in _BINARY_NAMES:
            taken = [f"self: Var[{other}]", f"other: {of}", "/"]
            self._write(self._pairs, f"__r{name[2:]}", taken, gives)

    def _leave(self, name: str, of: str, returned: Type) -> None:
        proper = get_proper_type(returned)
        if isinstance(proper, Instance) and proper.args:
            proper = get_proper_type(proper.args[-1])
        if isinstance(proper, Instance) and proper.type.fullname == "builtins.bool":
            self._write(self._direct, name, [f"self: Var[{of}]", *_LEAVING], "bool")

    def add_call(self, of: str, taken: list[str], gives: str) -> None:
        """Add what a class takes when it is called."""
        self._write(self._direct, "__call__", [f"self: Var[type[{of}]]", *taken], gives)

    def add_item(self, of: str, key: str, gives: str, takes: str, fixed: bool) -> None:
        """Add an item of a typed dict."""
        self._write(self._direct, "__getitem__", [f"self: Var[{of}]", f"key: {key}", "/"], gives)
        if not fixed:
            taken = [f"self: Var[{of}]", f"key: {key}", f"value: {takes}", "/"]
            self._write(self._direct, "__setitem__", taken, "None")

    def _write(self, into: dict[str, list[list[str]]], name: str, taken: list[str], gives: str) -> None:
        lines = definition("    ", name, taken, gives)
        if name == "__aexit__":
            lines[0] = lines[0].replace("def ", "async def ", 1)
        known = into.setdefault(name, [])
        if lines not in known:
            known.append(lines)

    # -------------------------------------------------------------------------------------------- text

    def text(self) -> list[str]:
        """The lines of the class `Operators`, and of what it needs."""
        protocols = _PROTOCOLS.strip("\n").split("\n")
        methods: list[str] = []
        for name in BINARY:
            protocols += _can(name, ", other: _A_contra, /", "_A_contra, _R_co") + _can(
                f"r{name}", ", other: _A_contra, /", "_A_contra, _R_co"
            )
            methods += self._binary(name)
        for name in _SWAPPED:
            protocols += _can(name, ", other: _A_contra, /", "_A_contra, _R_co")
            methods += self._overloads(f"__{name}__", [*self._all(f"__{name}__"), *_by_protocol(name)])
        for full in EQUALITY:
            last = [[f"    def {full}(self: Var[Any], other: object, /) -> Var[bool]: ..."]]
            methods += self._overloads(full, [*self._direct.get(full, []), *last])
        for name in _UNARY:
            protocols += _can(name, "", "_R_co")
            methods += self._unary(name)
        methods += self._items()
        methods += _STRUCTURAL.strip("\n").split("\n")
        iterate = [
            # Of several kinds, each has its place: to unpack them as the union of all would be wrong for each.
            *(
                _line("__iter__", f"self: Var[tuple[{', '.join(['Any'] * count)}]]", "typing.Iterator[Var[Any]]")
                for count in (2, 3, 4)
            ),
            _line("__iter__", "self: Var[typing.Iterable[_R]]", "typing.Iterator[Var[_R]]"),
        ]
        methods += self._overloads("__iter__", iterate)
        leave = definition("    ", "__exit__", ["self: Var[_CanExit]", *_LEAVING], "bool | None")
        methods += self._overloads("__exit__", [*self._direct.get("__exit__", []), leave])
        leave = definition("    ", "__aexit__", ["self: Var[_CanExitAsync]", *_LEAVING], "bool | None")
        leave[0] = leave[0].replace("def ", "async def ", 1)
        methods += self._overloads("__aexit__", [*self._direct.get("__aexit__", []), leave])
        methods += self._call()
        return ["", *protocols, "", "class Operators:", *methods]

    def _all(self, name: str) -> list[list[str]]:
        direct = self._direct.get(name, [])
        return [*direct, *(pair for pair in self._pairs.get(name, []) if pair not in direct)]

    def _overloads(self, name: str, functions: list[list[str]]) -> list[str]:
        distinct: list[list[str]] = []
        for lines in functions:
            if lines not in distinct:
                distinct.append(lines)
        if len(distinct) == 1:
            return distinct[0]
        return [line for lines in distinct for line in ["    @overload", *lines]]

    def _binary(self, name: str) -> list[str]:
        full, reflected, inplace = f"__{name}__", f"__r{name}__", f"__i{name}__"
        can_reflected = f"_Can_r{name}"
        anything = _line(full, "self: Var[_HasIt], other: Any, /", "Var[Any]")
        direct = self._all(full)
        structural = [
            *_by_protocol(name),
            _line(full, f"self: Var[_A], other: Var[{can_reflected}[_A, _R]], /", "Var[_R]"),
        ]
        out = self._overloads(full, [anything, *direct, *structural])
        out += self._overloads(
            reflected,
            [
                _line(reflected, "self: Var[_HasIt], other: Any, /", "Var[Any]"),
                *self._all(reflected),
                _line(reflected, f"self: Var[{can_reflected}[_L, _R]], other: _L, /", "Var[_R]"),
            ],
        )
        if inplace in self._direct:  # mypy asks nothing else where there is one
            renamed = [
                [line.replace(f"def {full}(", f"def {inplace}(") for line in lines] for lines in [*direct, *structural]
            ]
            first = _line(inplace, "self: Var[_HasIt], other: Any, /", "Var[Any]")
            out += self._overloads(inplace, [first, *self._direct[inplace], *renamed])
        return out

    def _unary(self, name: str) -> list[str]:
        full = f"__{name}__"
        last = [_line(full, f"self: Var[_Can_{name}[_R]]", "Var[_R]")]
        if name == "round":
            last.append(_line(full, "self: Var[_CanRoundTo[_R]], digits: int | Var[int], /", "Var[_R]"))
        first = _line(full, "self: Var[_HasIt]", "Var[Any]")
        return self._overloads(full, [first, *self._direct.get(full, []), *last])

    def _items(self) -> list[str]:
        positions = []
        for at in range(8):
            before = "Any, " * at
            of = f"tuple[{before}_R, Unpack[tuple[Any, ...]]]"
            positions.append(_line("__getitem__", f"self: Var[{of}], key: Literal[{at}], /", "Var[_R]"))
        positions.append(
            _line("__getitem__", "self: Var[tuple[Unpack[tuple[Any, ...]], _R]], key: Literal[-1], /", "Var[_R]")
        )
        get = [
            _line("__getitem__", "self: Var[_HasIt], key: Any, /", "Var[Any]"),
            *positions,
            *self._direct.get("__getitem__", []),
            _line("__getitem__", "self: Var[_CanGetItem[_A, _R]], key: Var[_A], /", "Var[_R]"),
            _line("__getitem__", "self: Var[_CanGetItem[_L, _R]], key: _L, /", "Var[_R]"),
        ]
        put = [
            _line("__setitem__", "self: Var[_HasIt], key: Any, value: Any, /", "None"),
            *self._direct.get("__setitem__", []),
            *(
                _line("__setitem__", f"self: Var[_CanSetItem[{a}, {b}]], key: {key}, value: {value}, /", "None")
                for a, key in (("_A", "Var[_A]"), ("_L", "_L"))
                for b, value in (("_B", "Var[_B]"), ("_M", "_M"))
            ),
        ]
        delete = [
            _line("__delitem__", "self: Var[_HasIt], key: Any, /", "None"),
            *self._direct.get("__delitem__", []),
            _line("__delitem__", "self: Var[_CanDelItem[_A]], key: Var[_A], /", "None"),
            _line("__delitem__", "self: Var[_CanDelItem[_L]], key: _L, /", "None"),
        ]
        contain = [
            _line("__contains__", "self: Var[_HasIt], item: Any, /", "bool"),
            *self._direct.get("__contains__", []),
            _line("__contains__", "self: Var[_CanContain[_A]], item: Var[_A], /", "bool"),
            _line("__contains__", "self: Var[_CanContain[_L]], item: _L, /", "bool"),
            _line("__contains__", "self: Var[typing.Iterator[Any]], item: object, /", "bool"),
        ]
        return [
            line
            for name, functions in (
                ("__getitem__", get),
                ("__setitem__", put),
                ("__delitem__", delete),
                ("__contains__", contain),
            )
            for line in self._overloads(name, functions)
        ]

    def _call(self) -> list[str]:
        functions = [
            _line("__call__", "self: Var[_HasIt], *args: Any, **kwargs: Any", "Var[Any]"),
            *self._direct.get("__call__", []),
        ]
        for count in range(_FEW + 1):
            names = [f"_A{at}" for at in range(count)]
            taken = "".join(f", a{at}: {name} | Var[{name}]" for at, name in enumerate(names))
            end = ", /" if names else ""
            for returned in (_COROUTINE, "_R"):
                of = f"Callable[[{', '.join(names)}], {returned}]"
                functions.append(_line("__call__", f"self: Var[{of}]{taken}{end}", "Var[_R]"))
        for count in range(1, _FEW + 1):
            names = [f"_A{at}" for at in range(count)]
            taken = "".join(f", a{at}: {name} | Var[{name}]" for at, name in enumerate(names))
            for returned in (_COROUTINE, "_R"):
                of = f"Callable[Concatenate[{', '.join(names)}, _P], {returned}]"
                rest = ", /, *args: _P.args, **kwargs: _P.kwargs"
                functions.append(_line("__call__", f"self: Var[{of}]{taken}{rest}", "Var[_R]"))
        for returned in (_COROUTINE, "_R"):
            of = f"Callable[_P, {returned}]"
            functions.append(_line("__call__", f"self: Var[{of}], *args: _P.args, **kwargs: _P.kwargs", "Var[_R]"))
        return self._overloads("__call__", functions)


_COROUTINE = "typing.Coroutine[Any, Any, _R]"
_LEAVING = ["kind: type[BaseException] | None", "error: BaseException | None", "trace: types.TracebackType | None", "/"]


def _line(name: str, taken: str, gives: str) -> list[str]:
    return definition("    ", name, [taken], gives)


def _can(name: str, taken: str, parameters: str) -> list[str]:
    return [f"class _Can_{name}(Protocol[{parameters}]):", f"    def __{name}__(self{taken}) -> _R_co: ..."]


def _by_protocol(name: str) -> list[list[str]]:
    of = f"self: Var[_Can_{name}[_A, _R]]"
    full = f"__{name}__"
    local = f"self: Var[_Can_{name}[_L, _R]], other: _L, /"
    return [_line(full, f"{of}, other: Var[_A], /", "Var[_R]"), _line(full, local, "Var[_R]")]


def _has_bare_variable(value: Type) -> bool:
    """Whether anything passes for a type: mypy does not ask for the bound of a variable in the type of `self`."""
    proper = get_proper_type(value)
    if isinstance(proper, UnionType):
        return any(map(_has_bare_variable, proper.items))
    return isinstance(proper, TypeVarLikeType)


def _positional(parameters: list[str]) -> list[str]:
    """The parameters of an operator, which gives none of them by name."""
    if not parameters or "/" in parameters or any(one.startswith("*") for one in parameters):
        return parameters
    return [*parameters, "/"]
