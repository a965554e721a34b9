"""What user code holds: `Var`, and the interpreter as one sees it."""

from .var import Var, load  # its names in pickles of every release, and in generated stubs

__all__ = ["Var", "load"]
