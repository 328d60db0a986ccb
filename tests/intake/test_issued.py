"""Secrets that Footfall issues are found however they are written, and nothing else is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footfall.intake.issued import LONGEST, without_secrets
from footfall.workspace.secrets import (
    EMBED,
    LOGIN,
    SESSION,
    TOKEN,
    WRITE_KEY,
    new_secret,
    recognizable,
)

KINDS = (WRITE_KEY, TOKEN, LOGIN, SESSION, EMBED)
GRANT = b"f1.eyJzb3VyY2UiOiJzaG9wIiwiZXhwIjoxfQ." + b"s" * 43
LETTERS = st.text(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", min_size=43, max_size=43
)


def encoded(text: str) -> str:
    """The text as those write it who encode all that they may."""
    return text.replace("_", "%5F").replace("-", "%2d")


def encoded_twice(text: str) -> str:
    """The same within an address that is encoded itself."""
    return quote(encoded(text))


@given(st.sampled_from(KINDS), LETTERS, st.sampled_from([str, encoded, encoded_twice]))
def test_a_secret_is_masked_behind_its_beginning(
    kind: str, letters: str, write: Callable[[str], str]
) -> None:
    secret = write(kind + letters)
    text = f"https://stats.example/k/{secret}/matomo.php?key={secret}&a=1 x"
    kept = without_secrets(text.encode()).decode()
    assert len(kept) == len(text)
    shown = write(recognizable(kind + letters))
    starred = shown + "*" * (len(secret) - len(shown))
    assert kept == text.replace(secret, starred)


def test_what_is_made_is_what_is_masked() -> None:
    for kind in KINDS:
        secret = new_secret(kind)
        assert without_secrets(secret.encode()) == recognizable(secret).encode() + b"*" * 35
        assert len(encoded(secret)) <= LONGEST


def test_characters_escaped_in_json_are_the_same_characters() -> None:
    text = ('{"key":"ffw\\u005f' + "a" * 20 + "\\u002D" + "b" * 22 + '"}').encode()
    assert json.loads(text)["key"].startswith("ffw_aaa")
    assert without_secrets(text) == b'{"key":"ffw\\u005faaaaaaaa' + b"*" * 40 + b'"}'


@pytest.mark.parametrize("first", [b"%66", b"%2566", b"\\u0066"])
@pytest.mark.parametrize("second", [b"f", b"%66"])
def test_its_first_letters_may_be_encoded(first: bytes, second: bytes) -> None:
    kept = without_secrets(b"a" + first + second + b"w_" + b"%41" * 8 + b"b" * 34 + b"\\u0063 x")
    assert kept == b"a" + first + second + b"w_" + b"%41" * 8 + b"*" * 40 + b" x"


@pytest.mark.parametrize("before", [b"", b"/", b"%2F", b"\\u003d", b"_", b"-"])
@pytest.mark.parametrize("behind", [b"", b"/", b"%26a=1", b"&", b'"', b".", b"-x", b"x"])
def test_it_stands_alone_however_its_neighbors_are_encoded(before: bytes, behind: bytes) -> None:
    secret = b"ffw_" + b"a" * 8 + b"b" * 35
    masked = b"ffw_" + b"a" * 8 + b"*" * 35
    assert without_secrets(before + secret + behind) == before + masked + behind


def test_a_signed_grant_is_masked() -> None:
    kept = without_secrets(b"/embed/overview?token=" + GRANT + b"&a=1")
    assert re.fullmatch(rb"/embed/overview\?token=f1\.eyJzb3Vy\*{70,}&a=1", kept)


@pytest.mark.parametrize(
    "text",
    [
        *(b"ffw_short", b"f1.example-host.formula-one.example", b"f1.eyJob-listing.example.com"),
        b"sheriffs_2026-11-20_report_000001_of_the_day_by_district_north",
        b"/news/playoffs_2026_final_bracket_and_schedule_all-games-and-times",
        *(b"ffs_" + b"a" * 42, b"0ffs_" + b"a" * 43),
        *(b"diff_" + b"a" * 43, b"ffx_" + b"a" * 43, b"%66", b"f", b"", b"off_the_shelf"),
    ],
)
def test_other_text_stays_the_very_same(text: bytes) -> None:
    assert without_secrets(text) is text
