"""The command `ray-proxy`: its arguments, its messages, its exit codes. What it does stands elsewhere."""

from __future__ import annotations

import argparse
import contextlib
import gc
import io
import itertools
import json
import math
import os
import re
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from ..errors import LogError, RayProxyError, printable

if TYPE_CHECKING:
    from ..logs.operations import Note, Operation, Written


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    Returns:
        0 when it did what it was asked for; 1 when it could not, or `--check` found a difference; 2 for wrong usage.
    """
    parser = argparse.ArgumentParser(prog="ray-proxy", description="Remote Python objects that feel local, on Ray.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_stubgen(commands)
    _add_log(commands)
    _add_protocol(commands)
    _add_watch(commands)
    arguments = parser.parse_args(argv)
    try:
        code: int = arguments.run(arguments)
    except RayProxyError as error:
        print(f"ray-proxy {arguments.command}: {_lines(error)}", file=sys.stderr)
        return 1
    return code


def _lines(error: RayProxyError) -> str:
    """The text of an error, of which no line does anything to a terminal."""
    return "\n".join(map(printable, str(error).split("\n")))


def run() -> NoReturn:
    """The command as a process."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # values may have letters that the terminal has not
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:  # whoever reads our output has seen enough
        os._exit(0)
    sys.stderr.flush()
    os._exit(code)  # as mypy does: to free all that it knows of large packages takes longer than to find it out


