"""``bin/inlet events``: what it prints and changes, and the exit code that says how it went."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from app.models import ExternalEvent
from app.models.states import Outcome
from tests.bodies import body, message
from tests.office import Office, connect

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result
    from flask import Flask

    Put = Callable[..., int]

SIGNED = "https://lookaside.fbsbx.com/?asset_id=1&signature=AbC"


@pytest.fixture
def office(app: Flask) -> Office:
    installation = app.extensions["inlet"]
    return connect(installation.engine, installation.keyring, "Harbour")


def run(app: Flask, *words: object) -> Result:
    return app.test_cli_runner().invoke(args=["events", *map(str, words)])


def ids(result: Result) -> list[int]:
    assert result.exit_code == 0, result.output
    return [int(line.split("\t")[0]) for line in result.stdout.splitlines()]


def pending(office: Office) -> list[int]:
    return [one.id for one in office.rows(ExternalEvent, ExternalEvent.outcome == "pending")]


def test_items_are_listed_by_what_they_are(app: Flask, office: Office, put: Put) -> None:
    mine = put(workspace_id=office.workspace_id, kind="postback")
    nobodys = put(outcome="unroutable")

    assert ids(run(app, "list")) == [nobodys, mine]
    assert ids(run(app, "list", "--limit", 1)) == [nobodys]
    assert ids(run(app, "list", "--outcome", "unroutable")) == [nobodys]
    assert ids(run(app, "list", "--kind", "postback")) == [mine]
    assert ids(run(app, "list", "--workspace", "Harbour")) == [mine]
    assert ids(run(app, "list", "--since", "2020-01-01", "--until", "2021-01-01")) == []
    assert ids(run(app, "list", "--since", "2020-01-01T00:00:00+0200")) == [nobodys, mine]


def test_a_list_for_programs_is_json_a_line(app: Flask, office: Office, put: Put) -> None:
    event_id = put(outcome="unroutable", reason="no integration")

    [line] = run(app, "list", "--json").stdout.splitlines()

    assert json.loads(line)["id"] == event_id
    assert json.loads(line)["reason"] == "no integration"


@pytest.mark.parametrize(
    "words",
    [["list", "--outcome", "odd"], ["list", "--since", "yesterday"], ["show"], ["show", "x"],
     ["replay"], ["replay", "1", "--failed"], ["replay", "--dry-run"], ["export"],
     ["show", str(10**30)]],
)  # fmt: skip
def test_a_wrong_use_is_2(app: Flask, office: Office, words: list[str]) -> None:
    assert run(app, *words).exit_code == 2


@pytest.mark.parametrize(
    "words", [["show", "999"], ["export", "999"], ["list", "--workspace", "Nowhere"]]
)
def test_what_is_not_there_is_1(app: Flask, office: Office, words: list[str]) -> None:
    result = run(app, *words)

    assert (result.exit_code, len(result.output.splitlines())) == (1, 1)


def test_an_item_is_shown_and_exported_without_secrets(app: Flask, office: Office) -> None:
    file = {"type": "image", "payload": {"url": SIGNED}}
    office.take_in(message("m1", "hello"), message("m2", None, attachments=[file]))
    second = office.rows(ExternalEvent)[1].id

    shown, raw = run(app, "show", second).stdout, run(app, "show", second, "--raw").stdout
    alone, whole = run(app, "export", second).stdout, run(app, "export", second, "--body").stdout

    assert "outcome: applied" in shown
    for text in (shown, raw, alone, whole):
        assert "signature=(masked)" in text
        assert "AbC" not in text
    assert len(json.loads(alone)["entry"][0]["messaging"]) == 1
    assert json.loads(raw) == json.loads(whole)
    assert len(json.loads(whole)["entry"][0]["messaging"]) == 2
    assert ("hello" in whole, "hello" in alone) == (True, False)


def test_a_fixture_can_be_of_nobody_and_is_taken_in_again(app: Flask, office: Office) -> None:
    office.take_in(message("m1", "my name is Ana"))
    made = run(app, "export", office.row(ExternalEvent).id, "--anonymous").stdout

    assert "Ana" not in made
    office.receive(made.encode())
    office.drain()
    assert office.rows(ExternalEvent)[1].kind == "message_received"


def test_what_is_no_webhook_is_shown_and_makes_no_fixture(app: Flask, office: Office) -> None:
    office.receive(b"\xffno JSON, access_token=EAAGsecretsecret")
    office.drain()
    event_id = office.row(ExternalEvent).id

    raw, made = run(app, "show", event_id, "--raw"), run(app, "export", event_id)

    assert (raw.exit_code, "no JSON" in raw.stdout, "EAAG" in raw.stdout) == (0, True, False)
    assert (made.exit_code, "--raw" in made.output) == (1, True)


def test_items_are_replayed_by_id(app: Flask, office: Office, put: Put) -> None:
    failed, applied = put(), put(outcome="applied")

    assert run(app, "replay", failed, applied, 999, "--dry-run").stdout[:6] == "1 of 3"
    assert pending(office) == []
    assert run(app, "replay", failed, applied, 999).stdout[:6] == "1 of 3"
    assert pending(office) == [failed]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--failed"], [0, 1]),
        (["--unroutable"], [2]),
        (["--failed", "--unroutable"], [0, 1, 2]),
        (["--from", "{1}", "--to", "{3}"], [1, 2, 3]),
        (["--failed", "--from", "{1}"], [1]),
        (["--kind", "unknown"], [3]),
    ],
)
def test_items_are_replayed_by_what_they_are(
    app: Flask, office: Office, put: Put, words: list[str], expected: list[int]
) -> None:
    made = [put(), put(), put(outcome="unroutable"), put(outcome="ignored", kind="unknown:x")]
    put(outcome=Outcome.APPLIED)
    words = [word.format(*made) for word in words]
    number = str(len(expected))

    assert run(app, "replay", *words, "--dry-run").stdout.split()[0] == number
    assert pending(office) == []
    assert run(app, "replay", *words).stdout.split()[0] == number
    assert pending(office) == [made[one] for one in expected]


def test_a_replayed_message_is_there_once(app: Flask, office: Office) -> None:
    office.receive(body(message("m1")), secret="of somebody else")
    office.drain()
    office.receive(body(message("m1")))

    run(app, "replay", "--unroutable")
    office.drain()

    assert office.texts() == ["Hi"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_body_that_was_cut_off_is_shown_without_its_secrets(
    app: Flask, office: Office, put: Put, encoding: str
) -> None:
    cut = '{"object":"instagram","entry":[{"access_token":"rawsecret","id":"17841'
    event_id = put(body=cut.encode(encoding), outcome="ignored")

    shown = run(app, "show", event_id, "--raw").stdout

    assert '{"object":"instagram","entry":[{"access_token":"(masked)","id":"17841' in shown
