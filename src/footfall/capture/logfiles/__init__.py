"""Shapes of log files: one file each, and the table that finds them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from footfall.capture.mapping import SERVER_LOGS
from footfall.capture.presets import PRESETS
from footfall.capture.records import BOM
from footfall.capture.whereabouts import Whereabouts
from footfall.errors import InvalidMapping
from footfall.model.source import Mapping, Source

if TYPE_CHECKING:
    from footfall.capture.records import Format
    from footfall.intake.places import Places


def open_format(source: Source, secret: bytes, head: bytes, places: Places | None = None) -> Format:
    """The format of one file of the source, which begins with `head`.

    JSON is read by lines where its first line is a whole value, else by brackets. A source
    whose mapping names a ready-made one and has no rules of its own gets that one's. `places`
    tell where addresses are.
    """
    source = with_rules(source)
    where = Whereabouts(source, secret, places)
    name = source.mapping.format
    if name in ("combined", "common"):
        from footfall.capture.logfiles.access import AccessLog

        return AccessLog(source, secret, where)
    if name in ("csv", "delimited"):
        from footfall.capture.logfiles.delimited import Delimited

        return Delimited(source, secret, head, where)
    if name == "jsonlines" or (name == "json" and is_by_lines(head)):
        from footfall.capture.logfiles.jsonlines import JsonLines

        return JsonLines(source, secret, where)
    if name == "json":
        from footfall.capture.logfiles.jsonarray import JsonArray

        return JsonArray(source, secret, where)
    if name in SERVER_LOGS:
        return _server_log(source, secret, head, where)
    raise InvalidMapping(
        f"Source {source.name!r} has the format {name!r}, which no file has: set another with "
        f"footfall source set {source.name} --mapping NAME.",
        parameter="mapping",
    )


def _server_log(source: Source, secret: bytes, head: bytes, where: Whereabouts) -> Format:
    name = source.mapping.format
    if name in ("cloudfront", "iis"):
        from footfall.capture.logfiles.w3c import W3CLog

        return W3CLog(source, secret, head, where)
    if name in ("alb", "s3"):
        from footfall.capture.logfiles.amazon import AlbLog, S3Log

        kind = AlbLog if name == "alb" else S3Log
        return kind(source, secret, where)
    if name == "nginx_error":
        from footfall.capture.logfiles.nginx_error import NginxErrorLog

        return NginxErrorLog(source, secret, where)
    from footfall.capture.logfiles.learning import LearningLog

    return LearningLog(source, secret, where)


def with_rules(source: Source) -> Source:
    """The source with the rules of the ready-made mapping that it names, if it has none.

    Rules for a server's log stand beside those that are ready-made.
    """
    mapping = source.mapping
    if mapping.format not in PRESETS:
        return source
    ready = PRESETS[mapping.format].mapping
    if mapping.format in SERVER_LOGS:
        return replace(source, mapping=_joined(ready, mapping))
    if mapping.fields:
        return source
    return replace(source, mapping=replace(ready, options={**ready.options, **mapping.options}))


def _joined(ready: Mapping, own: Mapping) -> Mapping:
    return Mapping(
        own.format,
        {**ready.fields, **own.fields},
        {**ready.properties, **own.properties},
        own.drop or ready.drop,
        {**ready.options, **own.options},
    )


def is_by_lines(head: bytes) -> bool:
    """Whether JSON that begins with `head` has a value a line."""
    start = head.removeprefix(BOM).lstrip()
    if not start.startswith(b"{"):
        return False
    line, separator, _ = start.partition(b"\n")
    if not separator:
        return True
    try:
        json.loads(line)
    except ValueError:
        # A line that is cut off is no reason to read the file by brackets.
        return not line.rstrip().endswith((b"{", b",", b"["))
    return True
