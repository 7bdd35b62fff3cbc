"""Which items of the event log a URL asks for; every link of the page carries it on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from flask import abort, request
from flask_babel import to_utc

from app.blueprints.access import caller
from app.blueprints.converters import read_id
from app.inbox.ledger import Scope, Wanted, Whose
from app.models.states import Outcome

INSTALLATION = "installation"
MAX_KIND = 100
YEARS = range(2000, 2100)


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters as they stand in the URL; days are the reader's, and both are included."""

    scope: str = ""
    outcome: str = ""
    account: int | None = None
    kind: str = ""
    since: date | None = None
    until: date | None = None

    @property
    def whose(self) -> Whose:
        """Return whose items are meant."""
        return Scope.NOBODY if self.scope else caller().workspace_id

    @property
    def is_narrowed(self) -> bool:
        """Say whether anything is filtered."""
        return self != Filters(scope=self.scope)

    def wanted(self, to_id: int | None = None) -> Wanted:
        """Return the filters in the words of the verbs."""
        return Wanted(
            outcome=self.outcome or None,
            account_id=self.account,
            kind=self.kind or None,
            since=_begin_of(self.since) if self.since else None,
            until=_begin_of(self.until + timedelta(days=1)) if self.until else None,
            to_id=to_id,
        )

    def query(self, **changed: object) -> dict[str, Any]:
        """Return the filters as URL parameters, with ``changed`` ones."""
        names = ("scope", "outcome", "account", "kind", "since", "until")
        parts = {name: getattr(self, name) for name in names} | changed
        return {name: str(value) for name, value in parts.items() if value}


def requested() -> Filters:
    """Return the filters of the request; aborts with 404 for what there is not."""
    given = request.args
    return Filters(
        scope=requested_scope(),
        outcome=_outcome(given.get("outcome", "")),
        account=_account(given.get("account", "")),
        kind=given.get("kind", "").replace("\0", "")[:MAX_KIND],
        since=_day(given.get("since", "")),
        until=_day(given.get("until", "")),
    )


def requested_scope() -> str:
    """Return "installation" where what is nobody's is asked for; aborts where one may not."""
    scope = request.args.get("scope", "")
    if scope not in ("", INSTALLATION):
        abort(404)
    if scope and not caller().is_operator:
        abort(403)
    return scope


def requested_place() -> int | None:
    """Return the id before which the page begins, None at the newest; aborts with 404."""
    given = request.args.get("before", "")
    found = read_id(given)
    if given and found is None:
        abort(404)
    return found


def _outcome(given: str) -> str:
    if given and given not in set(Outcome):
        abort(404)
    return given


def _account(given: str) -> int | None:
    found = read_id(given)
    if given and found is None:
        abort(404)
    return found


def _day(given: str) -> date | None:
    if not given:
        return None
    try:
        found = date.fromisoformat(given)
    except ValueError:
        abort(404)
    if found.year not in YEARS:
        abort(404)
    return found


def _begin_of(day: date) -> datetime:
    moment: datetime = to_utc(datetime.combine(day, time()))
    return moment.replace(tzinfo=UTC)
