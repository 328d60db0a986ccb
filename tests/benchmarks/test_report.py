from __future__ import annotations

import pytest
from benchmarks.report import Report, ratio, show, tenths


@pytest.mark.parametrize(
    ("cell", "text"),
    [(None, "-"), ("x", "x"), (1234567, "1,234,567"), (1234.5, "1,234"), (9.876, "9.88"),
     (0.01234, "0.0123"), (0.0, "0.00"), (50.0, "50.0")],
)  # fmt: skip
def test_cells_are_shown_short(cell: object, text: str) -> None:
    assert show(cell) == text  # pyright: ignore[reportArgumentType]


def test_ratio_needs_a_peer() -> None:
    assert ratio(3.0, 2.0) == "1.50x"
    assert ratio(3.0, None) == ratio(3.0, 0.0) == "-"


def test_tenths_are_medians_in_order() -> None:
    # 0..29 in tenths of three: medians 1, 4, 7 …
    assert tenths([float(n) for n in range(30)]) == [1, 4, 7, 10, 13, 16, 19, 22, 25, 28]
    # Fewer values than tenths: what there is.
    assert tenths([5.0, 7.0]) == [5.0, 7.0]


def test_a_table_as_text_and_as_markdown() -> None:
    report = Report("Title", ["who", "rate"], notes=["A note."])
    report.add("one", 1234)
    report.add("another", 5)
    assert report.to_text().splitlines() == [
        "== Title", "",
        "who       rate",
        "-------  -----",
        "one      1,234",
        "another      5", "",
        "A note.",
    ]  # fmt: skip
    assert report.to_markdown().splitlines() == [
        "## Title", "",
        "| who | rate |", "| --- | --- |", "| one | 1,234 |", "| another | 5 |", "",
        "A note.",
    ]  # fmt: skip


def test_a_row_must_fit() -> None:
    with pytest.raises(ValueError, match="1 cells for 2 columns"):
        Report("Title", ["who", "rate"]).add("one")
