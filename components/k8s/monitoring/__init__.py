"""What is measured, recorded, promised and alarmed about, and who is told.

`metrics.csv` is the contract: no rule, alert or dashboard asks for a metric that is not in it.
"""
