"""An access log in the combined format, such as a web site's server writes: made, not copied."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from random import Random
from typing import Final, TypeVar

from footfall.demo.places import AGENTS, USER_AGENTS

MONTHS: Final[Sequence[str]] = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()  # noqa: SIM905
HOST: Final = "https://site.example"
START: Final = int(datetime(2026, 3, 2, tzinfo=UTC).timestamp())
_SPAN: Final = 3 * 86_400
_BOT_SHARE: Final = 0.15
_SECTIONS: Final = ("blog", "docs", "projects", "articles", "talks")
_ASSETS: Final = ("/style.css", "/reset.css", "/site.js", "/favicon.ico", "/images/banner.png")
_SEARCHES: Final = ("https://www.google.com/", "https://duckduckgo.com/", "https://www.bing.com/")
_STATUSES: Final = ("200", "304", "404", "301", "206")
_STATUS_WEIGHTS: Final = (91, 5, 2, 1.5, 0.5)


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks: a crawler leaves the images and style sheets of a page alone."""

    address: str
    agent: str
    is_bot: bool


def combined_log(n_lines: int, seed: int = 7) -> list[bytes]:
    """`n_lines` lines in the order of their times, the same for the same seed.

    A visit is a few pages, each followed by what the page shows; few pages, and few of the
    visitors, have most of the requests.
    """
    random = Random(seed)
    visitors = [_visitor(random) for _ in range(max(1, n_lines // 6))]
    pages = [_page(random, number) for number in range(max(1, n_lines // 10))]
    found: list[tuple[int, str]] = []
    while len(found) < n_lines:
        found += _visit(random, _leading(random, visitors), pages)
    return [f"{line}\n".encode() for _, line in sorted(found[:n_lines])]


@lru_cache(maxsize=100_000)
def stamp(seconds: int) -> str:
    """An epoch second as such a log has it."""
    at = datetime.fromtimestamp(seconds, UTC)
    return (
        f"[{at.day:02}/{MONTHS[at.month - 1]}/{at.year}:{at.hour:02}:{at.minute:02}:{at.second:02}"
        " +0000]"
    )


def _visit(random: Random, visitor: Visitor, pages: Sequence[str]) -> Iterator[tuple[int, str]]:
    at = START + random.randrange(_SPAN)
    referrer = "-" if visitor.is_bot else random.choice(("-", *_SEARCHES))
    for _ in range(random.choice((1, 1, 1, 2, 3, 6))):
        page = _leading(random, pages)
        yield at, _line(random, visitor, at, page, referrer)
        referrer = HOST + page
        shown = () if visitor.is_bot else random.sample(_ASSETS, random.randrange(len(_ASSETS)))
        yield from ((at + 1, _line(random, visitor, at + 1, path, referrer)) for path in shown)
        at += random.randrange(5, 240)


def _line(random: Random, visitor: Visitor, at: int, path: str, referrer: str) -> str:
    (status,) = random.choices(_STATUSES, _STATUS_WEIGHTS)
    size = "-" if status == "304" else str(int(random.lognormvariate(9, 1.5)))
    return (
        f'{visitor.address} - - {stamp(at)} "GET {path} HTTP/1.1" {status} {size} '
        f'"{referrer}" "{visitor.agent}"'
    )


def _visitor(random: Random) -> Visitor:
    is_bot = random.random() < _BOT_SHARE
    fitting = [each for each in USER_AGENTS if (AGENTS[each.agent].device == "bot") == is_bot]
    weights = [each.share or 1.0 for each in fitting]
    (agent,) = random.choices(fitting, weights)
    # As browsers still name a build, which makes hundreds of agents of a few families.
    text = agent.text.replace(".0.0.0", f".0.{random.randrange(6000, 6060)}.0")
    address = ".".join(str(random.randrange(low, 224)) for low in (11, 0, 0, 1))
    return Visitor(address, text, is_bot)


def _page(random: Random, number: int) -> str:
    path = f"/{random.choice(_SECTIONS)}/{2019 + number % 8}/page-{number}"
    return path + random.choice(("/", "/", ".html", f"?page={number % 9 + 1}", "?utm_source=mail"))


def _leading(random: Random, items: Sequence[T]) -> T:
    """One of them, the first far more often than the last."""
    return items[int(len(items) * random.random() ** 2)]
