"""What user code holds: `Var`, and the interpreter as one sees it."""

from . import var as _var  # noqa: F401  it makes the class complete
from .core import attr
from .gathering import as_completed, fetch, ref, wait
from .interface import Var
from .pickled import load

# Their names in pickles of every release, and in generated stubs.
__all__ = ["Var", "as_completed", "attr", "fetch", "load", "ref", "wait"]
