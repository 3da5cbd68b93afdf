"""Floor 5. Projects as scripts for other libraries: one file per target."""
