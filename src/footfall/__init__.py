"""Footfall: activity analytics that stays in your house."""

from __future__ import annotations

__version__ = "0.1.0"
