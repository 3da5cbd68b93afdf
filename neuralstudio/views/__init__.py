"""Floor 5. From run data to figures: plain data, no Qt. One file per view."""
