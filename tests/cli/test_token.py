from __future__ import annotations

import hmac
import json
from datetime import timedelta

import pytest
from tests.cli.conftest import Run

from footfall.lake.folder import LakeFolder
from footfall.server.presence import announced
from footfall.workspace.rights import Right
from footfall.workspace.workspace import Workspace


def test_a_token_is_alone_on_standard_output(run: Run, lake: LakeFolder) -> None:
    result = run("token", "create", "notebook")
    assert result.exit_code == 0
    with Workspace(lake.root) as workspace:
        token = workspace.tokens.recognize(result.stdout.strip())
    assert token is not None
    assert (token.label, token.rights) == ("notebook", {Right.READ})
    assert "not shown again" in result.stderr


def test_a_write_key_is_for_a_source_that_exists(run: Run, lake: LakeFolder) -> None:
    result = run("token", "create", "backend", "--write", "web")
    with Workspace(lake.root) as workspace:
        key = workspace.keys.recognize(result.stdout.strip())
    assert key is not None
    assert (key.source, key.label) == ("web", "backend")
    assert run("token", "create", "--write", "wbe").exit_code == 3


@pytest.mark.parametrize(
    "arguments",
    [
        ["--right", "raed"],
        ["--write", "web", "--right", "read"],
        ["--write", "web", "--embed", "web"],
        ["--embed", "web", "--right", "read"],
    ],
)
def test_wrong_rights_are_wrong_usage(run: Run, arguments: list[str]) -> None:
    assert run("token", "create", *arguments).exit_code == 2


def test_an_embed_secret_is_for_a_source_that_exists(run: Run, lake: LakeFolder) -> None:
    result = run("token", "create", "intranet", "--embed", "web")
    secret = result.stdout.strip()
    signature = hmac.digest(secret.encode(), b"f1.x", "sha256")
    with Workspace(lake.root) as workspace:
        found = workspace.embeds.signer("web", b"f1.x", signature, lake.secret)
    assert found is not None
    assert (found.prefix, found.label) == (secret[:12], "intranet")
    assert run("token", "create", "--embed", "wbe").exit_code == 3
    (row,) = json.loads(run("token", "list", "--json").stdout)
    assert (row["prefix"], row["source"], row["rights"]) == (secret[:12], "web", None)
    assert "embed web" in run("token", "list").stdout
    assert run("token", "revoke", secret[:12]).exit_code == 0
    (row,) = json.loads(run("token", "list", "--json").stdout)
    assert row["revoked_at"] is not None


def test_the_list_shows_no_secret_and_what_was_revoked(run: Run) -> None:
    secret = run("token", "create", "t", "--right", "admin").stdout.strip()
    key = run("token", "create", "k", "--write", "web").stdout.strip()
    assert run("token", "revoke", key[:12]).exit_code == 0
    result = run("token", "list", "--json")
    rows = json.loads(result.stdout)
    assert [(row["prefix"], row["label"], row["rights"], row["source"]) for row in rows] == [
        (secret[:12], "t", ["admin", "read", "write"], None),
        (key[:12], "k", None, "web"),
    ]
    assert rows[0]["revoked_at"] is None
    assert rows[1]["revoked_at"] is not None
    assert secret not in result.stdout
    table = run("token", "list").stdout
    assert "admin, read, write" in table
    assert "send web" in table
    assert run("token", "revoke", "fft_nothing").exit_code == 3


@pytest.mark.parametrize("kind", [[], ["--write", "web"], ["--embed", "web"]])
def test_what_is_made_is_one_object_named_as_in_the_list(run: Run, kind: list[str]) -> None:
    made = json.loads(run("token", "create", "it", *kind, "--json").stdout)
    secret = made.pop("secret")
    assert made["prefix"] == secret[:12]
    (row,) = json.loads(run("token", "list", "--json").stdout)
    assert {name: value for name, value in row.items() if value is not None} == {
        name: value for name, value in made.items() if value is not None
    }
    # A whole secret names what is to be revoked.
    assert run("token", "revoke", secret).stderr == f"Revoked {secret[:12]} it\n"


def test_a_login_link_leads_to_the_server_that_runs(run: Run, lake: LakeFolder) -> None:
    with announced(lake.root, "http://127.0.0.1:9000"):
        running = run("token", "login")
    assert running.stdout.startswith("http://127.0.0.1:9000/login?key=ffl_")
    assert running.stderr == ""


def test_a_login_link_logs_in(run: Run, lake: LakeFolder) -> None:
    result = run("token", "login")
    assert "start it with footfall serve" in result.stderr
    url = result.stdout.strip()
    assert url.startswith("http://127.0.0.1:8790/login?key=ffl_")
    elsewhere = run("token", "login", "--url", "https://stats.example/").stdout.strip()
    assert elsewhere.startswith("https://stats.example/login?key=ffl_")
    with Workspace(lake.root) as workspace:
        assert workspace.logins.redeem(url.partition("key=")[2], timedelta(days=1))
