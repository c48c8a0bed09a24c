"""Measurements: ratios and growth within one run, so that a slow machine does not spoil them."""
