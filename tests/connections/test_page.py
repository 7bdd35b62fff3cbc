"""The connections page says how each connection stands and what to do next."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import update

from app import clock
from app.channels.base import Sent
from app.channels.faults import GraphFault, Permanent
from app.crypto import Vault
from app.inbox import integrations
from app.models import ChannelAccount, Integration
from app.models.database import writing
from app.models.states import Role
from tests.bodies import ACCOUNT, PAGE, SECRET, message
from tests.inbox_pages.visitor import Visitor, statements
from tests.office import TOKEN, connect, given

if TYPE_CHECKING:
    import responses
    from flask import Flask

    from tests.office import Office

HOME = "/settings/connections"
GRAPH = "https://graph.facebook.com/v23.0"
SCOPES = [
    "instagram_basic",
    "instagram_manage_messages",
    "pages_messaging",
    "pages_manage_metadata",
]
LINKED = {
    "id": PAGE,
    "name": "Harbour Page",
    "instagram_business_account": {"id": ACCOUNT, "username": "harbour"},
}


def tell(meta: responses.RequestsMock, **changed: Any) -> None:
    """Let Meta answer well, but for what is changed."""
    facts = {"app_id": "42", "expires_at": 0, "scopes": SCOPES} | changed
    fields = facts.pop("fields", ["messages"])
    meta.get(f"{GRAPH}/me", json=LINKED)
    meta.get(f"{GRAPH}/debug_token", json={"data": facts})
    apps = {"data": [{"id": "42", "subscribed_fields": fields}]}
    meta.get(f"{GRAPH}/{PAGE}/subscribed_apps", json=apps)


def check(admin: Visitor, office: Office) -> str:
    answer = admin.submit(HOME, f"{HOME}/{office.integration_id}/check")
    assert (answer.status_code, answer.location) == (
        303,
        f"{HOME}#connection-{office.integration_id}",
    )
    return admin.get(HOME).text


def alter(office: Office, **values: Any) -> None:
    with writing(office.engine) as session:
        session.execute(update(Integration).values(**values))


def test_what_is_not_known_yet_is_said_with_its_next_step(admin: Visitor) -> None:
    page = admin.get(HOME).text
    for words in ("Not seen yet.", "Nothing has arrived yet.", "Not checked yet."):
        assert words in page
    assert "Waiting for a first message" in page


def test_an_account_that_was_not_looked_at_is_named_by_its_id(admin: Visitor) -> None:
    assert f"Account id: {ACCOUNT}" in admin.get(HOME).text


def test_what_happened_is_told_with_its_time(admin: Visitor, office: Office) -> None:
    alter(office, handshake_at=clock.now())
    office.take_in(message("m1", at=clock.now()))
    office.reply("Yes")
    office.finish(office.begin(), Sent("mid"))
    page = admin.get(HOME).text
    for words in ("Working", "Meta has checked", "Something arrived", "Meta took the last answer"):
        assert words in page


def test_a_failed_answer_leads_to_its_conversation(admin: Visitor, office: Office) -> None:
    office.take_in(message("m1", at=clock.now()))
    office.reply("Yes")
    office.finish(office.begin(), Permanent(GraphFault("no")))
    page = admin.get(HOME).text
    assert "The last answer was not sent." in page
    assert f'href="/inbox/{office.thread().id}"' in page


def test_the_check_tells_all_that_meta_tells(
    admin: Visitor, office: Office, meta: responses.RequestsMock
) -> None:
    tell(meta)
    page = check(admin, office)
    for words in (
        "It does not expire",
        "All that are needed",
        "@harbour",
        "Facebook Page: Harbour Page",
    ):
        assert words in page
    assert TOKEN not in str(office.row(Integration).check_result)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"scopes": ["instagram_basic"]}, "pages_manage_metadata"),
        ({"fields": []}, "not subscribed to your app"),
        ({"expires_at": 1_500_000_000}, "It has expired"),
    ],
)
def test_what_is_missing_needs_attention(
    admin: Visitor,
    office: Office,
    meta: responses.RequestsMock,
    changed: dict[str, Any],
    words: str,
) -> None:
    tell(meta, **changed)
    page = check(admin, office)
    assert words in page
    assert "Needs attention" in page


def test_an_early_expiry_is_announced(
    admin: Visitor, office: Office, meta: responses.RequestsMock
) -> None:
    tell(meta, expires_at=int((clock.now() + timedelta(days=5, hours=1)).timestamp()))
    page = check(admin, office)
    assert "expires in 5 days" in page
    assert "Needs attention" not in page


def test_a_refused_token_is_explained(
    admin: Visitor, office: Office, meta: responses.RequestsMock
) -> None:
    error = {"code": 190, "error_subcode": 463, "message": f"Expired: {TOKEN}"}
    meta.get(f"{GRAPH}/me", json={"error": error}, status=401)
    page = check(admin, office)
    assert "The access token has expired." in page
    assert "Needs attention" in page
    assert TOKEN not in page


def test_meta_out_of_reach_says_nothing_about_the_token(
    admin: Visitor, office: Office, meta: responses.RequestsMock
) -> None:
    page = check(admin, office)  # nothing answers
    assert "Meta could not be reached." in page
    assert "Needs attention" not in page


def test_a_token_of_another_account_needs_attention(
    admin: Visitor, office: Office, meta: responses.RequestsMock
) -> None:
    meta.get(f"{GRAPH}/me", json={"id": "555"})
    meta.get(f"{GRAPH}/debug_token", json={"data": {}})
    meta.get(f"{GRAPH}/555/subscribed_apps", json={"data": []})
    assert "for another account" in check(admin, office)


def test_an_unproven_account_needs_attention(admin: Visitor, office: Office) -> None:
    with writing(office.engine) as session:
        session.execute(update(ChannelAccount).values(proven_at=None))
    page = admin.get(HOME).text
    assert "Not proven" in page
    assert "Needs attention" in page


def test_a_secret_that_does_not_open_asks_for_the_token_again(
    admin: Visitor, office: Office, meta: responses.RequestsMock
) -> None:
    stranger = Vault([Fernet.generate_key().decode()], "other")
    alter(office, access_token=stranger.encrypt("EAAG"))
    assert "Needs the token again" in admin.get(HOME).text
    assert "Needs the token again" in check(admin, office)
    assert len(meta.calls) == 0


def test_no_page_shows_a_secret_and_the_verify_token_is_folded_away(
    admin: Visitor, office: Office
) -> None:
    edit = admin.get(f"{HOME}/{office.integration_id}/edit").text
    page = admin.get(HOME).text
    for text in (edit, page):
        assert TOKEN not in text
        assert SECRET not in text
    folded = page[page.index("<details") : page.index("</details")]
    assert 'value="verify"' in folded
    assert "/api/webhooks/instagram" in folded


def test_switching_off_and_on(admin: Visitor, office: Office) -> None:
    path = f"{HOME}/{office.integration_id}/switch"
    assert admin.submit(HOME, path).status_code == 303
    assert not office.row(Integration).is_enabled
    assert "Switched off" in admin.get(HOME).text
    admin.submit(HOME, path)
    assert office.row(Integration).is_enabled


def test_deleting_asks_first_and_says_what_stays(admin: Visitor, office: Office) -> None:
    office.take_in(message("m1", at=clock.now()))
    path = f"{HOME}/{office.integration_id}/delete"
    page = admin.get(path).text
    assert "every conversation, contact and message" in page
    assert office.row(Integration).deleted_at is None
    assert admin.submit(path, path).status_code == 303
    assert office.row(Integration).access_token is None
    assert "No account is connected yet" in admin.get(HOME).text
    assert office.texts() == ["Hi"]


def test_an_address_that_meta_cannot_reach_is_marked(admin: Visitor) -> None:
    assert "Meta reaches only public HTTPS" in admin.get(HOME).text


def test_a_simulated_connection_says_so(admin: Visitor, office: Office) -> None:
    assert "simulated" not in admin.get(HOME).text
    alter(office, base_url="http://127.0.0.1:1")
    assert "simulated" in admin.get(HOME).text


@pytest.mark.parametrize("role", [Role.AGENT, Role.MANAGER])
def test_only_admins_may(app: Flask, office: Office, role: Role) -> None:
    member = Visitor.member(app, office, role)
    for path in (HOME, f"{HOME}/new", f"{HOME}/{office.integration_id}/edit"):
        assert member.get(path).status_code == 403


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "edit"),
        ("POST", "edit"),
        ("GET", "delete"),
        ("POST", "delete"),
        ("POST", "check"),
        ("POST", "switch"),
        ("POST", "test"),
        ("GET", "test"),
    ],
)
def test_the_connection_of_another_workspace_is_not_found(
    app: Flask, office: Office, method: str, path: str
) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    stranger = Visitor.elsewhere(app, office, Role.ADMIN)
    before = office.row(Integration)
    answer = stranger.client.open(f"{HOME}/{office.integration_id}/{path}", method=method)
    assert answer.status_code == 404
    after = office.row(Integration)
    assert (after.deleted_at, after.is_enabled, after.checked_at) == (
        before.deleted_at,
        before.is_enabled,
        before.checked_at,
    )


@pytest.mark.parametrize("path", ["check", "switch", "delete", "edit", "test"])
def test_a_form_without_its_token_does_nothing(admin: Visitor, office: Office, path: str) -> None:
    answer = admin.client.post(f"{HOME}/{office.integration_id}/{path}", data={})
    assert answer.status_code == 400
    assert office.row(Integration).is_enabled


def test_the_statements_do_not_grow_with_the_connections(
    app: Flask, office: Office, admin: Visitor
) -> None:
    def count() -> int:
        with statements(app) as seen:
            assert admin.get(HOME).status_code == 200
        return len(seen)

    office.take_in(message("m1", at=clock.now()))
    few = count()
    for number in range(5):
        with writing(office.engine) as session:
            more = given(config={"instagramPageId": f"1784140000000{number:04}"})
            integrations.load(session, office.workspace_id, more, office.keyring.vault)
    assert count() == few <= 8


def test_another_workspaces_connections_are_not_listed(
    app: Flask, office: Office, admin: Visitor
) -> None:
    connect(office.engine, office.keyring, "Other", given(config={"pageId": "987654321"}))
    assert "987654321" not in admin.get(HOME).text
