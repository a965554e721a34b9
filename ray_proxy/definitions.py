"""A door: pickles of every release, and actors of other ones, find these names here."""

from .values.definitions import cached, complete, dispatching

__all__ = ["cached", "complete", "dispatching"]
