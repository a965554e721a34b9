"""Project code: what of a client's modules is the user's own, and how an interpreter without the files imports it."""
