"""What user code holds: `Var`, and the interpreter as one sees it."""

from . import var as _var  # noqa: F401  it makes the class complete
from .interface import Var  # its name in pickles of every release, and in generated stubs
from .pickled import load  # the same

__all__ = ["Var", "load"]
