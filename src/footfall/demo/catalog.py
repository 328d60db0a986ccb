"""What the shop sells and documents, and where its visitors come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

SHOP: Final = "https://shop.example"
DOCS: Final = "https://docs.example"

CATEGORIES: Final[dict[str, tuple[str, float, float]]] = {
    # slug: title, cheapest and dearest product in EUR
    "kits": ("Kits", 39.0, 249.0),
    "boards": ("Boards", 9.0, 89.0),
    "sensors": ("Sensors", 3.0, 59.0),
    "displays": ("Displays", 8.0, 119.0),
    "power": ("Power", 4.0, 69.0),
    "radio": ("Radio", 6.0, 79.0),
    "cases": ("Cases", 5.0, 35.0),
    "tools": ("Tools", 7.0, 149.0),
}
_MODELS: Final = (
    "aurora", "breeze", "cirrus", "delta", "ember", "fjord", "glint", "harbor", "iris", "juniper",
    "kestrel", "lumen", "meadow", "nimbus", "orbit", "pebble", "quartz", "ridge", "summit",
    "thistle", "umbra", "vale", "willow", "zephyr",
)  # fmt: skip

DOC_PAGES: Final = (
    "getting-started/first-reading", "getting-started/install", "getting-started/wiring",
    "getting-started/wifi", "getting-started/power", "guides/weather-station",
    "guides/battery-life", "guides/greenhouse", "guides/air-quality", "guides/mqtt",
    "guides/home-assistant", "guides/logging", "guides/calibration", "guides/outdoor-cases",
    "guides/solar", "guides/mesh", "api/overview", "api/authentication", "api/readings",
    "api/devices", "api/webhooks", "api/errors", "api/rate-limits", "api/python", "api/javascript",
    "api/arduino", "firmware/flash", "firmware/release-notes", "firmware/over-the-air",
    "firmware/bootloader", "troubleshooting/no-data", "troubleshooting/drift",
    "troubleshooting/wifi-drops", "troubleshooting/bricked", "reference/pinout",
    "reference/datasheets", "reference/accuracy", "reference/glossary", "reference/licences",
    "community/projects",
)  # fmt: skip

SEARCH_TERMS: Final = (
    "temperature sensor", "weather station", "soil moisture", "esp32", "e-ink display",
    "co2 sensor", "solar panel", "battery", "case outdoor", "lora", "kit", "wind sensor",
    "rain gauge", "usb cable", "gift card", "humidity", "air quality", "particulate", "oled",
    "soldering iron", "starter kit", "antenna", "gps", "light sensor", "pressure", "weather kit",
    "returns", "discount", "relay", "mqtt",
)  # fmt: skip
DOC_TERMS: Final = (
    "wifi", "no data", "calibration", "pinout", "mqtt", "api key", "flash firmware", "battery life",
    "webhook", "rate limit", "python", "reset", "accuracy", "over the air", "home assistant",
    "error 401", "mesh", "time zone",
)  # fmt: skip

SHOP_PAGES: Final = {
    "home": ("/", "Home"),
    "cart": ("/cart", "Cart"),
    "checkout": ("/checkout", "Checkout"),
    "thanks": ("/checkout/thanks", "Thank you"),
    "help": ("/help/shipping", "Shipping and returns"),
    "sign_up": ("/account/new", "Open an account"),
}


@dataclass(frozen=True, slots=True)
class Entrance:
    """A way into the site: its share of sessions, what it looks like, how well it buys.

    `query` is what the landing address carries; `appetite` multiplies the chance of each
    step of the funnel.
    """

    channel: str
    share: float
    appetite: float
    referrer: str | None = None
    utm: tuple[str, str, str] | None = None

    @property
    def query(self) -> str:
        """Query part of the landing address, with its question mark."""
        if self.utm is None:
            return ""
        source, medium, campaign = self.utm
        return f"?utm_source={source}&utm_medium={medium}&utm_campaign={campaign}"


ENTRANCES: Final = (
    Entrance("direct", 0.235, 1.15),
    Entrance("search", 0.270, 1.0, "https://www.google.com/"),
    Entrance("search", 0.035, 1.0, "https://www.bing.com/"),
    Entrance("search", 0.040, 1.0, "https://duckduckgo.com/"),
    Entrance("referral", 0.050, 0.9, "https://makers.example/builds"),
    Entrance("referral", 0.040, 0.8, "https://github.com/"),
    Entrance("referral", 0.030, 0.85, "https://forum.example/t/sensors"),
    Entrance("social", 0.045, 0.5, "https://www.reddit.com/"),
    Entrance("social", 0.035, 0.55, "https://www.youtube.com/"),
    Entrance("social", 0.020, 0.45, "https://mastodon.social/"),
    Entrance("campaign", 0.075, 0.9, "https://www.google.com/", ("google", "cpc", "brand")),
    Entrance("campaign", 0.035, 0.6, "https://www.instagram.com/", ("instagram", "paid", "reach")),
    Entrance("campaign", 0.030, 0.8, "https://prices.example/", ("prices", "affiliate", "feed")),
)
# These two come and go with the calendar, so they have no standing share.
NEWSLETTER: Final = Entrance("email", 0.0, 1.35, None, ("newsletter", "email", "weekly"))
LAUNCH: Final = Entrance(
    "campaign", 0.0, 0.85, "https://www.youtube.com/", ("youtube", "video", "kit-launch")
)
CRAWL: Final = Entrance("direct", 0.0, 0.0)
ALL_ENTRANCES: Final = (*ENTRANCES, NEWSLETTER, LAUNCH, CRAWL)


class Product(NamedTuple):
    """One thing on sale."""

    slug: str
    title: str
    category: str
    price: float


def _products() -> list[Product]:
    return [
        Product(f"{model}-{slug}", f"{model.title()} {title}", slug, round(float(price), 2))
        for slug, (title, low, high) in CATEGORIES.items()
        for model, price in zip(_MODELS, np.geomspace(high, low, len(_MODELS)), strict=True)
    ]


PRODUCTS: Final = tuple(_products())


def zipf(n: int, exponent: float) -> np.ndarray:
    """Cumulative shares of n things whose popularity falls with their rank."""
    weights = np.arange(1, n + 1, dtype=np.float64) ** -exponent
    return np.cumsum(weights) / weights.sum()


def draw(cumulative: np.ndarray, random: np.random.Generator, n: int) -> np.ndarray:
    """Places 0 … len - 1 drawn by their cumulative shares."""
    places = np.searchsorted(cumulative, random.random(n), side="right")
    return np.minimum(places, len(cumulative) - 1)
