"""The command `ray-proxy`: its arguments, its messages, its exit codes. What it does stands elsewhere."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from .errors import RayProxyError


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    Returns:
        0 when it did what it was asked for; 1 when it could not, or `--check` found a difference; 2 for wrong usage.
    """
    parser = argparse.ArgumentParser(prog="ray-proxy", description="Remote Python objects that feel local, on Ray.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_stubgen(commands)
    arguments = parser.parse_args(argv)
    try:
        code: int = arguments.run(arguments)
    except RayProxyError as error:
        print(f"ray-proxy {arguments.command}: {error}", file=sys.stderr)
        return 1
    return code


def run() -> NoReturn:
    """The command as a process."""
    code = main()
    sys.stdout.flush()
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
        from .stubs import generate
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
