"""The only room that imports Ray: actors, the object store, the life of processes."""

from ..doors import open_doors

open_doors("actor", "factory", "mailbox", "relay")
