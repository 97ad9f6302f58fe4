"""Sets of chunks in the store: read, edited, compared, counted, exported."""