def _add_stubgen(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    stubgen = commands.add_parser(
        "stubgen",
        help="write the overlay by which type checkers and editors know remote values of your types",
        description=(
            "Write the overlay typings/ray_proxy_members.pyi, by which type checkers and editors know the members of "
            "Var[T] for these classes and modules, and for the classes that their members give. Without names, those "
            "of [tool.ray-proxy.stubs] in pyproject.toml are taken: names, modules, output."
        ),
    )
    stubgen.add_argument("names", nargs="*", metavar="NAME", help="a class: torch.Tensor, mypkg.models:Model")
    stubgen.add_argument(
        "--module", action="append", default=[], metavar="NAME", help="a module, for env.put(module) and env.module"
    )
    stubgen.add_argument("-o", "--output", metavar="DIR", help="where to write; default typings")
    stubgen.add_argument(
        "--check", action="store_true", help="write nothing; fail when the file is not what would be written"
    )
    stubgen.set_defaults(run=_stubgen)


def _stubgen(arguments: argparse.Namespace) -> int:
    try:
        from ..stubs import generate
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != "mypy":
            raise
        print("ray-proxy stubgen needs mypy: pip install 'ray-proxy[typing]'", file=sys.stderr)
        return 1
    gc.disable()  # mypy's trees live to the end
    request = generate.request(arguments.names, arguments.module, arguments.output)
    if arguments.check:
        difference = generate.check(request)
        if difference:
            print(f"ray-proxy stubgen: {difference}", file=sys.stderr)
            return 1
        return 0
    path = generate.generate(request)
    print(f"{path}: {len(request.names)} classes, {len(request.modules)} modules")
    return 0


# ------------------------------------------------------------------------------------------- interpreters


def _add_watch(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    watch = commands.add_parser(
        "watch",
        help="apply edits to the modules of a running interpreter as files are saved",
        description=(
            "Apply edits of its project code to an interpreter as the files are saved on this machine, also while a "
            "loop runs there: a function that runs goes on with its old text, and the next call has the new one. "
            "Ctrl-C ends it."
        ),
    )
    watch.add_argument("name", metavar="NAME", help="the name that the interpreter was created with")
    watch.add_argument("--namespace", metavar="NAME", help="the Ray namespace in which it has that name")
    watch.add_argument("--address", metavar="ADDRESS", default="auto", help="of the Ray cluster; default auto")
    watch.set_defaults(run=_watch)


def _watch(arguments: argparse.Namespace) -> int:
    import ray

    from ..cluster.factory import RemoteInterpreterFactory
    from ..cluster.watching import watch

    try:
        ray.init(address=arguments.address, namespace=arguments.namespace, log_to_driver=False, logging_level="ERROR")
    except ConnectionError as error:
        print(f"ray-proxy watch: there is no Ray at {arguments.address!r}: {error}", file=sys.stderr)
        return 1
    env = RemoteInterpreterFactory().get(arguments.name, code=False)
    with contextlib.suppress(KeyboardInterrupt):
        watch(env, lambda text: print(printable(text), flush=True))
    return 0


# ------------------------------------------------------------------------------------------------- logs


def _add_log(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    log = commands.add_parser("log", help="read, compare and replay message logs")
    actions = log.add_subparsers(dest="action", required=True, metavar="ACTION")

    show = actions.add_parser(
        "show",
        help="print the operations of a log, a line each",
        description="Print the operations of a log: #17 v9 = v3 + 1. Nothing of it is executed.",
    )
    show.add_argument("file", metavar="FILE")
    show.add_argument("--json", action="store_true", help="a JSON object a line")
    show.add_argument("--variable", metavar="vN", help="only what makes, uses or deletes this variable")
    show.add_argument("--client", metavar="CLIENT", help="only of the client of this number, or with this in its name")
    show.add_argument("--errors", action="store_true", help="only what failed")
    show.add_argument("--no-output", action="store_true", help="without what the code has written: | stdout, ! stderr")
    show.add_argument(
        "--long", action="store_true", help="with the time of its frame, seconds to the answer, and whole paths"
    )
    show.set_defaults(run=_show)

    diff = actions.add_parser(
        "diff",
        help="say where two logs part",
        description=(
            "Say where two logs part, in what was asked for or what came of it. Variables are compared by their order, "
            "and not by their numbers. Exits with 1 where the logs part, or where one cannot be read to its end."
        ),
    )
    diff.add_argument("one", metavar="A")
    diff.add_argument("other", metavar="B")
    diff.set_defaults(run=_diff)

    replay = actions.add_parser(
        "replay",
        help="execute a log again, and compare every answer",
        description=(
            "Execute a log on a fresh interpreter, without Ray, and compare every answer with the recorded one. This "
            "runs the code that is in the log: replay only what you trust. Exits with 1 where an answer differs."
        ),
    )
    replay.add_argument("file", metavar="FILE")
    replay.add_argument(
        "--volatile",
        action="append",
        default=[],
        metavar="WHAT",
        help="compare by type alone, and so what is computed from it: operation #18, variable v9, a pattern '*.time'",
    )
    replay.add_argument("--by-type", action="store_true", help="compare all values by their type alone")
    replay.add_argument(
        "--rtol",
        type=_tolerance,
        default=0.0,
        metavar="X",
        help="numbers with a fraction may be apart by this part of what they were: |was - now| <= ATOL + RTOL * |was|",
    )
    replay.add_argument("--atol", type=_tolerance, default=0.0, metavar="Y", help="the same, and by this much")
    replay.add_argument("--output", action="store_true", help="compare what the code writes, too")
    replay.add_argument("--differences", type=int, default=10, metavar="N", help="how many are told; default 10")
    replay.add_argument(
        "--timeout", type=_seconds, metavar="SECONDS", help="end the code of the log after so long; then exits with 1"
    )
    replay.set_defaults(run=_replay)


def _show(arguments: argparse.Namespace) -> int:
    from ..logs.operations import Note, Written, events
    from ..logs.reader import Log

    log = Log(arguments.file)
    chosen = _Chosen(arguments)
    paint = _painter()
    for event in events(log):
        if not chosen.takes(event):
            continue
        if isinstance(event, Note):
            if not arguments.json and chosen.notes:
                print(paint(f"-- {event.text}", _DIM))
            continue
        if arguments.json:
            print(json.dumps(event.as_dict()))
            continue
        who = f"c{event.client} " if len(chosen.clients) > 1 and event.client else ""
        if isinstance(event, Written):
            for text in event.lines():
                print(paint(f"{who}{'|' if event.stream == 1 else '!'} {text}", _DIM))
            continue
        line = event.line(who)
        if arguments.long:
            clock = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(event.time))
            line = f"{clock}.{int(event.time % 1 * 1000):03} +{event.seconds:.6f} {line}"
        if event.failed or not event.answered:
            line = paint(line, _RED)
        where = event.where(path=arguments.long, function=arguments.long)
        print(line + paint(f"  {where}", _DIM) if where else line)
    if log.problem:
        print(paint(printable(f"{log.name}: {log.problem}"), _RED), file=sys.stderr)
    chosen.finish(log.name)
    return 0


class _Chosen:
    """Which operations of a log are asked for, and what there is beside them, told where nothing of that is there."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.clients: dict[int, str] = {}
        """The clients that have come so far, the first of them with their names."""
        self.notes: bool = not (arguments.variable or arguments.errors)
        """Whether what happened beside the operations is told."""
        self.has_output: bool = not arguments.no_output
        """Whether what user code has written is told, too."""
        self._client: str | None = arguments.client
        self._errors: bool = arguments.errors
        self._variable = _variable(arguments.variable)
        self._number = _number(arguments.client)
        self._wanted: set[int] = set()
        """The clients that are asked for…"""
        self._has_variable: bool = False
        """… whether they have had that variable…"""
        self._ids: tuple[int, int] | None = None
        """… and the lowest and highest ids of theirs."""
        self._operations: int = 0
        self._taken: int = 0

    def takes(self, event: Operation | Note | Written) -> bool:
        """Whether it is asked for."""
        from ..logs.operations import Note, Written

        if event.client and event.client not in self.clients:
            self._note_client(event.client, event.name if isinstance(event, Note) else "")
        self._operations += not isinstance(event, (Note, Written))
        if self._client is not None and event.client not in self._wanted:
            return False
        if isinstance(event, Note):
            return True
        if isinstance(event, Written):
            return self.notes and self.has_output
        is_taken = not self._errors or event.failed
        if self._variable is not None:
            concerns = event.concerns(self._variable)
            self._has_variable |= concerns
            is_taken &= concerns
            if not self._has_variable:
                self._note_ids(event.ids())
        self._taken += is_taken
        return is_taken

    def _note_client(self, client: int, name: str) -> None:
        from ..logs.text import shorten

        self.clients[client] = shorten(name) if len(self.clients) < _CLIENTS else ""
        if self._number == client or (self._number is None and self._client is not None and self._client in name):
            self._wanted.add(client)

    def _note_ids(self, ids: tuple[int, int] | None) -> None:
        if ids is not None:
            low, high = self._ids or ids
            self._ids = min(ids[0], low), max(ids[1], high)

    def finish(self, name: str) -> None:
        """Raise `LogError` where there is no such client or variable; say so where nothing else matches."""
        if self._client is not None and not self._wanted:
            raise LogError(f"{name} has no client {self._client!r}; there are: {self._all_clients()}")
        if self._variable is not None and not self._has_variable:
            of = "" if self._client is None else f" of the client {self._client!r}"
            there = "there are none" if self._ids is None else "they are from v{} to v{}".format(*self._ids)
            raise LogError(f"{name} has no v{self._variable} among the variables{of}: {there}")
        filtered = self._client is not None or self._variable is not None or self._errors
        if filtered and not self._taken:
            print(printable(f"{name}: none of the {self._operations:,} operations matches"), file=sys.stderr)

    def _all_clients(self) -> str:
        told = [f"{number} {name}".rstrip() for number, name in itertools.islice(self.clients.items(), _CLIENTS)]
        more = len(self.clients) - len(told)
        return "; ".join([*told, f"and {more:,} more"] if more else told) or "none"


_CLIENTS = 20
"""So many clients are named at most."""


def _diff(arguments: argparse.Namespace) -> int:
    from ..logs.parting import part
    from ..logs.reader import Log

    one, other = Log(arguments.one), Log(arguments.other)
    parting = part(one, other)
    for log in (one, other):
        if log.problem:
            print(printable(f"{log.name}: {log.problem}"), file=sys.stderr)
    if parting is None:
        is_whole = one.problem is None and other.problem is None
        print("the logs tell the same" if is_whole else "the logs tell the same as far as they can be read")
        return 0 if is_whole else 1
    paint = _painter()
    for operation in parting.shared:
        print(f"  {operation.line()}")
    for sign, name, first in (("-", arguments.one, parting.ours), ("+", arguments.other, parting.theirs)):
        if first is None:
            print(paint(f"{sign} {printable(name)} ends here", _RED))
            continue
        where = first.where(path=True)
        line = paint(f"{sign} {first.line()}", _RED)
        print(f"{line}  {where}" if where else line)
    if parting.ours and parting.theirs and _without_ids(parting.ours) == _without_ids(parting.theirs):
        print("they differ in what is left out of these lines")
    return 1


def _replay(arguments: argparse.Namespace) -> int:
    from ..logs.replaying import replay

    if os.getcwd() not in sys.path:  # where modules of the recorded program are, as with `python -m`
        sys.path.insert(0, os.getcwd())
    with contextlib.redirect_stdout(sys.stderr):  # what the recorded code prints is no part of the report
        report = replay(
            arguments.file,
            volatile=arguments.volatile,
            by_type=arguments.by_type,
            rtol=arguments.rtol,
            atol=arguments.atol,
            output=arguments.output,
            differences=arguments.differences,
            timeout=arguments.timeout,
            isolated=True,
        )
    print(report)
    return 0 if report else 1


def _tolerance(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not (math.isfinite(value) and value >= 0):
        raise argparse.ArgumentTypeError(f"a finite number that is not negative is needed, and not {text!r}")
    return value


def _without_ids(operation: Operation) -> str:
    """The line of an operation without what `diff` does not compare by itself."""
    return re.sub(r"#\d+ |\bv\d+", "", operation.line())


def _seconds(text: str) -> float:
    seconds = _tolerance(text)
    if not seconds:
        raise argparse.ArgumentTypeError("a number of seconds above 0 is needed")
    return seconds


def _number(text: str | None) -> int | None:
    """What a text says, if it is the number of something in a log."""
    return int(text) if text is not None and text.isdecimal() and len(text) < 20 else None


def _variable(text: str | None) -> int | None:
    if text is None:
        return None
    number = _number(text.removeprefix("v"))
    if number is None:
        raise LogError(f"a variable is named as the log shows it, v9, and not {text!r}")
    return number


_RED, _DIM = "31", "2"


def _painter() -> Callable[[str, str], str]:
    if sys.stdout.isatty() and "NO_COLOR" not in os.environ:
        return lambda text, color: f"\033[{color}m{text}\033[0m"
    return lambda text, color: text


def _add_protocol(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    protocol = commands.add_parser("protocol", help="tell of the wire protocol, which docs/protocol.md specifies")
    questions = protocol.add_subparsers(dest="question", required=True, metavar="WHAT")
    schema = questions.add_parser(
        "schema",
        help="print all that travels as a JSON Schema",
        description="Print the structs of the wire protocol as a JSON Schema (draft 2020-12).",
    )
    schema.add_argument("-o", "--output", metavar="FILE", help="where to write; default standard output")
    schema.set_defaults(run=_schema)


def _schema(arguments: argparse.Namespace) -> int:
    from . import schema

    text = schema.text()
    if arguments.output is None:
        print(text, end="")
        return 0
    try:
        Path(arguments.output).write_text(text)
    except OSError as error:
        print(f"ray-proxy protocol schema: {arguments.output} cannot be written: {error.strerror}", file=sys.stderr)
        return 1
    return 0
