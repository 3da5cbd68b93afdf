"""Floor 1. Where data comes from: data sets as arrays, their split, and seeded batches of them."""
