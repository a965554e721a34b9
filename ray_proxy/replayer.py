"""A door: pickles of every release, and actors of other ones, find these names here."""

from .logs.replayer import Difference, Report, Restoration

__all__ = ["Difference", "Report", "Restoration"]
