"""Fixtures that every room's tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# How long examples take says something of the machine, not of the code.
settings.register_profile("footfall", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("footfall")

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def component_missing(reason: str) -> None:
    """Skip, or fail where CI promises that everything is there."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason} (a failure because CI=true)")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real data with known figures, beside the checkout."""
    if not SHARED_DATA.is_dir():
        component_missing(f"real data is not there: {SHARED_DATA}")
    return SHARED_DATA
