"""The Chunking tab: documents cleaned and cut, and the cuts set right by hand."""
