"""A door: pickles of every release, and actors of other ones, find these names here."""

from .logs.rebuilding import Restoration
from .logs.report import Difference, Report

__all__ = ["Difference", "Report", "Restoration"]
