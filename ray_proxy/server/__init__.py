"""The interpreter's end of all channels: who may enter, and whose turn it is."""
