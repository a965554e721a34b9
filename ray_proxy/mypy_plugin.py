"""The mypy plugin: under it, mypy knows of a ``Var[T]`` all that it knows of a `T`. It needs one line of configuration:
``plugins = ["ray_proxy.mypy_plugin"]``.

What an expression over Vars gives is the Var of what the same expression gives over their values. So the plugin knows
no types of its own: it writes the expression anew, with values where the Vars stand, and has mypy check that, by mypy's
own rules and with mypy's own messages. Where no expression is checked, but one type is held against another (is a
``Var[list[int]]`` `Sized`?), the member of `T` is lifted by the rules that the generator of the overlay shares.

It must never know the types of a particular library (it knows which ones hand an operation over to a Var), nor how
Ray-Proxy works at run time. What it cannot find out is ``Var[Any]``; whatever happens in it must not end a run of mypy.
"""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

from mypy.checker import infer_operator_assignment_method
from mypy.checkmember import analyze_member_access
from mypy.erasetype import remove_instance_last_known_values
from mypy.errorcodes import ARG_TYPE
from mypy.errors import ErrorInfo
from mypy.nodes import (
    ARG_NAMED,
    ARG_POS,
    ARG_STAR,
    ARG_STAR2,
    GDEF,
    MDEF,
    ArgKind,
    Argument,
    AssignmentStmt,
    AwaitExpr,
    Block,
    BytesExpr,
    CallExpr,
    ComparisonExpr,
    Context,
    Decorator,
    DictExpr,
    DictionaryComprehension,
    EllipsisExpr,
    Expression,
    FloatExpr,
    ForStmt,
    FuncDef,
    GeneratorExpr,
    Import,
    ImportAll,
    ImportBase,
    ImportFrom,
    IndexExpr,
    IntExpr,
    LambdaExpr,
    ListExpr,
    MemberExpr,
    MypyFile,
    NameExpr,
    OperatorAssignmentStmt,
    OpExpr,
    PassStmt,
    RefExpr,
    SetExpr,
    SliceExpr,
    StarExpr,
    Statement,
    StrExpr,
    SymbolTableNode,
    TempNode,
    TupleExpr,
    TypeInfo,
    Var as Variable,
)
from mypy.operators import op_methods, ops_with_inplace_method, reverse_op_methods, unary_op_methods
from mypy.plugin import (
    AttributeContext,
    CheckerPluginInterface,
    ClassDefContext,
    FunctionContext,
    FunctionSigContext,
    MethodContext,
    MethodSigContext,
    Plugin,
    ReportConfigContext,
)
from mypy.subtypes import is_subtype
from mypy.type_visitor import TypeTranslator
from mypy.types import (
    AnyType,
    CallableType,
    FunctionLike,
    Instance,
    NoneType,
    Overloaded,
    PartialType,
    TupleType,
    Type,
    TypeAliasType,
    TypeOfAny,
    UninhabitedType,
    UnionType,
    get_proper_type,
)
from mypy.typevars import fill_typevars

from .stubs import lift
from .stubs.lift import Lift

if TYPE_CHECKING:
    from typing import TypeGuard

    from mypy.checker import TypeChecker

C = TypeVar("C")
Item = TypeVar("Item")
Result = TypeVar("Result", bound=Type)

TESTED = ((1, 18), (2, 4))
"""The oldest and the newest release of mypy with which the plugin is tested."""

VAR = "ray_proxy.var.interface.Var"
INTERPRETER = "ray_proxy.var.interface.IRemoteInterpreter"
MEMBERS = "ray_proxy_members"
"""The module of Var's bases, which tell of T's members to type checkers that have no plugin."""

_RULES = hashlib.sha1(b"".join(Path(file).read_bytes() for file in (__file__, lift.__file__))).hexdigest()
"""mypy keeps it with what it caches of each module, and takes that as stale where it has changed."""

