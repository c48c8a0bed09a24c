"""What a verdict is worth to an auditor: each requirement of each framework, with what is known of it."""
