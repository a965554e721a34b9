"""A door: pickles of every release, and actors of other ones, find these names here."""

from .cluster.mailbox import Mailbox, take_ref

__all__ = ["Mailbox", "take_ref"]
