"""The rooms on AWS, of plain resources only, so that every child can be seen and tested."""
