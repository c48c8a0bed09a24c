"""What rules see in a resource: a pod in a workload, the statements in a policy document."""
