"""Parts of the package, wherever they stand in the release that runs: for `peer` and `conversations`."""

from __future__ import annotations

try:
    from ray_proxy.cluster import here, link as links, mailbox, process, published, relay, relayed, remote
    from ray_proxy.cluster.here import Here
    from ray_proxy.interpreter.interpreter import Interpreter
    from ray_proxy.server.server import Server
    from ray_proxy.session.session import Session
except ImportError:  # up to protocol 1.1 all modules stood in one folder
    from ray_proxy.channels.server import Server

    from ray_proxy import (
        actor as here,
        actor as links,
        actor as process,
        actor as published,
        factory as remote,
        mailbox,
        relay,
        relay as relayed,
    )
    from ray_proxy.actor import _Here as Here
    from ray_proxy.interpreter import Interpreter
    from ray_proxy.session import Session

__all__ = [
    "Here",
    "Interpreter",
    "Server",
    "Session",
    "here",
    "links",
    "mailbox",
    "process",
    "published",
    "relay",
    "relayed",
    "remote",
]
