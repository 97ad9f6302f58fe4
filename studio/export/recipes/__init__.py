"""The same run elsewhere: a config for each tool, made from the run's spec and its data."""
