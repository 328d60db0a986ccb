"""What differs between the SQL of the engines, as builders of text.

Everything that the query layer writes is portable (epoch integers, explicit frames, no
ordinals, no alias that shadows a column) except for what a `Dialect` spells. Values never
come into the text: they are bound as parameters, named by `placeholder`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Literal

ValueType = Literal["text", "int", "float", "bool", "time"]


class Dialect(ABC):
    """Builders of SQL expressions for one engine; arguments and results are SQL text."""

    name: ClassVar[str]
    materialized: ClassVar[str] = "AS"
    inlined: ClassVar[str] = "AS"
    keeps_steps: ClassVar[bool] = False
    """Whether a step of a WITH clause that is `materialized` is computed once."""

    def quote(self, identifier: str) -> str:
        """An identifier in double quotes, whatever characters it has."""
        return '"' + identifier.replace('"', '""') + '"'

    @abstractmethod
    def text(self, value: str) -> str:
        """A text constant; for names and paths only, values are bound."""

    @abstractmethod
    def placeholder(self, name: str, kind: ValueType) -> str:
        """Where the parameter `name` is bound; times are bound as epoch microseconds."""

    # Times

    @abstractmethod
    def epoch_us(self, expression: str) -> str:
        """Microseconds since 1970 of a timestamp, as a 64-bit integer."""

    @abstractmethod
    def time_at(self, epoch_us: int) -> str:
        """A timestamp constant, comparable with a column so that files can be skipped."""

    @abstractmethod
    def floor_div(self, a: str, b: int) -> str:
        """Integer division; `a` is never negative, so rounding is down on every engine."""

    def modulo(self, a: str, b: int) -> str:
        """Remainder of the integer division; `a` is never negative."""
        return f"({a} % {b})"

    @abstractmethod
    def year(self, day: str) -> str:
        """Year of a day number (days since 1970-01-01)."""

    @abstractmethod
    def month(self, day: str) -> str:
        """Month (1 to 12) of a day number."""

    def month_index(self, day: str) -> str:
        """Months since year 0 of a day number: year * 12 + month - 1."""
        return f"({self.year(day)} * 12 + {self.month(day)} - 1)"

    def quarter_index(self, day: str) -> str:
        """Quarters since year 0 of a day number: year * 4 + quarter - 1."""
        return f"({self.year(day)} * 4 + {self.floor_div(f'({self.month(day)} - 1)', 3)})"

    # JSON and casts

    @abstractmethod
    def json_text(self, column: str, path: Sequence[str]) -> str:
        """The value at a path of a JSON object as text; null where absent or JSON null."""

    @abstractmethod
    def try_cast(self, expression: str, kind: ValueType) -> str:
        """A text read as another type; null where it cannot be read."""

    @abstractmethod
    def finite(self, expression: str) -> str:
        """A float, null where it is infinite or not a number."""

    @abstractmethod
    def json_typed(self, column: str, path: Sequence[str], kind: ValueType) -> str:
        """The value at a path if JSON itself gives it that type, else null.

        The rules are those by which declared properties leave the JSON: text is a string, a
        whole number may be written `3.0`, a time is an ISO 8601 string (UTC if no offset).
        """

    @abstractmethod
    def json_rows(self, parameter: str, kinds: Sequence[ValueType]) -> str:
        """A SELECT with columns t0, t1, … from a bound JSON array of arrays."""

    @abstractmethod
    def cast(self, expression: str, kind: ValueType) -> str:
        """A typed value as another type."""

    # Aggregates

    @abstractmethod
    def quantile(self, expression: str, q: float) -> str:
        """Quantile with linear interpolation at (n - 1) * q; null for no values.

        The two values around it are exact; interpolation between them may differ in the
        last digit from engine to engine and from processor to processor.
        """

    @abstractmethod
    def approx_distinct(self, expression: str) -> str:
        """Number of distinct values, estimated."""

    @abstractmethod
    def float_sum(self, expression: str) -> str:
        """Sum of floats with compensation for lost digits."""

    def count_distinct(self, expression: str) -> str:
        """Number of distinct values, exact; nulls are not counted."""
        return f"count(DISTINCT {expression})"

    @abstractmethod
    def first(self, expression: str, order: Sequence[str]) -> str:
        """The value of the first row by `order` among those that have a value."""

    @abstractmethod
    def last(self, expression: str, order: Sequence[str]) -> str:
        """The value of the last row by `order` among those that have a value."""

    # Conditions

    @abstractmethod
    def regex(self, expression: str, pattern: str) -> str:
        """Whether an RE2 pattern is found anywhere; `.` does not match a line break."""

    @abstractmethod
    def contains(self, expression: str, part: str) -> str:
        """Whether a text contains another, upper and lower case apart."""

    @abstractmethod
    def starts_with(self, expression: str, prefix: str) -> str:
        """Whether a text starts with another."""

    def same(self, a: str, b: str) -> str:
        """Equality under which null equals null."""
        return f"{a} IS NOT DISTINCT FROM {b}"
