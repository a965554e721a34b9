"""What runs there: tables of variables, and the execution of messages."""

from ..values.exceptions import bare_exception  # its name in pickles of every release

__all__ = ["bare_exception"]
