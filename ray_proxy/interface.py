"""A door: pickles of every release, and actors of other ones, find these names here."""

from .var.interface import IRemoteInterpreter

__all__ = ["IRemoteInterpreter"]
