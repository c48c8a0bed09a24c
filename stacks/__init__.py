"""Composition only: which rooms make a region, and which regions make the platform."""
