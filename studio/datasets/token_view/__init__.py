"""Rows as training sees them: tokens, labels, packs and blocks, and the figures of a whole set."""
