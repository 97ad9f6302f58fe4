"""Files, folders and the repositories of a hub become registered datasets."""
