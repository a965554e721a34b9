"""Compare each public member of some classes with what a `Var` of the class says of it, and print who is right.

``python tests/typing/compare.py [--torch] [--modes MODE ...] [--classes NAME ...] [--overlay DIR] [--list]``

What is called on the object and what is called on its `Var` are written by this script, from mypy's view of the
class; a type checker reveals both, and the second has to be the `Var` of the first.
"""

from __future__ import annotations

import argparse
import ast
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from checkers import MODES, CheckerMissing, Mode, Project, Report, Said, check
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

STANDARD = """
    pathlib.Path datetime.datetime datetime.timedelta decimal.Decimal fractions.Fraction collections.Counter[str]
    collections.deque[int] re.Pattern[str] uuid.UUID str
""".split()
LIBRARIES = ("numpy.ndarray[Any, numpy.dtype[numpy.float64]]", "pandas.DataFrame")
TORCH = ("torch.Tensor",)
SUBJECTS = (*STANDARD, *LIBRARIES)
"""The classes that are compared, as a user writes them."""

OWN = ("fetch", "env")
"""Members of `Var` itself, behind which those of the object cannot be seen."""
PROBES_A_FILE = 400
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

# --------------------------------------------------------------------------------------------------- probes


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
        names = sorted({name for tree in trees for name in _class_names(tree)})
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


def _class_names(tree: ast.expr) -> Iterator[str]:
    if isinstance(tree, ast.Subscript):
        yield from _class_names(tree.value)
        for item in tree.slice.elts if isinstance(tree.slice, ast.Tuple) else [tree.slice]:
            yield from _class_names(item)
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


# ----------------------------------------------------------------------------------------------- comparison


@dataclass(frozen=True)
class Line:
    """Where the lines of a probe begin."""

    file: Path
    first: int


@dataclass
class Score:
    """What came of the probes of one class under one type checker.

    Attributes:
        right: members whose probes are all right.
        wrong: of each other member, the probes that are not, and what was said of them.
        uncounted: probes that the type checker does not take of the local object either.
    """

    right: set[str] = field(default_factory=set)
    wrong: dict[str, list[str]] = field(default_factory=dict)
    probes: int = 0
    right_probes: int = 0
    refusals: int = 0
    right_refusals: int = 0
    accepted: list[str] = field(default_factory=list)
    uncounted: list[str] = field(default_factory=list)
    members: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Written:
    """Probes that stand in files.

    Attributes:
        lines: where each begins, under the head of its function.
        aliases: where the type is revealed that the name of an alias stands for; some names stand for several.
        bases: of each class, itself and its bases.
        defaults: of each class, the parameters that stand for those that are left out.
    """

    lines: dict[Probe, Line]
    aliases: dict[Line, str]
    bases: dict[str, frozenset[str]]
    defaults: dict[str, list[str]]

    def files(self) -> list[Path]:
        """All files."""
        return sorted({line.file for line in (*self.lines.values(), *self.aliases)})

    def spelling(self, mode: Mode, report: Report) -> Spelling:
        """How a type checker spells types."""
        if mode in _VAR:
            return Spelling(mode, bases=self.bases)
        found: dict[str, set[str]] = {}
        for line, name in self.aliases.items():
            found.setdefault(name, set()).update(report[line.file].get(line.first, Said()).revealed)
        aliases = {name: texts.pop() for name, texts in found.items() if len(texts) == 1 and texts != {name}}
        return Spelling(mode, aliases, defaults=self.defaults)


def write(prober: Prober, probes: Sequence[Probe], folder: Path) -> Written:
    """Write probes to files."""
    folder.mkdir(parents=True, exist_ok=True)
    lines: dict[Probe, Line] = {}
    for start in range(0, len(probes), PROBES_A_FILE):
        file = (folder / f"probes_{start // PROBES_A_FILE}.py").resolve()
        text = prober.header()
        for at, probe in enumerate(probes[start : start + PROBES_A_FILE]):
            lines[probe] = Line(file, len(text) + 2)
            text += probe.text(f"probe_{at}")
        file.write_text("\n".join(text) + "\n", encoding="utf-8")
    file = (folder / "aliases.py").resolve()
    text, names = prober.aliases()
    file.write_text("\n".join(text) + "\n", encoding="utf-8")
    return Written(lines, {Line(file, at): name for at, name in names.items()}, prober.bases(), prober.defaults())


def score(mode: Mode, written: Written, report: Report) -> dict[str, Score]:
    """By class, what a type checker makes of the probes."""
    scores: dict[str, Score] = {}
    spelling = written.spelling(mode, report)
    failed: set[tuple[str, str]] = set()
    for probe, line in sorted(written.lines.items(), key=lambda item: item[0].wrong):  # right ones first
        of = scores.setdefault(probe.subject, Score())
        said = [report[line.file].get(line.first + at, Said()) for at in range(len(probe.remote) + 1)]
        if probe.wrong:
            if said[-1].errors and (probe.subject, probe.member) not in failed:
                _score_refusals(probe, said[:-1], of)
        elif not _score_probe(spelling, probe, said, of):
            failed.add((probe.subject, probe.member))
    for of in scores.values():
        of.right = of.members - set(of.wrong)
    return scores


