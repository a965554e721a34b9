"""One conversation of this process with an interpreter: operations become messages, and replies their results."""
