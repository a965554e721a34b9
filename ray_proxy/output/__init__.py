"""What user code writes to stdout and stderr in the process of an interpreter: whose it is, and handing it out."""
