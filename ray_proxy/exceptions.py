"""A door: pickles of every release, and actors of other ones, find these names here."""

from .values.exceptions import set_state

__all__ = ["set_state"]
