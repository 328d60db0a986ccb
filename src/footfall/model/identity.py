"""Who is who: the ids of one actor joined, by what events say and people decide."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from footfall.model.time import from_epoch_us

EXPLICIT: Final = frozenset({"alias", "$create_alias", "$merge_dangerously", "merge", "$merge"})
"""Names of events that join two ids whatever both have been before."""

MAX_IDS: Final = 1_000
"""Ids that events can join to one actor: more are no devices of one person, but a fault."""

LONGEST_ID: Final = 256
"""Characters of an id that can be joined: what is longer names nobody, and people could not
write down that it does."""

# What programs send when they have no id: joined once, these would make all people one.
NOBODY: Final = frozenset({
    "", "0", "00000000-0000-0000-0000-000000000000", "[object object]", "anonymous",
    "anonymous_id", "distinct_id", "email", "false", "guest", "id", "nan", "nil", "none",
    "not_authenticated", "null", "true", "undefined", "unknown", "user_id",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Link:
    """An event's word that `anonymous_id` is the same actor as `distinct_id`.

    `timestamp` is when it was first said, microseconds since 1970.
    """

    anonymous_id: str
    distinct_id: str
    timestamp: int
    is_explicit: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """A person's word: `id` is the same actor as `into`, or (without `into`) as nobody else.

    A split voids what events said of `id` up to then, however often they say it again, and
    earlier merges of it.
    `decided_at` counts microseconds since 1970; `by` is who decided.
    """

    id: str
    into: str | None
    decided_at: int
    by: str = ""

    @property
    def kind(self) -> Literal["merge", "split"]:
        """What was decided."""
        return "split" if self.into is None else "merge"

    @property
    def ids(self) -> frozenset[str]:
        """The one id that it names, or both."""
        return frozenset({self.id} if self.into is None else {self.id, self.into})


@dataclass(frozen=True, slots=True)
class Identity:
    """The actor that `id` belongs to, all its ids, and why they are one."""

    id: str
    actor_id: str
    ids: tuple[str, ...]
    links: tuple[Link, ...] = ()
    decisions: tuple[Decision, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The identity as programs read it; times in ISO 8601, UTC."""
        return {
            "id": self.id,
            "actor_id": self.actor_id,
            "ids": list(self.ids),
            "links": [
                {
                    "anonymous_id": each.anonymous_id,
                    "distinct_id": each.distinct_id,
                    "timestamp": from_epoch_us(each.timestamp).isoformat(),
                    "is_explicit": each.is_explicit,
                }
                for each in self.links
            ],
            "decisions": [
                {
                    "kind": each.kind,
                    "id": each.id,
                    "into": each.into,
                    "decided_at": from_epoch_us(each.decided_at).isoformat(),
                    "by": each.by,
                }
                for each in self.decisions
            ],
        }


def is_somebody(actor_id: str) -> bool:
    """Whether an id can stand for one actor.

    >>> is_somebody("u_812"), is_somebody("undefined")
    (True, False)
    """
    return actor_id.strip().lower() not in NOBODY


def can_join(actor_id: str) -> bool:
    """Whether an id can be the same actor as another: that of somebody, and not too long.

    >>> can_join("u_812"), can_join("u" * 257)
    (True, False)
    """
    return len(actor_id) <= LONGEST_ID and is_somebody(actor_id)


def resolve(links: Iterable[Link], decisions: Sequence[Decision] = ()) -> dict[str, str]:
    """The actor of every id that belongs to another; ids that stand for themselves are left out.

    Links count in the order of their times. An id joins the first that names it: a device on
    which a second person logs in later stays with the first, and neither an id that others
    have joined nor one that has joined is moved by an event, unless that is explicit. The
    answer does not depend on the order of arrival.

    >>> resolve([Link("device", "anna", 1), Link("device", "ben", 2)])
    {'device': 'anna'}
    """
    decided = set(_merges(decisions))
    union = _Union()
    for link in sorted([*_standing(links, decisions), *decided], key=_order):
        if can_join(link.anonymous_id) and can_join(link.distinct_id):
            most = None if link in decided else MAX_IDS
            union.join(link.anonymous_id, link.distinct_id, link.is_explicit, most)
    return union.actors()


class _Union:
    """Groups of ids, each under the one that stands for it."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}
        self._sizes: dict[str, int] = {}
        self._hosts: set[str] = set()

    def join(self, former: str, into: str, is_explicit: bool, most: int | None) -> None:
        """Let `former` belong to the actor of `into`, unless that had more ids than `most`."""
        if not is_explicit and (former in self._parent or former in self._hosts):
            return
        old, new = self._find(former), self._find(into)
        size = self._sizes.get(old, 1) + self._sizes.get(new, 1)
        if old != new and (most is None or size <= most):
            self._parent[old] = new
            self._sizes[new] = size
            self._hosts.add(into)

    def actors(self) -> dict[str, str]:
        """The actor of every id that has joined another."""
        return {each: self._find(each) for each in self._parent}

    def _find(self, each: str) -> str:
        root = each
        while (above := self._parent.get(root)) is not None:
            root = above
        while each != root:
            self._parent[each], each = root, self._parent[each]
        return root


def _standing(links: Iterable[Link], decisions: Sequence[Decision]) -> Iterable[Link]:
    """The links that no split has voided."""
    split = _splits(decisions)
    return (link for link in links if link.timestamp > split.get(link.anonymous_id, -1))


def _merges(decisions: Sequence[Decision]) -> Iterable[Link]:
    split = _splits(decisions)
    return (
        Link(each.id, each.into, each.decided_at, is_explicit=True)
        for each in decisions
        if each.into is not None and each.decided_at > split.get(each.id, -1)
    )


def _splits(decisions: Sequence[Decision]) -> dict[str, int]:
    """When each id was last split."""
    found: dict[str, int] = {}
    for each in decisions:
        if each.into is None:
            found[each.id] = max(each.decided_at, found.get(each.id, -1))
    return found


def _order(link: Link) -> tuple[int, str, str]:
    return link.timestamp, link.anonymous_id, link.distinct_id
