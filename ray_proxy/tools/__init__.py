"""The command `ray-proxy`."""
