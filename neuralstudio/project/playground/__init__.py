"""The playground: a document seen as a plain stack of dense layers on one or two numbers."""
