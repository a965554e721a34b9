"""``%%remote`` and its kin: cells that run in interpreters. `ray_proxy.cells` does the work."""

from __future__ import annotations

import ast
import html
import shlex
import uuid
from typing import Any

import ray
from IPython.core.error import UsageError
from IPython.core.magic import Magics, line_cell_magic, line_magic, magics_class

from .. import cells
from ..cluster.factory import RemoteInterpreterFactory
from ..cluster.remote import RemoteInterpreter
from ..errors import InterpreterNotFoundError

_USAGE = "%%remote NAME [--num_cpus 1] [--num_gpus 1] [--any-other option-of-create] [-o NAME]… [--address A]"
_NAMES = ("remote", "remote_put", "remote_get", "remote_env")


def install(shell: Any) -> None:
    shell.register_magics(RemoteMagics(shell))


def uninstall(shell: Any) -> None:
    for kind in shell.magics_manager.magics.values():
        for name in _NAMES:
            kind.pop(name, None)


class Listing(list["cells.Entry"]):
    """The named variables of an interpreter, as a table."""

    def __repr__(self) -> str:
        rows = [cells.Entry("name", "type", "size", "value"), *self]
        widths = [max(len(row[at]) for row in rows) for at in range(3)]
        return "\n".join(
            "  ".join([*(part.ljust(width) for part, width in zip(row, widths)), row.text]).rstrip() for row in rows
        )

    def _repr_html_(self) -> str:
        def row(entry: tuple[str, ...], tag: str) -> str:
            return "<tr>" + "".join(f"<{tag} style='text-align:left'>{html.escape(part)}</{tag}>" for part in entry)

        return (
            "<table><thead>"
            + row(("name", "type", "size", "value"), "th")
            + "</thead><tbody>"
            + "".join(row(entry, "td") for entry in self)
            + "</tbody></table>"
        )

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self))


@magics_class
class RemoteMagics(Magics):
    """The magics of a shell, and which interpreter they mean where none is named."""

    def __init__(self, shell: Any) -> None:
        super().__init__(shell)
        self._shell: Any = shell
        self._default: str = ""
        self._envs: dict[str, RemoteInterpreter] = {}
        self._options: dict[str, dict[str, Any]] = {}
        """Those that each was asked for with."""

    @line_cell_magic
    def remote(self, line: str, cell: str | None = None) -> Any:
        """Run the cell in an interpreter: ``%%remote NAME``. As a line, ``%remote NAME`` means it from here on.

        The interpreter of that name is created where there is none, with the options that follow, which are those of
        `RemoteInterpreterFactory.create`: ``--num_gpus 1``, ``--runtime_env "{'pip': ['torch']}"``. It stays until
        ``rif.destroy(NAME)``. The cell's globals are its named variables, ``env["x"]`` in Python. Its last expression
        is displayed, and ``await`` may stand outside of functions.

        ``-o x``: a Var of its variable x is bound to x here. It may be given several times.
        ``--address``, ``--namespace``: of Ray, where this process is not connected yet.
        """
        name, outputs, options = _parsed(line)
        env = self._env(name, options)
        if cell is None:
            if outputs:
                raise UsageError("-o is for cells: %%remote -o x")
            return self._become_default(name or self._default)
        source = f"\n{cell}"  # lines are counted from that of the magic, as people see them
        self._refuse_magics(cell)
        number = len(self._shell.history_manager.input_hist_raw) - 1  # IPython may count on before the cell runs
        file = self._shell.compile.cache(source, number, raw_code=source)
        try:
            result = cells.run(env, source, file)
        except SyntaxError as error:
            if error.filename == file and error.__cause__ is None:
                raise error.with_traceback(None) from None
            raise
        if outputs:
            there = env.instance_names()
            missing = [output for output in outputs if output not in there]
            if missing:
                raise UsageError(f"-o {missing[0]}: the interpreter has no variable of that name")
            self._shell.push({output: env[output] for output in outputs})
        return result

    @line_magic
    def remote_put(self, line: str) -> None:
        """Copy variables of this process into the interpreter, under their names: ``%remote_put x y``."""
        env, names = self._env(), _names_in(line, "%remote_put x y")
        missing = [name for name in names if name not in self._shell.user_ns]
        if missing:
            raise UsageError(f"there is no variable {missing[0]} here")
        for name in names:
            env[name] = self._shell.user_ns[name]
        env.sync()

    @line_magic
    def remote_get(self, line: str) -> None:
        """Copy variables of the interpreter into this process, under their names: ``%remote_get x y``."""
        env, names = self._env(), _names_in(line, "%remote_get x y")
        there = env.instance_names()
        missing = [name for name in names if name not in there]
        if missing:
            raise UsageError(f"the interpreter has no variable {missing[0]}")
        self._shell.push({name: env[name].fetch() for name in names})

    @line_magic
    def remote_env(self, line: str) -> Listing:
        """The named variables of an interpreter: ``%remote_env``, ``%remote_env NAME``."""
        names = line.split()
        if len(names) > 1:
            raise UsageError("of one interpreter: %remote_env NAME")
        return Listing(cells.listing(self._env(names[0] if names else "")))

    # ---------------------------------------------------------------------------------------------------

    def _env(self, name: str = "", options: dict[str, Any] | None = None) -> RemoteInterpreter:
        """The interpreter of that name; with options, perhaps none, it is created where there is none."""
        name = name or self._default
        if not name:
            raise UsageError(f"which interpreter? Say once: %remote NAME; or {_USAGE}")
        given = dict(options or {})
        said = cells.connect(given.pop("address", None), given.get("namespace"))
        if said:
            print(said)
        env = self._envs.get(name)
        if env is not None and _is_usable(env) and not self._is_new(name, given):
            return env
        try:
            env = RemoteInterpreterFactory().get(name, given.get("namespace"))
        except InterpreterNotFoundError as error:
            if options is None:
                raise UsageError(f"{error}; %remote {name} creates one") from None
            env = self._created(name, given)
        else:
            self._say_what_does_nothing(name, given)
        self._envs[name], self._options[name] = env, given
        return env

    def _created(self, name: str, options: dict[str, Any]) -> RemoteInterpreter:
        if name in self._envs:
            print(f"ray_proxy: the interpreter {name!r} has ended; this is a new one, without its variables")
        else:
            _warn_of_nameless()
        try:
            return cells.interpreter(name, **options)
        except (TypeError, ValueError) as error:
            raise UsageError(f"{name}: {error}") from None

    def _is_new(self, name: str, options: dict[str, Any]) -> bool:
        """Whether these options have not been seen yet."""
        return bool(options) and options != self._options.get(name)

    def _say_what_does_nothing(self, name: str, options: dict[str, Any]) -> None:
        given = [f"--{option}" for option in options if option != "namespace"]
        if given and self._is_new(name, options):
            print(
                f"ray_proxy: the interpreter {name!r} is there already, so {', '.join(given)} may do nothing; "
                f"RemoteInterpreterFactory().destroy({name!r}) makes room for a new one"
            )

    def _become_default(self, name: str) -> RemoteInterpreter:
        self._default = name
        return self._envs[name]

    def _refuse_magics(self, cell: str) -> None:
        """IPython's own syntax, such as ``%time`` and ``!ls``, means nothing there."""
        try:
            transformed = self._shell.transform_cell(cell)
        except SyntaxError:
            return  # it is told when the cell is compiled
        if transformed.count("get_ipython()") == cell.count("get_ipython()"):
            return
        lines = [line for line in cell.splitlines() if line.lstrip()[:1] in ("%", "!") or line.rstrip()[-1:] == "?"]
        raise UsageError(
            f"{(lines or [cell])[0].strip()!r} is IPython's own syntax, and a remote cell is plain Python: put it into "
            "a cell of its own; what shall run on that machine, call by subprocess.run"
        )


