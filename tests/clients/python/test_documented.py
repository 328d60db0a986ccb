"""The page about the client tells the truth: its snippets run, its settings are all there are."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.clients.python.sink import serving

from footfall_client import Client
from footfall_client.django import conf
from footfall_client.settings import Settings

PAGE = (Path(__file__).parents[3] / "docs" / "clients-python.md").read_text("utf-8")
SNIPPETS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
SERVER = "http://127.0.0.1:8790"


def test_the_snippets_run_one_after_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    assert len(SNIPPETS) > 8
    names: dict[str, Any] = {"__name__": "documented"}
    with serving() as sink:
        for snippet in SNIPPETS:
            code = snippet.replace(SERVER, sink.url).replace("ffw_…", "ffw_1")
            exec(compile(code, "clients-python.md", "exec"), names)
    assert [event["name"] for event in sink.events.values()] == ["signup", "identify", "alias"]
    assert "captured=3" in capsys.readouterr().out
    # The snippet of Django's settings is one that its checks let pass.
    assert set(names["FOOTFALL"]) <= conf.KNOWN
    Settings(rules=names["FOOTFALL"]["RULES"], exclude=names["FOOTFALL"]["EXCLUDE"])
    Settings(rules=names["rules"])


def documented(after: str) -> dict[str, str]:
    section = PAGE.split(after, 1)[1].split("\n## ", 1)[0].split("\n### ", 1)[0]
    return dict(re.findall(r"^\| `(\w+)` \| (?:`([^|]*)`)? *\|", section, re.MULTILINE))


def accepted(function: Callable[..., Any], *, without: set[str]) -> dict[str, str]:
    parameters = inspect.signature(function).parameters.values()
    return {
        each.name: "" if each.default is inspect.Parameter.empty else str(each.default)
        for each in parameters
        if each.name not in without
    }


def plain(given: dict[str, str]) -> dict[str, str]:
    quotes = str.maketrans("", "", "\"'_")
    return {name: default.translate(quotes) for name, default in given.items()}


def test_every_setting_of_the_client_is_documented_with_its_default() -> None:
    # `transport` and `chance` are for tests.
    actual = accepted(Client.__init__, without={"self", "transport", "chance"})
    assert plain(documented("## What is promised")) == plain(actual)


def test_every_setting_of_the_middleware_is_documented_with_its_default() -> None:
    actual = accepted(Settings.__init__, without={"self"})
    assert plain(documented("### What is recorded")) == plain(actual)


def test_django_takes_every_setting_in_capitals() -> None:
    client = accepted(Client.__init__, without={"self", "transport", "chance", "is_enabled"})
    assert {name.upper(): name for name in client} == conf.CLIENT
    recorded = accepted(Settings.__init__, without={"self"})
    assert {name.upper(): name for name in recorded} == conf.RECORD
    for key in conf.OTHERS - {"IS_ENABLED"}:
        assert f"`{key}`" in PAGE
