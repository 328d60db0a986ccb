"""The Django app: middleware, tags for tracker and dashboards, checks, a connection test."""
