"""What a class or module offers to whoever holds it: attributes and methods, as mypy's types.

Types are still those of the local object, `self` taken off; what a `Var` makes of them is not known here.
"""

from __future__ import annotations

import keyword
from collections.abc import Iterator
from dataclasses import dataclass

from mypy.constraints import SUBTYPE_OF, infer_constraints
from mypy.expandtype import expand_type, expand_type_by_instance
from mypy.maptype import map_instance_to_supertype
from mypy.nodes import (
    ARG_STAR,
    Decorator,
    FuncBase,
    FuncDef,
    MypyFile,
    OverloadedFuncDef,
    SymbolNode,
    SymbolTableNode,
    TypeInfo,
    Var,
)
from mypy.typeops import function_type, get_all_type_vars
from mypy.types import (
    AnyType,
    CallableType,
    FunctionLike,
    Instance,
    NoneType,
    ProperType,
    Type,
    TypeOfAny,
    TypeType,
    TypeVarId,
    TypeVarLikeType,
    TypeVarType,
    get_proper_type,
)
from mypy.typevars import fill_typevars

OWN = frozenset({"fetch", "env"})
"""Names that are those of `Var` itself."""


@dataclass(frozen=True)
class Signature:
    """One overload of a method, without its `self`."""

    receiver: Type
    """What `self` must be; a type variable where the result depends on the class of `self`."""
    stated: bool
    """Whether the definition says so itself; else it is simply the class."""
    call: CallableType
    at: int
    """Which of the definitions it is, from 0."""
    owned: bool = True
    """Whether only objects of the class, and of its subclasses, can be the receiver."""


@dataclass(frozen=True)
class Method:
    """A function of a class, bound when it is looked up."""

    owner: TypeInfo
    name: str
    signatures: tuple[Signature, ...]
    of_class: bool
    """Whether it may be called on the class as well."""


@dataclass(frozen=True)
class Attribute:
    """A value that stands under a name: a variable, a property, what a descriptor gives."""

    owner: TypeInfo
    name: str
    receiver: Type
    value: Type
    settable: Type | None
    """What may be assigned; None where nothing may."""
    of_class: bool


Member = Method | Attribute

ANY = AnyType(TypeOfAny.special_form)


def members(info: TypeInfo) -> Iterator[Member]:
    """The members that a class itself defines, sorted by name; those of its bases are not among them."""
    for name, symbol in sorted(info.names.items()):
        if name in OWN or symbol.node is None or not name.isidentifier() or keyword.iskeyword(name):
            continue  # mypy keeps a definition that was replaced as ``name-redefinition``
        member = _member(info, name, symbol)
        if member is not None:
            yield member


def is_public(info: TypeInfo, name: str) -> bool:
    """Whether others may use a name of a class: the underscored names of a named tuple are public."""
    return not name.startswith("_") or (info.is_named_tuple and name in ("_replace", "_asdict", "_fields", "_make"))


def module_members(module: MypyFile) -> Iterator[tuple[str, SymbolNode]]:
    """The public names of a module, sorted: what it exports, and what it has of its own package.

    A list in ``__all__`` is not the whole truth: it may be made longer at run time.
    """
    package = module.fullname.partition(".")[0]
    for name, symbol in sorted(module.names.items()):
        node = symbol.node
        if node is None or symbol.module_hidden or name.startswith("_") or name in OWN or not name.isidentifier():
            continue
        listed = symbol.module_public and (module.is_stub or "__all__" in module.names)
        ours = not module.is_stub and node.fullname.partition(".")[0] == package
        if listed or ours:
            yield name, node


def inherited(signature: Signature, owner: TypeInfo, info: TypeInfo) -> Signature:
    """A signature of a class as one of its subclasses has it, or the class itself."""
    filled = _self(info)
    call = signature.call
    if isinstance(signature.receiver, TypeVarType):
        call = expand_type(call, {signature.receiver.id: filled})
    if isinstance(filled, Instance):
        expanded = expand_type_by_instance(call, map_instance_to_supertype(filled, owner))
        assert isinstance(expanded, CallableType)
        call = expanded
    return Signature(filled, True, call, signature.at)


