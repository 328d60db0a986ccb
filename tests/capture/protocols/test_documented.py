"""What trackers may send is told in docs/trackers.md."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from benchmarks.protocols import largest
from tests.capture.protocols.calls import call

from footfall.capture.protocols.adapter import Adapter, Outcome
from footfall.capture.protocols.registry import adapters
from footfall.errors import Overloaded

PAGE = Path(__file__).resolve().parents[3] / "docs" / "trackers.md"


@pytest.mark.parametrize("protocol", largest())
def test_every_protocol_has_its_row_with_one_of_its_paths(protocol: str) -> None:
    routes = [route for each in adapters() if each.name == protocol for route in each.routes]
    rows = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| [")]
    assert any(f"`{route.path}" in row for row in rows for route in routes if route.is_plain)


def test_the_protocol_of_ones_own_does_what_is_said() -> None:
    text = PAGE.read_text("utf-8").split("## One of your own")[1]
    names: dict[str, Any] = {}
    exec(text.split("```python\n")[1].split("```")[0], names)
    adapter: Adapter = names["ADAPTER"]
    request = call("/acme/collect", [{"action": "a", "who": "u"}], authorization="Bearer k")
    assert [(each.key, each.event) for each in adapter.read(request).sent] == [
        ("k", {"name": "a", "distinct_id": "u"})
    ]
    assert adapter.reply(request, Outcome(stored=1)).body == b'{"taken":1}'
    assert adapter.reply(request, Outcome(error=Overloaded("later"))).status == 503
