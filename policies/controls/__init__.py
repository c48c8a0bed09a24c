"""Which requirement of which framework a policy is evidence for, and which have no policy at all.

The lists hold numbers and our own words; what a requirement says is its publisher's to print.
"""
