"""The Instructions and the Preferences tab: rows that a model writes."""
