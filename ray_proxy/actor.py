"""A door: pickles of every release, and actors of other ones, find these names here."""

from .cluster.process import InterpreterProcess, RestorableProcess, Settings

__all__ = ["InterpreterProcess", "RestorableProcess", "Settings"]