def _member(info: TypeInfo, name: str, symbol: SymbolTableNode) -> Member | None:
    node = symbol.node
    if isinstance(node, (FuncDef, OverloadedFuncDef)):
        return _property(info, name, node) if node.is_property else _function(info, name, node)
    if isinstance(node, Decorator):
        if node.func.is_property or node.var.is_property:
            return _property(info, name, node)
        kind = get_proper_type(node.var.type)
        if isinstance(kind, FunctionLike):
            return _method(info, name, kind, node.func.is_static, node.func.is_class)
        return _attribute(info, name, kind or ANY, None, of_class=True)
    if isinstance(node, Var):
        return _variable(info, name, node)
    if isinstance(node, TypeInfo):
        return Attribute(info, name, _self(info), TypeType(_self(node)), None, True)
    return None


def _self(info: TypeInfo) -> ProperType:
    """The class with its own type variables as parameters."""
    filled = fill_typevars(info)
    return filled if isinstance(filled, Instance) else filled.partial_fallback


def _function(info: TypeInfo, name: str, node: FuncBase) -> Method | None:
    kind = function_type(node, _function_fallback(info))
    return _method(info, name, kind, node.is_static, node.is_class)


def _function_fallback(info: TypeInfo) -> Instance:
    return Instance(info.mro[-1], [])


def _method(info: TypeInfo, name: str, kind: FunctionLike, static: bool, on_class: bool) -> Method | None:
    if kind.is_type_obj():
        return None
    signatures = []
    for at, item in enumerate(kind.items):
        if static:
            signatures.append(Signature(_self(info), False, item, at))
        else:
            signatures.append(_bound(info, item, at))
    return Method(info, name, tuple(signatures), static or on_class)


def _bound(info: TypeInfo, item: CallableType, at: int) -> Signature:
    if not item.arg_types or item.arg_kinds[0] == ARG_STAR:
        return Signature(_self(info), False, item, at)
    first = get_proper_type(item.arg_types[0])
    if isinstance(first, TypeType):
        first = first.item
    bound = item.copy_modified(arg_types=item.arg_types[1:], arg_kinds=item.arg_kinds[1:], arg_names=item.arg_names[1:])
    owned = _owned(info, first)
    first = owned or first
    plain = isinstance(first, AnyType) or first == _self(info)
    if not plain and isinstance(first, TypeVarType) and not _mentions(bound, {first.id}):
        plain = True
    receiver = _self(info) if plain else first
    if isinstance(receiver, TypeVarType) and _mentions(bound, {variable.id for variable in info.defn.type_vars}):
        # It depends on the class's parameters as well: then let it be the class, with these.
        bound = expand_type(bound, {receiver.id: _self(info)})
        receiver, plain = _self(info), True
    taken = {variable.id for variable in get_all_type_vars(receiver)}
    bound = bound.copy_modified(variables=[variable for variable in bound.variables if variable.id not in taken])
    return Signature(receiver, not plain, bound, at, owned is not None)


def _owned(info: TypeInfo, receiver: ProperType) -> ProperType | None:
    """A receiver in terms of the class that has the method; None where it cannot be said so.

    A definition may ask `self` to be no more than ``Iterable[float]``; of all that is iterable only this class has it.
    """
    if not isinstance(receiver, Instance) or info in receiver.type.mro:
        return receiver
    filled = _self(info)
    assert isinstance(filled, Instance)
    own = {variable.id: variable for variable in map(get_proper_type, filled.args) if isinstance(variable, TypeVarType)}
    constraints = infer_constraints(filled, receiver, SUBTYPE_OF)
    if not constraints and receiver.type not in info.mro:
        return None
    known: dict[TypeVarId, Type] = {}
    for constraint in constraints:
        variable, value = own.get(constraint.type_var), get_proper_type(constraint.target)
        if variable is None or (isinstance(value, Instance) and value.type.is_protocol):
            continue
        # Bounded, not fixed: the other class may be covariant where this one is not.
        known[variable.id] = (
            value
            if isinstance(value, TypeVarLikeType)
            else variable.copy_modified(id=TypeVarId.new(meta_level=0), upper_bound=value, values=[], default=ANY)
        )
    return filled.copy_modified(
        args=[
            known.get(found.id, ANY) if isinstance(found, TypeVarType) else ANY
            for found in map(get_proper_type, filled.args)
        ]
    )


