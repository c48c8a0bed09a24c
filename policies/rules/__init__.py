"""The policies, by cloud and by room."""
