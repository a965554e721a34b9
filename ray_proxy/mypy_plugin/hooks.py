"""Which of mypy's questions are about Vars, and the answers."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

from mypy.errors import ErrorInfo
from mypy.nodes import (
    ARG_NAMED,
    ARG_POS,
    ARG_STAR,
    CallExpr,
    Context,
    Expression,
    Statement,
    StrExpr,
)
from mypy.plugin import (
    AttributeContext,
    ClassDefContext,
    FunctionContext,
    FunctionSigContext,
    MethodContext,
    MethodSigContext,
    Plugin,
    ReportConfigContext,
)
from mypy.types import (
    CallableType,
    FunctionLike,
    Instance,
    NoneType,
    TupleType,
    Type,
    UnionType,
    get_proper_type,
)

from ..stubs import lift
from .declared import ANYTHING, MEMBERS, VAR, give_members, is_interpreter, is_var, take_members
from .methods import BINARY, WITH_OPERANDS
from .there import There
from .unpacking import targets_back

C = TypeVar("C")
Item = TypeVar("Item")
Result = TypeVar("Result", bound=Type)
_RULES = hashlib.sha1(
    b"".join(file.read_bytes() for file in (*sorted(Path(__file__).parent.glob("*.py")), Path(lift.__file__)))
).hexdigest()
"""mypy keeps it with what it caches of each module, and takes that as stale where it has changed."""
_OWN = frozenset("fetch env __await__ __getattribute__ __getattr__ __class__ __slots__".split())
_DELEGATING = frozenset("builtins.abs builtins.round builtins.divmod builtins.pow".split())
"""Functions that give what a special method of their argument gives."""
_LEAVE_OPERATORS = ("numpy.", "pandas.", "torch.")
"""Libraries whose annotations take a Var as the right operand, while their code leaves the operator to it."""
_LEAVE_FUNCTIONS = ("numpy.", "torch.")
"""Libraries whose functions, called with a Var of one of their own types, leave the call to it."""
_FAILURES = (Exception, SystemExit)  # mypy makes the latter of the former, within expressions


class VarPlugin(Plugin):
    """Which of mypy's questions are about Vars."""

    def report_config_data(self, ctx: ReportConfigContext) -> str:
        return _RULES

    def get_customize_class_mro_hook(self, fullname: str) -> Callable[[ClassDefContext], None] | None:
        return take_members if fullname == VAR else None

    def get_base_class_hook(self, fullname: str) -> Callable[[ClassDefContext], None] | None:
        # A base of a module that is missing has the name that it has in Var's own.
        return give_members if fullname.startswith((f"{MEMBERS}.", "ray_proxy.var.")) else None

    def get_attribute_hook(self, fullname: str) -> Callable[[AttributeContext], Type] | None:
        owner, _, name = fullname.rpartition(".")
        if owner != VAR or name in _OWN:
            return None
        return partial(_attribute, name)

    def get_method_signature_hook(self, fullname: str) -> Callable[[MethodSigContext], FunctionLike] | None:
        owner, _, name = fullname.rpartition(".")
        if owner == VAR:
            return _guarded(partial(_operation, name)) if name in WITH_OPERANDS else None
        if name in ("__eq__", "__ne__") or (name in BINARY and owner.startswith(_LEAVE_OPERATORS)):
            return _guarded(partial(_left_operand, name))
        if name == "run" and owner.startswith("ray_proxy."):
            return _guarded(_run)
        return _guarded(_library_call) if name == "__call__" and owner.startswith(_LEAVE_FUNCTIONS) else None

    def get_method_hook(self, fullname: str) -> Callable[[MethodContext], Type] | None:
        owner, _, name = fullname.rpartition(".")
        hook = {"remote": _remote, "put": _put, "put_named": _put, "module": _module}.get(name)
        return _guarded(hook) if hook is not None and owner.startswith("ray_proxy.") else None

    def get_function_signature_hook(self, fullname: str) -> Callable[[FunctionSigContext], FunctionLike] | None:
        if fullname in _DELEGATING:
            return _guarded(_delegating)
        if fullname.startswith(_LEAVE_FUNCTIONS):
            return _guarded(_library_call)
        return _guarded(_attr) if fullname == "ray_proxy.var.core.attr" else None

    def get_function_hook(self, fullname: str) -> Callable[[FunctionContext], Type] | None:
        return _guarded(_fetch) if fullname == "ray_proxy.var.gathering.fetch" else None


