"""Every error that Footfall raises, as one tree.

    FootfallError
    ├── ExposedError                 may be shown to whoever asked; has a stable code
    │   ├── InvalidInput             400  something the caller wrote is wrong
    │   │   ├── InvalidQuery              a part of a query: field, metric, filter, range
    │   │   ├── InvalidSQL                SQL that is malformed or not allowed
    │   │   ├── InvalidMapping            a source's mapping or declared property
    │   │   ├── InvalidSetting            a value in footfall.toml or the environment
    │   │   ├── InvalidIdentity           ids that cannot be joined or parted
    │   │   └── InvalidEvents             a body of events that cannot be read
    │   │       └── UnknownEncoding  415  a body packed in a way that is not known
    │   ├── NotFound                 404
    │   │   ├── LakeNotFound
    │   │   ├── UnknownSource
    │   │   └── FileMissing
    │   ├── Conflict                 409  it exists already, or changed meanwhile
    │   ├── NotAuthenticated         401
    │   │   └── TokenExpired              a token that was good until a moment ago
    │   ├── NotAllowed               403
    │   ├── WrongMethod              405
    │   ├── TooSlow                  408  a request did not arrive in time
    │   ├── TooLarge                 413
    │   ├── ForeignHost              421  the server does not go by that name
    │   ├── LimitExceeded            422  memory, rows or time of a query used up
    │   ├── Cancelled                499
    │   ├── Overloaded               503  try again after `retry_after` seconds
    │   │   └── StorageFull               no space is left on the disk
    │   ├── TableDamaged             500  files of a table are gone or damaged
    │   └── MissingComponent         501  an optional package is not installed
    └── InternalError                     a defect or a fault of the machine; never shown in detail
        ├── JournalError                  the journal cannot be written or read
        ├── LakeError                     a table cannot be written or read
        │   └── StaleSnapshot                 files of a snapshot were vacuumed meanwhile
        └── EngineError                   an engine failed for a reason not the caller's

An exposed error names the parameter, the value that came, what would be allowed,
and the way out, in one or two sentences. What stands outside the tree is no error but a way
of control within one room, and is caught there: `Rejected` (an event that becomes a reject),
`ClientGone` (nobody is left to be answered), `LoginNeeded` (a page that becomes the login).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Self


class FootfallError(Exception):
    """Root of all errors of this package."""

    code: ClassVar[str] = "error"


class ExposedError(FootfallError):
    """An error whose message is written for the person who asked."""

    code = "exposed"
    status: ClassVar[int] = 400

    def __init__(
        self,
        message: str,
        *,
        parameter: str | None = None,
        suggestions: Iterable[str] = (),
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.parameter = parameter
        self.suggestions = list(suggestions)
        self.retry_after = retry_after

    def to_dict(self) -> dict[str, Any]:
        """The error as the API sends it."""
        return error_dict(self.code, self.message, self.parameter, self.suggestions)


class InvalidInput(ExposedError):
    """Something the caller wrote is wrong; the same call will fail again."""

    code = "invalid_input"


class InvalidQuery(InvalidInput):
    """A part of a query is wrong; `parameter` names the part."""

    code = "invalid_query"


class InvalidSQL(InvalidInput):
    """SQL that is malformed, or does more than read."""

    code = "invalid_sql"


class InvalidMapping(InvalidInput):
    """A source's mapping or declared property is wrong."""

    code = "invalid_mapping"


class InvalidSetting(InvalidInput):
    """A value in footfall.toml or the environment is wrong."""

    code = "invalid_setting"


class InvalidIdentity(InvalidInput):
    """Ids that cannot be joined or parted."""

    code = "invalid_identity"


class InvalidEvents(InvalidInput):
    """A body of events that cannot be read at all."""

    code = "invalid_events"


class UnknownEncoding(InvalidEvents):
    """A body is packed in a way that is not known."""

    code = "unknown_encoding"
    status = 415


