"""Floor 5. The document, its file, and the examples shipped with the application."""
