"""A connection as its admin sees it: a name, a state, and a checklist."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import url_for

from app.inbox import broken
from app.inbox.connections import Connection
from app.inbox.keyring import Keyring
from app.inbox.token_check import UNREADABLE, Told, last
from app.locale import gettext as _
from app.locale import translated
from app.models import Integration
from app.models.states import DeliveryState
from app.present.connection_gaps import gap_lines, subscription_lines
from app.present.connection_token import token_lines
from app.present.people import CHANNEL_NAMES
from app.present.signs import Line, Sign, worst

GUIDE = "connect-instagram.md"


@dataclass(frozen=True, slots=True)
class Card:
    """One connection on the page. ``sign`` and ``state`` say the same, in colour and words."""

    id: int
    channel: str
    title: str
    account: str | None
    is_simulated: bool
    is_enabled: bool
    is_from_environment: bool
    sign: Sign
    state: str
    callback_url: str
    verify_token: str | None
    checked_at: datetime | None
    can_repair: bool
    lines: list[Line]


def card(connection: Connection, keyring: Keyring, now: datetime, base_url: str) -> Card:
    """Return ``connection``, whose accounts are loaded, as shown.

    ``base_url`` is the address under which people and Meta reach Inlet.
    """
    one, told = connection.integration, last(connection.integration)
    lines = _lines(connection, keyring, told, now)
    sign, state = _state(connection, lines)
    return Card(
        id=one.id,
        channel=one.channel,
        title=_title(one, told),
        account=_account(one, told),
        is_simulated=one.base_url is not None,
        is_enabled=one.is_enabled,
        is_from_environment=one.source == "environment",
        sign=sign,
        state=state,
        callback_url=f"{base_url}/api/webhooks/{one.channel}",
        verify_token=keyring.verify_token(one),
        checked_at=one.checked_at,
        can_repair=broken.can_send(one) and keyring.has_access_token(one),
        lines=lines,
    )


def _state(connection: Connection, lines: list[Line]) -> tuple[Sign, str]:
    if not connection.integration.is_enabled:
        return Sign.IDLE, _("Switched off")
    if connection.integration.broken_at is not None:
        return Sign.BAD, _("Reconnect")
    if worst(lines) is Sign.BAD:
        return Sign.BAD, _("Needs attention")
    if connection.last_event is None:
        return Sign.SOON, _("Waiting for a first message")
    return Sign.OK, _("Working")


def _title(one: Integration, told: Told | None) -> str:
    names = [account.name for account in one.accounts if account.name]
    if told and told.account and told.account.name:
        return told.account.name
    return names[0] if names else CHANNEL_NAMES.get(one.channel, one.channel)


def _account(one: Integration, told: Told | None) -> str | None:
    """Return by what Meta knows the account, and what that is."""
    if told and told.page:
        return _("Facebook Page: %(name)s", name=told.page.name or told.page.id)
    ids = [account.external_id for account in one.accounts]
    return _("Account id: %(id)s", id=ids[0]) if ids else None


def _lines(
    connection: Connection, keyring: Keyring, told: Told | None, now: datetime
) -> list[Line]:
    one = connection.integration
    lines = [_handshake(one), _last_event(connection), _last_send(connection), *_sending(one)]
    if not keyring.is_readable(one):
        return [*lines, _unreadable()]
    lines += _proven(one)
    lines += token_lines(told, one.checked_at, now, is_given=keyring.has_access_token(one))
    return [*lines, *subscription_lines(one.accounts, now), *gap_lines(one.accounts)]


def _unreadable() -> Line:
    return Line(
        _("Access token"),
        Sign.BAD,
        _("Needs the token again: what is stored cannot be opened any more."),
        next_step=_("Bring the earlier ENCRYPTION_KEYS back, or enter both again under “Edit”."),
        page=UNREADABLE.page,
    )


def _handshake(one: Integration) -> Line:
    title = _("Webhook handshake")
    if one.handshake_at is not None:
        words = _("Meta has checked the callback URL.")
        return Line(title, Sign.OK, words, at=one.handshake_at)
    if one.base_url is not None:
        return Line(title, Sign.IDLE, _("The simulator needs none."))
    return Line(
        title,
        Sign.SOON,
        _("Not seen yet."),
        next_step=_("Enter callback URL and verify token in Meta's dashboard and save there."),
        page=f"{GUIDE}#4-point-metas-webhook-to-inlet",
    )


def _last_event(connection: Connection) -> Line:
    found, title = connection.last_event, _("Last event")
    if found is not None:
        return Line(title, Sign.OK, _("Something arrived."), at=found.at)
    if connection.integration.base_url is not None:
        step = _("Write something on the simulator's phone.")
        return Line(title, Sign.IDLE, _("Nothing has arrived yet."), next_step=step)
    return Line(
        title,
        Sign.SOON,
        _("Nothing has arrived yet."),
        next_step=_("Write to the account from another Instagram account."),
        page="troubleshooting.md#only-test-button",
    )


def _last_send(connection: Connection) -> Line:
    found, title = connection.last_send, _("Last answer")
    if found is None:
        return Line(title, Sign.IDLE, _("Nothing was sent yet."))
    if found.state == DeliveryState.FAILED:
        words, sign = _("The last answer was not sent."), Sign.SOON
    elif found.state == DeliveryState.DISCARDED:
        words, sign = _("The last answer was discarded."), Sign.IDLE
    else:
        words, sign = _("Meta took the last answer."), Sign.OK
    return Line(
        title,
        sign,
        words,
        at=found.at,
        url=url_for("inbox.conversation", conversation_id=found.conversation_id),
    )


def _sending(one: Integration) -> list[Line]:
    """Say why nothing can be sent, if that is so."""
    told = broken.why(one)
    if told is None:
        return []
    kept = _(
        "Nothing is lost: answers are held, and go out in their order once this is mended, as far "
        "as their reply windows are open then."
    )
    return [
        Line(
            _("Sending"),
            Sign.BAD,
            f"{translated(told.sentence)} {translated(told.cause)} {kept}",
            at=one.broken_at,
            detail=one.broken_message if told.cause != one.broken_message else None,
            next_step=_("%(step)s Then press “Check now”.", step=translated(told.next_step)),
            page=told.page,
        )
    ]


def _proven(one: Integration) -> list[Line]:
    """Say what is wrong with the accounts, if anything is."""
    title = _("Account")
    if not one.accounts:
        return [
            Line(
                title,
                Sign.BAD,
                _("No account belongs to this connection."),
                next_step=_("Enter the id of the Page or of the Instagram account."),
                page=f"{GUIDE}#the-ids",
            )
        ]
    if all(account.proven_at for account in one.accounts):
        return []
    return [
        Line(
            title,
            Sign.BAD,
            _("Not proven: what arrives for this account waits."),
            next_step=_("Enter a token that speaks for the account, or the app secret."),
            page=f"{GUIDE}#proven",
        )
    ]
