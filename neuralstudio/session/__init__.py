"""Floor 6. A working session: an open project, its run, its history and its predictions. No Qt."""
