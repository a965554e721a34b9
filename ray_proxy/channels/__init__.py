"""What carries frames: `loopback` (same process), `socket` (Unix or TCP) to a `server`.

Channels know bytes, not messages; only the server knows the interpreter that it serves.
"""