_BINARY = {method: symbol for symbol, method in op_methods.items()}
_REFLECTED = {reverse: method for method, reverse in reverse_op_methods.items() if reverse not in _BINARY}
_INPLACE = {f"__i{op_methods[symbol][2:]}": symbol for symbol in ops_with_inplace_method}
_COMPARISONS = frozenset({"__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__contains__"})
_WITH_OPERANDS = {*_BINARY, *_REFLECTED, *_INPLACE, "__getitem__", "__setitem__", "__delitem__", "__call__"}
"""Methods that are checked anew as the expression that stands there, operands and all."""
_CONVERSIONS = {
    "__int__": ("builtins.int", ("__int__", "__index__", "__trunc__")),
    "__float__": ("builtins.float", ("__float__", "__index__")),
    "__complex__": ("builtins.complex", ("__complex__", "__float__", "__index__")),
}
"""What Python must have here, and the methods of T that can make it; so can a text."""
_ORDERINGS = frozenset({"__lt__", "__gt__", "__le__", "__ge__"})
_HERE = frozenset("__len__ __index__ __bytes__ __length_hint__ __exit__ __contains__ __setitem__ __delitem__".split())
"""Methods that wait, and give what T's method gives and not a Var of it."""
_ASYNCHRONOUS = frozenset("__anext__ __aenter__ __aexit__".split())
_ITERATORS = {"__iter__": "typing.Iterator", "__aiter__": "typing.AsyncIterator"}
_DATA = frozenset("__doc__ __dict__ __module__ __annotations__".split())
_LIFTED = frozenset("__next__ __reversed__ __enter__ __abs__ __round__ __floor__ __ceil__ __trunc__".split())
_SPECIAL = (
    frozenset(_WITH_OPERANDS).union(unary_op_methods.values(), _CONVERSIONS, _ITERATORS)
    | _HERE
    | _ASYNCHRONOUS
    | _DATA
    | _LIFTED
)
_OWN = frozenset("fetch env __await__ __getattribute__ __getattr__ __class__ __slots__".split())
_DELEGATING = frozenset("builtins.abs builtins.round builtins.divmod builtins.pow".split())
"""Functions that give what a special method of their argument gives."""
_LEAVE_OPERATORS = ("numpy.", "pandas.", "torch.")
"""Libraries whose annotations take a Var as the right operand, while their code leaves the operator to it."""
_LEAVE_FUNCTIONS = ("numpy.", "torch.")
"""Libraries whose functions, called with a Var of one of their own types, leave the call to it."""

_FAILURES = (Exception, SystemExit)  # mypy makes the latter of the former, within expressions
_ANYTHING = AnyType(TypeOfAny.special_form)
_SHADOWED = "-redefinition"  # as mypy names what a later definition replaces


def plugin(version: str) -> type[Plugin]:
    """What mypy asks for, with its own version."""
    found = tuple(map(int, re.findall(r"\d+", version)[:2]))
    oldest, newest = (".".join(map(str, release)) for release in TESTED)
    if found < TESTED[0]:
        sys.stderr.write(f"ray_proxy.mypy_plugin: needs mypy {oldest} or newer, and is off: this is {version}.\n")
        return Plugin
    if found > TESTED[1]:
        sys.stderr.write(
            f"ray_proxy.mypy_plugin: tested with mypy {oldest} to {newest}, and this is {version}; "
            "types of remote values may be missing or wrong.\n"
        )
    return VarPlugin


class VarPlugin(Plugin):
    """Which of mypy's questions are about Vars."""

    def report_config_data(self, ctx: ReportConfigContext) -> str:
        return _RULES

    def get_customize_class_mro_hook(self, fullname: str) -> Callable[[ClassDefContext], None] | None:
        return _take_members if fullname == VAR else None

    def get_base_class_hook(self, fullname: str) -> Callable[[ClassDefContext], None] | None:
        # A base of a module that is missing has the name that it has in Var's own.
        return _give_members if fullname.startswith((f"{MEMBERS}.", "ray_proxy.var.")) else None

    def get_attribute_hook(self, fullname: str) -> Callable[[AttributeContext], Type] | None:
        owner, _, name = fullname.rpartition(".")
        if owner != VAR or name in _OWN:
            return None
        return partial(_attribute, name)

    def get_method_signature_hook(self, fullname: str) -> Callable[[MethodSigContext], FunctionLike] | None:
        owner, _, name = fullname.rpartition(".")
        if owner == VAR:
            return _guarded(partial(_operation, name)) if name in _WITH_OPERANDS else None
        if name in ("__eq__", "__ne__") or (name in _BINARY and owner.startswith(_LEAVE_OPERATORS)):
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


# ------------------------------------------------------------------------------------------------ the class Var


def _take_members(ctx: ClassDefContext) -> None:
    """Before the class body is analysed, in each of mypy's passes: take what the bases, and the last pass, gave."""
    info = ctx.cls.info
    info.mro = [base for base in info.mro if base.module_name != MEMBERS]
    info.fallback_to_any = False  # it is set where the module of the bases is missing
    for name, symbol in list(info.names.items()):
        if symbol.plugin_generated or name.endswith(_SHADOWED):
            del info.names[name]


