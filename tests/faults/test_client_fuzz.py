"""Changed requests of trackers through the whole server: none fails inside, the ledger adds up."""

from __future__ import annotations

import http.client
from collections.abc import Iterator

import pytest
from benchmarks.tracker_bodies.sample import Sample, samples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.faults.server_process import Process, serving

SAMPLES = samples()
PIECES = st.binary(max_size=6) | st.sampled_from(
    [b"\x00", b"\xff\xfe", b"1e999", b"NaN", b"null", b"[]", b"{}", b'"', b"\\ud800", b"9" * 400]
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    with serving(tmp_path_factory.mktemp("fuzz") / "lake") as server:
        yield server


@st.composite
def changed(draw: st.DrawFn) -> tuple[Sample, bytes]:
    """A request of some tracker, with one to three places of its body written over."""
    sample = draw(st.sampled_from(SAMPLES))
    body = bytearray(sample.content())
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(body)))
        body[at : at + draw(st.integers(0, 8))] = draw(PIECES)
    return sample, bytes(body)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(request=changed(), has_key=st.booleans())
def test_no_request_fails_inside(
    server: Process, request: tuple[Sample, bytes], has_key: bool
) -> None:
    sample, body = request
    before = f"/k/{server.key}" if has_key else ""
    try:
        status, *_ = server.ask(sample.method, before + sample.address(), body, **sample.headers)
    except http.client.InvalidURL:
        return
    assert status < 500


def test_the_ledger_adds_up(server: Process) -> None:
    # On a server of its own, where tests are shared out among processes.
    for sample in SAMPLES:
        for body in (sample.content(), sample.content()[:-1]):
            server.ask(sample.method, f"/k/{server.key}{sample.address()}", body, **sample.headers)
    server.stop()
    server.check()
    assert sum(each.received for each in server.entries()) >= len(SAMPLES)
    assert "Traceback" not in server.log.read_text("utf-8")
