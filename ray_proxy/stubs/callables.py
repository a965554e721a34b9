"""What a Var gives for a method or a function: a class whose call takes Vars, and gives one (`Callables`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mypy.nodes import TypeInfo
from mypy.typeops import get_all_type_vars
from mypy.types import (
    Instance,
    Type,
    TypeVarId,
    TypeVarLikeType,
    get_proper_type,
)

from .docs import Written
from .lift import Lift
from .source import Source, definition
from .surface import ANY, Signature
from .text import docstring, overloads


class Callables:
    """Writes a class for each bound method and each function.

    Attributes:
        lines: the classes, and others that stand between them.
    """

    def __init__(self, source: Source, lift: Lift, labels: dict[str, str]) -> None:
        self._source = source
        self._lift = lift
        self._labels = labels
        self.lines: list[str] = []

    def add(
        self,
        label: str,
        owner: TypeInfo,
        signatures: Sequence[Signature],
        doc: str,
        written: list[Written],
        inferred: str = "",
    ) -> tuple[str, str]:
        """Write the class of a bound method; the type of the Var that has it, and the type that it gives.

        Args:
            inferred: the name of the function whose result each type checker shall infer itself.
        """
        source = self._source
        receivers = {source.type(one.receiver) for one in signatures}
        if len(receivers) == 1 and signatures[0].owned:
            receiver = spare(signatures[0].receiver, [one.call for one in signatures])
            parameters = _variables(receiver, source)
            of, selves = source.type(receiver), [""] * len(signatures)
        else:
            parameters = ["_Receiver_co"]
            bound = source.type(Instance(owner, [ANY] * len(owner.type_vars)))
            of = source.declare(f"_Any{self._labels[owner.fullname]}", f"TypeVar({{}}, bound={bound})")
            selves = [f": {label}[{source.type(one.receiver)}]" for one in signatures]
        lines: list[list[str]] = []
        for one, self_type in zip(signatures, selves):
            for variant in self._lift.variants(one.call):
                taken = source.parameters(variant, written_at(written, one.at))
                body = "..." if lines or not doc else ""
                gives = "Any" if inferred else source.type(variant.ret_type)
                # A module's function may have a parameter of that name.
                own = "bound" if any(one.startswith("self:") for one in taken) else "self"
                call = definition("    ", "__call__", [f"{own}{self_type}", *taken], gives, body)
                above = [f"    @_gives({inferred})"] if inferred else []
                below = [] if body else docstring("        ", doc)
                lines.append([*above, *(line.rstrip() for line in call), *below])
        generic = f", Generic[{', '.join(parameters)}]" if parameters else ""
        self.lines += ["", f"class {label}(Var[Callable[..., Any]]{generic}):", *overloads(lines)]
        if not parameters:
            return of, label
        return of, f"{label}[{of if parameters == ['_Receiver_co'] else ', '.join(parameters)}]"


def _variables(value: Type, source: Source) -> list[str]:
    return list(dict.fromkeys(source.type_variable(found).partition(".")[0] for found in get_all_type_vars(value)))


def free(value: Type) -> set[TypeVarId]:
    return {found.id for found in get_all_type_vars(value)}


def spare(receiver: Type, uses: Iterable[Type]) -> Type:
    """The receiver with `Any` for every type variable that nothing else speaks of."""
    used = {found for use in uses for found in free(use)}
    proper = get_proper_type(receiver)
    if not isinstance(proper, Instance):
        return receiver
    args = [
        ANY if isinstance(argument, TypeVarLikeType) and argument.id not in used else argument
        for argument in map(get_proper_type, proper.args)
    ]
    return proper.copy_modified(args=args)


def written_at(written: list[Written], at: int) -> Written:
    return written[at] if at < len(written) else Written()
