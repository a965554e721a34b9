"""Edits: loaded modules run new texts, in place. `apply`, `remember`, `redefine` stand in `applying`."""
