"""Which channel led to an event, by referrer and campaign marks: one table of rules."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, Literal

Channel = Literal["direct", "search", "social", "email", "referral", "campaign", "internal"]

# Hosts, each standing for its subdomains as well; the longest that fits wins.
HOSTS: Final[dict[str, Channel]] = {
    **dict.fromkeys(
        (
            "aol.com", "ask.com", "baidu.com", "bing.com", "cn.bing.com", "daum.net",
            "dogpile.com", "duckduckgo.com", "ecosia.org", "excite.com", "kagi.com",
            "lycos.com", "metager.de", "metager.org", "mojeek.com", "naver.com",
            "presearch.com", "qwant.com", "rambler.ru", "search.brave.com", "seznam.cz",
            "so.com", "sogou.com", "startpage.com", "swisscows.com", "webcrawler.com",
            "yippy.com", "ya.ru", "yep.com", "you.com", "com.google.android.googlequicksearchbox",
        ),
        "search",
    ),
    **dict.fromkeys(
        (
            "bsky.app", "dev.to", "facebook.com", "fb.com", "instagram.com", "l.facebook.com",
            "linkedin.com", "lnkd.in", "mastodon.online", "mastodon.social", "messenger.com",
            "news.ycombinator.com", "ok.ru", "pinterest.com", "plus.google.com", "quora.com",
            "reddit.com", "snapchat.com", "stackoverflow.com", "t.co", "t.me", "telegram.org",
            "threads.net", "tiktok.com", "tumblr.com", "twitter.com", "vk.com", "weibo.com",
            "whatsapp.com", "x.com", "xing.com", "youtu.be", "youtube.com",
            "com.linkedin.android", "com.reddit.frontpage", "org.telegram.messenger",
        ),
        "social",
    ),
    **dict.fromkeys(
        (
            "com.google.android.gm", "e.mail.ru", "gmx.com", "gmx.de", "gmx.net",
            "mail.aol.com", "mail.google.com", "mail.proton.me", "mail.ru", "mail.yahoo.com",
            "mail.yandex.ru", "mail.zoho.com", "navigator.web.de", "outlook.live.com",
            "outlook.office.com", "outlook.office365.com", "webmail.freenet.de",
        ),
        "email",
    ),
    **dict.fromkeys(
        (
            "classroom.google.com", "docs.google.com", "drive.google.com", "groups.google.com",
            "sites.google.com", "translate.google.com",
        ),
        "referral",
    ),
}  # fmt: skip

# Engines with a domain in many countries: google.de, google.co.uk, yahoo.co.jp, yandex.com.tr.
_SEARCH_NAME: Final = re.compile(
    r"(^|\.)(google|yahoo|bing|yandex|qwant|ecosia)\.(com?\.)?[a-z]{2,3}$"
)
_SOCIAL_NAME: Final = re.compile(r"(^|\.)(pinterest)\.(com?\.)?[a-z]{2,3}$")

_EMAIL_MARKS: Final = frozenset({"email", "e-mail", "e_mail", "mail", "newsletter"})
_SOCIAL_MARKS: Final = frozenset({"social", "social-media", "social_media", "social-network", "sm"})
_SEARCH_MARKS: Final = frozenset({"organic"})


def channel_of(
    host: str | None,
    referrer_host: str | None,
    utm_source: str | None = None,
    utm_medium: str | None = None,
    utm_campaign: str | None = None,
    *,
    has_click_id: bool = False,
) -> Channel:
    """Channel of one event.

    The sender's own marks come first, since they were put there on purpose; then the
    referrer: the host itself is internal, known hosts by the table, others a referral.

    >>> channel_of("shop.example", "www.google.co.uk"), channel_of("shop.example", None)
    ('search', 'direct')
    """
    if utm_source or utm_medium or utm_campaign or has_click_id:
        return _by_marks((utm_medium or "").lower(), (utm_source or "").lower())
    if not referrer_host:
        return "direct"
    if host and _bare(host) == _bare(referrer_host):
        return "internal"
    return host_channel(referrer_host)


@lru_cache(maxsize=8192)
def host_channel(host: str) -> Channel:
    """Channel of a referrer's host: search, social, email or referral."""
    name = host
    while name:
        if name in HOSTS:
            return HOSTS[name]
        name = name.partition(".")[2]
    if _SEARCH_NAME.search(host):
        return "search"
    return "social" if _SOCIAL_NAME.search(host) else "referral"


def _by_marks(medium: str, source: str) -> Channel:
    if medium in _EMAIL_MARKS or source in _EMAIL_MARKS:
        return "email"
    if medium in _SOCIAL_MARKS:
        return "social"
    return "search" if medium in _SEARCH_MARKS else "campaign"


def _bare(host: str) -> str:
    return host.removeprefix("www.")