class NotFound(ExposedError):
    """What was named does not exist."""

    code = "not_found"
    status = 404


class LakeNotFound(NotFound):
    """No lake lies where one was looked for."""

    code = "lake_not_found"


class UnknownSource(NotFound):
    """The lake has no source of that name."""

    code = "unknown_source"


class FileMissing(NotFound):
    """A file or pattern named by the caller matches nothing."""

    code = "file_missing"


class Conflict(ExposedError):
    """It exists already, or changed in the meantime."""

    code = "conflict"
    status = 409


class NotAuthenticated(ExposedError):
    """No valid key, token or login came with the request."""

    code = "not_authenticated"
    status = 401


class TokenExpired(NotAuthenticated):
    """The token was good, and its time is over."""

    code = "token_expired"


class NotAllowed(ExposedError):
    """The key, token or login is valid but does not carry this right."""

    code = "not_allowed"
    status = 403


class WrongMethod(ExposedError):
    """What was asked for is there, and cannot be asked in this way."""

    code = "method_not_allowed"
    status = 405


class TooSlow(ExposedError):
    """A request did not arrive in time."""

    code = "too_slow"
    status = 408


class TooLarge(ExposedError):
    """A body or record is larger than the settings allow."""

    code = "too_large"
    status = 413


class ForeignHost(ExposedError):
    """The server does not go by the name under which it was asked."""

    code = "foreign_host"
    status = 421


class LimitExceeded(ExposedError):
    """A query used up its memory, rows or time."""

    code = "limit_exceeded"
    status = 422


class Cancelled(ExposedError):
    """The caller went away or asked to stop."""

    code = "cancelled"
    status = 499


class Overloaded(ExposedError):
    """More arrives than can be kept; send again after `retry_after` seconds."""

    code = "overloaded"
    status = 503


class StorageFull(Overloaded):
    """No space is left on the disk; nothing of the request was kept.

    503 as its parent, for many senders give up at 507, which they do not know.
    """

    code = "storage_full"


class TableDamaged(ExposedError):
    """Files that the newest version of a table needs are gone or damaged; `doctor` tells which."""

    code = "table_damaged"
    status = 500


class MissingComponent(ExposedError):
    """An optional package is not installed; the message says which."""

    code = "missing_component"
    status = 501


class InternalError(FootfallError):
    """A defect, or a fault of the machine; details go to the log only."""

    code = "internal"


class JournalError(InternalError):
    """The journal cannot be written or read."""

    code = "journal"


class LakeError(InternalError):
    """A table of the lake cannot be written or read."""

    code = "lake"


class StaleSnapshot(LakeError):
    """Files of a snapshot are gone, compacted and vacuumed meanwhile: take a new one."""

    code = "stale_snapshot"

    @classmethod
    def of(cls, missing: Sequence[str]) -> Self:
        """The error for these files, at least one."""
        return cls(f"{len(missing)} files are gone, such as {missing[0]}")


class EngineError(InternalError):
    """An engine failed for a reason that is not the caller's."""

    code = "engine"


def error_dict(
    code: str, message: str, parameter: str | None = None, suggestions: Iterable[str] = ()
) -> dict[str, Any]:
    """What the API tells of any error, this package's or another's."""
    return {
        "code": code,
        "message": message,
        "parameter": parameter,
        "suggestions": list(suggestions),
    }


def near_names(name: str, known: Iterable[str], *, most: int = 3) -> list[str]:
    """Up to `most` of the known names that look like `name`, nearest first."""
    return difflib.get_close_matches(name, list(known), n=most, cutoff=0.6)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A closing sentence that suggests near names, or nothing."""
    return suggest(near_names(name, known))


def suggest(near: Sequence[str]) -> str:
    """A closing sentence that suggests these, or nothing.

    >>> suggest(["web", "wiki"]), suggest([])
    (" Did you mean 'web' or 'wiki'?", '')
    """
    return f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
