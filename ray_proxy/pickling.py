"""A door: pickles of every release, and actors of other ones, find these names here."""

from .values.codec import claimed, resolve

__all__ = ["claimed", "resolve"]
