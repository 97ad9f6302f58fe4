"""The Training tab: a run started, its curves, the runs that were."""
