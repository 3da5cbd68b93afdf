"""Floor 2. What a layer is: one file per layer."""