def _guarded(hook: Callable[[C], Result]) -> Callable[[C], Result]:
    """Where mypy's own functions fail with what they are given, mypy goes on with what it has without the hook.

    Of a Var, that is a Var of something.
    """

    def guarded(ctx: C) -> Result:
        try:
            return hook(ctx)
        except _FAILURES:
            default: Result = getattr(ctx, "default_signature", None) or getattr(ctx, "default_return_type")  # noqa: B009
            return default

    return guarded


def _attribute(name: str, ctx: AttributeContext) -> Type:
    """The type of ``v.name``; of a special method, or for ``v.name = …``, the signature by which mypy goes on."""
    declared = get_proper_type(ctx.default_attr_type)
    setter = declared if name == "__setattr__" and isinstance(declared, CallableType) else None
    itself = declared if setter is None else get_proper_type(setter.arg_types[-1])
    if not is_var(itself):
        return ctx.default_attr_type
    there, value = There(ctx.api, ctx.context, itself.type), itself.args[0]
    try:
        if setter is not None:
            targets_back(ctx.context)
            return setter.copy_modified(arg_types=[setter.arg_types[0], there.assigned(value)])
        if isinstance(ctx.context, (Expression, Statement)):
            return there.attribute(name, value)
        # Types are compared. mypy hides all messages, and takes None for a member that is not there.
        with there.checker.msg.filter_errors() as errors:
            found = there.attribute(name, value, relating=True)
        return NoneType() if errors.has_new_errors() else found
    except _FAILURES:
        return there.lift.var(ANYTHING)


def _operation(name: str, ctx: MethodSigContext) -> FunctionLike:
    """An operator, an item or a call: the signature takes anything, because the operands are checked here."""
    if not is_var(ctx.type):
        return ctx.default_signature
    there, value = There(ctx.api, ctx.context, ctx.type.type), ctx.type.args[0]
    return there.open(there.operation(name, _flat(ctx.args), value))


def _left_operand(name: str, ctx: MethodSigContext) -> FunctionLike:
    """``local == v``, and what else the class of a left operand would take, were it not left to the Var."""
    there, operands = There.of(ctx.api, ctx.context), _flat(ctx.args)
    if there is None or len(operands) != 1 or not there.has_var(operands[0]):
        return ctx.default_signature
    return there.open(there.operation(name, operands, ctx.type))


def _delegating(ctx: FunctionSigContext | MethodSigContext, of: tuple[str, ...] = ("",)) -> FunctionLike:
    """``abs(v)``, which calls ``v.__abs__()``, and the like."""
    there, call = There.of(ctx.api, ctx.context), ctx.context
    if there is None or not isinstance(call, CallExpr) or not any(there.has_var(item, of) for item in call.args):
        return ctx.default_signature
    return there.open(there.call(call.callee, call.args, call.arg_kinds, call.arg_names))


def _library_call(ctx: FunctionSigContext | MethodSigContext) -> FunctionLike:
    """``torch.stack([v, w])``, which calls ``Var.__torch_function__``, and the like."""
    return _delegating(ctx, _LEAVE_FUNCTIONS)


