"""Intake: validate, enrich, journal, ledger."""
