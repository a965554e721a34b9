"""A door: pickles of every release, and actors of other ones, find these names here."""

from .cluster.factory import RemoteInterpreterFactory
from .cluster.remote import Handle, RemoteInterpreter, attach

__all__ = ["Handle", "RemoteInterpreter", "RemoteInterpreterFactory", "attach"]
