"""Logs that are told by their looks: which ready-made mapping reads them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from footfall.capture.logfiles.learning import read_entry
from footfall.capture.presets import PRESETS
from footfall.capture.records import Flaw, Row
from footfall.capture.roles import Proposal
from footfall.model.source import Rule

_ENOUGH: Final = 0.8
_LINES: Final = 200

_ALB: Final = re.compile(r"(https?|h2|grpcs|wss?) \d{4}-\d\d-\d\dT[0-9:.]+Z \S+ \S+ \S+ ")
_S3: Final = re.compile(r"\S+ \S+ \[\d\d/[A-Z][a-z]{2}/\d{4}(:\d\d){3} [+-]\d{4}\] \S+ \S+ \S+ \S")
_NGINX_ERROR: Final = re.compile(r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[[a-z]+\] \d+#\d+: ")


def _is_learning(line: str) -> bool:
    entry, date = read_entry(line)
    if isinstance(entry, Flaw):
        return False
    return (date is None) == (entry["kind"] in ("5", "6"))


_TESTS: Final[dict[str, Callable[[str], bool]]] = {
    "alb": lambda line: _ALB.match(line) is not None,
    "s3": lambda line: _S3.match(line) is not None,
    "nginx_error": lambda line: _NGINX_ERROR.match(line) is not None,
    "learning": _is_learning,
}

_KEYS: Final[dict[str, tuple[frozenset[str], ...]]] = {
    "userale": (frozenset({"logType", "type", "pageUrl", "userId"}),),
    "cloudfront": (frozenset({"date", "time", "x-edge-location"}),),
    "caddy": (frozenset({"ts", "request", "status", "resp_headers"}),),
    "traefik": (frozenset({"DownstreamStatus", "RequestPath", "ClientHost"}),),
    "docker": (frozenset({"log", "stream", "time"}),),
    "ecs": (frozenset({"@timestamp", "ecs.version"}), frozenset({"@timestamp", "ecs"})),
    "bunyan": (
        frozenset({"time", "level", "pid", "hostname", "msg"}),
        frozenset({"time", "level", "msg", "v"}),
    ),
    "nginx_json": (
        frozenset({"remote_addr", "request_uri", "status"}),
        frozenset({"remote_addr", "request", "status"}),
    ),
    "structlog": (frozenset({"event", "level", "timestamp"}),),
}


@dataclass(frozen=True)
class Known:
    """A ready-made mapping, how many of the lines look like it, and what its rules say."""

    name: str
    share: float

    @property
    def shape(self) -> str:
        """The file in words."""
        return PRESETS[self.name].summary

    @property
    def proposals(self) -> list[Proposal]:
        """The rules, as people are shown what was found out."""
        rules = PRESETS[self.name].mapping.fields
        found = [] if "timestamp" in rules else [("timestamp", "time")]
        found += [(column, _words(rule)) for column, rule in rules.items()]
        reason = f"is so in {self.name} logs"
        return [
            Proposal(column, source, round(self.share, 2), reason + _hash_note(rules.get(column)))
            for column, source in found
        ]


def known_lines(lines: Sequence[str]) -> Known | None:
    """The log that these lines are from, if at least four in five look like it."""
    lines = [line for line in lines[:_LINES] if line]
    header = next((line for line in lines if line.lower().startswith("#fields:")), None)
    if header is not None and all(line.startswith("#") for line in lines[: lines.index(header)]):
        return Known("cloudfront" if "x-edge-location" in header.lower() else "iis", 1.0)
    for name, test in _TESTS.items():
        share = sum(map(test, lines)) / max(len(lines), 1)
        if share >= _ENOUGH:
            return Known(name, share)
    return None


def known_objects(rows: Sequence[Row]) -> Known | None:
    """The log that these objects are from, if nine in ten have its keys."""
    for name, choices in _KEYS.items():
        share = sum(any(keys <= row.keys() for keys in choices) for row in rows) / len(rows)
        if share > 0.9:
            return Known(name, share)
    return None


def _words(rule: Rule) -> str:
    return " or ".join(rule.paths) or f"={rule.constant!r}"


def _hash_note(rule: Rule | None) -> str:
    return "; kept as a keyed hash only" if rule is not None and rule.hashed else ""
