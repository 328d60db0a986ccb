from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from footfall.model.identity import LONGEST_ID, MAX_IDS, Decision, Link, resolve

IDS = st.sampled_from(["a", "b", "c", "d", "e", "null"])
LINKS = st.lists(
    st.builds(Link, IDS, IDS, st.integers(0, 5), st.booleans()), max_size=12, unique_by=repr
)


def test_an_anonymous_visitor_becomes_known() -> None:
    assert resolve([Link("v1", "anna", 1)]) == {"v1": "anna"}


def test_two_devices_of_one_person() -> None:
    assert resolve([Link("phone", "anna", 1), Link("laptop", "anna", 2)]) == {
        "phone": "anna",
        "laptop": "anna",
    }


def test_a_shared_device_stays_with_the_first_in_time_whatever_came_first() -> None:
    links = [Link("device", "ben", 2), Link("device", "anna", 1)]
    assert resolve(links) == resolve(links[::-1]) == {"device": "anna"}


def test_a_known_person_does_not_become_another_by_logging_in() -> None:
    # anna's tracker was not reset before ben logged in, so it names her as his former self.
    assert resolve([Link("v1", "anna", 1), Link("anna", "ben", 2)]) == {"v1": "anna"}


def test_an_alias_joins_two_known_people_and_all_that_is_theirs() -> None:
    links = [Link("v1", "old", 1), Link("v2", "new", 2), Link("old", "new", 3, is_explicit=True)]
    assert resolve(links) == {"v1": "new", "v2": "new", "old": "new"}


def test_ids_that_mean_nobody_join_nothing() -> None:
    assert resolve([Link("undefined", "anna", 1), Link("v1", "NULL", 1)]) == {}


def test_aliases_in_a_circle_end() -> None:
    links = [Link("a", "b", 1, is_explicit=True), Link("b", "a", 2, is_explicit=True)]
    assert resolve(links) == {"a": "b"}


def test_a_split_takes_back_what_was_said_until_then() -> None:
    links = [Link("device", "anna", 1), Link("device", "ben", 9)]
    assert resolve(links, [Decision("device", None, 5)]) == {"device": "ben"}
    assert resolve(links[:1], [Decision("device", None, 5)]) == {}


def test_a_merge_by_a_person_and_its_end() -> None:
    merge = Decision("old", "new", 3)
    assert resolve([], [merge]) == {"old": "new"}
    assert resolve([], [merge, Decision("old", None, 4)]) == {}
    assert resolve([], [merge, Decision("old", None, 4), Decision("old", "other", 5)]) == {
        "old": "other"
    }


@given(LINKS, st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(links: list[Link], random) -> None:
    # Two links at one instant that differ only in being explicit are told apart by nothing.
    unique = list({(x.timestamp, x.anonymous_id, x.distinct_id): x for x in links}.values())
    shuffled = random.sample(unique, len(unique))
    assert resolve(unique) == resolve(shuffled)


@given(LINKS)
def test_an_actor_stands_for_itself(links: list[Link]) -> None:
    found = resolve(links)
    assert not set(found.values()) & set(found)
    assert all(each not in ("null", actor) for each, actor in found.items())


def test_no_more_ids_than_a_person_can_have() -> None:
    links = [Link(f"d{n:04}", "hub", n) for n in range(MAX_IDS + 50)]
    found = resolve(links)
    # The actor itself is one of them.
    assert len(found) == MAX_IDS - 1
    assert "d0000" in found
    assert f"d{MAX_IDS:04}" not in found
    merge = Decision("other", "hub", 10_000)
    assert resolve(links, [merge])["other"] == "hub"


def test_an_id_that_is_too_long_joins_nothing() -> None:
    fitting, longer = "x" * LONGEST_ID, "x" * (LONGEST_ID + 1)
    assert resolve([Link(fitting, "anna", 1), Link(longer, "anna", 2)]) == {fitting: "anna"}
    assert resolve([Link("v1", longer, 1)]) == {}
    assert resolve([], [Decision(longer, "anna", 1), Decision("v1", longer, 2)]) == {}
