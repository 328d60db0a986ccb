"""One file per log format: lines in, events and rejects out."""
