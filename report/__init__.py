"""A plan and its verdict for people and for machines."""
