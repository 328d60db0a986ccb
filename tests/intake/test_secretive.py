from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footfall.intake.secretive import MARK, masked, without_addresses


@given(st.ip_addresses(), st.sampled_from(["client {} gone", "from {}: no", "({})", "{}, x", "{}"]))
def test_no_address_is_left_in_a_text(address: IPv4Address | IPv6Address, text: str) -> None:
    if any(letter.isdigit() for letter in str(address)):
        assert masked(text.format(address)) == text.format(MARK)


@pytest.mark.parametrize(
    "text",
    ["at 10:00:00", "std::vector a::b", "v1.2.3.4", "curl/7.1.2.3", "1.2.3", "999.1.1.1", "x: y"],
)
def test_times_names_and_versions_are_no_addresses(text: str) -> None:
    assert masked(text) == text


@given(st.text())
def test_cells_without_addresses_stay(text: str) -> None:
    if masked(text) == text:
        assert without_addresses(text).split() == text.split()
