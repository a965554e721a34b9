"""Types for remote objects: how they are derived, and the generator of the overlay that type checkers read.

Needs mypy, whose analysis of the real packages it stands on; nothing at run time imports this package.
"""
