"""Engines: the only room that knows DuckDB and ClickHouse."""
