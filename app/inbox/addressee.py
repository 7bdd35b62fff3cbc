"""Whom a program means to write to: the conversation is found, or the reason why it is none."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.inbox.errors import Filled, NotFound, Refused, Trouble
from app.inbox.social import is_connected, named, thread, threads_with
from app.models import ChannelAccount

_GUIDE = "api.md#social"


def addressee(
    session: Session,
    among: Sequence[ChannelAccount],
    *,
    account: str | None,
    conversation: str | None,
    recipient: str | None,
) -> int:
    """Return the id of the conversation that a message is meant for.

    ``among`` are the accounts of the workspace. ``conversation`` is a conversation's id or its
    customer's at Meta, ``recipient`` the customer's. Raises :class:`Refused` where nobody is
    meant, where several accounts could be, and where the person never wrote; Meta is not asked.
    """
    person = conversation or recipient
    if person is None or (conversation and recipient):
        raise Refused(_one_of_both())
    where = list(among) if account is None else [_account(among, account)]
    own = thread(session, where, conversation) if conversation else None
    if own is not None:
        return own
    found = threads_with(session, [_only(where)], person)
    if not found:
        raise Refused(_never_wrote())
    return found[0]


def _account(among: Sequence[ChannelAccount], wanted: str) -> ChannelAccount:
    try:
        return named(among, wanted)
    except NotFound:
        raise Refused(_no_such_account(among)) from None


def _only(where: Sequence[ChannelAccount]) -> ChannelAccount:
    """Return the one account that can be meant: the one named, or the only connected one."""
    if len(where) == 1:
        return where[0]
    connected = [one for one in where if is_connected(one)]
    if not connected:
        raise Refused(_no_account())
    if len(connected) > 1:
        raise Refused(_several(connected))
    return connected[0]


def _list(among: Sequence[ChannelAccount]) -> str:
    return ", ".join(f"{one.id} ({one.name or one.external_id})" for one in among)


def _one_of_both() -> Trouble:
    return Trouble(
        message="Name the customer once.",
        explanation="A message needs either conversation_id or recipient_id.",
        next_step="Give one of them.",
        page=_GUIDE,
    )


def _no_such_account(among: Sequence[ChannelAccount]) -> Trouble:
    return Trouble(
        message="This workspace has no such account on this channel.",
        explanation=Filled("It has: %(accounts)s.", accounts=_list(among))
        if among
        else "It has none at all.",
        next_step="Give an account_id from the list of accounts.",
        page=_GUIDE,
    )


def _no_account() -> Trouble:
    return Trouble(
        message="No account of this channel is connected.",
        explanation="Without a connected account nothing can be sent.",
        next_step="Ask an admin to connect one.",
        page="connect-instagram.md",
    )


def _several(connected: Sequence[ChannelAccount]) -> Trouble:
    return Trouble(
        message="Say which account is to send: several are connected.",
        explanation=Filled(
            "Meta knows a person under another id at each account. There are: %(accounts)s.",
            accounts=_list(connected),
        ),
        next_step="Give account_id as well.",
        page=_GUIDE,
    )


def _never_wrote() -> Trouble:
    return Trouble(
        message="User not found.",
        explanation="Nobody with this id has written to this account. Meta lets a business write "
        "only to people who wrote first, and knows each under an id of their own per account.",
        next_step="Take the id from a conversation of this account, or ask the person to write "
        "first. Nothing was sent.",
        page=_GUIDE,
    )
