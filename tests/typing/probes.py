"""Probes of each public member of a class, written from mypy's view of it: lines for the object, and for its `Var`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mypy.erasetype import erase_typevars
from mypy.expandtype import expand_type, expand_type_by_instance
from mypy.maptype import map_instance_to_supertype
from mypy.nodes import (
    ARG_NAMED,
    ARG_NAMED_OPT,
    ARG_OPT,
    ARG_POS,
    ARG_STAR,
    ARG_STAR2,
    Decorator,
    FuncBase,
    FuncDef,
    OverloadedFuncDef,
    TypeAlias,
    TypeInfo,
    Var,
)
from mypy.subtypes import is_subtype
from mypy.typeops import bind_self, function_type
from mypy.types import (
    AnyType,
    CallableType,
    FunctionLike,
    Instance,
    NoneType,
    Parameters,
    ParamSpecType,
    TupleType,
    Type,
    TypeOfAny,
    TypeType,
    TypeVarId,
    TypeVarLikeType,
    TypeVarTupleType,
    TypeVarType,
    UnionType,
    UnpackType,
    get_proper_type,
)

from ray_proxy.stubs.analysis import Analysis
from ray_proxy.stubs.source import Source

OWN = ("fetch", "env")
"""Members of `Var` itself, behind which those of the object cannot be seen."""
_GIVEN = {
    "typing.SupportsIndex": "int",
    "typing.SupportsInt": "int",
    "typing.SupportsFloat": "float",
    "typing.SupportsComplex": "complex",
    "typing.SupportsBytes": "bytes",
    "_typeshed.SupportsTrunc": "float",
}
"""What is given where a protocol of numbers is taken: nobody has a value of which no more is known than that."""
_SETTINGS = ["# mypy: disallow-untyped-calls=False", "# pyright: reportDeprecated=false"]
"""Without rules that forbid to call what is there."""
WRONG = "_Wrong"
"""A class that nothing takes."""


@dataclass(frozen=True)
class Probe:
    """One expression over an object, and the same over its `Var`.

    Attributes:
        taken: the types of the arguments, as source.
        local: the expression over the object `t` and the arguments `a0`, `a1`, ….
        remote: the same over the Var `v`, and again over Vars of the arguments, `w0`, `w1`, ….
        wrong: whether one argument is of a type that the member does not take.
    """

    subject: str
    member: str
    taken: tuple[str, ...]
    local: str
    remote: tuple[str, ...]
    wrong: bool = False

    def text(self, name: str) -> list[str]:
        """The lines of a function: first its head, then each remote expression, then the local one."""
        values = [f"a{at}: {kind}" for at, kind in enumerate(self.taken)]
        variables = [f"w{at}: Var[{kind}]" for at, kind in enumerate(self.taken)]
        head = ", ".join([f"t: {self.subject}", f"v: Var[{self.subject}]", *values, *variables])
        written = [f"    reveal_type({expression})" for expression in (*self.remote, self.local)]
        return [f"def {name}({head}) -> None:", *written]


@dataclass(frozen=True)
class Argument:
    """One argument of a call: the type, as source, and the name by which it is given; empty by position."""

    kind: str
    name: str = ""


class Prober:
    """Writes the probes of classes."""

    def __init__(self, subjects: Sequence[str]) -> None:
        trees = [ast.parse(subject, mode="eval").body for subject in subjects]
        names = sorted({name for tree in trees for name in class_names(tree)})
        self._analysis = Analysis(names, [])
        self._infos = {target.name: self._analysis.info(target) for target in self._analysis.targets}
        self._source = _source(self._analysis)
        self._receivers = {subject: self._instance(tree) for subject, tree in zip(subjects, trees)}

    def _instance(self, tree: ast.expr) -> Instance:
        """The type that the source of a class with its parameters stands for."""
        if not isinstance(tree, ast.Subscript):
            return Instance(self._infos[ast.unparse(tree)], [])
        items = tree.slice.elts if isinstance(tree.slice, ast.Tuple) else [tree.slice]
        parameters: list[Type] = [
            AnyType(TypeOfAny.explicit) if ast.unparse(item) == "Any" else self._instance(item) for item in items
        ]
        return Instance(self._infos[ast.unparse(tree.value)], parameters)

    def probes(self, subject: str) -> Iterator[Probe]:
        """All probes of a class, the right ones of a member before the wrong ones."""
        receiver = self._receivers[subject]
        for name, owner in _members(receiver.type):
            signatures = _signatures(receiver, owner, name)
            if signatures is None:
                yield Probe(subject, name, (), f"t.{name}", (f"v.{name}",))
                continue
            calls = [call for signature in signatures for call in self._calls(signature)]
            for call in dict.fromkeys(calls):
                yield _call(subject, name, call)
            for call in self._wrong_calls(signatures):
                yield _call(subject, name, call, wrong=True)

    def _calls(self, signature: CallableType) -> Iterator[tuple[Argument, ...]]:
        """A call with what has to be given, and one with all that can be given by name."""
        yield tuple(self._given(signature, everything=False).values())
        yield tuple(self._given(signature, everything=True).values())

    def _wrong_calls(self, signatures: Sequence[CallableType]) -> Iterator[tuple[Argument, ...]]:
        """For each parameter, by name or place, a call where it is given something wrong."""
        done: set[str] = set()
        for signature in signatures:
            for at, (kind, taken) in enumerate(zip(signature.arg_kinds, signature.arg_types)):
                label = signature.arg_names[at] or str(at)
                if kind in (ARG_STAR, ARG_STAR2) or _is_anything(taken) or label in done:
                    continue
                done.add(label)
                given = self._given(signature, everything=False, also=at)
                yield tuple(Argument(WRONG, it.name) if place == at else it for place, it in given.items())

    def _given(self, signature: CallableType, everything: bool, also: int = -1) -> dict[int, Argument]:
        """The arguments of a call by the places of their parameters.

        Args:
            everything: whether what can be left out is given as well.
            also: a parameter that is given in any case, and so is what stands before it and has no name; of a union
                of types, one is given then.
        """
        given: dict[int, Argument] = {}
        parameters = list(zip(signature.arg_kinds, signature.arg_names, signature.arg_types))
        stars = any(kind == ARG_STAR for kind, _, _ in parameters)
        for at, (kind, name, taken) in enumerate(parameters):
            nameless = name is None or (name.startswith("__") and not name.endswith("__"))
            needed = kind in (ARG_POS, ARG_NAMED) or at == also or (at < also and nameless)
            if kind in (ARG_STAR2,) or (kind == ARG_STAR and not everything):
                continue
            if kind == ARG_STAR:
                if isinstance(get_proper_type(taken), (UnpackType, ParamSpecType)):
                    continue
            elif not needed and not everything:
                continue
            by_name = kind in (ARG_NAMED, ARG_NAMED_OPT) or (kind == ARG_OPT and not nameless and not stars)
            if stars and kind == ARG_OPT and not everything:
                by_name = False
            chosen = taken if also < 0 else _one_of(taken)  # one thing is wrong: mypy would try it with each other
            given[at] = Argument(self._type(chosen), name if by_name and name is not None else "")
        return given

    def _type(self, taken: Type) -> str:
        proper = get_proper_type(taken)
        if isinstance(proper, AnyType) and proper.type_of_any == TypeOfAny.unannotated:
            return "Any"  # some type checkers infer what is taken from the default value
        return "int" if _is_anything(proper) else self._source.type(taken)

    def header(self) -> list[str]:
        """The beginning of a file of probes."""
        return [
            *_SETTINGS,
            "from typing import *",
            "from typing_extensions import Never, TypeAlias, TypeVarTuple, Unpack, reveal_type",
            *(f"import {name.rpartition('.')[0] or 'builtins'}" for name in self._infos),
            *self._source.header(),
            f"class {WRONG}: ...",
        ]

    def aliases(self) -> tuple[list[str], dict[int, str]]:
        """A file that reveals what the names of unions stand for, and by line the name."""
        packages = {info.module_name.partition(".")[0] for info in self._infos.values()} | {"_typeshed"}
        text = ["from typing_extensions import reveal_type"]
        names: dict[int, str] = {}
        for module, file in self._analysis.files.items():
            if module.partition(".")[0] not in packages:
                continue
            text.append(f"import {module}")
            for name, symbol in file.names.items():
                alias = symbol.node
                if isinstance(alias, TypeAlias) and alias.module == module and not alias.alias_tvars:
                    text += [f"def alias_{len(names)}(a: {module}.{name}) -> None:", "    reveal_type(a)"]
                    names[len(text)] = name
        return text, names

    def bases(self) -> dict[str, frozenset[str]]:
        """Of each class that was read, itself and its bases."""
        return {_bare(info): frozenset(map(_bare, info.mro)) for info in self._classes()}

    def defaults(self) -> dict[str, list[str]]:
        """Of each class with parameters that have defaults, these, by names without modules."""
        found: dict[str, list[str]] = {}
        for info in self._classes():
            given = [variable.default for variable in info.defn.type_vars if variable.has_default()]
            if given and len(given) == len(info.defn.type_vars):
                found[info.name] = [re.sub(r"(\w+\.)+(?=\w)", "", self._source.type(default)) for default in given]
        return found

    def _classes(self) -> Iterator[TypeInfo]:
        for file in self._analysis.files.values():
            yield from (symbol.node for symbol in file.names.values() if isinstance(symbol.node, TypeInfo))


def _bare(info: TypeInfo) -> str:
    """The name of a class, without the module only of the builtins."""
    return info.fullname.removeprefix("builtins.")


def _call(subject: str, member: str, call: tuple[Argument, ...], wrong: bool = False) -> Probe:
    def written(prefix: str) -> str:
        return ", ".join(f"{it.name}={prefix}{at}" if it.name else f"{prefix}{at}" for at, it in enumerate(call))

    remote = [f"v.{member}({written('a')})", *([f"v.{member}({written('w')})"] if call else [])]
    return Probe(subject, member, tuple(it.kind for it in call), f"t.{member}({written('a')})", tuple(remote), wrong)


def class_names(tree: ast.expr) -> Iterator[str]:
    if isinstance(tree, ast.Subscript):
        yield from class_names(tree.value)
        for item in tree.slice.elts if isinstance(tree.slice, ast.Tuple) else [tree.slice]:
            yield from class_names(item)
    elif ast.unparse(tree) != "Any":
        yield ast.unparse(tree)


def _source(analysis: Analysis) -> Source:
    """A writer of types, with a class in place of each protocol that an overlay knows by a name of its own."""
    source = Source(analysis.var)
    for protocol, name in _GIVEN.items():
        source.name(analysis.class_(protocol), "builtins", name)
    return source


def _members(info: TypeInfo) -> list[tuple[str, TypeInfo]]:
    """The names of all public members, sorted, each with the class that defines it."""
    found: dict[str, TypeInfo] = {}
    for base in info.mro:
        for name, symbol in base.names.items():
            if isinstance(symbol.node, (FuncBase, Decorator, Var, TypeInfo)) and not name.startswith("_"):
                found.setdefault(name, base)
    return sorted((name, owner) for name, owner in found.items() if name not in OWN)


def _signatures(receiver: Instance, owner: TypeInfo, name: str) -> list[CallableType] | None:
    """The overloads of a method that stand open to the receiver, bound to it; None of what is no method."""
    node = owner.names[name].node
    kind: Type | None = None
    static = of_class = False
    if isinstance(node, (FuncDef, OverloadedFuncDef)) and not node.is_property:
        kind, static, of_class = function_type(node, _object(owner)), node.is_static, node.is_class
    elif isinstance(node, Decorator) and not (node.func.is_property or node.var.is_property):
        kind, static, of_class = node.var.type, node.func.is_static, node.func.is_class
    elif isinstance(node, Var) and node.is_initialized_in_class and (node.is_classvar or node.is_inferred):
        kind, static, of_class = node.type, node.is_staticmethod, node.is_classmethod
    proper = get_proper_type(kind)
    if not isinstance(proper, FunctionLike) or proper.is_type_obj():
        return None
    base = map_instance_to_supertype(receiver, owner)
    on = TypeType.make_normalized(receiver) if of_class else receiver
    bound = [item if static else _bound(item, on, of_class) for item in proper.items]
    return [_concrete(_expanded(item, base)) for item in bound if item is not None]


def _object(info: TypeInfo) -> Instance:
    return Instance(info.mro[-1], [])


def _bound(item: CallableType, on: Type, of_class: bool) -> CallableType | None:
    """A signature without its `self`; None where that is something else."""
    if not item.arg_types or item.arg_kinds[0] == ARG_STAR:
        return item
    if not is_subtype(on, erase_typevars(item.arg_types[0])):
        return None
    return bind_self(item, on, is_classmethod=of_class)


def _expanded(item: CallableType, base: Instance) -> CallableType:
    found = get_proper_type(expand_type_by_instance(item, base))
    assert isinstance(found, CallableType)
    return found


def _concrete(item: CallableType) -> CallableType:
    """The signature with a class in place of each type variable."""
    chosen: dict[TypeVarId, Type] = {variable.id: _substitute(variable) for variable in item.variables}
    found = get_proper_type(expand_type(item.copy_modified(variables=[]), chosen))
    assert isinstance(found, CallableType)
    return found


def _substitute(variable: TypeVarLikeType) -> Type:
    if isinstance(variable, ParamSpecType):
        return Parameters([], [], [])
    if isinstance(variable, TypeVarTupleType):
        return TupleType([], variable.tuple_fallback)
    assert isinstance(variable, TypeVarType)
    if variable.values:
        return variable.values[0]
    bound = get_proper_type(variable.upper_bound)
    return AnyType(TypeOfAny.explicit) if _is_anything(bound) else erase_typevars(bound)


def _one_of(taken: Type) -> Type:
    """The first item of a union that is not None."""
    proper = get_proper_type(taken)
    if not isinstance(proper, UnionType):
        return taken
    return next((item for item in proper.items if not isinstance(get_proper_type(item), NoneType)), taken)


def _is_anything(taken: Type) -> bool:
    proper = get_proper_type(taken)
    return isinstance(proper, AnyType) or (isinstance(proper, Instance) and proper.type.fullname == "builtins.object")
