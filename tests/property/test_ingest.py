"""However a log is cut into files, readings and pieces, its events are the same."""

from __future__ import annotations

import gzip
import shutil
import tempfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.capture.conftest import events

from footfall.capture.collector import Collector
from footfall.capture.definition import Changes, define
from footfall.intake.ledger import Ledger
from footfall.lake.folder import LakeFolder

NOW = datetime(2026, 11, 3, 12, tzinfo=UTC)
TIME = "[01/Nov/2026:10:05:0%d +0000]"
AGENTS = st.sampled_from(['"-" "a"', '"-" "a \\"b\\""', '"/x" "é"', '"-" "cut', "", "broken"])
LOG_LINES = st.builds(
    lambda host, second, agent: (
        f'{host} - - {TIME % second} "GET /{second} HTTP/1.1" 200 5 {agent}'
    ),
    st.sampled_from(["192.0.2.1", "::1"]),
    st.integers(0, 2),
    AGENTS,
)
JSON_LINES = st.sampled_from(
    ['{"t":"2026-11-01","n":"a"}', '{"t":"2026-11-02","n":"é","x":"\\""}', "{", '{"n":1}', "  "]
)
CSV_LINES = st.sampled_from(
    ["2026-11-01,a,u", '2026-11-02,b,"x\ny"', '2026-11-02,b,"x ""q"""', '2026-11-02,b,5"', "x,y"]
)
RULES = {"timestamp": "t", "name": "n"}
SOURCES = {
    "web": (Changes("combined"), LOG_LINES, ""),
    "app": (Changes("jsonlines", RULES), JSON_LINES, ""),
    "shop": (Changes("csv", RULES), CSV_LINES, "t,n,u\n"),
}


class Lake:
    """A lake in a folder of its own, for one example."""

    def __init__(self, source: str) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.source = source
        self.lake = LakeFolder.create(self.folder / "lake", random=bytes, clock=lambda: NOW)
        self.lake.save_source(define(source, SOURCES[source][0]))
        self.ledger = Ledger(self.lake.root / "ledger.db")

    def __enter__(self) -> Lake:
        return self

    def __exit__(self, *_: object) -> None:
        self.ledger.close()
        shutil.rmtree(self.folder)

    def ingest(self, data: bytes, piece_size: int, name: str = "a.log") -> None:
        path = self.folder / name
        path.write_bytes(data)
        collector = Collector(
            self.lake, self.source, self.ledger, clock=lambda: NOW, piece_size=piece_size
        )
        collector.ingest([path])

    def content(self) -> tuple[dict[str, str], Counter[tuple[int, bytes]]]:
        """Every event by its id, and the open rejects by line."""
        found = events(self.lake, self.source)
        assert len({event["event_id"] for event in found}) == len(found)
        balance = self.ledger.balance(self.source).get(self.source)
        assert balance is None or balance.is_balanced
        assert (balance.stored if balance else 0) == len(found)
        rejects = Counter((item.line, item.raw) for item in self.ledger.rejects(self.source))
        return {event["event_id"]: str(event) for event in found}, rejects


@st.composite
def logs(draw: st.DrawFn) -> tuple[str, bytes]:
    """A source and the content of one of its files."""
    source = draw(st.sampled_from(sorted(SOURCES)))
    _, lines, header = SOURCES[source]
    end = draw(st.sampled_from(["\n", "\r\n"]))
    text = header + end.join(draw(st.lists(lines, min_size=1, max_size=12)))
    return source, (text + draw(st.sampled_from([end, ""]))).encode()


@settings(max_examples=15, deadline=None)
@given(logs(), st.integers(128, 400), st.data())
def test_growing_file_read_in_any_steps_gives_what_one_reading_gives(
    log: tuple[str, bytes], piece_size: int, data: st.DataObject
) -> None:
    source, content = log
    with Lake(source) as whole, Lake(source) as grown:
        whole.ingest(content, 1 << 20)
        for end in sorted(data.draw(st.lists(st.integers(0, len(content)), max_size=3))):
            grown.ingest(content[:end], piece_size)
        grown.ingest(content, piece_size)
        assert grown.content() == whole.content()


@settings(max_examples=15, deadline=None)
@given(logs(), st.integers(128, 400), st.booleans())
def test_file_again_in_another_form_changes_nothing(
    log: tuple[str, bytes], piece_size: int, is_packed: bool
) -> None:
    source, content = log
    with Lake(source) as lake:
        lake.ingest(content, piece_size)
        before = lake.content()
        lake.ingest(gzip.compress(content) if is_packed else content, 1 << 20, "b.log")
        assert lake.content() == before
