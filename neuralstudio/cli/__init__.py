"""Floor 7. The command line: the same sessions as in the window, in words or in JSON. No Qt."""
