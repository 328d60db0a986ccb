"""The page at /docs: the API as its OpenAPI description says it; it reads without any script."""