def _give_members(ctx: ClassDefContext) -> None:
    """After it: declare the names for which mypy shall ask `_attribute`, each with the Var itself as its type.

    mypy asks for variables and for what ``__getattr__`` gives, but not for methods, nor for ``__setattr__`` unless
    that is decorated.
    """
    info = ctx.cls.info
    if info.fullname != VAR:
        return
    itself, text = fill_typevars(info), ctx.api.named_type("builtins.str")
    for name in _SPECIAL:
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


# ------------------------------------------------------------------------------------- what mypy asks of a Var


def _attribute(name: str, ctx: AttributeContext) -> Type:
    """The type of ``v.name``; of a special method, or for ``v.name = …``, the signature by which mypy goes on."""
    declared = get_proper_type(ctx.default_attr_type)
    setter = declared if name == "__setattr__" and isinstance(declared, CallableType) else None
    itself = declared if setter is None else get_proper_type(setter.arg_types[-1])
    if not _is_var(itself):
        return ctx.default_attr_type
    there, value = There(ctx.api, ctx.context, itself.type), itself.args[0]
    try:
        if setter is not None:
            _targets_back(ctx.context)
            return setter.copy_modified(arg_types=[setter.arg_types[0], there.assigned(value)])
        if isinstance(ctx.context, (Expression, Statement)):
            return there.attribute(name, value)
        # Types are compared. mypy hides all messages, and takes None for a member that is not there.
        with there.checker.msg.filter_errors() as errors:
            found = there.attribute(name, value, relating=True)
        return NoneType() if errors.has_new_errors() else found
    except _FAILURES:
        return there.lift.var(_ANYTHING)


def _operation(name: str, ctx: MethodSigContext) -> FunctionLike:
    """An operator, an item or a call: the signature takes anything, because the operands are checked here."""
    if not _is_var(ctx.type):
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
    if there is None or "func" not in given or not _is_interpreter(ctx.type):
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
    if not _is_var(var):
        return ctx.default_signature
    with there.checker.msg.filter_errors() as errors:  # as of `getattr`, nothing is demanded of the name
        found = there.plain_attribute(name.value, var.args[0])
    return ctx.default_signature if errors.has_new_errors() else _returning(ctx.default_signature, found)


def _remote(ctx: MethodContext) -> Type:
    """``env.remote(function)``: the function there, with its signature."""
    there, types = There.of(ctx.api, ctx.context), _flat(ctx.arg_types)
    if there is None or not types or not _is_interpreter(ctx.type):
        return ctx.default_return_type
    return there.lift.var(types[0])


def _put(ctx: MethodContext) -> Type:
    """``env.put(module)``: an overlay knows modules by other types."""
    there, types = There.of(ctx.api, ctx.context), _flat(ctx.arg_types)
    value = get_proper_type(types[-1]) if types else None
    if there is None or not isinstance(value, Instance) or not _is_interpreter(ctx.type):
        return ctx.default_return_type
    if value.type.fullname != "types.ModuleType":
        return ctx.default_return_type
    return there.lift.var(value)


def _module(ctx: MethodContext) -> Type:
    """``env.module("name")``."""
    there, names = There.of(ctx.api, ctx.context), _flat(ctx.args)
    if there is None or len(names) != 1 or not isinstance(names[0], StrExpr) or not _is_interpreter(ctx.type):
        return ctx.default_return_type
    module = there.imported(names[0].value)
    return ctx.default_return_type if module is None else there.lift.var(module)


def _fetch(ctx: FunctionContext) -> Type:
    """``fetch(a, b)``: a tuple of their values, position by position."""
    vars = [get_proper_type(type) for type in _flat(ctx.arg_types)]
    values = [var.args[0] for var in vars if _is_var(var)]
    if ARG_STAR in _flat(ctx.arg_kinds) or not values:
        return ctx.default_return_type
    return TupleType(values, ctx.api.named_generic_type("builtins.tuple", [UnionType.make_union(values)]))


def _arguments(call: Context, names: Sequence[str]) -> dict[str, Expression]:
    """The arguments of a call by the names of their parameters; none, if some are starred."""
    if not isinstance(call, CallExpr) or not {ARG_POS, ARG_NAMED}.issuperset(call.arg_kinds):
        return {}
    positional = iter(names)
    return {name or next(positional, ""): value for name, value in zip(call.arg_names, call.args)}


