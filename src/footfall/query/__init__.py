"""The one semantic layer: query, plan, SQL, result."""
