"""The Library: everything that the workspace holds, found, renamed, noted, deleted."""
