"""The social API: the same four routes for every channel, under the name people know it by."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response

from app import clock
from app.blueprints import api_access
from app.blueprints.access import caller, needs
from app.blueprints.answering import answered, refuse
from app.blueprints.contracts import describe
from app.blueprints.exchange import answer, read_body, read_cursor, read_query, write_cursor
from app.blueprints.schemas import MessageOut
from app.blueprints.schemas_social import (
    SocialAccountList,
    SocialAccountOut,
    SocialMessageOut,
    SocialMessagePage,
    SocialQuery,
    SocialSend,
    SocialStatusList,
    SocialStatusOut,
)
from app.extensions import reader
from app.inbox import social
from app.inbox.addressee import addressee
from app.inbox.listing import Place
from app.inbox.permissions import Permission
from app.inbox.social_status import activity
from app.models import ChannelAccount

NAMES = {"instagram": "instagram"}
"""What the addresses call each channel."""

bp = api_access.blueprint("api_social", __name__, "/api/social")


@describe({200: SocialMessagePage}, query=SocialQuery, problems=(404,))
@needs(Permission.READ_INBOX)
def messages(channel: str) -> Response:
    """Return a page of the channel's messages, newest first."""
    query = read_query(SocialQuery)
    place = read_cursor(query.cursor, 2)
    among = _accounts(channel)
    if query.account_id is not None:
        among = [social.named(among, query.account_id)]
    wanted = query.conversation_id
    page = social.messages(
        reader(),
        among,
        None if wanted is None else social.threads(reader(), among, wanted),
        before=Place(*place) if place else None,
        limit=query.limit,
    )
    items = [SocialMessageOut.of_line(line) for line in page.rows]
    return answer(SocialMessagePage(items=items, next_cursor=write_cursor(page.next)))


@describe({200: SocialAccountList})
@needs(Permission.READ_INBOX)
def accounts(channel: str) -> Response:
    """Return the accounts of the business on the channel."""
    items = [SocialAccountOut.of(one) for one in _accounts(channel)]
    return answer(SocialAccountList(items=items))


@describe({200: SocialStatusList})
@needs(Permission.READ_INBOX)
def status(channel: str) -> Response:
    """Return how each account is doing: connected, proven, its token, last event, last send."""
    among = _accounts(channel)
    active, now = activity(reader(), among), clock.now()
    items = [SocialStatusOut.of_account(one, active[one.id], now) for one in among]
    return answer(SocialStatusList(items=items))


@describe({202: MessageOut, 200: MessageOut}, body=SocialSend, problems=(409,))
@needs(Permission.ANSWER)
def send(channel: str) -> Response:
    """Queue a message to a customer who wrote before: 202, or 200 for a client_id seen before."""
    given = read_body(SocialSend)
    refuse(given.not_yet_sendable())
    conversation_id = addressee(
        reader(),
        _accounts(channel),
        account=given.account_id,
        conversation=given.conversation_id,
        recipient=given.recipient_id,
    )
    return answered(caller().author("api"), conversation_id, given.words(), given.client_id)


def _accounts(channel: str) -> list[ChannelAccount]:
    return social.accounts(reader(), caller().workspace_id, channel)


def _route(channel: str, path: str, method: str, view: Callable[[str], Response]) -> None:
    bp.add_url_rule(
        path,
        f"{NAMES[channel]}_{view.__name__}",
        view,
        methods=[method],
        defaults={"channel": channel},
    )


for kind, name in NAMES.items():
    _route(kind, f"/{name}-messages/", "GET", messages)
    _route(kind, f"/{name}-accounts/", "GET", accounts)
    _route(kind, f"/{name}/status/", "GET", status)
    _route(kind, f"/{name}/send-message/", "POST", send)
