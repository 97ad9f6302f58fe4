"""Sentences to vectors: by counted characters, by a model on this machine or by one on a server."""
