"""The page at /docs: the API as its OpenAPI description says it, without any script."""
