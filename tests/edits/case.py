"""One edit of a live module, as data."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

Texts = str | dict[str, str]


@dataclass(frozen=True)
class Case:
    """An edit: the texts before, code that makes state `s` with the module `m`, the texts after, and what holds then.

    A text is that of the module `m`; several are named, and imported and edited in their order.
    """

    name: str
    before: dict[str, str]
    setup: str
    after: dict[str, str]
    check: str
    prelude: str = ""


def case(name: str, before: Texts, setup: str, after: Texts, check: str, prelude: str = "") -> Case:
    return Case(name, _texts(before), setup, _texts(after), check, prelude)


def _texts(texts: Texts) -> dict[str, str]:
    named = {"m": texts} if isinstance(texts, str) else texts
    return {key: textwrap.dedent(text).removeprefix("\n") for key, text in named.items()}
