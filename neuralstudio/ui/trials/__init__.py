"""Ways to try a network that predicts numbers: one page of the panel Try for each sort of data."""
