"""A file's bytes → its raw rows by number, whatever kind of file it is."""