def _spread(args: Expression | None) -> list[tuple[Expression, ArgKind, str | None]]:
    """The arguments of ``*args``."""
    if not isinstance(args, (TupleExpr, ListExpr)):
        return [] if args is None else [(args, ARG_STAR, None)]
    return [(item.expr, ARG_STAR, None) if isinstance(item, StarExpr) else (item, ARG_POS, None) for item in args.items]


def _returning(signature: CallableType, returned: Type) -> CallableType:
    return signature.copy_modified(
        arg_types=[_ANYTHING] * len(signature.arg_types), ret_type=returned, variables=(), type_guard=None, type_is=None
    )


def _flat(groups: Iterable[Iterable[Item]]) -> list[Item]:
    return [item for group in groups for item in group]


def _is_var(type: Type) -> TypeGuard[Instance]:
    return isinstance(type, Instance) and type.type.fullname == VAR


def _is_interpreter(type: Type) -> bool:
    return isinstance(type, Instance) and type.type.has_base(INTERPRETER)


def _value(type: Type) -> Type:
    proper = get_proper_type(type)
    return proper.args[0] if _is_var(proper) else type


def _imported(statement: ImportBase) -> list[str]:
    if isinstance(statement, Import):
        return [id for id, _ in statement.ids]
    if isinstance(statement, ImportFrom):
        return [statement.id, *(f"{statement.id}.{name}" for name, _ in statement.names)]
    return [statement.id] if isinstance(statement, ImportAll) else []


# ------------------------------------------------------------------------------------------ where the values are


class _Values(TypeTranslator):
    """A type with values where its Vars stand, at any depth: so do Vars arrive in arguments and containers."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def visit_instance(self, t: Instance, /) -> Type:
        if not _is_var(t):
            return super().visit_instance(t)
        value = get_proper_type(t.args[0])
        self.found.append(value.type.fullname if isinstance(value, Instance) else "")
        return value.accept(self)

    def visit_uninhabited_type(self, t: UninhabitedType, /) -> Type:
        # The item of an empty list, say, of which nothing is known without the context that it comes into.
        return _ANYTHING if t.ambiguous else t

    def visit_type_alias_type(self, t: TypeAliasType, /) -> Type:
        return t if t.is_recursive else get_proper_type(t).accept(self)


_NO_VARS = (IntExpr, FloatExpr, StrExpr, BytesExpr, EllipsisExpr, LambdaExpr)
"""Expressions that hold no Var; the body of a function is checked as it stands."""


def _is_partial(expression: Expression) -> bool:
    """Of a name whose type the next use of it will tell."""
    node = expression.node if isinstance(expression, RefExpr) else None
    return isinstance(node, Variable) and isinstance(node.type, PartialType)


def _parts(expression: Expression) -> list[Expression | None]:
    """What a display displays."""
    if isinstance(expression, (TupleExpr, ListExpr, SetExpr)):
        return [*expression.items]
    if isinstance(expression, DictExpr):
        return [part for item in expression.items for part in item]
    if isinstance(expression, SliceExpr):
        return [expression.begin_index, expression.end_index, expression.stride]
    return [expression.expr] if isinstance(expression, StarExpr) else []


def _display(like: Expression, parts: list[Expression | None]) -> Expression:
    given = [part for part in parts if part is not None]
    if isinstance(like, DictExpr):
        return DictExpr([(key, value) for key, value in zip(parts[::2], parts[1::2]) if value is not None])
    if isinstance(like, SliceExpr):
        return SliceExpr(*parts)
    if isinstance(like, StarExpr):
        return StarExpr(given[0])
    if isinstance(like, TupleExpr):
        return TupleExpr(given)
    return ListExpr(given) if isinstance(like, ListExpr) else SetExpr(given)


# ---------------------------------------------------------------------------------------------- unpacking


def _targets(scope: Context, source: Context, count: int) -> list[Expression] | None:
    """The targets among which the value of an expression is divided; None if it is not, or if that is not clear."""
    found = [
        targets
        for place, target in _assignments(scope)
        for divided, targets in _divisions(place, target)
        if divided is source or (isinstance(divided, TempNode) and _same_place(divided, source))
    ]
    if len(found) > 1:
        found = [targets for targets in found if len(targets) == count]
    return found[0] if len(found) == 1 else None


def _assignments(scope: Context) -> Iterator[tuple[Context, Expression]]:
    """What is assigned in a function or file, and of what: an expression, or what stands in its place for mypy."""
    for node in _nodes(scope):
        if isinstance(node, AssignmentStmt):
            yield from ((node.rvalue, target) for target in node.lvalues)
        elif isinstance(node, ForStmt):
            yield TempNode(_ANYTHING, context=node), node.index
        elif isinstance(node, (GeneratorExpr, DictionaryComprehension)):
            yield from ((TempNode(_ANYTHING, context=node), target) for target in node.indices)


def _divisions(source: Context, target: Expression) -> Iterator[tuple[Context, list[Expression]]]:
    if not isinstance(target, (TupleExpr, ListExpr)):
        return
    yield source, target.items
    parts: list[Context] = [TempNode(_ANYTHING, context=source)] * len(target.items)
    if isinstance(source, (TupleExpr, ListExpr)) and len(source.items) == len(parts):
        parts = [*source.items]
    for part, item in zip(parts, target.items):
        yield from _divisions(part, item)


def _same_place(node: Context, other: Context) -> bool:
    return isinstance(other, TempNode) and (node.line, node.column) == (other.line, other.column)


def _nodes(top: Context) -> Iterator[Context]:
    """All nodes of a syntax tree; mypy's own visitors cannot be inherited from."""
    waiting: list[object] = [top]
    while waiting:
        node = waiting.pop()
        if isinstance(node, (list, tuple)):
            waiting.extend(node)
        elif isinstance(node, Context) and not isinstance(node, NameExpr):
            yield node
            waiting.extend(getattr(node, name, None) for name in getattr(node, "__match_args__", ()) if name != "node")
            if isinstance(node, AssignmentStmt):
                waiting.append(node.rvalue)


