"""Who can speak: the table of characters, its files, its text form, aliases, checks and joins."""
