"""Policies on Kubernetes objects."""
