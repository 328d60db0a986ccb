"""Other people's trackers: one file for each protocol, found by `registry`."""
