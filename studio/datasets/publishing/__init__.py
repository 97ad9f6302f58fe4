"""Handing a dataset over: where each row came from, a dataset card, a zip, and the way to a hub."""
