"""Twelve queries on one set of events: Footfall, plain DuckDB and chDB's MergeTree."""
