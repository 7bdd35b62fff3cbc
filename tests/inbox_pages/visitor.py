"""A browser without scripts: follows links, fills in the forms that it was sent."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from unittest import mock

from app.inbox import members
from app.models import Workspace
from app.models.database import writing
from app.models.direct import DirectSelect
from app.models.states import Role
from tests.statements import Asked, asked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from tests.office import Office

PASSWORD = "a long enough password"
Fields = dict[str, str]


@dataclass
class Visitor:
    """A person with a browser; ``user_id`` is None for a stranger."""

    client: FlaskClient
    user_id: int | None = None

    @classmethod
    def member(cls, app: Flask, office: Office, role: Role) -> Visitor:
        """Return a logged-in member of the office's workspace."""
        with writing(office.engine) as session:
            workspace = session.get_one(Workspace, office.workspace_id)
            email, name = email_of(office, role), f"{role.title()} {workspace.name}"
            user = members.make_user(session, email, name, PASSWORD, workspace=workspace, role=role)
        return cls.returning(app, user.id)

    @classmethod
    def returning(cls, app: Flask, user_id: int) -> Visitor:
        """Return a person who logged in earlier, in a browser of their own."""
        client = app.test_client()
        with client.session_transaction() as kept:
            kept["_user_id"], kept["_fresh"] = str(user_id), True
        return cls(client, user_id)

    @classmethod
    def elsewhere(cls, app: Flask, office: Office, role: Role) -> Visitor:
        """Return a logged-in member of another workspace of the same installation."""
        with writing(office.engine) as session:
            workspace = members.make_workspace(session, "Elsewhere")
        return cls.member(app, replace(office, workspace_id=workspace.id), role)

    @classmethod
    def elsewhere_admin(cls, app: Flask, office: Office, workspace_id: int) -> Visitor:
        """Return a logged-in admin of another workspace."""
        return cls.member(app, replace(office, workspace_id=workspace_id), Role.ADMIN)

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.client.get(
            path, headers={key.replace("_", "-"): v for key, v in headers.items()}
        )

    def submit(self, page: str, action: str, **filled: str) -> TestResponse:
        """Load ``page``, fill in its form whose action begins with ``action`` and send it."""
        return self.send(self.form(page, action), **filled)

    def form(self, page: str, action: str) -> Form:
        found = forms(self.client.get(page).text)
        return next(one for one in found if one.action.startswith(action))

    def send(self, form: Form, **filled: str) -> TestResponse:
        return self.client.post(form.action, data=form.fields | filled)


@dataclass(frozen=True)
class Form:
    action: str
    fields: Fields


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._area: str | None = None
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given: dict[str, Any] = dict(attrs)
        if tag == "form":
            self.found.append(Form(given.get("action") or "", {}))
        elif tag == "input" and "name" in given and not _is_unticked(given):
            self.found[-1].fields[given["name"]] = given.get("value") or ""
        elif tag == "select":
            self._select = given["name"]
        elif tag == "option" and ("selected" in given or self._select not in self.found[-1].fields):
            self.found[-1].fields[self._select] = given.get("value") or ""
        elif tag == "textarea":
            self._area = given["name"]
            self.found[-1].fields[given["name"]] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = None

    def handle_data(self, data: str) -> None:
        if self._area:
            self.found[-1].fields[self._area] += data


def _is_unticked(given: dict[str, Any]) -> bool:
    return given.get("type") in {"radio", "checkbox"} and "checked" not in given


def forms(html: str) -> list[Form]:
    """Return the forms of a page with what stands in them."""
    parser = _Forms()
    parser.feed(html)
    return parser.found


def email_of(office: Office, role: Role) -> str:
    return f"{role}@workspace{office.workspace_id}.example"


@contextmanager
def statements(app: Flask) -> Iterator[list[Asked]]:
    """Collect the SQL statements that the application runs meanwhile."""
    installation = app.extensions["inlet"]
    first = DirectSelect.first
    with asked(*{installation.engine, installation.prompt_engine}) as seen:

        def note_direct(select: DirectSelect, parameters: Mapping[str, int | str | None]) -> Any:
            seen.append(Asked(str(select), parameters))
            return first(select, parameters)

        with mock.patch.object(DirectSelect, "first", note_direct):
            yield seen
