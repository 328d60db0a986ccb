"""Changes of the workspace's schema, in order."""
