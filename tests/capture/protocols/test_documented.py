"""What trackers may send is told in docs/trackers.md."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.protocols import largest

from footfall.capture.protocols.registry import adapters

PAGE = Path(__file__).resolve().parents[3] / "docs" / "trackers.md"


@pytest.mark.parametrize("protocol", largest())
def test_every_protocol_has_its_row_with_one_of_its_paths(protocol: str) -> None:
    routes = [route for each in adapters() if each.name == protocol for route in each.routes]
    rows = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| [")]
    assert any(f"`{route.path}" in row for row in rows for route in routes if route.is_plain)
