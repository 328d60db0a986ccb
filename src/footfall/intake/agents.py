"""What a user agent tells: browser, operating system, kind of device, person or machine."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

if TYPE_CHECKING:
    from ua_parser import PartialResult

Device = Literal["desktop", "mobile", "tablet", "bot", "other"]

# Programs that say what they are, and addresses that robots give for questions.
_ROBOT: Final = re.compile(
    r"bot\b|bot[/_;-]|crawl|spider|slurp|fetch|feed|\brss\b|\brss/|curl|wget|python|headless|"
    r"phantomjs|libwww|httpclient|http_request|http-client|^java/|^ruby|^perl|^php|^go-http|"
    r"monitor|uptime|lighthouse|preview|scan(ner)?\b|\+https?://|archiver|validator|axios|^node",
    re.IGNORECASE,
)
BROWSERS: Final = ("Mozilla/", "Opera/")
_DESKTOP: Final = frozenset(
    {"Windows", "Mac OS X", "macOS", "Linux", "Ubuntu", "Fedora", "Debian", "Chrome OS", "FreeBSD",
     "OpenBSD", "NetBSD", "Solaris", "Red Hat", "SUSE", "Gentoo", "Arch Linux", "Linux Mint"}
)  # fmt: skip
_TABLET: Final = re.compile(r"iPad|Tablet|PlayBook|Kindle|Silk/|Nexus (7|9|10)\b|SM-T\d|SM-X\d")
_PHONE: Final = re.compile(r"Mobi|iPhone|iPod|Windows Phone|BlackBerry|Symbian|Opera Mini")
_LONGEST: Final = 1024


class ParsedAgent(NamedTuple):
    """What is known of a user agent; None where it does not say."""

    browser: str | None
    browser_version: str | None
    os: str | None
    device: Device
    is_bot: bool


def is_browser(user_agent: str) -> bool:
    """Whether the sender is a browser, so that its user agent is the actor's own.

    >>> is_browser("Mozilla/5.0 (X11; Linux x86_64)"), is_browser("python-requests/2.32")
    (True, False)
    """
    return user_agent.startswith(BROWSERS)


def parse_agent(user_agent: str) -> ParsedAgent:
    """Browser, version (two parts at most), operating system, device, bot or not.

    Families are those of the uap-core rules.

    >>> parse_agent("curl/8.5.0")
    ParsedAgent(browser='curl', browser_version='8.5', os=None, device='bot', is_bot=True)
    """
    # What is remembered is the part that is looked at, and no more.
    return _parse(user_agent[:_LONGEST])


@lru_cache(maxsize=16384)
def _parse(text: str) -> ParsedAgent:
    found = _resolver()(text)
    is_bot = _is_bot(text, found)
    return ParsedAgent(
        found.user_agent.family if found.user_agent else None,
        _version(found),
        found.os.family if found.os else None,
        "bot" if is_bot else _device(text, found.os.family if found.os else None),
        is_bot,
    )


def _version(found: PartialResult) -> str | None:
    agent = found.user_agent
    if agent is None or agent.major is None:
        return None
    return agent.major if agent.minor is None else f"{agent.major}.{agent.minor}"


def _is_bot(text: str, found: PartialResult) -> bool:
    if found.device is not None and found.device.family == "Spider":
        return True
    if not is_browser(text) and ("http://" in text or "https://" in text):
        return True
    return _ROBOT.search(text) is not None


def _device(text: str, os: str | None) -> Device:
    if _TABLET.search(text) or ("Android" in text and "Mobi" not in text):
        return "tablet"
    if _PHONE.search(text):
        return "mobile"
    return "desktop" if os in _DESKTOP else "other"


@cache
def _resolver() -> Callable[[str], PartialResult]:
    """The rules compiled once, on first use: that takes about a third of a second."""
    from ua_parser import Domain
    from ua_parser.loaders import load_lazy_builtins
    from ua_parser.regex import Resolver

    resolver = Resolver(load_lazy_builtins())
    return lambda text: resolver(text, Domain.ALL)
