"""The class `Var` as mypy has it: which type is one, and the names for which mypy shall ask the plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mypy.nodes import (
    ARG_POS,
    MDEF,
    Argument,
    Block,
    Decorator,
    FuncDef,
    PassStmt,
    SymbolTableNode,
    TypeInfo,
    Var as Variable,
)
from mypy.plugin import (
    ClassDefContext,
)
from mypy.types import (
    AnyType,
    CallableType,
    Instance,
    NoneType,
    Type,
    TypeOfAny,
    get_proper_type,
)
from mypy.typevars import fill_typevars

from .methods import SPECIAL

if TYPE_CHECKING:
    from typing import TypeGuard


VAR = "ray_proxy.var.interface.Var"
INTERPRETER = "ray_proxy.var.interface.IRemoteInterpreter"
MEMBERS = "ray_proxy_members"
"""The module of Var's bases, which tell of T's members to type checkers that have no plugin."""
ANYTHING = AnyType(TypeOfAny.special_form)
_SHADOWED = "-redefinition"  # as mypy names what a later definition replaces


def is_var(type: Type) -> TypeGuard[Instance]:
    return isinstance(type, Instance) and type.type.fullname == VAR


def is_interpreter(type: Type) -> bool:
    return isinstance(type, Instance) and type.type.has_base(INTERPRETER)


def value_of(type: Type) -> Type:
    proper = get_proper_type(type)
    return proper.args[0] if is_var(proper) else type


def take_members(ctx: ClassDefContext) -> None:
    """Before the class body is analysed, in each of mypy's passes: take what the bases, and the last pass, gave."""
    info = ctx.cls.info
    info.mro = [base for base in info.mro if base.module_name != MEMBERS]
    info.fallback_to_any = False  # it is set where the module of the bases is missing
    for name, symbol in list(info.names.items()):
        if symbol.plugin_generated or name.endswith(_SHADOWED):
            del info.names[name]


def give_members(ctx: ClassDefContext) -> None:
    """After it: declare the names for which mypy shall ask `hooks._attribute`, each with the Var itself as its type.

    mypy asks for variables and for what ``__getattr__`` gives, but not for methods, nor for ``__setattr__`` unless
    that is decorated.
    """
    info = ctx.cls.info
    if info.fullname != VAR:
        return
    itself, text = fill_typevars(info), ctx.api.named_type("builtins.str")
    for name in SPECIAL:
        _declare(info, name, _variable(info, name, itself))
    function = ctx.api.named_type("builtins.function")
    get = CallableType([text], [ARG_POS], ["name"], itself, function)
    set = CallableType([text, itself], [ARG_POS] * 2, ["name", "value"], NoneType(), function)
    for name, signature in (("__getattribute__", get), ("__getattr__", get), ("__setattr__", set)):
        _declare(info, name, _decorated(info, name, signature))


def _variable(info: TypeInfo, name: str, type: Type) -> Variable:
    variable = Variable(name, type)
    variable.info, variable._fullname, variable.is_ready = info, f"{VAR}.{name}", True
    return variable


def _decorated(info: TypeInfo, name: str, signature: CallableType) -> Decorator:
    """A static method: mypy takes its type as it is, without a `self`."""
    parameters = zip(signature.arg_names, signature.arg_types)
    arguments = [Argument(Variable(parameter or "", type), type, None, ARG_POS) for parameter, type in parameters]
    function = FuncDef(name, arguments, Block([PassStmt()]), signature)
    function.info, function._fullname = info, f"{VAR}.{name}"
    function.is_static = function.is_decorated = True
    variable = _variable(info, name, signature)
    variable.is_staticmethod = True
    return Decorator(function, [], variable)


def _declare(info: TypeInfo, name: str, node: Variable | Decorator) -> None:
    if name in info.names:
        info.names[name + _SHADOWED] = info.names[name]  # mypy analyses what it finds here
    info.names[name] = SymbolTableNode(MDEF, node, plugin_generated=True)
