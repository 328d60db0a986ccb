"""A request on its way into the journal, and the answer to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from footfall.intake.accept import Accepted
from footfall.intake.payload import VERSION, Context, Payload, RejectItem, encode_payload


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a request: all of it is on disk, or was refused with a reason."""

    stored: int
    duplicates: int
    rejected: tuple[RejectItem, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The receipt as the API answers it."""
        rejected = [
            {"index": item.index, "code": item.code, "reason": item.reason}
            for item in self.rejected
        ]
        return {"stored": self.stored, "duplicates": self.duplicates, "rejected": rejected}


class PendingRequest:
    """An accepted request; `payload` is its record, made anew when events are left out.

    `is_checked` says that none of its events can be in the lake already, `is_vouched` is that
    of its record.
    """

    __slots__ = ("_accepted", "_context", "_is_vouched", "_protocol", "_received_at", "is_checked",
                 "n_dropped", "payload", "source")  # fmt: skip

    def __init__(
        self,
        source: str,
        received_at: int,
        protocol: str,
        context: Context,
        accepted: Accepted,
        n_dropped: int = 0,
        *,
        is_checked: bool = False,
        is_vouched: bool = False,
    ) -> None:
        self.source = source
        self.is_checked = is_checked or accepted.is_new
        self.n_dropped = n_dropped
        self._received_at = received_at
        self._protocol = protocol
        self._context = context
        self._accepted = accepted
        self._is_vouched = is_vouched
        self.payload = self._encode()

    @property
    def ids(self) -> list[str]:
        """Identities of the events that are left; none where they cannot have come before."""
        return [] if self._accepted.is_new else self._accepted.ids

    def drop(self, known: set[str]) -> None:
        """Leave out events that came earlier."""
        n_dropped = self._accepted.drop(known)
        if n_dropped:
            self.n_dropped += n_dropped
            self.payload = self._encode()

    def receipt(self) -> Receipt:
        """The answer, once the record is on disk."""
        accepted = self._accepted
        return Receipt(len(accepted.ids), self.n_dropped, tuple(accepted.rejects))

    def _encode(self) -> bytes:
        accepted = self._accepted
        return encode_payload(
            Payload(
                VERSION,
                self.source,
                self._received_at,
                self._protocol,
                self._context,
                accepted.body,
                len(accepted.ids),
                self.n_dropped,
                accepted.rejects,
                self._is_vouched,
            )
        )
