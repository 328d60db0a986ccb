"""Fixtures that every room's tests share."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from xdist.remote import Producer
    from xdist.scheduler import LoadScopeScheduling

# How long examples take says something of the machine, not of the code.
settings.register_profile("footfall", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("footfall")

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """Where several processes test, what shares costly things is tested by one of them."""
    from xdist.scheduler import LoadScopeScheduling

    class Spread(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return shared_by(nodeid)

    return Spread(config, log)


def shared_by(nodeid: str) -> str:
    """What tests that go to one process have in common: their file, or server and browser.

    Those of `tests/faults` are few and long, and go each by itself.
    """
    file = nodeid.partition("::")[0]
    if file.startswith("tests/faults/"):
        return nodeid
    has_browser = file.startswith("tests/e2e/") and not file.endswith("/test_figures.py")
    return "tests/e2e" if has_browser else file


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
