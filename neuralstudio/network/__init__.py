"""Floor 3. What a network is: its spec, edits of it, what is wrong with it, the model that computes it."""