def _run(ctx: MethodSigContext) -> FunctionLike:
    """``env.run(func, args, kwargs)``, checked as ``func(*args, **kwargs)``."""
    there, given = There.of(ctx.api, ctx.context), _arguments(ctx.context, ("func", "args", "kwargs"))
    if there is None or "func" not in given or not is_interpreter(ctx.type):
        return ctx.default_signature
    asked = (ctx.context, there.checker.binder.version)
    if asked not in _last_run:  # mypy asks for each of the overloads
        with there.checker.msg.filter_errors(save_filtered_errors=True) as errors:
            returned = there.run(given["func"], given.get("args"), given.get("kwargs"))
        _last_run.clear()
        _last_run[asked] = returned, errors.filtered_errors()
    returned, told = _last_run[asked]
    there.checker.msg.add_errors(told)
    return _returning(ctx.default_signature, returned)


_last_run: dict[tuple[Context, int], tuple[Type, list[ErrorInfo]]] = {}
"""By the call, and the version of what mypy knows of the variables there."""


def _attr(ctx: FunctionSigContext) -> FunctionLike:
    """``attr(v, "name")``."""
    there, given = There.of(ctx.api, ctx.context), _arguments(ctx.context, ("var", "name"))
    name = given.get("name")
    if there is None or "var" not in given or not isinstance(name, StrExpr):
        return ctx.default_signature
    var = get_proper_type(there.type_of(given["var"]))
    if not is_var(var):
        return ctx.default_signature
    with there.checker.msg.filter_errors() as errors:  # as of `getattr`, nothing is demanded of the name
        found = there.plain_attribute(name.value, var.args[0])
    return ctx.default_signature if errors.has_new_errors() else _returning(ctx.default_signature, found)


def _remote(ctx: MethodContext) -> Type:
    """``env.remote(function)``: the function there, with its signature."""
    there, types = There.of(ctx.api, ctx.context), _flat(ctx.arg_types)
    if there is None or not types or not is_interpreter(ctx.type):
        return ctx.default_return_type
    return there.lift.var(types[0])


def _put(ctx: MethodContext) -> Type:
    """``env.put(module)``: an overlay knows modules by other types."""
    there = There.of(ctx.api, ctx.context)
    types = dict(zip(ctx.callee_arg_names, ctx.arg_types)).get("value")
    value = get_proper_type(types[0]) if types else None
    if there is None or not isinstance(value, Instance) or not is_interpreter(ctx.type):
        return ctx.default_return_type
    if value.type.fullname != "types.ModuleType":
        return ctx.default_return_type
    return there.lift.var(value)


def _module(ctx: MethodContext) -> Type:
    """``env.module("name")``."""
    there, names = There.of(ctx.api, ctx.context), _flat(ctx.args)
    if there is None or len(names) != 1 or not isinstance(names[0], StrExpr) or not is_interpreter(ctx.type):
        return ctx.default_return_type
    module = there.imported(names[0].value)
    return ctx.default_return_type if module is None else there.lift.var(module)


def _fetch(ctx: FunctionContext) -> Type:
    """``fetch(a, b)``: a tuple of their values, position by position."""
    vars = [get_proper_type(type) for type in _flat(ctx.arg_types)]
    values = [var.args[0] for var in vars if is_var(var)]
    if ARG_STAR in _flat(ctx.arg_kinds) or not values:
        return ctx.default_return_type
    return TupleType(values, ctx.api.named_generic_type("builtins.tuple", [UnionType.make_union(values)]))


def _arguments(call: Context, names: Sequence[str]) -> dict[str, Expression]:
    """The arguments of a call by the names of their parameters; none, if some are starred."""
    if not isinstance(call, CallExpr) or not {ARG_POS, ARG_NAMED}.issuperset(call.arg_kinds):
        return {}
    positional = iter(names)
    return {name or next(positional, ""): value for name, value in zip(call.arg_names, call.args)}


def _returning(signature: CallableType, returned: Type) -> CallableType:
    return signature.copy_modified(
        arg_types=[ANYTHING] * len(signature.arg_types), ret_type=returned, variables=(), type_guard=None, type_is=None
    )


def _flat(groups: Iterable[Iterable[Item]]) -> list[Item]:
    return [item for group in groups for item in group]
