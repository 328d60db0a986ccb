"""Countries and devices of the demo's visitors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple


class City(NamedTuple):
    """A city, its region, and its share of the country's visitors."""

    name: str
    region: str
    share: float


@dataclass(frozen=True, slots=True)
class Country:
    """Where visitors live: share of actors, zone, languages with shares, currency, pace.

    `rate` is the currency's worth of one EUR; `slowness` multiplies loading times;
    `peak` is the local hour at which most of them come.
    """

    code: str
    share: float
    timezone: str
    languages: tuple[tuple[str, float], ...]
    currency: str
    rate: float
    slowness: float
    peak: float
    cities: tuple[City, ...]


COUNTRIES: Final = (
    Country(
        "DE", 0.31, "Europe/Berlin", (("de-DE", 0.88), ("en-US", 0.12)), "EUR", 1.0, 1.0, 20.0,
        (City("Berlin", "Berlin", 0.4), City("Hamburg", "Hamburg", 0.25),
         City("Munich", "Bavaria", 0.2), City("Leipzig", "Saxony", 0.15)),
    ),
    Country(
        "US", 0.17, "America/New_York", (("en-US", 0.93), ("es-US", 0.07)), "USD", 1.1, 1.7, 19.5,
        (City("New York", "New York", 0.45), City("Boston", "Massachusetts", 0.3),
         City("Atlanta", "Georgia", 0.25)),
    ),
    Country(
        "GB", 0.11, "Europe/London", (("en-GB", 1.0),), "GBP", 0.86, 1.1, 19.0,
        (City("London", "England", 0.6), City("Leeds", "England", 0.25),
         City("Glasgow", "Scotland", 0.15)),
    ),
    Country(
        "FR", 0.09, "Europe/Paris", (("fr-FR", 0.95), ("en-US", 0.05)), "EUR", 1.0, 1.05, 21.0,
        (City("Paris", "Île-de-France", 0.6), City("Lyon", "Auvergne-Rhône-Alpes", 0.4)),
    ),
    Country(
        "AT", 0.07, "Europe/Vienna", (("de-AT", 1.0),), "EUR", 1.0, 1.0, 20.0,
        (City("Vienna", "Vienna", 0.7), City("Graz", "Styria", 0.3)),
    ),
    Country(
        "NL", 0.06, "Europe/Amsterdam", (("nl-NL", 0.8), ("en-GB", 0.2)), "EUR", 1.0, 0.95, 20.5,
        (City("Amsterdam", "North Holland", 0.6), City("Utrecht", "Utrecht", 0.4)),
    ),
    Country(
        "CH", 0.05, "Europe/Zurich", (("de-CH", 0.7), ("fr-CH", 0.3)), "CHF", 0.95, 1.0, 19.5,
        (City("Zurich", "Zurich", 0.7), City("Geneva", "Geneva", 0.3)),
    ),
    Country(
        "PL", 0.04, "Europe/Warsaw", (("pl-PL", 1.0),), "PLN", 4.3, 1.2, 20.0,
        (City("Warsaw", "Mazovia", 0.6), City("Kraków", "Lesser Poland", 0.4)),
    ),
    Country(
        "IN", 0.04, "Asia/Kolkata", (("en-IN", 0.8), ("hi-IN", 0.2)), "USD", 1.1, 2.6, 21.0,
        (City("Bengaluru", "Karnataka", 0.6), City("Pune", "Maharashtra", 0.4)),
    ),
    Country(
        "BR", 0.03, "America/Sao_Paulo", (("pt-BR", 1.0),), "USD", 1.1, 2.2, 21.5,
        (City("São Paulo", "São Paulo", 0.7), City("Recife", "Pernambuco", 0.3)),
    ),
    Country(
        "JP", 0.02, "Asia/Tokyo", (("ja-JP", 1.0),), "USD", 1.1, 2.3, 22.0,
        (City("Tokyo", "Tokyo", 0.7), City("Osaka", "Osaka", 0.3)),
    ),
    Country(
        "AU", 0.01, "Australia/Adelaide", (("en-AU", 1.0),), "USD", 1.1, 2.4, 19.0,
        (City("Adelaide", "South Australia", 1.0),),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Agent:
    """A browser on a device: share of actors, appetite to buy, user agents by version.

    `template` has one place for the version; `versions` go from oldest to newest.
    """

    browser: str
    os: str | None
    device: str
    share: float
    appetite: float
    template: str
    versions: tuple[str, ...]

    @property
    def is_bot(self) -> bool:
        """Whether it is a crawler."""
        return self.device == "bot"


_CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}"
_CHROMES = ("138.0.0.0", "139.0.0.0", "140.0.0.0", "141.0.0.0")
_FIREFOXES = ("128.0", "142.0", "143.0", "144.0")
_SAFARIS = ("17.6", "18.5", "18.6", "26.0")
_WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
_MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"
_MOBILE_SAFARI = "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/{} Mobile/15E148 Safari/604.1"

AGENTS: Final = (
    Agent("Chrome", "Windows", "desktop", 0.25, 1.0,
          f"{_WINDOWS} {_CHROME} Safari/537.36", _CHROMES),
    Agent("Edge", "Windows", "desktop", 0.08, 1.05,
          f"{_WINDOWS} {_CHROME} Safari/537.36 Edg/141.0.0.0", ("141.0.0.0",)),
    Agent("Firefox", "Windows", "desktop", 0.06, 1.0,
          "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:{0}) Gecko/20100101 Firefox/{0}",
          _FIREFOXES),
    Agent("Firefox", "Linux", "desktop", 0.07, 0.95,
          "Mozilla/5.0 (X11; Linux x86_64; rv:{0}) Gecko/20100101 Firefox/{0}", _FIREFOXES),
    Agent("Safari", "Mac OS X", "desktop", 0.07, 1.15,
          f"{_MAC} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/{{}} Safari/605.1.15",
          _SAFARIS),
    Agent("Chrome", "Mac OS X", "desktop", 0.06, 1.1, f"{_MAC} {_CHROME} Safari/537.36", _CHROMES),
    Agent("Mobile Safari", "iOS", "mobile", 0.17, 0.72,
          f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) {_MOBILE_SAFARI}", _SAFARIS),
    Agent("Chrome Mobile", "Android", "mobile", 0.17, 0.66,
          f"Mozilla/5.0 (Linux; Android 10; K) {_CHROME} Mobile Safari/537.36", _CHROMES),
    Agent("Samsung Internet", "Android", "mobile", 0.03, 0.62,
          "Mozilla/5.0 (Linux; Android 10; SM-G973F) AppleWebKit/537.36 (KHTML, like Gecko) "
          "SamsungBrowser/{} Chrome/121.0.0.0 Mobile Safari/537.36", ("27.0", "28.0")),
    Agent("Mobile Safari", "iOS", "tablet", 0.04, 0.85,
          f"Mozilla/5.0 (iPad; CPU OS 18_6 like Mac OS X) {_MOBILE_SAFARI}", _SAFARIS),
    Agent("Googlebot", None, "bot", 0.0, 0.0,
          "Mozilla/5.0 (compatible; Googlebot/{}; +http://www.google.com/bot.html)", ("2.1",)),
    Agent("bingbot", None, "bot", 0.0, 0.0,
          "Mozilla/5.0 (compatible; bingbot/{}; +http://www.bing.com/bingbot.htm)", ("2.0",)),
    Agent("AhrefsBot", None, "bot", 0.0, 0.0,
          "Mozilla/5.0 (compatible; AhrefsBot/{}; +http://ahrefs.com/robot/)", ("7.0",)),
)  # fmt: skip


class UserAgent(NamedTuple):
    """One user agent as it is sent, its version in two parts, the place of its `Agent`."""

    text: str
    version: str
    agent: int
    share: float


def _user_agents() -> list[UserAgent]:
    found: list[UserAgent] = []
    for place, agent in enumerate(AGENTS):
        # Most people run the newest version; each one before has half as many.
        weights = [2.0**-age for age in reversed(range(len(agent.versions)))]
        for version, weight in zip(agent.versions, weights, strict=True):
            text = agent.template.format(version)
            short = ".".join(version.split(".")[:2])
            found.append(UserAgent(text, short, place, agent.share * weight / sum(weights)))
    return found


USER_AGENTS: Final = tuple(_user_agents())
