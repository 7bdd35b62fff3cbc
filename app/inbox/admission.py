"""Whether an answer may be sent in a conversation now, and what to say where it may not."""

from __future__ import annotations

from app import clock
from app.channels import explain
from app.inbox.errors import Refused, Trouble
from app.inbox.window import WindowState, window_for
from app.models import Conversation


def check_may_send(conversation: Conversation, *, is_person: bool) -> None:
    """Raise :class:`Refused` where nothing may be sent, or nothing that a program wrote.

    A connection that Meta refuses is no reason: what is written meanwhile is held.
    """
    _check_switched_on(conversation)
    state = window_for(conversation, clock.now()).state
    if state == WindowState.CLOSED:
        raise Refused(_window_closed())
    if state == WindowState.HUMAN_AGENT and not is_person:
        raise Refused(_people_only())


def _check_switched_on(conversation: Conversation) -> None:
    integration = conversation.account.integration
    if integration is None or integration.deleted_at or not integration.is_enabled:
        raise Refused(_switched_off())


def _switched_off() -> Trouble:
    return Trouble(
        message="The channel of this conversation is switched off.",
        explanation="Its integration is disabled or was removed, so nothing can be sent.",
        next_step="Ask an admin to enable or reconnect it.",
        page="connect-instagram.md",
    )


def _window_closed() -> Trouble:
    known = explain.named("window-closed")
    return Trouble(known.sentence, known.cause, known.next_step, known.page, code=10)


def _people_only() -> Trouble:
    """Return why a program is refused.

    Source: developers.facebook.com/documentation/business-messaging/messenger-platform/policy.
    """
    return Trouble(
        message="Only a person may answer this customer now.",
        explanation="The 24 hours after the customer's last message are over. For seven days Meta "
        "takes answers that a person wrote, and nothing from a program.",
        next_step="Answer in the inbox, or wait until the customer writes again.",
        page="troubleshooting.md#window-closed",
        code=10,
    )
