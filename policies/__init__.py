"""Compliance: what the platform's resources must and must not be, judged from a plan."""
