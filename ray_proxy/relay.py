"""A door: pickles of every release, and actors of other ones, find these names here."""

from .cluster.relay import Relay, take_actor

__all__ = ["Relay", "take_actor"]
