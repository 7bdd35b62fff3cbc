"""Commands about the log of what Meta delivered: of the whole installation, for its operator."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import click
from flask.cli import AppGroup, with_appcontext
from sqlalchemy.orm import Session

from app.cli import console
from app.inbox import event_export, ledger, members, replaying
from app.inbox.errors import NotFound
from app.inbox.ledger import Entry, Scope, Wanted, Whose
from app.installation import current
from app.models.states import Outcome

OUTCOMES = click.Choice([outcome.value for outcome in Outcome])
PAGE = 500
FORMATS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"]

events = AppGroup("events", help="What Meta delivered and what became of it.")


class Moment(click.DateTime):
    """A time; in UTC where no offset is given."""

    def convert(self, value: Any, param: Any, ctx: Any) -> datetime:
        """Return ``value`` as an aware time. Fails as click.DateTime does."""
        found: datetime = super().convert(value, param, ctx)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


WHEN = Moment(FORMATS)
EVENT_ID = click.IntRange(1, 2**63 - 2)


def filters(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that choose items by account, kind, time and workspace."""
    for option in (
        click.option("--workspace", help="Only items of this workspace."),
        click.option("--until", type=WHEN, help="Only items before this time, in UTC."),
        click.option("--since", type=WHEN, help="Only items of this time and later, in UTC."),
        click.option("--kind", help="Only items of this kind; “unknown” finds all that are."),
        click.option("--account", type=int, help="Only items of the account with this id of ours."),
    ):
        command = option(command)
    return command


@events.command("list")
@click.option("--outcome", type=OUTCOMES, help="Only items with this outcome.")
@filters
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000))
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@with_appcontext
def list_events(
    outcome: str | None, limit: int, as_json: bool, workspace: str | None, **more: Any
) -> None:
    """List the newest items of the event log: id, time, outcome, kind, account, reason."""
    wanted = _wanted(outcome=outcome, **more)
    with console.reading() as session:
        for entry in _entries(session, _whose(session, workspace), wanted, limit):
            click.echo(json.dumps(_record(entry)) if as_json else _line(entry))


@events.command("show")
@click.argument("event_id", type=EVENT_ID)
@click.option("--raw", is_flag=True, help="The whole body instead of the item; nothing else.")
@with_appcontext
def show_event(event_id: int, raw: bool) -> None:
    """Show what Meta sent and what became of it; secrets are masked."""
    with console.reading() as session:
        found = _found(session, event_id)
        if raw:
            click.echo(event_export.body_text(session, found.event))
            return
        for name, value in _record(found).items():
            click.echo(f"{name}: {'-' if value is None else value}")
        click.echo(event_export.item_text(session, found.event) or "The item cannot be read.")


@events.command("replay")
@click.argument("event_ids", type=EVENT_ID, nargs=-1)
@click.option("--from", "from_id", type=EVENT_ID, help="All from this id …")
@click.option("--to", "to_id", type=EVENT_ID, help="… to this id.")
@click.option("--failed", is_flag=True, help="All that failed for good.")
@click.option("--unroutable", is_flag=True, help="All that found no account.")
@filters
@click.option("--dry-run", is_flag=True, help="Only say how many that would be.")
@with_appcontext
def replay_events(
    event_ids: tuple[int, ...],
    failed: bool,
    unroutable: bool,
    dry_run: bool,
    workspace: str | None,
    **more: Any,
) -> None:
    """Apply items again that were parked, failed, ignored or unroutable.

    Name items by their ids, or choose them with options: each narrows the choice, only --failed
    and --unroutable together mean both.
    """
    chosen = {Outcome.FAILED: failed, Outcome.UNROUTABLE: unroutable}
    outcomes = [outcome for outcome, is_chosen in chosen.items() if is_chosen]
    narrowed = [name for name, value in more.items() if value is not None]
    if bool(event_ids) == bool(outcomes or narrowed):
        raise click.UsageError("Name either ids, or options that choose items.")
    if event_ids:
        number = _replay_ids(event_ids, workspace, dry_run=dry_run)
        of = f" of {len(event_ids)}"
    else:
        wanted = _wanted(outcome=None, **more)
        number = sum(
            _replay_wanted(one, workspace, dry_run=dry_run)
            for one in [replace(wanted, outcome=outcome) for outcome in outcomes] or [wanted]
        )
        of = ""
    if dry_run:
        click.echo(f"{number}{of} items would be applied again.")
        return
    current().queue.ring_inbound()
    click.echo(f"{number}{of} items wait to be applied again.")


@events.command("export")
@click.argument("event_id", type=EVENT_ID)
@click.option("--body", "whole", is_flag=True, help="The whole body, not the item alone.")
@click.option("--anonymous", is_flag=True, help="Replace ids, names and texts.")
@with_appcontext
def export_event(event_id: int, whole: bool, anonymous: bool) -> None:
    """Write an item as a webhook body for a test; secrets are masked."""
    with console.reading() as session:
        event = _found(session, event_id).event
        made = event_export.fixture(session, event, whole=whole, anonymous=anonymous)
    click.echo(made, nl=False)


def _wanted(*, account: int | None, **more: Any) -> Wanted:
    return Wanted(account_id=account, **more)


def _whose(session: Session, workspace: str | None) -> Whose:
    return Scope.EVERYTHING if workspace is None else members.find_workspace(session, workspace).id


def _entries(session: Session, whose: Whose, wanted: Wanted, limit: int) -> Iterable[Entry]:
    before_id: int | None = None
    while limit > 0:
        page = ledger.page(session, whose, wanted, before_id=before_id, limit=min(limit, PAGE))
        yield from page.entries
        limit -= len(page.entries)
        before_id = page.next_before
        if before_id is None:
            return


def _found(session: Session, event_id: int) -> Entry:
    try:
        return ledger.entry(session, Scope.EVERYTHING, event_id)
    except NotFound:
        raise click.ClickException(f"There is no event {event_id}.") from None


def _replay_ids(event_ids: tuple[int, ...], workspace: str | None, *, dry_run: bool) -> int:
    with console.writing() as session:
        whose = _whose(session, workspace)
        if dry_run:
            return replaying.among(session, event_ids, whose)
        return replaying.replay(session, event_ids, whose)


def _replay_wanted(wanted: Wanted, workspace: str | None, *, dry_run: bool) -> int:
    number = 0
    rest: Wanted | None = wanted
    while rest is not None:
        with console.reading() if dry_run else console.writing() as session:
            whose = _whose(session, workspace)
            verb = replaying.count_wanted if dry_run else replaying.replay_wanted
            some, rest = verb(session, whose, rest)
        number += some
    return number


def _record(entry: Entry) -> dict[str, Any]:
    event = entry.event
    return {
        "id": event.id,
        "received_at": entry.received_at.isoformat(),
        "received_count": entry.received_count,
        "source": entry.source,
        "workspace_id": event.workspace_id,
        "account_id": event.account_id,
        "channel": event.channel,
        "addressed_to": event.addressed_to,
        "kind": event.kind,
        "external_id": event.external_id,
        "outcome": event.outcome,
        "reason": event.reason,
        "attempts": event.attempts,
        "next_try_at": event.next_try_at and event.next_try_at.isoformat(),
        "repaired": event.repaired,
    }


def _line(entry: Entry) -> str:
    event = entry.event
    return (
        f"{event.id}\t{event.created_at:%Y-%m-%d %H:%M:%S}\t{event.outcome}\t"
        f"{event.kind}\t{event.addressed_to or '-'}\t{event.reason or ''}"
    )
