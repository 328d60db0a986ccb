"""The table of formats that files have: what reads each, and what its mapping has to say."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from footfall.capture.records import Format
    from footfall.capture.whereabouts import Whereabouts
    from footfall.model.source import Source

Rules = Literal["unneeded", "beside", "needed"]


@dataclass(frozen=True, slots=True)
class FileFormat:
    """Where the class of a format is: it is imported when a file of it is opened.

    A mapping's rules are `unneeded` where the format says what everything is, stand `beside`
    those that are ready-made, or are `needed`. With `has_head` the beginning of a file tells
    how to read it.
    """

    module: str
    kind: str
    rules: Rules
    has_head: bool = False

    def open(self, source: Source, secret: bytes, head: bytes, where: Whereabouts) -> Format:
        """What reads one file, which begins with `head`."""
        kind = getattr(import_module(f"footfall.capture.logfiles.{self.module}"), self.kind)
        heads = (head,) if self.has_head else ()
        return kind(source, secret, *heads, where=where)


FILE_FORMATS: Final = {
    "combined": FileFormat("access", "AccessLog", "unneeded"),
    "common": FileFormat("access", "AccessLog", "unneeded"),
    "cloudfront": FileFormat("w3c", "W3CLog", "beside", has_head=True),
    "iis": FileFormat("w3c", "W3CLog", "beside", has_head=True),
    "alb": FileFormat("amazon", "AlbLog", "beside"),
    "s3": FileFormat("amazon", "S3Log", "beside"),
    "nginx_error": FileFormat("nginx_error", "NginxErrorLog", "beside"),
    "learning": FileFormat("learning", "LearningLog", "beside"),
    "json": FileFormat("jsonarray", "JsonArray", "needed"),
    "jsonlines": FileFormat("jsonlines", "JsonLines", "needed"),
    "csv": FileFormat("delimited", "Delimited", "needed", has_head=True),
    "delimited": FileFormat("delimited", "Delimited", "needed", has_head=True),
}


def rules_of(name: str) -> Rules:
    """What a mapping of that format has to say; it must where the format is no file's."""
    found = FILE_FORMATS.get(name)
    return "needed" if found is None else found.rules
