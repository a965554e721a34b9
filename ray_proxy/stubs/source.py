"""Writes mypy's types as source text, and keeps account of the imports and type variables that the text needs.

Every name is written through its module (``pathlib.Path``), so no name of ours can stand for another thing; the
builtins are written bare. Nothing here knows what the text is for.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable, Sequence

from mypy.nodes import ARG_NAMED, ARG_NAMED_OPT, ARG_OPT, ARG_POS, ARG_STAR, ARG_STAR2, TypeInfo
from mypy.typeops import get_all_type_vars
from mypy.types import (
    AnyType,
    CallableType,
    Instance,
    LiteralType,
    NoneType,
    Overloaded,
    Parameters,
    ParamSpecType,
    TupleType,
    Type,
    TypeAliasType,
    TypedDictType,
    TypeType,
    TypeVarLikeType,
    TypeVarTupleType,
    TypeVarType,
    UninhabitedType,
    UnionType,
    UnpackType,
    get_proper_type,
)

from .docs import Written

WIDTH = 100
"""Longer lines are broken, one parameter a line."""

_LONG = 50

_ELSEWHERE = {
    "builtins.function": "types.FunctionType",
    "builtins.ellipsis": "types.EllipsisType",
    "types.NoneType": "None",
    "typing._SpecialForm": "object",
    "typing._TypedDict": "typing.Mapping[str, object]",
    # A recursive protocol, to hold which against a Var takes type checkers seconds.
    "numpy._typing._nested_sequence._NestedSequence": "list[Any] | tuple[Any, ...]",
    **{
        f"{module}.Supports{kind}": f"_Supports{kind}"
        for module, kind in (
            ("typing", "Index"),
            ("typing", "Int"),
            ("typing", "Float"),
            ("typing", "Complex"),
            ("typing", "Bytes"),
            ("_typeshed", "Trunc"),
        )
    },
}
"""Names that type checkers know by another one, or that are declared in the overlay itself."""


class Source:
    """The text of types, in one module."""

    def __init__(self, var: TypeInfo) -> None:
        self._var = var
        self._imports: set[str] = {"typing"}
        self._typevars: dict[str, str] = {}
        self._public: dict[str, str] = {}
        self._aliases: dict[str, str] = {}

    # ------------------------------------------------------------------------------------------- types

    def type(self, value: Type) -> str:
        """The text of a type."""
        if isinstance(value, TypeAliasType):
            if value.is_recursive and value.alias is not None:
                return self._subscript(self._qualified(value.alias.module, value.alias.fullname), value.args)
            value = get_proper_type(value)
        if isinstance(value, AnyType):
            return "Any"
        if isinstance(value, NoneType):
            return "None"
        if isinstance(value, UninhabitedType):
            return "Never"
        if isinstance(value, Instance):
            return self._instance(value)
        if isinstance(value, UnionType):
            return self._union(value)
        if isinstance(value, TypeVarLikeType):
            return self.type_variable(value)
        if isinstance(value, TupleType):
            if value.partial_fallback.type.fullname != "builtins.tuple":
                return self._instance(value.partial_fallback)
            return f"tuple[{', '.join(map(self.type, value.items)) or '()'}]"
        if isinstance(value, UnpackType):
            return f"Unpack[{self.type(value.type)}]"
        if isinstance(value, LiteralType):
            return f"Literal[{self._literal(value)}]"
        if isinstance(value, TypeType):
            return f"type[{self.type(value.item)}]"
        if isinstance(value, TypedDictType):
            if value.is_anonymous():
                return "dict[str, Any]"
            return self._instance(value.fallback)
        if isinstance(value, Parameters):
            return f"[{', '.join(map(self.type, value.arg_types))}]"
        if isinstance(value, CallableType):
            return self._callable(value)
        if isinstance(value, Overloaded):
            return f"type[{self.type(value.items[0].ret_type)}]" if value.is_type_obj() else "Callable[..., Any]"
        return "Any"

    def _union(self, value: UnionType) -> str:
        items = list(map(get_proper_type, value.items))
        literals = [self._literal(item) for item in items if isinstance(item, LiteralType)]
        texts = dict.fromkeys(self.type(item) for item in items if not isinstance(item, LiteralType))
        if literals:
            texts.setdefault(f"Literal[{', '.join(dict.fromkeys(literals))}]")
        if "None" in texts:  # last, as it is written by hand
            del texts["None"]
            texts.setdefault("None")
        return " | ".join(texts)

    def class_(self, info: TypeInfo) -> str:
        """The name of a class, without parameters."""
        if info.fullname in self._public:
            return self._qualified(*self._public[info.fullname].split(":"))
        if info.fullname in _ELSEWHERE:
            name = _ELSEWHERE[info.fullname]
            if name.startswith(("types.", "typing.")):
                self._imports.add(name.partition(".")[0])
            return name
        return self._qualified(info.module_name, info.fullname)

    def name(self, info: TypeInfo, module: str, path: str) -> None:
        """Write a class as ``module.path`` from now on: as its users call it, not where it is defined."""
        self._public[info.fullname] = f"{module}:{module}.{path}"

    def type_variable(self, value: TypeVarLikeType) -> str:
        """The name of a type variable, which is declared at the top of the module."""
        name = value.name.rpartition(".")[2]
        if isinstance(value, TypeVarType) and value.id.is_self():
            name = f"Self{value.upper_bound.type.name}" if isinstance(value.upper_bound, Instance) else "Self"
        declared = self._declaration(value)
        taken, count = f"_{name.lstrip('_')}", 1
        while self._typevars.setdefault(taken, declared) != declared:
            count += 1
            taken = f"_{name.lstrip('_')}{count}"
        if isinstance(value, ParamSpecType) and value.flavor:
            return f"{taken}.{'args' if value.flavor == 1 else 'kwargs'}"
        return taken

    def bounded(self, text: str) -> str:
        """The text of a type, with the bound in place of a type variable.

        In place of one inside of another type, which may be invariant, stands `Any`.
        """

        def bound(found: re.Match[str]) -> str:
            declared = re.fullmatch(r"TypeVar\(\{\}, bound=(.*)\)", self._typevars.get(found[0], ""))
            if declared is None:
                return found[0]
            return declared[1] if text in (found[0], f"type[{found[0]}]") else "Any"

        return re.sub(r"(?<![.\w])\w+", bound, text)

    def _declaration(self, value: TypeVarLikeType) -> str:
        """What follows the name in the declaration of a type variable."""
        if isinstance(value, ParamSpecType):
            return "ParamSpec({})"
        if isinstance(value, TypeVarTupleType):
            return "TypeVarTuple({})"
        assert isinstance(value, TypeVarType)
        if value.values:
            return f"TypeVar({{}}, {', '.join(map(self.type, value.values))})"
        bound = get_proper_type(value.upper_bound)
        if isinstance(bound, Instance) and bound.type.fullname == "builtins.object":
            return "TypeVar({})"
        return f"TypeVar({{}}, bound={self.type(self.without_variables(bound))})"

    @staticmethod
    def without_variables(value: Type) -> Type:
        """The same, with `Any` as every parameter that is a variable."""
        proper = get_proper_type(value)
        if isinstance(proper, Instance) and proper.args:
            return proper.copy_modified(
                args=[
                    AnyType(1) if isinstance(get_proper_type(argument), TypeVarLikeType) else argument
                    for argument in proper.args
                ]
            )
        return value

    def _instance(self, value: Instance) -> str:
        if value.type.module_name == self._var.module_name:  # Var, and what the overlay declares
            return self._subscript(value.type.name, value.args)
        if value.type.fullname == "types.ModuleType" and value.extra_attrs is not None:
            return self._qualified("types", "types.ModuleType")
        if any(part.partition("@")[1] for part in (value.type.fullname, value.type.name)):
            return "Any"  # a class inside a function has no name elsewhere
        name = self.class_(value.type)
        if not value.type.type_vars or "[" in name:
            return name
        if value.type.fullname == "builtins.tuple":
            return f"tuple[{self.type(value.args[0])}, ...]"
        return self._subscript(name, value.args)

    def _subscript(self, name: str, args: Sequence[Type]) -> str:
        return f"{name}[{', '.join(map(self.type, args))}]" if args else name

    def _qualified(self, module: str, fullname: str) -> str:
        name = fullname[len(module) + 1 :]
        if module == "builtins" and not name.startswith("_"):
            return name
        self._imports.add(module)
        return f"{_module(module)}.{name}"

    def _literal(self, value: LiteralType) -> str:
        if value.fallback.type.is_enum:
            return f"{self.class_(value.fallback.type)}.{value.value}"
        if value.fallback.type.fullname == "builtins.bytes":
            return f"b{value.value!r}"
        return repr(value.value)

    def _callable(self, value: CallableType) -> str:
        if value.is_type_obj():
            return f"type[{self.type(value.ret_type)}]"
        returned = self.type(value.ret_type)
        spec = value.param_spec()
        if spec is not None:
            taken = [self.type(item) for item in value.arg_types[:-2]]
            name = self.type_variable(spec).partition(".")[0]
            before = f"Concatenate[{', '.join([*taken, name])}]" if taken else name
            return f"Callable[{before}, {returned}]"
        if value.is_ellipsis_args or value.variables or any(kind != ARG_POS for kind in value.arg_kinds):
            return f"Callable[..., {returned}]"
        return f"Callable[[{', '.join(map(self.type, value.arg_types))}], {returned}]"

    # -------------------------------------------------------------------------------------- signatures

    def parameters(self, value: CallableType, written: Written | None = None, short: bool = True) -> list[str]:
        """The text of each parameter, with the ``/`` and ``*`` between them.

        Args:
            written: names and default values, as far as they are known.
            short: whether a long type may be written as the name of an alias.
        """
        written = written or Written()
        places = [at for at, kind in enumerate(value.arg_kinds) if kind in (ARG_POS, ARG_OPT)]
        known = dict(zip(reversed(places), reversed(written.names)))  # the first is `self`, which a type may not have
        out: list[str] = []
        unnamed = _unnamed(value)
        starred = False
        for at, (taken, kind, name) in enumerate(zip(value.arg_types, value.arg_kinds, value.arg_names)):
            text = self._short(taken) if short else self.type(taken)
            if at < unnamed:
                name = (name or known.get(at) or f"arg{at}").lstrip("_") or f"arg{at}"
            if name is None or not name.isidentifier() or keyword.iskeyword(name):
                name = {ARG_STAR: "args", ARG_STAR2: "kwargs"}.get(kind, f"arg{at}")
            if kind in (ARG_NAMED, ARG_NAMED_OPT) and not starred:
                out.append("*")
                starred = True
            default = ""
            if kind in (ARG_OPT, ARG_NAMED_OPT):
                default = f" = {written.defaults.get(name, '...')}"
            if kind == ARG_STAR:
                starred = True
                name = f"*{name}"
                packed = get_proper_type(taken)
                if isinstance(packed, UnpackType):
                    text = f"*{self.type(packed.type)}"
            elif kind == ARG_STAR2:
                name = f"**{name}"
                if value.unpack_kwargs:
                    text = f"Unpack[{text}]"
            out.append(f"{name}: {text}{default}")
            if at + 1 == unnamed:
                out.append("/")
        return out

    def _short(self, value: Type) -> str:
        """The text of a type; of a long one, the name of an alias, which is declared at the top of the module.

        The same few unions stand in hundreds of signatures: so a type checker reads them once. It asks of one part
        after the other, and long whether a Var has a structure: then what it is by name comes first.
        """
        proper = get_proper_type(value)
        parts = proper.items if isinstance(proper, UnionType) else [value]
        here = [part for part in parts if not self._is_var(part)]
        there = [get_proper_type(part) for part in parts if self._is_var(part)]
        texts = [self._alias(UnionType.make_union(here))] if here else []
        remote = [f"Var[{self._alias(part.args[0])}]" for part in there if isinstance(part, Instance)]
        return " | ".join([*remote, *texts] if any(map(_is_structural, here)) else [*texts, *remote])

    def _is_var(self, value: Type) -> bool:
        proper = get_proper_type(value)
        return isinstance(proper, Instance) and proper.type is self._var

    def _alias(self, value: Type) -> str:
        text = self.type(value)
        if len(text) < _LONG or get_all_type_vars(value):
            return text
        return self._aliases.setdefault(text, f"_Type{len(self._aliases) + 1}")

    # ------------------------------------------------------------------------------------------ header

    def header(self) -> list[str]:
        """The imports and the type variables that all that was written needs."""
        imports = [
            f"import {module}" if "." not in module else f"import {module} as {_module(module)}"
            for module in sorted(self._imports)
        ]
        variables = [
            f"{name} = {declared.replace('{}', repr(name))}" for name, declared in sorted(self._typevars.items())
        ]
        aliases = [f"{name}: TypeAlias = {text}" for text, name in self._aliases.items()]
        return [*imports, "", "from ray_proxy.var import Var", "", *variables, "", *aliases]

    def use(self, module: str) -> str:
        """The name by which the text calls a module."""
        self._imports.add(module)
        return _module(module)

    def declare(self, name: str, declaration: str) -> str:
        """A type variable of our own, which no other may be called."""
        assert self._typevars.setdefault(name, declaration) == declaration
        return name


def _is_structural(value: Type) -> bool:
    proper = get_proper_type(value)
    return isinstance(proper, CallableType) or (isinstance(proper, Instance) and proper.type.is_protocol)


def _module(module: str) -> str:
    return module.replace("_", "__").replace(".", "_") if "." in module else module


def _unnamed(value: CallableType) -> int:
    """How many parameters, from the first, are given by position alone."""
    count = 0
    for at, (kind, name) in enumerate(zip(value.arg_kinds, value.arg_names)):
        if kind in (ARG_POS, ARG_OPT) and (name is None or (name.startswith("__") and not name.endswith("__"))):
            count = at + 1
    return count


def definition(indent: str, name: str, parameters: Iterable[str], returned: str, body: str = "...") -> list[str]:
    """The lines of a function's definition."""
    parameters = list(parameters)
    line = f"{indent}def {name}({', '.join(parameters)}) -> {returned}:"
    if len(line) + len(body) < WIDTH:
        return [f"{line} {body}"]
    return [f"{indent}def {name}(", *(f"{indent}    {one}," for one in parameters), f"{indent}) -> {returned}: {body}"]
