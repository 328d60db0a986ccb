"""The page of figures keeps what people wrote about them."""

from __future__ import annotations

from pathlib import Path

from benchmarks.__main__ import READING, write
from benchmarks.report import Report


def test_figures_are_replaced_and_words_kept(tmp_path: Path) -> None:
    page = tmp_path / "benchmarks.md"
    page.write_text(f"old figures\n{READING}\nDisks matter.\n", "utf-8")
    write(page, [Report("Sizes", ["store", "bytes"], [["ours", 1]])])
    text = page.read_text("utf-8")
    assert "old figures" not in text
    assert "## Sizes" in text
    assert text.endswith(f"{READING}\nDisks matter.\n")


def test_a_heading_that_stands_twice_comes_back_once(tmp_path: Path) -> None:
    page = tmp_path / "benchmarks.md"
    page.write_text(f"old figures\n{READING}\n{READING}\nDisks matter.\n", "utf-8")
    for _ in range(2):
        write(page, [Report("Sizes", ["store", "bytes"], [["ours", 1]])])
    assert page.read_text("utf-8").count(READING) == 1
