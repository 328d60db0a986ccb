"""Texts written for a terminal, as pages show them: `code` between backticks, paragraphs."""

from __future__ import annotations

from markupsafe import Markup, escape


def prose(text: str) -> Markup:
    """Paragraphs of a text, with `code` marked as such.

    >>> str(prose("Send `a<b`."))
    '<p>Send <code>a&lt;b</code>.</p>'
    """
    paragraphs = [part.strip() for part in text.split("\n\n") if part.strip()]
    return Markup("").join(Markup("<p>{}</p>").format(coded(part)) for part in paragraphs)


def coded(text: str) -> Markup:
    """A text with what stands between backticks marked as code.

    >>> str(coded("Run `footfall doctor`."))
    'Run <code>footfall doctor</code>.'
    """
    parts = text.split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if index % 2 else escape(part)
        for index, part in enumerate(parts)
    )


def breakable(path: str) -> Markup:
    """A path that may go on in a new line behind each of its parts.

    >>> str(breakable("/api/v1"))
    '/api/<wbr>v1'
    """
    first, *rest = path.split("/")
    return escape(first) + "/" + Markup("/<wbr>").join(rest) if rest else escape(first)
