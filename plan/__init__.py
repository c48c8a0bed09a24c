"""The resource graph: how it is made without an engine, read, compared and written."""
