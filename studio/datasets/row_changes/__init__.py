"""Rows of a registered dataset changed, rated and tagged, with the way back."""
