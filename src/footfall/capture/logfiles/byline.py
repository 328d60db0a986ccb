"""What formats with one record a line have in common, whatever stands in a line."""

from __future__ import annotations

from footfall.capture.records import BOM, Records, cut_line, line_continues, line_records


class ByLine:
    """Base of formats whose files are cut into records at the ends of lines."""

    def begin(self, head: bytes) -> int:
        """Nothing stands before the first line but perhaps a byte order mark."""
        return len(BOM) if head.startswith(BOM) else 0

    def cut(self, data: bytes, *, is_last: bool) -> int:
        """End of the last whole line."""
        return cut_line(data, is_last=is_last)

    def records(self, data: bytes, line: int) -> Records:
        """One record a line."""
        return line_records(data, line)

    def continues(self, record: bytes, following: bytes) -> bool:
        """Whether the line goes on."""
        return line_continues(record, following)