def _score_probe(spelling: Spelling, probe: Probe, said: list[Said], of: Score) -> bool:
    """Count a probe; whether it is right."""
    *remote, local = said
    if local.errors or not local.revealed:
        of.uncounted.append(f"{probe.local}: {_first_error(local)}")
        return False
    of.members.add(probe.member)
    problems = [_problem(spelling, one, local.revealed[0]) for one in remote]
    of.probes += len(problems)
    of.right_probes += problems.count(None)
    for expression, problem in zip(probe.remote, problems):
        if problem is not None:
            of.wrong.setdefault(probe.member, []).append(f"{expression}: {problem}")
    return problems.count(None) == len(problems)


def _score_refusals(probe: Probe, said: list[Said], of: Score) -> None:
    for expression, one in zip(probe.remote, said):
        of.refusals += 1
        if one.errors:
            of.right_refusals += 1
        else:
            of.accepted.append(f"{expression}: no error, {one.revealed}")


def _first_error(said: Said) -> str:
    return str(said.errors[0]) if said.errors else "nothing is said"


def _problem(spelling: Spelling, said: Said, local: str) -> str | None:
    """What is not right of a remote expression; None where all is."""
    if said.errors:
        return f"{local}, but {_first_error(said)}"
    if not said.revealed:
        return f"{local}, but nothing is said"
    if spelling.normal(said.revealed[0]) != spelling.lifted(local):
        return f"{local}, but {said.revealed[0]}"
    return None


# ---------------------------------------------------------------------------------------------------- texts

_VAR = {"mypy": "ray_proxy.var.interface.Var", "mypy-plugin": "ray_proxy.var.var.Var"}
_COROUTINE = re.compile(r"(?:typing\.|types\.)?Coroutine(?:Type)?$")
_CLASS_OF_LITERAL = ((r"^b['\"]", "bytes"), (r"^['\"]", "str"), (r"^(True|False)$", "bool"), (r"^-?\d", "int"))
_SAME = {"Unknown": "Any", "NoReturn": "Never", "...": "EllipsisType"}


@dataclass(frozen=True)
class Spelling:
    """How a type checker spells types.

    Attributes:
        aliases: what stands for a name, of those that it writes in place of what they stand for.
        bases: of each class, itself and its bases; mypy writes only the base of a union of both.
        defaults: of each class, the parameters that stand for those that are left out.
    """

    mode: Mode
    aliases: Mapping[str, str] = field(default_factory=dict)
    bases: Mapping[str, frozenset[str]] = field(default_factory=dict)
    defaults: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def lifted(self, local: str) -> str:
        """The text of what the `Var` has to be, of the text of what the object gives."""
        found = self.normal(local)
        name, items = _subscript(found)
        if _COROUTINE.match(name) and len(items) == 3:
            found = items[2]
        return f"{_VAR.get(self.mode, 'Var')}[{found}]"

    def normal(self, text: str) -> str:
        """One spelling of a type, of those that the type checker uses for the same."""
        text = " ".join(text.split()).replace("builtins.", "")
        items = _split(text, "|")
        if len(items) > 1:
            return self._union(part for item in items for part in _split(self.normal(item), "|"))
        if text.startswith("(") and _closing(text, 0) == len(text) - 1:
            return self.normal(text[1:-1])
        name, items = _subscript(text)
        if not items:
            return self._name(text.rstrip("?*"))
        if name.rpartition(".")[2] == "Literal":
            return self._union(map(_class_of_literal, items))
        if name.rpartition(".")[2] in ("TypeIs", "TypeGuard"):
            return "bool"
        items = [self.normal(item) for item in items]
        defaults = self.defaults.get(name, ())
        while items and len(items) <= len(defaults) and items[-1] == self.normal(defaults[len(items) - 1]):
            items.pop()
        return f"{name}[{', '.join(items)}]" if items else name

    def _name(self, text: str) -> str:
        if text in self.aliases:
            return self.normal(self.aliases[text])
        return _SAME.get(text, text)

    def _union(self, items: Iterable[str]) -> str:
        distinct = set(items)
        for item in tuple(distinct):
            if any(other in self.bases.get(item, ()) for other in distinct - {item}):
                distinct.discard(item)
        return " | ".join(sorted(distinct))


def _class_of_literal(text: str) -> str:
    for pattern, name in _CLASS_OF_LITERAL:
        if re.match(pattern, text):
            return name
    return text.rpartition(".")[0] or text


def _subscript(text: str) -> tuple[str, list[str]]:
    """The name and the parameters of ``name[a, b]``; no parameters where it is something else."""
    text = text.rstrip("?*")
    found = re.match(r"([\w.@]+)\[", text)
    if found is None or _closing(text, found.end() - 1) != len(text) - 1:
        return text, []
    return found[1], _split(text[found.end() : -1], ",")


def _split(text: str, separator: str) -> list[str]:
    """The parts between separators that stand in no bracket and no quotes."""
    parts, start, at = [], 0, 0
    while at < len(text):
        if text[at] in "([{'\"":
            at = _closing(text, at)
        elif text[at] == separator:
            parts.append(text[start:at].strip())
            start = at + 1
        at += 1
    return [*parts, text[start:].strip()]


