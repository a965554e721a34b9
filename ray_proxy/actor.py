"""A door: pickles of every release, and actors of other ones, find these names here."""

from .cluster.process import InterpreterProcess, RestorableProcess
from .cluster.settings import Settings

__all__ = ["InterpreterProcess", "RestorableProcess", "Settings"]
