"""The only room that imports Ray: actors, the object store, the life of processes."""
