"""The Dataset tab: rows registered, seen as the model sees them, exported."""
