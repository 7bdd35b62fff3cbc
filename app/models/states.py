"""The words for states, in one place; what is stored is exactly these strings."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What a member of a workspace may do, least first."""

    AGENT = "agent"
    MANAGER = "manager"
    ADMIN = "admin"


class LogState(StrEnum):
    """Where a stored webhook body stands: waiting to be unpacked, or unpacked."""

    PENDING = "pending"
    UNPACKED = "unpacked"


class Outcome(StrEnum):
    """What became of one item of a webhook body."""

    PENDING = "pending"
    APPLIED = "applied"
    DUPLICATE = "duplicate"
    IGNORED = "ignored"
    PARKED = "parked"
    FAILED = "failed"
    UNROUTABLE = "unroutable"
    TEST_RECEIVED = "test_received"


class ConversationStatus(StrEnum):
    """Where the work on a conversation stands."""

    OPEN = "open"
    PENDING = "pending"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"
    ARCHIVED = "archived"


class LeadStage(StrEnum):
    """How far a chance of business has come; the last two end it."""

    NEW = "new"
    CONTACTED = "contacted"
    QUALIFIED = "qualified"
    NEGOTIATION = "negotiation"
    WON = "won"
    LOST = "lost"

    @property
    def is_final(self) -> bool:
        """Say whether the lead is closed: the customer's next message opens a new one."""
        return self in (LeadStage.WON, LeadStage.LOST)


class Direction(StrEnum):
    """Who wrote a message: the customer, the business, or colleagues among themselves."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    INTERNAL = "internal"


class DeliveryState(StrEnum):
    """Where a send stands. ``claimed`` shows as a queued message; the rest show as they are."""

    QUEUED = "queued"
    HELD = "held"
    CLAIMED = "claimed"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNCONFIRMED = "unconfirmed"
    DISCARDED = "discarded"


class MessageStatus(StrEnum):
    """The status of a message as people and programs see it."""

    QUEUED = "queued"
    HELD = "held"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    PLAYED = "played"
    FAILED = "failed"
    UNCONFIRMED = "unconfirmed"
    DISCARDED = "discarded"


class Evidence(StrEnum):
    """What settled a delivery: Meta's answer, its echo, its history, or a person's word."""

    ANSWER = "answer"
    ECHO = "echo"
    HISTORY = "history"
    PERSON = "person"


class StepKind(StrEnum):
    """What happens to a delivery beside its attempts.

    First what a person decides, then what proves that the message arrived, then what a look at
    the conversation at Meta's brought that proved nothing.
    """

    RETRIED = "retried"
    DISCARDED = "discarded"
    ARRIVED = "arrived"
    ECHOED = "echoed"
    FOUND = "found"
    ABSENT = "absent"
    UNREADABLE = "unreadable"


NEEDS_ATTENTION = frozenset({MessageStatus.FAILED, MessageStatus.UNCONFIRMED})
