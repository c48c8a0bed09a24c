"""``tradectl``: commands call services, services call adapters."""
