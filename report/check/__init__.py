"""A verdict for people and machines: terminal, JSON, JUnit, SARIF and Markdown of one `Check`."""
