"""Expressions over Vars, written anew with values where the Vars stand, and checked by mypy as such (`There`)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from mypy.checker import infer_operator_assignment_method
from mypy.checkmember import analyze_member_access
from mypy.erasetype import remove_instance_last_known_values
from mypy.errorcodes import ARG_TYPE
from mypy.nodes import (
    ARG_NAMED,
    ARG_POS,
    ARG_STAR,
    ARG_STAR2,
    GDEF,
    ArgKind,
    AwaitExpr,
    CallExpr,
    ComparisonExpr,
    Context,
    DictExpr,
    Expression,
    Import,
    ImportAll,
    ImportBase,
    ImportFrom,
    IndexExpr,
    ListExpr,
    MemberExpr,
    MypyFile,
    NameExpr,
    OperatorAssignmentStmt,
    OpExpr,
    StarExpr,
    StrExpr,
    TempNode,
    TupleExpr,
    TypeInfo,
)
from mypy.plugin import (
    CheckerPluginInterface,
)
from mypy.subtypes import is_subtype
from mypy.types import (
    CallableType,
    FunctionLike,
    Instance,
    NoneType,
    Overloaded,
    TupleType,
    Type,
    UnionType,
    get_proper_type,
)

from ..stubs.lift import Lift
from .declared import ANYTHING, VAR, is_var, value_of
from .methods import (
    ASYNCHRONOUS,
    BINARY,
    COMPARISONS,
    CONVERSIONS,
    DATA,
    HERE,
    INPLACE,
    ITERATORS,
    ORDERINGS,
    REFLECTED,
    SPECIAL,
    WITH_OPERANDS,
)
from .unpacking import targets_away, targets_of
from .values import NO_VARS, Values, display, is_partial, parts_of

if TYPE_CHECKING:
    from mypy.checker import TypeChecker


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
        return CallableType([ANYTHING] * 2, [ARG_STAR, ARG_STAR2], [None, None], returned, function)

    # ---------------------------------------------------------------------------------------- expressions

    def type_of(self, expression: Expression) -> Type:
        """What the expression is here. Its own errors are mypy's to tell."""
        with self.checker.msg.filter_errors():
            return self._expressions.accept(expression)

    def has_var(self, expression: Expression, of: tuple[str, ...] = ("",)) -> bool:
        """Whether a Var is, or is in, its value; of a type from one of these packages."""
        if isinstance(expression, NO_VARS) or is_partial(expression):
            return False
        parts = parts_of(expression)
        if parts:
            return any(part is not None and self.has_var(part, of) for part in parts)
        values = Values()
        self.type_of(expression).accept(values)
        return any(name.startswith(of) for name in values.found)

    def stand_in(self, expression: Expression) -> Expression:
        """The expression with values in the place of Vars; itself, where there are none.

        What is left as it stands is checked in the context that it comes into: an empty list takes its type there.
        """
        if isinstance(expression, NO_VARS) or is_partial(expression):
            return expression
        parts = parts_of(expression)
        if parts:
            return self._rebuilt(expression, parts)
        values = Values()
        value = self.type_of(expression).accept(values)
        return TempNode(value, context=expression) if values.found else expression

    def _rebuilt(self, expression: Expression, parts: list[Expression | None]) -> Expression:
        """A display, with stand-ins for what it displays."""
        new = [None if part is None else self.stand_in(part) for part in parts]
        if all(is_part is part for is_part, part in zip(new, parts)):
            return expression
        rebuilt = display(expression, new)
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
        values = Values()
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
        if name not in SPECIAL or name in DATA:
            return self.plain_attribute(name, value)
        if name in WITH_OPERANDS and not relating:
            return self.open(self.lift.var(ANYTHING))  # `operation` follows
        if name in CONVERSIONS:
            return self._conversion(name, value)
        if name in ITERATORS:
            return self._iteration(name, value)
        if name in ASYNCHRONOUS:
            return self._asynchronous(name, value)
        # `max` and `sorted` want a comparison to be a bool: they ask for its truth at once.
        here = name in HERE or (relating and name in ORDERINGS)
        return self._lifted(value if name == "__call__" else self._method(name, value), here)

    def plain_attribute(self, name: str, value: Type) -> Type:
        return self.lift.var(self.check(self.member(value, name)))

    def assigned(self, value: Type) -> Type:
        """Of what can be assigned to ``v.name``, which is the expression that is checked."""
        target = self._context
        if not isinstance(target, MemberExpr):
            return ANYTHING
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
            return self.open(ANYTHING if here else self.lift.var(ANYTHING))
        function = self.checker.named_type("builtins.function")  # a class, lifted, is none any more
        plain = [item.copy_modified(fallback=function) for item in proper.items]
        lifted = [variant for item in plain for variant in self.lift.variants(item)]
        if here:
            lifted = [item.copy_modified(ret_type=value_of(item.ret_type)) for item in lifted]
        return lifted[0] if len(lifted) == 1 else Overloaded(lifted)

    def _conversion(self, name: str, value: Type) -> Type:
        result, methods = CONVERSIONS[name]
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
            item = ANYTHING if isinstance(self._context, TempNode) else UnionType.make_union(proper.items)
        return self._function(self.checker.named_generic_type(ITERATORS[name], [self.lift.var(item)]))

    def _unpack(self, value: TupleType) -> None:
        """``a, b = v``: mypy gives all targets the type of an item; give each its own, and mypy nothing to do."""
        targets = targets_of(self._scope(), self._context, len(value.items))
        if targets is None or self.checker.current_node_deferred:
            return
        vars: list[Type] = [self.lift.var(item) for item in value.items]
        fallback = self.checker.named_generic_type("builtins.tuple", [UnionType.make_union(vars)])
        source = TempNode(TupleType(vars, fallback), context=self._context)
        self.checker.check_multi_assignment([*targets], source, self._context)
        if not self.checker.current_node_deferred:
            targets_away(targets, self.lift.var(ANYTHING))

    def _scope(self) -> Context:
        """The function, or file, that is checked."""
        scope = self.checker.scope.stack[-1]
        return scope.defn if isinstance(scope, TypeInfo) else scope

    def _asynchronous(self, name: str, value: Type) -> Type:
        arguments: list[Expression] = [TempNode(ANYTHING, context=self._context)] * (3 if name == "__aexit__" else 0)
        method = self.member(value, name)
        count = len(arguments)
        awaited = self.check(AwaitExpr(CallExpr(method, arguments, [ARG_POS] * count, [None] * count)))
        result = awaited if name == "__aexit__" else self.lift.var(awaited)
        return self.open(self.checker.named_generic_type("typing.Coroutine", [ANYTHING, ANYTHING, result]))

    def _function(self, returned: Type) -> CallableType:
        return CallableType([], [], [], returned, self.checker.named_type("builtins.function"))

    # ------------------------------------------------------------------------------------------ operations

    def operation(self, name: str, operands: list[Expression], value: Type) -> Type:
        """What an operator, an item or a call of ``v`` gives here, with operands as they are here."""
        if name == "__call__":
            return self._called(operands, value)
        if name in INPLACE and isinstance(self._context, OperatorAssignmentStmt):
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
        return result if name in HERE else self.lift.result(result)

    def _expression(self, name: str, value: Expression, given: list[Expression]) -> Expression | None:
        """As mypy would find it in a program."""
        if len(given) != 1:
            return None
        other = given[0]
        if name == "__getitem__":
            return IndexExpr(value, other)
        if name == "__contains__":
            return ComparisonExpr(["in"], [other, value])
        symbol = BINARY.get(REFLECTED.get(name, name), "")
        left, right = (other, value) if name in REFLECTED else (value, other)
        if name in COMPARISONS:
            return ComparisonExpr([symbol], [left, right])
        return OpExpr(symbol, left, right) if re.fullmatch(r"\W+", symbol) else None

    def _inplace(self, name: str, statement: OperatorAssignmentStmt, value: Type) -> Type:
        operator = INPLACE[name]
        inplace, method = infer_operator_assignment_method(value, operator)
        if inplace:
            operand = self.stand_in(statement.rvalue)
            return self.lift.var(self._expressions.check_op(method, value, operand, statement)[0])
        # T has no operator of that kind: for it this is an assignment of ``v + w``, which may be of another type.
        binary = OpExpr(operator, statement.lvalue, statement.rvalue)
        binary.set_line(statement)
        self.checker.check_assignment(statement.lvalue, binary)
        return ANYTHING

    def _called(self, operands: list[Expression], value: Type) -> Type:
        call = self._context
        callee = self.holder(value)
        if not isinstance(call, CallExpr) or set(map(id, operands)) != set(map(id, call.args)):  # a decorator, say
            return self.call(callee, operands, [ARG_POS] * len(operands), [None] * len(operands))
        method = call.callee
        if isinstance(method, MemberExpr) and self.checker.has_type(method.expr):
            owner = get_proper_type(self.checker.lookup_type(method.expr))
            if is_var(owner):  # so that mypy knows whose method it is
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


def _spread(args: Expression | None) -> list[tuple[Expression, ArgKind, str | None]]:
    """The arguments of ``*args``."""
    if not isinstance(args, (TupleExpr, ListExpr)):
        return [] if args is None else [(args, ARG_STAR, None)]
    return [(item.expr, ARG_STAR, None) if isinstance(item, StarExpr) else (item, ARG_POS, None) for item in args.items]


def _imported(statement: ImportBase) -> list[str]:
    if isinstance(statement, Import):
        return [id for id, _ in statement.ids]
    if isinstance(statement, ImportFrom):
        return [statement.id, *(f"{statement.id}.{name}" for name, _ in statement.names)]
    return [statement.id] if isinstance(statement, ImportAll) else []
