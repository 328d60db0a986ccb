"""Examples of the description have the keys of what the server really answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from tests.server.conftest import Running, make_lake, run
from tests.waiting import wait_until

from footfall.model.interval import Interval
from footfall.model.source import Source
from footfall.server.openapi import EVENTS_PATH, describe

EVENTS: list[dict[str, Any]] = [
    {"name": "in", "distinct_id": "u1", "anonymous_id": "a1", "timestamp": "2025-03-01T09:00:00Z",
     "country": "DE", "url": "https://shop.example/", "properties": {"exercise": "dns-basics"}},
    {"name": "out", "distinct_id": "u1", "timestamp": "2025-03-01T09:10:00Z", "country": "AT",
     "url": "https://shop.example/cart"},
]  # fmt: skip
QUERY: dict[str, Any] = {
    "source": "web",
    "metrics": ["events"],
    "dimensions": ["country"],
    "time_range": "all",
}
SQL = "select path, count(*) as n from web group by path order by n desc"
LISTED = {"source": "web", "time_range": "all"}

# What is asked of each operation, by its id: the example's parameters, with what there is here.
ASKED: dict[str, dict[str, Any]] = {
    "run_query": {"json": QUERY},
    "run_query_by_url": {"params": {"q": '{"source": "web", "dimensions": ["country"]}'}},
    "run_sql": {"json": {"sql": SQL}},
    "list_events": {"params": LISTED},
    "list_sessions": {"params": LISTED},
    "list_intervals": {"params": {**LISTED, "name": "visit", "fields": "properties.exercise"}},
    "list_sources": {},
    "show_source": {},
    "add_source": {"json": {"name": "other"}},
    "declare_properties": {"json": {"plan": "text"}},
    "show_identity": {"params": {"id": "u1"}},
    "merge_identities": {"json": {"id": "u3", "into": "u1"}},
    "split_identity": {"json": {"id": "a1"}},
    "undo_identity": {"params": {"id": "u3"}},
    "list_rejects": {"params": {"limit": 1}},
    "replay_rejects": {"json": {"source": "web"}},
    "read_ledger": {},
    **{f"list_{many}": {} for many in ("keys", "embeds", "tokens")},
    **{f"create_{one}": {"json": {}} for one in ("key", "embed", "token")},
    **{f"revoke_{one}": {} for one in ("key", "embed", "token")},
    "is_alive": {},
    "is_ready": {},
}

# Maps whose keys are the caller's own, and rows, whose keys are what was asked for.
FREE = {"properties", "mapping", "codes", "balance", "rows", "totals", "query", "checks"}
# Of the columns of an event, and of a source's, an example shows a few.
SHORTENED = {"list_events"}


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    lake = make_lake(tmp_path_factory.mktemp("filled") / "lake")
    visit = Interval("visit", "in", "out")
    lake.save_source(Source("web", properties={"exercise": "text"}, intervals=(visit,)))
    with run(lake) as running:
        running.send([*EVENTS, {"distinct_id": "nameless"}, {"distinct_id": "nor this"}])
        state = running.app.state
        wait_until(lambda: state.ledger.n_rejects("web") == 2)
        state.workspace.embeds.create("web", "", state.lake.secret)
        yield running


@pytest.fixture(scope="module")
def described(filled: Running) -> dict[str, tuple[str, str, dict[str, Any]]]:
    """Method, path and description of every operation, by its id."""
    return {
        item["operationId"]: (method, path, item)
        for path, methods in describe(filled.app.api)["paths"].items()
        for method, item in methods.items()
    }


def test_every_operation_with_an_example_in_json_is_asked(
    described: dict[str, tuple[str, str, dict[str, Any]]],
) -> None:
    """A new operation has to be put into the list above, or this fails."""
    in_json = {
        name
        for name, (_, path, item) in described.items()
        if path != EVENTS_PATH and example_of(item) is not None
    }
    assert in_json == set(ASKED)


@pytest.mark.parametrize("name", ASKED)
def test_an_example_has_the_keys_of_a_real_answer(
    filled: Running, described: dict[str, tuple[str, str, dict[str, Any]]], name: str
) -> None:
    method, path, item = described[name]
    with filled.client(filled.token("admin")) as client:
        place = path.format(name="web", prefix=prefix(client, path))
        answer = client.request(method, place, **ASKED[name])
    assert answer.status_code in (200, 201), answer.text
    assert differences(example_of(item), answer.json(), is_part=name in SHORTENED) == []


@pytest.mark.parametrize("name", ["run_query", "run_query_by_url", "run_sql"])
def test_columns_of_an_example_have_their_real_roles(
    filled: Running, described: dict[str, tuple[str, str, dict[str, Any]]], name: str
) -> None:
    method, path, item = described[name]
    with filled.client(filled.token()) as client:
        answer = client.request(method, path, **ASKED[name]).json()
    assert example_of(item)["columns"] == answer["columns"]


def test_an_example_of_intake_has_the_keys_of_a_receipt(
    server: Running, described: dict[str, tuple[str, str, dict[str, Any]]]
) -> None:
    _, _, item = described["send_events"]
    receipt = server.send([{"name": "a"}, {"distinct_id": "nameless"}]).json()
    assert differences(example_of(item), receipt) == []


def prefix(client: httpx.Client, path: str) -> str:
    """First letters of a credential that was made to be revoked, where the path names one."""
    if "{prefix}" not in path:
        return ""
    made = client.post(path.format(name="web", prefix="").rstrip("/"), json={})
    return made.json()["prefix"]


def example_of(item: dict[str, Any]) -> Any:
    found = next(item["responses"][code] for code in ("200", "201") if code in item["responses"])
    return found["content"].get("application/json", {}).get("example")


def differences(example: Any, real: Any, place: str = "", *, is_part: bool = False) -> list[str]:
    """Where keys differ; what is null or empty on either side tells nothing of its keys."""
    if not example or not real:
        return []
    if isinstance(example, list):
        return differences(example[0], real[0], f"{place}[]", is_part=is_part)
    if not isinstance(example, dict):
        return []
    keys = set(example) - set(real) if is_part else set(example) ^ set(real)
    return [f"{place}.{key}" for key in sorted(keys)] + [
        each
        for key in set(example) & set(real) - FREE
        for each in differences(example[key], real[key], f"{place}.{key}", is_part=is_part)
    ]
