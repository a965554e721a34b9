"""How errors are shown: the user's own lines, here and there, and what would help."""
