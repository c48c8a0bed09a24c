"""The rooms inside a cluster: the same on every cloud."""