def _mentions(call: CallableType, ids: set[TypeVarId]) -> bool:
    return any(found.id in ids for found in get_all_type_vars(call))


def _property(info: TypeInfo, name: str, node: FuncDef | OverloadedFuncDef | Decorator) -> Member | None:
    getter = node.items[0] if isinstance(node, OverloadedFuncDef) else node
    if not isinstance(getter, Decorator):
        return None
    kind = get_proper_type(getter.var.type or getter.func.type)
    settable: Type | None = ANY if getter.var.is_settable_property else None
    if isinstance(kind, FunctionLike):
        got = _bound(info, kind.items[0], 0)
        if settable is not None:
            settable = _set_type(info, getter.var, got)
        return Attribute(info, name, got.receiver, got.call.ret_type, settable, False)
    return _attribute(info, name, kind or ANY, settable, of_class=False)


def _set_type(info: TypeInfo, getter: Var, got: Signature) -> Type:
    kind = get_proper_type(getter.setter_type)
    if isinstance(kind, CallableType) and len(kind.arg_types) == 2:
        first = get_proper_type(kind.arg_types[0])
        if isinstance(first, TypeVarType) and not isinstance(got.receiver, TypeVarType):
            return expand_type(kind.arg_types[1], {first.id: got.receiver})
        return kind.arg_types[1]
    return got.call.ret_type


def _variable(info: TypeInfo, name: str, node: Var) -> Member | None:
    kind = get_proper_type(node.type)
    if info.is_enum and name in info.enum_members:
        return Attribute(info, name, _self(info), _self(info), None, True)
    alias = node.is_initialized_in_class and (node.is_classvar or node.is_inferred)
    if isinstance(kind, FunctionLike) and not kind.is_type_obj() and alias:
        return _method(info, name, kind, node.is_staticmethod, node.is_classmethod)
    fixed = node.is_property and not node.is_settable_property
    settable = None if fixed or node.is_final or node.is_classvar else kind or ANY
    return _attribute(info, name, kind or ANY, settable, node.is_classvar or node.is_initialized_in_class)


def _attribute(info: TypeInfo, name: str, kind: Type, settable: Type | None, of_class: bool) -> Attribute:
    """An attribute of this type, or of what the type gives as a descriptor."""
    proper = get_proper_type(kind)
    receiver: Type = _self(info)
    if isinstance(proper, Instance):
        got = _descriptor(proper, "__get__", receiver)
        if got is not None and isinstance(got.ret_type, Type):
            kind = got.ret_type
            put = _descriptor(proper, "__set__", receiver)
            settable = put.arg_types[1] if put is not None and len(put.arg_types) > 1 else None
    own_self = [found for found in get_all_type_vars(kind) if isinstance(found, TypeVarType) and found.id.is_self()]
    if own_self:
        if info.defn.type_vars:
            kind = expand_type(kind, {own_self[0].id: receiver})
            settable = None if settable is None else expand_type(settable, {own_self[0].id: receiver})
        else:
            receiver = own_self[0]
    return Attribute(info, name, receiver, kind, settable, of_class)


def _descriptor(value: Instance, name: str, receiver: Type) -> CallableType | None:
    """A method of a descriptor, as it stands for an instance of the class that has it."""
    method = value.type.get_method(name)
    if method is None:
        return None
    kind = get_proper_type(method.var.type) if isinstance(method, Decorator) else method.type
    for item in kind.items if isinstance(kind, FunctionLike) else []:
        bound = _bound(value.type, item, 0)
        if not bound.call.arg_types or isinstance(get_proper_type(bound.call.arg_types[0]), NoneType):
            continue
        call = bound.call
        first = get_proper_type(call.arg_types[0])
        if isinstance(first, TypeVarType):
            call = expand_type(call, {first.id: receiver})
        found = expand_type_by_instance(call, map_instance_to_supertype(value, method.info))
        assert isinstance(found, CallableType)
        return found
    return None
