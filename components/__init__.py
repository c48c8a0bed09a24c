"""Components: each room of a cloud, and of Kubernetes, as one Pulumi component."""
