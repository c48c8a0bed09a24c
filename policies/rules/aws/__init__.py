"""Policies on AWS resources."""
