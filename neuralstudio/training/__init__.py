"""Floor 4. How a network learns: one file per algorithm, each a generator of events."""
