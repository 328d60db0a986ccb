"""Events, sessions and intervals as rows, page by page."""
