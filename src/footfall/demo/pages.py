"""Every page of the two sites: addresses and titles, numbered through."""

from __future__ import annotations

from enum import Enum
from typing import Final, NamedTuple
from urllib.parse import quote_plus

from footfall.demo.catalog import (
    CATEGORIES,
    DOC_PAGES,
    DOC_TERMS,
    DOCS,
    PRODUCTS,
    SEARCH_TERMS,
    SHOP,
    SHOP_PAGES,
)


class PageKind(Enum):
    """Kinds of pages; the pages of a kind are numbered one after the other."""

    HOME = "home"
    CART = "cart"
    CHECKOUT = "checkout"
    THANKS = "thanks"
    HELP = "help"
    SIGN_UP = "sign_up"
    CATEGORY = "category"
    PRODUCT = "product"
    SEARCH = "search"
    DOCS = "docs"
    DOCS_SEARCH = "docs_search"


class Page(NamedTuple):
    """One page: host, path, query (with its question mark, or empty), title."""

    host: str
    path: str
    query: str
    title: str

    @property
    def url(self) -> str:
        """Full address."""
        return f"https://{self.host}{self.path}{self.query}"


def _pages(kind: PageKind) -> list[Page]:
    shop, docs = SHOP.removeprefix("https://"), DOCS.removeprefix("https://")
    if kind is PageKind.CATEGORY:
        return [Page(shop, f"/c/{slug}", "", title) for slug, (title, _, _) in CATEGORIES.items()]
    if kind is PageKind.PRODUCT:
        return [Page(shop, f"/p/{item.slug}", "", item.title) for item in PRODUCTS]
    if kind is PageKind.SEARCH:
        return [_results(shop, term) for term in SEARCH_TERMS]
    if kind is PageKind.DOCS:
        return [Page(docs, f"/{path}", "", _title(path)) for path in DOC_PAGES]
    if kind is PageKind.DOCS_SEARCH:
        return [_results(docs, term) for term in DOC_TERMS]
    path, title = SHOP_PAGES[kind.value]
    return [Page(shop, path, "", title)]


def _results(host: str, term: str) -> Page:
    return Page(host, "/search", f"?q={quote_plus(term)}", f"Search: {term}")


def _title(path: str) -> str:
    return path.rsplit("/", 1)[-1].replace("-", " ").capitalize()


_BY_KIND: Final = {kind: _pages(kind) for kind in PageKind}

PAGES: Final[tuple[Page, ...]] = tuple(page for kind in PageKind for page in _BY_KIND[kind])
N_OF: Final = {kind: len(pages) for kind, pages in _BY_KIND.items()}
FIRST: Final[dict[PageKind, int]] = {}
for _kind in PageKind:
    FIRST[_kind] = sum(N_OF[other] for other in FIRST)
