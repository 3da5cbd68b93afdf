"""Floor 1. How numbers flow: symbolic tensors, their gradients, and the NumPy programs compiled from them."""
