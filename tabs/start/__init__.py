"""The start page: the books of the workspace, what is running, what was last made, the sample."""
