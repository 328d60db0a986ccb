from __future__ import annotations

import pytest

from footfall.server.hosts import allowed_hosts, base_url, host_name
from footfall.settings import ServerSettings


@pytest.mark.parametrize(
    ("settings", "host", "is_allowed"),
    [
        (ServerSettings(), "127.0.0.1:8790", True),
        (ServerSettings(), "localhost", True),
        (ServerSettings(), "[::1]:8790", True),
        (ServerSettings(), "evil.example", False),
        (ServerSettings(), "127.0.0.1.evil.example", False),
        (ServerSettings(), "", False),
        (ServerSettings(), "a@127.0.0.1:1", True),
        (ServerSettings(host="0.0.0.0"), "anything.example", True),
        (ServerSettings(public_url="https://stats.example/x"), "stats.example", True),
        (ServerSettings(public_url="https://stats.example"), "STATS.example:443", True),
        (ServerSettings(public_url="https://stats.example"), "evil.example", False),
        (ServerSettings(host="0.0.0.0", public_url="https://s.example"), "evil.example", False),
    ],
)
def test_names_that_are_answered(settings: ServerSettings, host: str, is_allowed: bool) -> None:
    allowed = allowed_hosts(settings)
    assert (allowed is None or host_name(host) in allowed) is is_allowed


@pytest.mark.parametrize(
    ("settings", "url"),
    [
        (ServerSettings(), "http://127.0.0.1:8790"),
        (ServerSettings(host="0.0.0.0", port=1), "http://127.0.0.1:1"),
        (ServerSettings(host="::1"), "http://[::1]:8790"),
        (ServerSettings(public_url="https://stats.example/"), "https://stats.example"),
    ],
)
def test_the_address_for_people(settings: ServerSettings, url: str) -> None:
    assert base_url(settings) == url
