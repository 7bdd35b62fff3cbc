"""The table of permissions: as documented, growing from role to role, and asked by every view."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from app.inbox import permissions
from app.inbox.permissions import OPERATOR, TABLE, Permission
from app.models.states import Role
from tests.docs.markdown import ROOT

if TYPE_CHECKING:
    from flask import Flask

    from tests.inbox_pages.visitor import Visitor

OPEN = {
    "static",
    "api_docs.docs",
    "api_docs.openapi",
    "auth.log_in",
    "auth.login",
    "auth.logout",
    "health.healthz",
    "health.readyz",
    "inbox.index",
    "manual.contents",
    "manual.page",
    "manual.picture",
    "metrics.metrics",
    "setup.page",
    "setup.set_up",
    "webhooks.handshake",
    "webhooks.receive",
    "welcome.choose",
    "welcome.page",
}
"""The views that anybody may open, each for a reason of its own."""

_ROW = re.compile(r"^\| `([a-z_]+)` \|[^|]+\| (yes|no) \| (yes|no) \| (yes|no) \|$", re.MULTILINE)


def documented() -> dict[str, set[Role]]:
    """Return who may do what according to docs/people.md."""
    text = (ROOT / "docs" / "people.md").read_text()
    return {
        name: {role for role, may in zip(Role, cells, strict=True) if may == "yes"}
        for name, *cells in _ROW.findall(text)
    }


def test_the_documented_table_is_the_one_that_holds() -> None:
    held = {one.value: {role for role in Role if one in TABLE[role]} for one in Permission}

    assert documented() == held


def test_each_role_may_all_that_the_one_before_may() -> None:
    assert TABLE[Role.AGENT] < TABLE[Role.MANAGER] < TABLE[Role.ADMIN]


def test_only_the_operator_operates() -> None:
    assert not any(Permission.OPERATE in may for may in TABLE.values())
    assert Permission.OPERATE in permissions.of(Role.AGENT, is_operator=True)
    assert permissions.of(Role.AGENT, is_operator=True) == TABLE[Role.AGENT] | OPERATOR


def test_every_view_asks_for_a_permission(app: Flask) -> None:
    unguarded = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if not isinstance(getattr(app.view_functions[rule.endpoint], "needs", None), Permission)
    }

    assert unguarded == OPEN


@pytest.mark.parametrize("path", ["people", "tokens", "workspaces"])
def test_an_agent_is_kept_out(agent: Visitor, path: str) -> None:
    assert agent.get(f"/settings/{path}").status_code == 403
    assert f'href="/settings/{path}"' not in agent.get("/settings/profile").text


def test_a_manager_sees_people_and_changes_nothing(manager: Visitor, agent: Visitor) -> None:
    page = manager.get("/settings/people")

    assert page.status_code == 200
    assert "<form" not in page.text
    assert manager.get(f"/settings/people/{agent.user_id}").status_code == 403
    for action in ("", f"/{agent.user_id}/role", f"/{agent.user_id}/deactivate"):
        form = manager.form("/settings/profile", "/settings/profile/name")
        answer = manager.client.post(f"/settings/people{action}", data=form.fields)
        assert answer.status_code == 403


def test_settings_lead_to_the_first_page_one_may_see(agent: Visitor) -> None:
    answer = agent.get("/settings")

    assert (answer.status_code, answer.location) == (303, "/settings/profile")


def test_a_stranger_is_led_to_the_login(app: Flask, agent: Visitor) -> None:
    assert app.test_client().get("/settings/people").location == "/login?next=/settings/people"
