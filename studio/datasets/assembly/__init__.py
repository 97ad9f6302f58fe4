"""Rows gathered, mixed, divided and written as a dataset or for another program."""
