"""Message logs: the file, what people read of it, and executing it again."""