def _closing(text: str, at: int) -> int:
    """The place of the bracket or quote that ends what begins at `at`."""
    if text[at] in "'\"":
        end = at + 1
        while end < len(text) and text[end] != text[at]:
            end += 2 if text[end] == "\\" else 1
        return end
    pairs = {"(": ")", "[": "]", "{": "}"}
    end = at + 1
    while end < len(text) and text[end] != pairs[text[at]]:
        if text[end] in "([{'\"":
            end = _closing(text, end)
        end += 1
    return end


# -------------------------------------------------------------------------------------------------- the run


@contextmanager
def _inside(folder: Path) -> Iterator[None]:
    """Stay in a folder meanwhile: mypy reads the configuration that it finds where it stands."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def prepare(subjects: Sequence[str], folder: Path) -> Written:
    """Write the probes of classes to a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with _inside(folder):
        prober = Prober(subjects)
        probes = [probe for subject in subjects for probe in prober.probes(subject)]
        return write(prober, list(dict.fromkeys(probes)), folder / "probes")


def overlay(subjects: Sequence[str], folder: Path, timeout: float = 600) -> Path:
    """Generate the overlay of classes in a folder, as a user would do it."""
    names = sorted({name for subject in subjects for name in _class_names(ast.parse(subject, mode="eval").body)})
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-m", "ray_proxy", "stubgen", *names, "-o", "typings"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"stubgen ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return folder / "typings"


def compare(
    mode: Mode, written: Written, overlay: Path | None, folder: Path, timeout: float = 1800
) -> dict[str, Score]:
    """Have a type checker look at the probes, and compare."""
    project = Project(folder / mode, None if mode == "mypy-plugin" else overlay)
    return score(mode, written, check(mode, written.files(), project, timeout))


Scores = dict[Mode, dict[str, Score]]


def table(scores: Scores, what: str) -> str:
    """A row for each class and one for all, a column for each mode.

    Args:
        what: of which the shares are: `members`, `probes` or `refusals`.
    """
    rows = [[what, *scores], ["---", *("---:" for _ in scores)]]
    subjects = list(dict.fromkeys(subject for by in scores.values() for subject in by))
    for subject in subjects:
        rows.append([f"`{subject}`", *(_cell([by[subject]], what) if subject in by else "" for by in scores.values())])
    rows.append(["**all**", *(_cell(by.values(), what) for by in scores.values())])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def share(scores: Iterable[Score], what: str) -> tuple[int, int]:
    """How many are right, and of how many."""
    scores = list(scores)
    if what == "members":
        return sum(len(it.right) for it in scores), sum(len(it.members) for it in scores)
    if what == "probes":
        return sum(it.right_probes for it in scores), sum(it.probes for it in scores)
    return sum(it.right_refusals for it in scores), sum(it.refusals for it in scores)


def _cell(scores: Iterable[Score], what: str) -> str:
    right, total = share(scores, what)
    return f"{100 * right / total:.1f} % ({right}/{total})" if total else ""


def misses(scores: Scores) -> list[str]:
    """The members that are not right, by mode and class, each with what is wrong."""
    lines: list[str] = []
    for mode, by in scores.items():
        for subject, of in by.items():
            lines.append(f"{mode}, {subject}: {len(of.wrong)} missed, {len(of.uncounted)} probes not counted")
            for member, problems in of.wrong.items():
                lines += [f"  {member}", *(f"    {problem}" for problem in problems)]
            lines += [f"  not refused: {one}" for one in of.accepted]
            lines += [f"  not counted: {one}" for one in of.uncounted]
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--torch", action="store_true", help="the class of PyTorch as well")
    parser.add_argument("--modes", nargs="+", choices=MODES, default=MODES, metavar="MODE")
    parser.add_argument("--classes", nargs="+", metavar="NAME", help="these classes, in place of the usual")
    parser.add_argument("--overlay", type=Path, metavar="DIR", help="a folder with an overlay, in place of a new one")
    parser.add_argument("--folder", type=Path, metavar="DIR", help="keep probes, overlay and caches here")
    parser.add_argument("--list", action="store_true", help="say which members there are, and compare nothing")
    arguments = parser.parse_args()
    subjects = arguments.classes or [*SUBJECTS, *(TORCH if arguments.torch else ())]
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or Path(temporary)
        written = prepare(subjects, folder)
        if arguments.list:
            print("\n".join(dict.fromkeys(f"{probe.subject}.{probe.member}" for probe in written.lines)))
            return
        generated = (arguments.overlay or overlay(subjects, folder)).resolve()
        scores: Scores = {}
        for mode in arguments.modes:
            try:
                scores[mode] = compare(mode, written, generated, folder)
            except CheckerMissing as missing:
                print(missing, file=sys.stderr)
    for what in ("members", "probes", "refusals"):
        print(table(scores, what), end="\n\n")
    print("\n".join(misses(scores)))


if __name__ == "__main__":
    main()
