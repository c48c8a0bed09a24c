"""The report as one page: a picture, the tree, findings and changes, in a file that needs nothing else."""
