"""What each family of ops means and may be tried on: one file per family, found by looking."""
