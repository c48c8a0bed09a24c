"""Policies across clouds."""