_away: dict[Context, tuple[list[Expression], list[Expression]]] = {}
"""Targets that are away from the program, by the last of those that stand for them meanwhile."""


def _targets_away(targets: list[Expression], anything: Type) -> None:
    """Let mypy, which goes on with each of the targets now, find such as take anything.

    An assignment to the last of these asks `_attribute`, which puts back what belongs there.
    """
    own = [*targets]
    targets[:] = [MemberExpr(TempNode(anything, context=target), "target") for target in targets]
    for target, instead in zip(own, targets):
        instead.set_line(target)
    _away[targets[-1]] = targets, own


def _targets_back(last: Context) -> None:
    if last in _away:
        targets, own = _away.pop(last)
        targets[:] = own


class There:
    """Checks expressions as they are where the values live."""

    def __init__(self, api: CheckerPluginInterface, context: Context, var: TypeInfo) -> None:
        self.checker: TypeChecker = cast("TypeChecker", api)
        self.lift: Lift = Lift(var)
        self._expressions = self.checker.expr_checker
        self._context = context

    @classmethod
    def of(cls, api: CheckerPluginInterface, context: Context) -> There | None:
        """None in a program that knows no Var."""
        module = cast("TypeChecker", api).modules.get(VAR.rpartition(".")[0])
        symbol = module.names.get("Var") if module is not None else None
        return cls(api, context, symbol.node) if symbol is not None and isinstance(symbol.node, TypeInfo) else None

    def open(self, returned: Type) -> CallableType:
        """A function that takes anything."""
        function = self.checker.named_type("builtins.function")
        return CallableType([_ANYTHING] * 2, [ARG_STAR, ARG_STAR2], [None, None], returned, function)

    # ---------------------------------------------------------------------------------------- expressions

    def type_of(self, expression: Expression) -> Type:
        """What the expression is here. Its own errors are mypy's to tell."""
        with self.checker.msg.filter_errors():
            return self._expressions.accept(expression)

    def has_var(self, expression: Expression, of: tuple[str, ...] = ("",)) -> bool:
        """Whether a Var is, or is in, its value; of a type from one of these packages."""
        if isinstance(expression, _NO_VARS) or _is_partial(expression):
            return False
        parts = _parts(expression)
        if parts:
            return any(part is not None and self.has_var(part, of) for part in parts)
        values = _Values()
        self.type_of(expression).accept(values)
        return any(name.startswith(of) for name in values.found)

    def stand_in(self, expression: Expression) -> Expression:
        """The expression with values in the place of Vars; itself, where there are none.

        What is left as it stands is checked in the context that it comes into: an empty list takes its type there.
        """
        if isinstance(expression, _NO_VARS) or _is_partial(expression):
            return expression
        parts = _parts(expression)
        if parts:
            return self._rebuilt(expression, parts)
        values = _Values()
        value = self.type_of(expression).accept(values)
        return TempNode(value, context=expression) if values.found else expression

    def _rebuilt(self, expression: Expression, parts: list[Expression | None]) -> Expression:
        """A display, with stand-ins for what it displays."""
        new = [None if part is None else self.stand_in(part) for part in parts]
        if all(is_part is part for is_part, part in zip(new, parts)):
            return expression
        rebuilt = _display(expression, new)
        rebuilt.set_line(expression)
        return rebuilt

    def check(self, expression: Expression) -> Type:
        """The type of an expression over values, in the context that the one over Vars is in; tells its errors."""
        expression.set_line(self._context)
        wanted = self._expressions.type_context
        depth = len(wanted)
        frame = self.checker.binder.frames[-1]
        unreachable = frame.unreachable
        wanted.append(self._wanted_value(wanted[-1]))
        try:
            return remove_instance_last_known_values(self._visit(expression))
        finally:
            del wanted[depth:]
            frame.unreachable = unreachable  # what does not return there returns here

    def _visit(self, expression: Expression) -> Type:
        if isinstance(expression, CallExpr):  # whose result None is a value like any other
            return self._expressions.visit_call_expr(expression, allow_none_return=True)
        if isinstance(expression, AwaitExpr):
            return self._expressions.visit_await_expr(expression, allow_none_return=True)
        return expression.accept(self._expressions)

    def _wanted_value(self, wanted: Type | None) -> Type | None:
        values = _Values()
        value = wanted.accept(values) if wanted is not None else None
        return value if values.found else None

    def holder(self, value: Type) -> Expression:
        """An expression of that type: a module by its name, so that mypy finds its members as those of a module."""
        proper = get_proper_type(value)
        module = None
        if isinstance(proper, Instance) and proper.extra_attrs is not None and proper.extra_attrs.mod_name is not None:
            module = self.checker.modules.get(proper.extra_attrs.mod_name)
        if module is None:
            return TempNode(value, context=self._context)
        name = NameExpr(module.name)
        name.kind, name.node, name.fullname = GDEF, module, module.fullname
        return name

    def member(self, value: Type, name: str) -> Expression:
        """The expression ``value.name``."""
        owner = self.holder(value)
        member = MemberExpr(owner, name)
        member.set_line(self._context)
        module = owner.node if isinstance(owner, NameExpr) else None
        symbol = module.names.get(name) if isinstance(module, MypyFile) else None
        if symbol is not None and not symbol.module_hidden:
            member.kind, member.node, member.fullname = symbol.kind, symbol.node, symbol.fullname or ""
        return member

    # --------------------------------------------------------------------------------------------- members

    def attribute(self, name: str, value: Type, relating: bool = False) -> Type:
        """Of ``v.name``."""
        if name not in _SPECIAL or name in _DATA:
            return self.plain_attribute(name, value)
        if name in _WITH_OPERANDS and not relating:
            return self.open(self.lift.var(_ANYTHING))  # `operation` follows
        if name in _CONVERSIONS:
            return self._conversion(name, value)
        if name in _ITERATORS:
            return self._iteration(name, value)
        if name in _ASYNCHRONOUS:
            return self._asynchronous(name, value)
        # `max` and `sorted` want a comparison to be a bool: they ask for its truth at once.
        here = name in _HERE or (relating and name in _ORDERINGS)
        return self._lifted(value if name == "__call__" else self._method(name, value), here)

    def plain_attribute(self, name: str, value: Type) -> Type:
        return self.lift.var(self.check(self.member(value, name)))

    def assigned(self, value: Type) -> Type:
        """Of what can be assigned to ``v.name``, which is the expression that is checked."""
        target = self._context
        if not isinstance(target, MemberExpr):
            return _ANYTHING
        member = MemberExpr(self.holder(value), target.name)
        member.set_line(target)
        return self.lift.argument(self._expressions.analyze_ordinary_member_access(member, True))

    def _method(self, name: str, value: Type) -> Type:
        """A special method, bound: that of the type, as the operators find it."""
        return analyze_member_access(
            name,
            value,
            self._context,
            is_lvalue=False,
            is_super=False,
            is_operator=True,
            original_type=value,
            chk=self.checker,
        )

    def _lifted(self, method: Type, here: bool) -> Type:
        proper = get_proper_type(method)
        if isinstance(proper, UnionType):
            return UnionType.make_union([self._lifted(item, here) for item in proper.items])
        if isinstance(proper, Instance):
            return self._lifted(self._method("__call__", proper), here)
        if not isinstance(proper, FunctionLike):
            return self.open(_ANYTHING if here else self.lift.var(_ANYTHING))
        function = self.checker.named_type("builtins.function")  # a class, lifted, is none any more
        plain = [item.copy_modified(fallback=function) for item in proper.items]
        lifted = [variant for item in plain for variant in self.lift.variants(item)]
        if here:
            lifted = [item.copy_modified(ret_type=_value(item.ret_type)) for item in lifted]
        return lifted[0] if len(lifted) == 1 else Overloaded(lifted)

    def _conversion(self, name: str, value: Type) -> Type:
        result, methods = _CONVERSIONS[name]
        text = [self.checker.named_type(f"builtins.{kind}") for kind in ("str", "bytes", "bytearray")]
        proper = get_proper_type(value)
        for item in proper.items if isinstance(proper, UnionType) else [proper]:
            if not is_subtype(item, UnionType.make_union(text)) and not any(
                self._has(method, item) for method in methods
            ):
                self._method(name, item)  # tells that it is missing
        return self._function(self.checker.named_type(result))

    def _has(self, method: str, value: Type) -> bool:
        with self.checker.msg.filter_errors() as errors:
            self._method(method, value)
        return not errors.has_new_errors()

    def _iteration(self, name: str, value: Type) -> Type:
        analyze = self.checker.analyze_iterable_item_type
        if name == "__aiter__":
            analyze = self.checker.analyze_async_iterable_item_type
        _, item = analyze(TempNode(value, context=self._context))
        proper = get_proper_type(value)
        if name == "__iter__" and isinstance(proper, TupleType):
            self._unpack(proper)
            # Where it is not clear what a part is divided among, nothing is said of it.
            item = _ANYTHING if isinstance(self._context, TempNode) else UnionType.make_union(proper.items)
        return self._function(self.checker.named_generic_type(_ITERATORS[name], [self.lift.var(item)]))

    def _unpack(self, value: TupleType) -> None:
        """``a, b = v``: mypy gives all targets the type of an item; give each its own, and mypy nothing to do."""
        targets = _targets(self._scope(), self._context, len(value.items))
        if targets is None or self.checker.current_node_deferred:
            return
        vars: list[Type] = [self.lift.var(item) for item in value.items]
        fallback = self.checker.named_generic_type("builtins.tuple", [UnionType.make_union(vars)])
        source = TempNode(TupleType(vars, fallback), context=self._context)
        self.checker.check_multi_assignment([*targets], source, self._context)
        if not self.checker.current_node_deferred:
            _targets_away(targets, self.lift.var(_ANYTHING))

    def _scope(self) -> Context:
        """The function, or file, that is checked."""
        scope = self.checker.scope.stack[-1]
        return scope.defn if isinstance(scope, TypeInfo) else scope

    def _asynchronous(self, name: str, value: Type) -> Type:
        arguments: list[Expression] = [TempNode(_ANYTHING, context=self._context)] * (3 if name == "__aexit__" else 0)
        method = self.member(value, name)
        count = len(arguments)
        awaited = self.check(AwaitExpr(CallExpr(method, arguments, [ARG_POS] * count, [None] * count)))
        result = awaited if name == "__aexit__" else self.lift.var(awaited)
        return self.open(self.checker.named_generic_type("typing.Coroutine", [_ANYTHING, _ANYTHING, result]))

    def _function(self, returned: Type) -> CallableType:
        return CallableType([], [], [], returned, self.checker.named_type("builtins.function"))

    # ------------------------------------------------------------------------------------------ operations

    def operation(self, name: str, operands: list[Expression], value: Type) -> Type:
        """What an operator, an item or a call of ``v`` gives here, with operands as they are here."""
        if name == "__call__":
            return self._called(operands, value)
        if name in _INPLACE and isinstance(self._context, OperatorAssignmentStmt):
            return self._inplace(name, self._context, value)
        given = [self.stand_in(operand) for operand in operands]
        if name == "__setitem__" and len(given) == 2:
            item = IndexExpr(self.holder(value), given[0])
            item.set_line(self._context)
            self.checker.check_indexed_assignment(item, given[1], self._context)
            return NoneType()
        expression = self._expression(name, self.holder(value), given)
        if expression is None:  # a method that is called by its name
            return self.call(self.member(value, name), operands, [ARG_POS] * len(given), [None] * len(given))
        result = self.check(expression)
        return result if name in _HERE else self.lift.result(result)

    def _expression(self, name: str, value: Expression, given: list[Expression]) -> Expression | None:
        """As mypy would find it in a program."""
        if len(given) != 1:
            return None
        other = given[0]
        if name == "__getitem__":
            return IndexExpr(value, other)
        if name == "__contains__":
            return ComparisonExpr(["in"], [other, value])
        symbol = _BINARY.get(_REFLECTED.get(name, name), "")
        left, right = (other, value) if name in _REFLECTED else (value, other)
        if name in _COMPARISONS:
            return ComparisonExpr([symbol], [left, right])
        return OpExpr(symbol, left, right) if re.fullmatch(r"\W+", symbol) else None

    def _inplace(self, name: str, statement: OperatorAssignmentStmt, value: Type) -> Type:
        operator = _INPLACE[name]
        inplace, method = infer_operator_assignment_method(value, operator)
        if inplace:
            operand = self.stand_in(statement.rvalue)
            return self.lift.var(self._expressions.check_op(method, value, operand, statement)[0])
        # T has no operator of that kind: for it this is an assignment of ``v + w``, which may be of another type.
        binary = OpExpr(operator, statement.lvalue, statement.rvalue)
        binary.set_line(statement)
        self.checker.check_assignment(statement.lvalue, binary)
        return _ANYTHING

    def _called(self, operands: list[Expression], value: Type) -> Type:
        call = self._context
        callee = self.holder(value)
        if not isinstance(call, CallExpr) or set(map(id, operands)) != set(map(id, call.args)):  # a decorator, say
            return self.call(callee, operands, [ARG_POS] * len(operands), [None] * len(operands))
        method = call.callee
        if isinstance(method, MemberExpr) and self.checker.has_type(method.expr):
            owner = get_proper_type(self.checker.lookup_type(method.expr))
            if _is_var(owner):  # so that mypy knows whose method it is
                callee = self.member(owner.args[0], method.name)
        return self.call(callee, call.args, call.arg_kinds, call.arg_names)

    def call(
        self, callee: Expression, args: Sequence[Expression], kinds: list[ArgKind], names: Sequence[str | None]
    ) -> Type:
        """Of a call of a remote function with arguments as they are here."""
        given = [self.stand_in(argument) for argument in args]
        return self.lift.result(self.check(CallExpr(callee, given, kinds, list(names))))

    def run(self, func: Expression, args: Expression | None, kwargs: Expression | None) -> Type:
        """Of ``env.run(func, args, kwargs)``."""
        for argument in (args, kwargs):
            self._demand_local(argument)
        given = _spread(args)
        if isinstance(kwargs, DictExpr) and all(isinstance(key, StrExpr) for key, _ in kwargs.items):
            given += [(value, ARG_NAMED, key.value) for key, value in kwargs.items if isinstance(key, StrExpr)]
        elif kwargs is not None and not (isinstance(kwargs, NameExpr) and kwargs.name == "None"):
            given.append((kwargs, ARG_STAR2, None))
        values = [value for value, _, _ in given]
        return self.call(self.stand_in(func), values, [kind for _, kind, _ in given], [name for _, _, name in given])

    def _demand_local(self, argument: Expression | None) -> None:
        """Tell of what could be spread, but is no tuple or mapping of this process."""
        proper = get_proper_type(self.type_of(argument)) if argument is not None else None
        if isinstance(proper, Instance) and proper.type.fullname in (VAR, "builtins.str", "builtins.bytes"):
            message = f'"run" takes a tuple of arguments and a dict of keyword arguments, not a "{proper.type.name}"'
            self.checker.fail(message, self._context, code=ARG_TYPE)

    def imported(self, name: str) -> Type | None:
        """The type of a module that this file, or what it imports, imports as well."""
        module = self.checker.modules.get(name)
        known = [id for statement in self.checker.tree.imports for id in _imported(statement)]
        if module is None or not any(name == id or name.startswith(f"{id}.") for id in known):
            return None  # whether another file does is a matter of chance
        return self._expressions.module_type(module)
