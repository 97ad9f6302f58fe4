"""Rows of a dataset of any size by page: its index, search, filters and order."""
