"""One file a command; each parses, calls a service and ends with an exit code."""
