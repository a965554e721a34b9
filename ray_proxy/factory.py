"""A door: pickles of every release, and actors of other ones, find these names here."""

from .cluster.factory import RemoteInterpreterFactory
from .cluster.remote import ActorHandle, RemoteInterpreter, attach

__all__ = ["ActorHandle", "RemoteInterpreter", "RemoteInterpreterFactory", "attach"]
