from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from footfall.capture.identity import RecordIds


def ids(*batches: list[bytes], source: str = "web", most: int = 1 << 20) -> list[str]:
    identities = RecordIds(source, max_remembered=most)
    return [item for batch in batches for item in identities.assign(batch).to_pylist()]


def test_equal_lines_have_ids_of_their_own() -> None:
    first, second, third, other = ids([b"x", b"x", b"x", b"y"])
    assert len({first, second, third, other}) == 4
    assert all(len(item) == 24 for item in (first, second, third, other))


def test_which_of_its_like_a_line_is_counts_across_batches() -> None:
    assert ids([b"x", b"y"], [b"x"], [b"x", b"y"]) == ids([b"x", b"y", b"x", b"x", b"y"])


def test_same_line_has_the_same_id_in_a_file_that_begins_alike() -> None:
    # A file and the same file grown: a b | a b c.
    assert ids([b"a", b"b"]) == ids([b"a", b"b", b"c"])[:2]


def test_same_line_of_two_servers_is_two_events() -> None:
    assert ids([b"a", b"x"])[1] != ids([b"b", b"x"])[1]


def test_sources_do_not_share_ids() -> None:
    assert ids([b"x"]) != ids([b"x"], source="app")


def test_lines_passed_over_count() -> None:
    identities = RecordIds("web")
    identities.pass_over([b"x", b"y"])
    assert identities.peek([b"x", b"z", b"x"]) == ids([b"x", b"x", b"z", b"x"])[1:]
    assert identities.assign([b"x"]).to_pylist() == ids([b"x", b"x"])[1:]


def test_what_is_remembered_is_bounded() -> None:
    lines = [b"%d" % i for i in range(1000)]
    far = ids([b"x"], *[[line] for line in lines], [b"x"], most=100)
    assert far[0] == far[-1]
    near = ids([b"x"], *[[line] for line in lines[:70]], [b"x"], most=100)
    assert near[0] != near[-1]


@given(st.lists(st.lists(st.sampled_from([b"a", b"b", b"c"]), max_size=6), max_size=6))
def test_batches_change_nothing(batches: list[list[bytes]]) -> None:
    assert ids(*batches) == ids([line for batch in batches for line in batch])
