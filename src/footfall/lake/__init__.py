"""The lake: the only room that knows Delta."""
