"""Google Cloud: one module a room."""
