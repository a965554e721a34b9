"""Writes the overlay: the stub of module `ray_proxy_members`, whose classes `Var` and the interpreter inherit.

One class `Var[T]` carries the members of all types. A name is a descriptor, whose `__get__` has an overload for each
class that has the name, gives its exact type, and ends with one for every other class that has it, by structure: what
nobody listed is right as well, and a class without that name is an error. The special methods, which type checkers
look up on the class, are overloads with a `self` type each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from mypy.nodes import Decorator, FuncDef, MypyFile, OverloadedFuncDef, SymbolNode, TypeAlias, TypeInfo, Var
from mypy.subtypes import is_subtype
from mypy.typeops import function_type, type_object_type
from mypy.types import (
    AnyType,
    CallableType,
    FunctionLike,
    Instance,
    NoneType,
    ProperType,
    TypeOfAny,
    TypeVarType,
    UninhabitedType,
    get_proper_type,
)

from . import operators
from .analysis import Analysis
from .bundled import BUNDLED
from .callables import Callables, free, spare, written_at
from .classes import closed, in_order, labels_of
from .docs import Docs, Written
from .lift import Lift
from .source import Source
from .surface import ANY, Attribute, Method, Signature, inherited, is_public, members, module_members
from .text import described, distinct, docstring, note, overloads, summary

_HEADER = """\
# Written by `ray-proxy stubgen`; do not edit. Types of remote values: see docs/typing.md of Ray-Proxy.
# mypy: ignore-errors
# pyright: basic, reportGeneralTypeIssues=false, reportInvalidTypeVarUse=false, reportOverlappingOverload=false
# pyright: reportInconsistentOverload=false, reportIncompatibleMethodOverride=false, reportSelfClsParameterName=false
# pyright: reportPrivateUsage=false, reportPrivateImportUsage=false, reportInvalidTypeArguments=false
# pyright: reportIncompatibleVariableOverride=false, reportInvalidTypeForm=false, reportAttributeAccessIssue=false
# pyright: reportUnhashable=false, reportMissingTypeArgs=false, reportDeprecated=false
# pyrefly: ignore-errors
# ty: ignore
# ruff: noqa
"""


def write(analysis: Analysis) -> str:
    """The text of an overlay for the targets and modules of an analysis, and the bundled types.

    It is the same for the same packages, whatever the order in which they are asked for.
    """
    return _Writer(analysis).text()


@dataclass
class _Name:
    """All that stands in the overlay under one name."""

    gets: list[tuple[str, str]] = field(default_factory=list)
    """Overloads of `__get__`: the type of the Var, and what is there; empty where its structure tells that."""
    sets: list[tuple[str, str]] = field(default_factory=list)
    """Overloads of `__set__`: the type of the Var, and what may be assigned."""
    of_attributes: bool = False
    """Whether it is an attribute of any known class, not only a method."""
    of_generics: bool = False
    """Whether a known class with parameters has it."""
    structural: set[TypeInfo] = field(default_factory=set)
    """Bases of a class whose attribute only its structure tells; that serves them too, and mypy cannot choose both."""
    of_classes: bool = False
    """Whether an object may have the name; what only modules have, nobody assigns."""
    notes: list[str] = field(default_factory=list)
    """What a reader is shown: signatures, docstrings."""


class _Writer:
    def __init__(self, analysis: Analysis) -> None:
        self._analysis = analysis
        self._lift = Lift(analysis.var, analysis.containers)
        self._source = Source(analysis.var)
        self._docs = Docs(analysis.path)
        self._operators = operators.Operators(self._source)
        wanted = [analysis.class_(name) for name in BUNDLED]
        for target in analysis.targets:
            info = analysis.info(target)
            wanted.append(info)
            self._source.name(info, target.module, ".".join(target.path))
        self._wanted = wanted
        self._classes = in_order(closed(wanted, analysis))
        self._generic = {base for info in self._classes if info.type_vars for base in info.mro}
        self._labels = labels_of(self._classes)
        self._callables = Callables(self._source, self._lift, self._labels)
        self._names: dict[str, _Name] = {}

    # -------------------------------------------------------------------------------------------- text

    def text(self) -> str:
        for info in self._classes:
            for member in members(info):
                if is_public(info, member.name):
                    self._add(member)
                elif isinstance(member, Method) and member.name in operators.BY_CLASS:
                    self._add_operator(member)
            self._add_constructor(info)
            self._add_items(info)
        modules = [self._module(name) for name in self._analysis.modules]
        self._source.use("concurrent.futures")
        self._source.use("types")
        self._source.declare("_Obj", "TypeVar({})")
        self._source.declare("_Of_co", "TypeVar({}, covariant=True)")
        body = [
            "def _gives(result: Callable[..., _R]) -> Callable[[Callable[_P, Any]], Callable[_P, Var[_R]]]: ...",
            *self._callables.lines,
            *(line for name in sorted(self._names) for line in self._descriptor(name)),
            *self._operators.text(),
            "",
            "class Members(Operators, Generic[_Of_co]):",
            *(line for name in sorted(self._names) for line in self._declaration(name)),
            *_interpreter(modules),
        ]
        head = [
            _HEADER,
            "from collections.abc import Awaitable",
            "from typing import Any, Callable, Concatenate, Generic, Literal, ParamSpec, Protocol, TypeVar, overload",
            "from typing_extensions import Never, TypeAlias, TypeVarTuple, Unpack",
            "",
            *self._source.header(),
        ]
        return "\n".join([*head, "", *body]).replace("\n\n\n\n", "\n\n\n") + "\n"

    def _descriptor(self, name: str) -> list[str]:
        entry = self._names[name]
        has, sets = f"_Has_{name}", f"_Sets_{name}"
        if not entry.of_classes:  # what only modules have
            gets = [*distinct(entry.gets), ("Any", "Var[Any]")]
            return [f"class _Name_{name}:", *overloads([self._get(name, of, gives) for of, gives in gets])]
        gets = [("_HasIt", "Var[Any]"), *distinct(entry.gets), (f"{has}[_R]", "Var[_R]")]
        lines = [
            f"class {has}(Protocol[_R_co]):",
            "    @property",
            f"    def {name}(self) -> _R_co: ...",
            f"class _Name_{name}{'(Generic[_Of_co])' if entry.of_generics else ''}:",
            *overloads([self._get(name, of, gives) for of, gives in gets]),
        ]
        if not entry.of_attributes:  # a method, which nobody assigns; of a class that nobody named it may be a variable
            return [*lines, "    def __set__(self, obj: Any, value: Any) -> None: ..."]
        puts = [("_HasIt", "Any"), *distinct(entry.sets), (f"{sets}[_R]", "Var[_R]"), (f"{sets}[_L]", "_L")]
        return [
            f"class {sets}(Protocol[_R]):",
            f"    {name}: _R",
            *lines,
            *overloads([[f"    def __set__(self, obj: Var[{of}], value: {takes}) -> None: ..."] for of, takes in puts]),
            "    def __delete__(self, obj: Any) -> None: ...",
        ]

    def _get(self, name: str, of: str, gives: str) -> list[str]:
        """An overload of `__get__`, by the type of the Var.

        Where that may have an `Any` inside, it is `self` that tells it: mypy leaves out the overloads whose `self` does
        not fit, and takes the first of the others. By `obj` alone it would take all that fit, and give `Any`. It does
        not look at the bound of a type variable in `self`: there the bound stands, and `obj` has the variable. One
        overload has to be left, or pyright finds no error.
        """
        if of == "_HasIt" or not self._names[name].of_generics:
            return [f"    def __get__(self, obj: Var[{of}], owner: Any = ...) -> {gives}: ..."]
        bound = self._source.bounded(of)
        obj = "_Obj" if bound == of else f"Var[{of}]"
        if not gives:
            obj, gives = f"Var[_Has_{name}[_R]]", "Var[_R]"
        return [f"    def __get__(self: _Name_{name}[{bound}], obj: {obj}, owner: Any = ...) -> {gives}: ..."]

    def _declaration(self, name: str) -> list[str]:
        entry = self._names[name]
        notes = "\n\n".join(dict.fromkeys(entry.notes))
        return [f"    {name}: _Name_{name}{'[_Of_co]' if entry.of_generics else ''}", *docstring("    ", notes)]

    # ----------------------------------------------------------------------------------------- members

    def _add(self, member: Attribute | Method) -> None:
        entry = self._names.setdefault(member.name, _Name())
        entry.of_classes = True
        entry.of_generics |= member.owner in self._generic
        if isinstance(member, Attribute):
            entry.of_attributes = True
            self._add_attribute(member, entry)
        else:
            self._add_method(member, entry)

    def _add_attribute(self, member: Attribute, entry: _Name) -> None:
        source, lift = self._source, self._lift
        of = source.type(spare(member.receiver, [member.value, member.settable or ANY]))
        gives = source.type(lift.result(member.value))
        if not free(member.value) <= free(member.receiver):  # `self` is a protocol with variables of its own
            entry.structural.update(member.owner.mro[1:])
            gives = ""
        if member.owner not in entry.structural:
            entry.gets.append((of, gives))
            if member.of_class:
                entry.gets.append((f"type[{of}]", gives or "Var[Any]"))
        if member.settable is not None:
            takes = source.type(lift.argument(member.settable))
            entry.sets.append((of, takes))
            if member.of_class:
                entry.sets.append((f"type[{of}]", takes))
        signature = f"{member.owner.name}.{member.name}: {source.type(member.value)}"
        entry.notes.append(note(signature, self._docs.text(member.owner.module_name, self._path(member))))

    def _add_method(self, member: Method, entry: _Name) -> None:
        label = f"{self._labels[member.owner.fullname]}_{member.name}"
        doc = self._docs.text(member.owner.module_name, self._path(member))
        written = self._docs.definitions(member.owner.module_name, self._path(member))
        of, bound = self._callables.add(
            label, member.owner, _none_first(member.signatures), doc, written, self._inferred(member)
        )
        entry.gets.append((of, bound))
        if member.of_class:
            entry.gets.append((f"type[{of}]", bound))
        entry.notes.append(self._signature_note(f"{member.owner.name}.{member.name}", member.signatures, doc, written))

    def _inferred(self, member: Method) -> str:
        """The name of a method whose source says nothing of its result, so that a type checker may infer it."""
        path = self._analysis.path(member.owner.module_name)
        returned = [get_proper_type(one.call.ret_type) for one in member.signatures]
        silent = all(isinstance(one, AnyType) and one.type_of_any == TypeOfAny.unannotated for one in returned)
        if not silent or path is None or path.suffix != ".py":
            return ""
        return f"{self._source.class_(member.owner)}.{member.name}"

    def _signature_note(self, name: str, signatures: Sequence[Signature], doc: str, written: list[Written]) -> str:
        first = signatures[0]
        taken = ", ".join(self._source.parameters(first.call, written_at(written, first.at), short=False))
        more = f"  (and {len(signatures) - 1} more)" if len(signatures) > 1 else ""
        return note(f"{name}({taken}) -> {self._source.type(first.call.ret_type)}{more}", summary(doc))

    def _path(self, member: Attribute | Method) -> str:
        return f"{member.owner.fullname[len(member.owner.module_name) + 1 :]}.{member.name}"

    # --------------------------------------------------------------------------------- special methods

    def _add_operator(self, member: Method) -> None:
        for one in member.signatures:
            if isinstance(get_proper_type(one.call.ret_type), UninhabitedType):
                continue  # typeshed's way to forbid; everything after it would be Never for ty
            if not one.owned:
                continue  # as a method of the one class Var, it would be anybody's
            for signature in self._by_class(member, one):
                self._operators.add(member.name, signature, self._lift.variants(signature.call))

    def _by_class(self, member: Method, signature: Signature) -> list[Signature]:
        """The signature; in some cases, for each known class that has it by inheritance.

        Where it depends on the class of `self`: mypy does not ask for the bound of a type variable inside the type of
        `self`, and any Var would pass. Where it takes anything: it would take what a subclass refuses.
        """
        depends = isinstance(signature.receiver, TypeVarType)
        loose = _takes_anything(signature) and not signature.stated and member.name not in operators.EQUALITY
        if not depends and not loose:
            return [signature]
        heirs = [info for info in self._classes if info.get_containing_type_info(member.name) is member.owner]
        if not depends:
            heirs = [info for info in heirs if not self._is_overridden(member.name, info)]
        return [inherited(signature, member.owner, info) for info in heirs]

    def _is_overridden(self, name: str, info: TypeInfo) -> bool:
        return any(info in other.mro[1:] and name in other.names for other in self._classes)

    def _add_constructor(self, info: TypeInfo) -> None:
        if info.is_protocol or info.is_abstract or info.name.startswith("_"):
            return
        if info not in self._wanted and any(info in other.mro[1:] for other in self._classes):
            return  # it would take, for its subclasses, what these refuse
        if info.is_enum:
            name = self._source.class_(info)
            self._operators.add_call(name, ["value: object", "/"], f"Var[{name}]")
            return
        made = get_proper_type(type_object_type(info))
        if not isinstance(made, FunctionLike):
            return
        of = self._source.type(Instance(info, [ANY] * len(info.type_vars)))
        for item in made.items:
            for variant in self._lift.variants(item):
                taken = self._source.parameters(variant)
                self._operators.add_call(of, taken, self._source.type(variant.ret_type))

    def _add_items(self, info: TypeInfo) -> None:
        """Items by name of a typed dict."""
        if info.typeddict_type is None:
            return
        source = self._source
        of = source.class_(info)
        for key, value in info.typeddict_type.items.items():
            self._operators.add_item(
                of,
                f'Literal["{key}"]',
                source.type(self._lift.var(value)),
                source.type(self._lift.argument(value)),
                key in info.typeddict_type.readonly_keys,
            )

    # ----------------------------------------------------------------------------------------- modules

    def _module(self, name: str) -> tuple[str, str]:
        """Write the members of a module; its name, and the name of its class."""
        file = self._analysis.files[name]
        label = f"{name.replace('.', '_')}_module"
        telling = _telling(file)
        lines = ["", f"class {label}(Protocol):", *docstring("    ", f"Module {name}.")]
        for one in telling:
            node = file.names[one].node
            known = f"type[{self._source.class_(node)}]" if isinstance(node, TypeInfo) else "object"
            lines += ["    @property", f"    def {one}(self) -> {known}: ..."]
        self._callables.lines += lines
        for member, node in module_members(file):
            self._add_module_member(name, label, member, node)
        return name, label

    def _add_module_member(self, module: str, label: str, name: str, node: SymbolNode) -> None:
        source = self._source
        if isinstance(node, TypeAlias):
            target = get_proper_type(node.target)
            if not isinstance(target, Instance):
                return
            node = target.type
        kind = _type_of(node, self._analysis)
        if kind is None and not isinstance(node, (TypeInfo, MypyFile)):
            return
        entry = self._names.setdefault(name, _Name())
        if isinstance(node, TypeInfo):
            entry.gets.append((label, f"Var[type[{source.class_(node)}]]" if "@" not in node.fullname else "Var[Any]"))
            entry.notes.append(f"{module}.{name}: class")
            return
        if isinstance(node, MypyFile):
            known = node.fullname in self._analysis.modules
            entry.gets.append((label, f"Var[{node.fullname.replace('.', '_')}_module]" if known else "Var[Any]"))
            entry.notes.append(f"{module}.{name}: module {node.fullname}")
            return
        assert kind is not None
        if isinstance(kind, FunctionLike) and not kind.is_type_obj():
            signatures = [Signature(ANY, False, item, at) for at, item in enumerate(kind.items)]
            defined = node.fullname.rpartition(".")[0]
            doc = self._docs.text(defined, node.name) if defined in self._analysis.files else ""
            written = self._docs.definitions(defined, node.name) if defined in self._analysis.files else []
            _, bound = self._callables.add(f"{label}_{name}", self._analysis.var, signatures, doc, written)
            entry.gets.append((label, bound))
            entry.notes.append(self._signature_note(f"{module}.{name}", signatures, doc, written))
        else:
            entry.gets.append((label, source.type(self._lift.var(kind))))
            entry.notes.append(f"{module}.{name}: {source.type(kind)}")
            if isinstance(node, Var) and not node.is_final:
                entry.sets.append((label, source.type(self._lift.argument(kind))))


def _takes_anything(signature: Signature) -> bool:
    taken = [get_proper_type(argument) for argument in signature.call.arg_types]
    return any(
        isinstance(one, AnyType) or (isinstance(one, Instance) and one.type is one.type.mro[-1]) for one in taken
    )


def _type_of(node: SymbolNode, analysis: Analysis) -> ProperType | None:
    """The type of a name of a module; None of what is no value."""
    if isinstance(node, (FuncDef, OverloadedFuncDef)):
        return function_type(node, Instance(analysis.var.mro[-1], []))
    if isinstance(node, Decorator):
        node = node.var
    return get_proper_type(node.type or ANY) if isinstance(node, Var) else None


def _telling(file: MypyFile) -> list[str]:
    """Names that together no other object has, by which a type checker knows the module as a value."""
    public = [name for name, node in module_members(file) if file.names[name].module_public]
    classes = [name for name in public if isinstance(file.names[name].node, TypeInfo)]
    return classes[:1] or public[:3]


def _interpreter(modules: list[tuple[str, str]]) -> list[str]:
    puts = [
        ("value: _HasIt", "Var[Any]"),
        ("value: Var[_R]", "Var[_R]"),
        *((f"value: {label}", f"Var[{label}]") for _, label in modules),
        ("value: _ObjectRef[_R]", "Var[_R]"),
        # Vars inside arrive as the objects that they stand for.
        ("value: list[Var[_R]]", "Var[list[_R]]"),
        ("value: dict[_K, Var[_R]]", "Var[dict[_K, _R]]"),
        ("value: _R", "Var[_R]"),
    ]
    named = [
        *((f'name: Literal["{name}"]', f"Var[{label}]") for name, label in modules),
        ("name: str", "Var[Any]"),
    ]
    return [
        "",
        "class Interpreter:",
        *described(
            "put",
            [],
            [(f"{value}, *, progress: bool = ...", result) for value, result in puts],
            "A variable that holds a copy of a local value; a module arrives as that module.",
        ),
        *described(
            "put_named", ["name: str"], puts, "As `put`; kept under a name, for all clients, until `del_named`."
        ),
        *described("module", [], named, "The module of that dotted name, imported there; it need not exist here."),
    ]


def _none_first(signatures: Sequence[Signature]) -> list[Signature]:
    """The overloads for None before those that refuse it.

    Some type checkers take a ``Var[None]`` for any protocol, and so would choose the overload for, say, a file.
    """
    names = sorted({name for one in signatures for name in one.call.arg_names if name is not None})
    for name in names:
        kinds = [_none_is(one.call, name) for one in signatures]
        if "other" not in kinds and {"asked", "refused"} <= set(kinds):
            return sorted(signatures, key=lambda one: _none_is(one.call, name) != "asked")
    return list(signatures)


def _none_is(call: CallableType, name: str) -> str:
    """What a signature makes of None for a parameter."""
    found = call.argument_by_name(name)
    if found is None:
        return "other"
    if isinstance(get_proper_type(found.typ), NoneType):
        return "asked"
    return "refused" if found.required and not is_subtype(NoneType(), found.typ) else "other"
