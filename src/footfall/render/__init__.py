"""A result as a table, a chart, CSV or JSON."""
