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

import re
import sys

from mypy.plugin import Plugin

from .hooks import VarPlugin

TESTED = ((1, 18), (2, 4))
"""The oldest and the newest release of mypy with which the plugin is tested."""


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
