"""An account is connected by fields or by JSON; what is wrong is said where it is wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import responses

from app.blueprints.connection_input import without_secrets
from app.models import AccountAddress, ChannelAccount, Integration
from app.models.database import reading
from tests.bodies import ACCOUNT, PAGE, SECRET, message
from tests.connections.test_page import GRAPH, HOME, tell
from tests.inbox_pages.visitor import Visitor, forms
from tests.office import TOKEN, Office

if TYPE_CHECKING:
    from werkzeug.test import TestResponse

NEW = f"{HOME}/new"
FILLED = {
    "access_token": TOKEN,
    "api_secret": SECRET,
    "page_id": PAGE,
    "instagram_page_id": ACCOUNT,
}
WRITTEN: dict[str, Any] = {
    "name": "instagram",
    "accessToken": TOKEN,
    "apiSecret": SECRET,
    "config": {"webhookVerifyToken": "chosen", "pageId": PAGE, "instagramPageId": ACCOUNT},
}


def by_fields(newcomer: Visitor, **changed: str) -> TestResponse:
    return newcomer.submit(NEW, NEW, **FILLED | changed)


def by_json(newcomer: Visitor, text: object) -> TestResponse:
    written = text if isinstance(text, str) else json.dumps(text)
    return newcomer.submit(NEW, f"{NEW}/json", json=written)


def verify_token(bare: Office) -> str | None:
    with reading(bare.engine) as session:
        return bare.keyring.verify_token(session.get_one(Integration, bare.row(Integration).id))


def test_fields_are_saved_and_checked_with_meta(
    newcomer: Visitor, bare: Office, meta: responses.RequestsMock
) -> None:
    tell(meta)
    answer = by_fields(newcomer)
    one = bare.row(Integration)
    assert (answer.status_code, answer.location) == (303, f"{HOME}#connection-{one.id}")
    assert one.checked_at is not None
    assert bare.row(ChannelAccount).name == "harbour"
    page = newcomer.get(HOME).text
    assert "Saved, and checked with Meta" in page
    assert "Needs attention" not in page
    bare.take_in(message("m1"))
    assert bare.texts() == ["Hi"]


def test_a_verify_token_is_made_up_where_none_is_chosen(
    newcomer: Visitor, bare: Office, meta: responses.RequestsMock
) -> None:
    tell(meta)
    by_fields(newcomer)
    assert len(verify_token(bare) or "") >= 16


def test_the_json_is_taken_as_it_is_written(
    newcomer: Visitor, bare: Office, meta: responses.RequestsMock
) -> None:
    tell(meta)
    assert by_json(newcomer, WRITTEN).status_code == 303
    assert verify_token(bare) == "chosen"
    assert {one.external_id for one in bare.rows(AccountAddress)} == {PAGE, ACCOUNT}


def test_unknown_keys_are_named(
    newcomer: Visitor, bare: Office, meta: responses.RequestsMock
) -> None:
    tell(meta)
    by_json(newcomer, WRITTEN | {"colour": "blue"})
    assert "means nothing to Inlet: colour" in newcomer.get(HOME).text


def test_a_refused_json_names_unknown_keys_too(newcomer: Visitor, bare: Office) -> None:
    config = WRITTEN["config"] | {"pageId": "my page", "size": 1}
    answer = by_json(newcomer, WRITTEN | {"colour": "blue", "config": config})

    assert answer.status_code == 422
    assert "These keys mean nothing to Inlet: colour, config.size" in answer.text
    assert bare.rows(Integration) == []


@pytest.mark.parametrize(("token", "is_said"), [(TOKEN, True), (None, False)])
def test_secrets_are_said_to_be_taken_out_where_some_were(
    newcomer: Visitor, token: str | None, *, is_said: bool
) -> None:
    given = {"accessToken": token} if token else {}
    answer = by_json(newcomer, {"name": "instagram", "config": {"pageId": "x"}} | given)

    assert "Nothing was saved." in answer.text
    assert ("Secrets were taken out" in answer.text) is is_said


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"page_id": "my page"}, "an id is digits only"),
        ({"access_token": "x" * 5_001}, "too long"),
        ({"page_id": "", "instagram_page_id": ""}, "at least one of the two ids"),
    ],
)
def test_a_wrong_field_is_marked_and_the_others_stay(
    newcomer: Visitor, bare: Office, changed: dict[str, str], words: str
) -> None:
    answer = by_fields(newcomer, webhook_verify_token="chosen", **changed)
    assert answer.status_code == 422
    assert words in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert 'value="chosen"' in answer.text
    assert TOKEN not in answer.text
    assert SECRET not in answer.text
    assert bare.rows(Integration) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "This is no JSON"),
        ("{", "line 1, column 2"),
        ("[]", "one JSON object"),
        ("[" * 100_000, "This is no JSON"),
        (WRITTEN | {"name": "telegram"}, "must be one of: instagram"),
        (WRITTEN | {"config": {"pageId": "abc"}}, "<code>config.page_id</code>"),
        (WRITTEN | {"config": {}}, "at least one of the two ids"),
        (WRITTEN | {"config": None}, "<code>config</code>"),
        (WRITTEN | {"isEnabled": "perhaps"}, "must be true or false"),
    ],
)
def test_wrong_json_is_explained_and_given_back_without_its_secrets(
    newcomer: Visitor, bare: Office, text: object, words: str
) -> None:
    answer = by_json(newcomer, text)
    assert answer.status_code == 422
    assert words in answer.text
    assert TOKEN not in answer.text
    assert SECRET not in answer.text
    assert bare.rows(Integration) == []


@pytest.mark.parametrize(
    "text",
    [
        '{"accessToken": "EAAGsecret"}',
        '{"access_token" : "EAAG\\"secret", "x": 1',
        '{"apiSecret":"secret',
        "{'accessToken': 'EAAGsecretsecretsecret'}",
        '{"webhookVerifyToken": "secret"}',
    ],
)
def test_no_secret_comes_back_however_it_is_written(text: str) -> None:
    assert "secret" not in without_secrets(text).lower().replace("apisecret", "")


def test_ids_and_keys_come_back(newcomer: Visitor) -> None:
    kept = without_secrets(json.dumps(WRITTEN))
    assert PAGE in kept
    assert ACCOUNT in kept
    assert "webhookVerifyToken" in kept


def test_the_account_of_another_workspace_is_refused_with_a_reason(
    newcomer: Visitor, office: Office
) -> None:
    answer = by_json(newcomer, WRITTEN)
    assert answer.status_code == 409
    assert "connected to another workspace" in answer.text
    assert len(office.rows(Integration)) == 1


def test_editing_keeps_what_is_left_empty(
    admin: Visitor, office: Office, meta: responses.RequestsMock
) -> None:
    tell(meta)
    path = f"{HOME}/{office.integration_id}/edit"
    before = office.row(Integration)
    assert admin.submit(path, path, human_agent="1").status_code == 303
    after = office.row(Integration)
    assert (after.access_token, after.api_secret) == (before.access_token, before.api_secret)
    assert after.config == before.config | {"human_agent": True}
    form = next(one for one in forms(admin.get(path).text) if one.action == path)
    assert form.fields["human_agent"] == "1"
    assert form.fields["access_token"] == ""
    unticked = {key: value for key, value in form.fields.items() if key != "human_agent"}
    admin.client.post(path, data=unticked)
    assert office.row(Integration).config["human_agent"] is False


def test_a_new_token_is_checked_at_once(
    admin: Visitor, office: Office, meta: responses.RequestsMock
) -> None:
    meta.get(f"{GRAPH}/me", json={"error": {"code": 190, "message": "no"}}, status=401)
    path = f"{HOME}/{office.integration_id}/edit"
    admin.submit(path, path, access_token="EAAGnew")
    assert meta.calls[0].request.headers["Authorization"] == "Bearer EAAGnew"
    assert "no longer valid" in admin.get(HOME).text


def test_a_wrong_change_is_marked_and_changes_nothing(admin: Visitor, office: Office) -> None:
    path = f"{HOME}/{office.integration_id}/edit"
    answer = admin.submit(path, path, page_id="abc", access_token="EAAGnew")
    assert answer.status_code == 422
    assert "an id is digits only" in answer.text
    assert "EAAGnew" not in answer.text
    assert office.keyring.access_token(office.row(Integration)) == TOKEN