def _is_usable(env: RemoteInterpreter) -> bool:
    return ray.is_initialized() and not env.session.is_broken()


def _warn_of_nameless() -> None:
    """In a namespace that Ray has made up, no other process finds an interpreter, nor this one after a restart."""
    namespace = ray.get_runtime_context().namespace
    try:
        uuid.UUID(namespace)
    except ValueError:
        return
    print(
        "ray_proxy: this process has called ray.init without a namespace, so no other one finds its interpreters, nor "
        f"does it after a restart: ray.init(namespace={cells.NAMESPACE!r})"
    )


def _parsed(line: str) -> tuple[str, list[str], dict[str, Any]]:
    """The name, what is to be bound, and the options. Raises `UsageError`."""
    name, outputs, options = "", [], {}
    try:
        words = iter(shlex.split(line))
    except ValueError as error:
        raise UsageError(f"{line.strip()!r}: {error}") from None
    for word in words:
        if word in ("-o", "--out"):
            outputs += [part for part in _value_of(word, words).split(",") if part]
        elif word.startswith("--"):
            option, equals, value = word[2:].partition("=")
            options[option.replace("-", "_")] = _read(value if equals else _value_of(word, words))
        elif word.startswith("-"):
            raise UsageError(f"there is no option {word}: {_USAGE}")
        elif name:
            raise UsageError(f"one interpreter, not {name!r} and {word!r}: {_USAGE}")
        else:
            name = word
    if "name" in options:
        raise UsageError(f"the name stands alone: {_USAGE}")
    return name, outputs, options


def _value_of(option: str, words: Any) -> str:
    value: str | None = next(words, None)
    if value is None:
        raise UsageError(f"{option} needs a value: {_USAGE}")
    return value


def _read(text: str) -> Any:
    """A literal of Python, or the text itself."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def _names_in(line: str, usage: str) -> list[str]:
    names = line.replace(",", " ").split()
    if not names:
        raise UsageError(f"which variables? {usage}")
    return names
