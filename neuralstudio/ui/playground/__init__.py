"""The widgets of the playground: the board in the middle, and what stands around it."""
