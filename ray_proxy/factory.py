"""A door: pickles of every release, and actors of other ones, find these names here."""

from .cluster.remote import attach

__all__ = ["attach"]
