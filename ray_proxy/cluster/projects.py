"""What is project code in this process, and by which name it goes: `bringing_of`."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Sequence
from typing import Union

from ..interpreter.code import here
from ..project.project import Project
from ..session.bringing import Bringing
from .link import client

Code = Union[bool, str, Sequence[str]]
"""What the option `code` may be."""

_projects: dict[object, Project] = {}
_process = secrets.token_hex(8)


def project_of(code: Code) -> Project | None:
    """What is project code; None: nothing. Raises `ValueError` for what is no module, file or folder of this process,
    and `TypeError` for what cannot be one."""
    if code is False:
        return None
    names = [code] if isinstance(code, str) else code
    if names is not True and not (isinstance(names, Sequence) and all(isinstance(name, str) for name in names)):
        raise TypeError(f"code is True, False, or a list of names of modules and of paths, and not {code!r}")
    key: object = names if names is True else (os.getcwd(), *names)
    project = _projects.get(key)
    if project is None:
        project = _projects[key] = Project(names, here)
    return project


def bringing_of(code: Code, called: str) -> Bringing | None:
    """What brings that to an interpreter, for a project of that name: by default its notebook, or its script."""
    project = project_of(code)
    return None if project is None else Bringing(project, client(), called or _called())


def _called() -> str:
    """The path of this process's notebook, or else of its script; a name of its own where it has neither."""
    main = sys.modules.get("__main__")
    notebook = os.environ.get("JPY_SESSION_NAME") or getattr(main, "__vsc_ipynb_file__", None)
    script = getattr(main, "__file__", None)
    if isinstance(notebook, str) and notebook:
        return notebook
    is_kernel = "ipykernel" in sys.modules
    return os.path.abspath(script) if isinstance(script, str) and not is_kernel else _process
