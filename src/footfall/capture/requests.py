"""What the log of a web server leaves unsaid: which requests are pages, which hosts its own."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from footfall.capture.logfiles import open_format, with_rules
from footfall.capture.opening import open_file
from footfall.capture.reading import Content
from footfall.errors import InvalidEvents
from footfall.intake.links import split_link
from footfall.model.source import Source

if TYPE_CHECKING:
    from footfall.lake.folder import LakeFolder

REQUEST: Final = "request"
ASSET: Final = "asset"

_ASSETS: Final = (
    r"(?i)^[^?#]*\.(?:avif|bmp|css|eot|gif|ico|jpe?g|js|map|mjs|otf|png|svg|ttf|webmanifest|webp"
    r"|woff2?)(?:[?#]|$)"
)
_SAMPLE: Final = 1024 * 1024
_FEWEST: Final = 3


def is_request_log(source: Source) -> bool:
    """Whether every record of the source's files is a request to a web server."""
    rule = with_rules(source).mapping.fields.get("name")
    return rule is not None and rule.constant == REQUEST


def part_assets(table: pa.Table, source: Source) -> pa.Table:
    """Requests for what a page is made of named `asset`, in the log of a web server.

    The end of the path tells: style sheets, scripts, images, fonts.
    """
    if "url" not in table.column_names or not is_request_log(source):
        return table
    found = pc.fill_null(pc.match_substring_regex(table["url"], _ASSETS), False)
    place = table.column_names.index("name")
    return table.set_column(place, "name", pc.if_else(found, ASSET, table["name"]))


def settle_hosts(lake: LakeFolder, name: str, files: Iterable[str]) -> list[str]:
    """The log's own hosts, told from the beginning of the first file and kept in the source.

    Nothing, and nothing is changed, where the source has the option `hosts`, its files name
    the host themselves, or no host is plainly their own.
    """
    source = lake.source(name)
    if "hosts" in source.mapping.options or not is_request_log(source):
        return []
    path = next((Path(file) for file in files if Path(file).is_file()), None)
    hosts = [] if path is None else _hosts_of(path, source)
    if hosts:
        lake.change_source(name, lambda known: _with_hosts(known, hosts))
    return hosts


def _with_hosts(source: Source, hosts: list[str]) -> Source:
    options = {**source.mapping.options, "hosts": hosts}
    return replace(source, mapping=replace(source.mapping, options=options))


def _hosts_of(path: Path, source: Source) -> list[str]:
    with open_file(path) as raw:
        data = Content(raw, str(path)).fill(_SAMPLE)
    # Nobody can find an address again through a hash whose key is thrown away.
    form = open_format(source, b"sample", data)
    try:
        data = data[form.begin(data) :]
    except InvalidEvents:
        # Whoever takes the file in says what is wrong with it.
        return []
    table = form.parse(form.records(data[: form.cut(data, is_last=False)], 1)).table
    return own_hosts(table)


def own_hosts(table: pa.Table) -> list[str]:
    """Hosts whose pages lead here and are asked for here as well; none if in doubt.

    Of the referrers with a path that was itself requested, at least three and half must be of
    one host, with and without `www.`. The root says nothing: every host has one.
    """
    if not {"url", "referrer"} <= set(table.column_names) or _names_hosts(table):
        return []
    paths = {split_link(url).path for url in _texts(table["url"])} - {"/", None}
    counts: Counter[str] = Counter()
    names: defaultdict[str, set[str]] = defaultdict(set)
    for referrer in _texts(table["referrer"]):
        link = split_link(referrer)
        if link.host and link.path in paths:
            bare = link.host.removeprefix("www.")
            counts[bare] += 1
            names[bare].add(link.host)
    most = max(counts, key=lambda host: (counts[host], host), default="")
    if counts[most] < _FEWEST or 2 * counts[most] < counts.total():
        return []
    return sorted(names[most])


def _names_hosts(table: pa.Table) -> bool:
    if "host" in table.column_names and table["host"].null_count < table.num_rows:
        return True
    return any("://" in url for url in _texts(table["url"])[:100])


def _texts(column: pa.ChunkedArray) -> list[str]:
    return column.drop_null().to_pylist()
