"""What can be said of an object that is there: its attributes, its keys, what it is."""
