"""Secrets that Footfall issues are found however they are written, and nothing else is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import escape
from random import Random
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
REST = "Zm9vYmFy" + "b" * 35
SECRET, SHOWN = b"ffw_" + REST.encode(), b"ffw_Zm9vYmFy" + b"*" * 35
GRANT = b"f1.eyJzb3VyY2UiOiJzaG9wIiwiZXhwIjoxfQ." + b"s" * 43
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
# As random as true ones, so that nothing beside them is like them.
LETTERS = st.integers(0, 2**64).map(lambda seed: "".join(Random(seed).choices(ALPHABET, k=43)))
# What could hide a secret beside it: beginnings of others, and letters that belong to an escape.
AROUND = st.lists(
    st.one_of(
        st.text(max_size=6),
        st.sampled_from(["\n", "\t", "\r", "\b", "\f", '"', "\\", "\x00", "é", "&", "<", "_", "-"]),
        st.sampled_from(
            ["f", "ff", "ffw_", "ffs_Zm9v", "ffs_" + "Z" * 31, "f1.eyAAAAAA.", "%66", "*"]
        ),
        st.text(ALPHABET, max_size=60),
    ),
    max_size=4,
).map("".join)


def nginx(text: str) -> str:
    """The text as nginx writes a variable into its log, by `escape=default`."""
    return "".join(
        chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\x{byte:02X}"
        for byte in text.encode("utf-8", "replace")
    )


def wide(text: str) -> str:
    """The text in JSON that is not held to ASCII."""
    return json.dumps(text, ensure_ascii=False)


def within(text: str) -> str:
    """The text in JSON in the log of nginx."""
    return nginx(json.dumps(text))


def address(text: str) -> str:
    """The text in an address, encoded once."""
    return quote(text, safe="", errors="replace")


ENCODINGS = (str, json.dumps, wide, within, nginx, address, escape)


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


@given(st.sampled_from(KINDS), LETTERS, AROUND, AROUND, st.sampled_from(ENCODINGS))
def test_nothing_beside_a_secret_keeps_it(
    kind: str, letters: str, before: str, behind: str, write: Callable[[str], str]
) -> None:
    text = write(before + kind + letters + behind).encode("utf-8", "replace")
    kept = without_secrets(text)
    assert len(kept) == len(text)
    assert not any(letters[place : place + 6].encode() in kept for place in range(8, 38))


@given(st.text(ALPHABET.lower() + "/.?&= %*", max_size=50), st.sampled_from(KINDS))
def test_words_in_small_letters_stay(words: str, kind: str) -> None:
    text = f"/wiki/{kind}{words}-{words}_{words}".encode()
    assert without_secrets(text) is text


def test_characters_escaped_in_json_are_the_same_characters() -> None:
    text = ('{"key":"ffw\\u005f' + "a" * 20 + "\\u002D" + "b" * 22 + '"}').encode()
    assert json.loads(text)["key"].startswith("ffw_aaa")
    assert without_secrets(text) == b'{"key":"ffw\\u005faaaaaaaa' + b"*" * 40 + b'"}'


@pytest.mark.parametrize(
    "code", ["%%%02x", "%%25%02X", "\\u%04x", "\\x%02x", "\\x%02X", "\\\\u%04X"]
)
def test_every_character_may_be_encoded(code: str) -> None:
    units = [code % ord(letter) for letter in SECRET.decode()]
    kept = without_secrets(f"a{''.join(units)} x".encode())
    assert len("".join(units)) <= LONGEST
    assert kept.decode() == f"a{''.join(units[:12])}{'*' * len(''.join(units[12:]))} x"


@pytest.mark.parametrize("first", [b"f", b"%66", b"%2566", b"\\u0066", b"\\x66"])
@pytest.mark.parametrize("second", [b"f", b"%66", b"\\x66"])
def test_its_first_letters_may_be_encoded(first: bytes, second: bytes) -> None:
    kept = without_secrets(b"a" + first + second + b"w_" + b"%41" * 8 + b"b" * 34 + b"\\u0063 x")
    assert kept == b"a" + first + second + b"w_" + b"%41" * 8 + b"*" * 40 + b" x"


@pytest.mark.parametrize(
    "before",
    [
        b"",
        b"/",
        b"%2F",
        b"\\u003d",
        b"_",
        b"-",
        b"\\n",
        b"\\\\t",
        b"\\x22",
        b"\\x5Cn",
        b"token",
        b"7",
    ],
)
@pytest.mark.parametrize("behind", [b"", b"/", b"%26a=1", b"&", b'"', b".", b"\\n", b"\\x22,"])
def test_it_stands_alone_however_its_neighbors_are_encoded(before: bytes, behind: bytes) -> None:
    assert without_secrets(before + SECRET + behind) == before + SHOWN + behind


@pytest.mark.parametrize("behind", [b"x", b"-x", b"%2dx", b"_1", SHOWN])
def test_what_goes_on_behind_it_stays(behind: bytes) -> None:
    assert without_secrets(SECRET + behind.replace(SHOWN, SECRET)) == SHOWN + behind


@pytest.mark.parametrize(
    ("before", "kept"),
    [
        (b"ffs_", b"ffs_ffw_Zm9v" + b"*" * 39),
        (b"ffs_" + b"A" * 30, b"ffs_AAAAAAAA" + b"*" * 69),
        (b"ffs_" + b"A" * 42, b"ffs_AAAAAAAA" + b"*" * 35 + b"fw_Zm9vYmFy" + b"*" * 35),
        (GRANT[:11] + b"." + b"A" * 30, GRANT[:11] + b"*" * 78),
    ],
)
def test_one_begins_within_what_looks_like_one(before: bytes, kept: bytes) -> None:
    assert without_secrets(before + SECRET + b"x") == kept + b"x"


def test_a_signed_grant_is_masked() -> None:
    kept = without_secrets(b"/embed/overview?token=" + GRANT + b"&a=1")
    assert re.fullmatch(rb"/embed/overview\?token=f1\.eyJzb3Vy\*{70,}&a=1", kept)


@pytest.mark.parametrize(
    "text",
    [
        *(b"ffw_short", b"f1.example-host.formula-one.example", b"f1.eyJob-listing.example.com"),
        b"sheriffs_2026-11-20_report_000001_of_the_day_by_district_north",
        b"/news/playoffs_2026_final_bracket_and_schedule_all-games-and-times",
        b"/fft_analysis_of_vibration_signals_in_rotating_machinery_2026",
        *(b"ffs_" + b"A" * 42, b"0ffs_" + b"a" * 43),
        *(b"diff_" + b"A" * 43, b"ffx_" + b"A" * 43, b"%66", b"f", b"", b"off_the_shelf"),
    ],
)
def test_other_text_stays_the_very_same(text: bytes) -> None:
    assert without_secrets(text) is text
