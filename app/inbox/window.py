"""How long a customer may still be answered, and in which way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.channels import registry
from app.channels.base import WindowPolicy
from app.models import Conversation


class WindowState(StrEnum):
    """``open``: free answers; ``human_agent``: only a person's, marked so; ``closed``: none."""

    OPEN = "open"
    HUMAN_AGENT = "human_agent"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Window:
    """The reply window of one conversation; ``closes_at`` is None where it never opened."""

    state: WindowState
    closes_at: datetime | None


def window_of(
    policy: WindowPolicy, opened_at: datetime | None, now: datetime, *, human_agent: bool
) -> Window:
    """Return the window that the customer's last deed at ``opened_at`` leaves.

    ``human_agent`` says that Meta granted the account the human-agent permission.
    """
    if opened_at is None:
        return Window(WindowState.CLOSED, None)
    closes_at = opened_at + policy.standard
    if now < closes_at:
        return Window(WindowState.OPEN, closes_at)
    if human_agent and policy.human is not None:
        human_closes_at = opened_at + policy.human
        if now < human_closes_at:
            return Window(WindowState.HUMAN_AGENT, human_closes_at)
        return Window(WindowState.CLOSED, human_closes_at)
    return Window(WindowState.CLOSED, closes_at)


def passed(channel: str, opened_at: datetime | None, now: datetime) -> int:
    """Return how many limits of the channel's policy have passed: it changes with the state."""
    policy = registry.channel(channel).window
    limits = (policy.standard, policy.human)
    return sum(bool(opened_at and limit and now >= opened_at + limit) for limit in limits)


def window_for(conversation: Conversation, now: datetime) -> Window:
    """Return the window of a conversation, whose account and integration are loaded."""
    integration = conversation.account.integration
    return window_of(
        registry.channel(conversation.channel).window,
        conversation.window_opened_at,
        now,
        human_agent=bool(integration and integration.config.get("human_agent")),
    )
