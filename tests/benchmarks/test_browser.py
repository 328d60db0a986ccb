"""The size of the browser tracker is measured with and without the means to fetch its peers."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from benchmarks.options import Options

from benchmarks import browser


def test_our_own_script_is_measured_without_npm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    (report,) = browser.run(Options(work=tmp_path))
    ((name, source, served, packed, brotli),) = report.rows
    assert (name, brotli) == ("Footfall", None)
    sizes = [size for size in (source, served, packed) if isinstance(size, int)]
    assert sizes == sorted(sizes, reverse=True)
    assert 1000 < sizes[2] < 4096
