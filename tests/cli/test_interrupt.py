from __future__ import annotations

import signal
import sys

import pytest

from footfall.cli.interrupt import interruptible
from footfall.cli.progress import byte_progress


@pytest.mark.skipif(sys.platform == "win32", reason="raising the signal ends the process there")
def test_first_interrupt_asks_and_the_second_ends(capsys: pytest.CaptureFixture[str]) -> None:
    before = signal.getsignal(signal.SIGINT)
    with interruptible() as stop:
        assert not stop.is_set()
        signal.raise_signal(signal.SIGINT)
        assert stop.is_set()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before
    assert "Ending after the piece at hand" in capsys.readouterr().err


def test_progress_tells_rate_and_time_left(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    with byte_progress(4096, is_shown=True) as advance:
        advance(1024)
        advance(1024)
    shown = capsys.readouterr().err
    assert "Ingesting" in shown
    assert "2.0/4.0 KiB" in shown


def test_nothing_is_shown_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    with byte_progress(4096, is_shown=False) as advance:
        advance(1024)
    assert capsys.readouterr().err == ""
