"""What is stored: every table, in plain SQLAlchemy without Flask."""

from app.models.accounts import AccountAddress, ChannelAccount, Integration
from app.models.base import Base
from app.models.events import (
    ExternalEvent,
    ExternalEventLog,
    Lease,
    ProcessBeat,
    WebhookRefusal,
)
from app.models.outbox import Delivery, DeliveryAttempt, DeliveryStep, SendPace
from app.models.people import ApiToken, Membership, OneTimeCode, User, Workspace
from app.models.relations import CommunicationLog, Contact, ContactIdentity, ContactNote, Lead
from app.models.threads import Attachment, ChannelCounter, Conversation, ConversationRead, Message

__all__ = [
    "AccountAddress",
    "ApiToken",
    "Attachment",
    "Base",
    "ChannelAccount",
    "ChannelCounter",
    "CommunicationLog",
    "Contact",
    "ContactIdentity",
    "ContactNote",
    "Conversation",
    "ConversationRead",
    "Delivery",
    "DeliveryAttempt",
    "DeliveryStep",
    "ExternalEvent",
    "ExternalEventLog",
    "Integration",
    "Lead",
    "Lease",
    "Membership",
    "Message",
    "OneTimeCode",
    "ProcessBeat",
    "SendPace",
    "User",
    "WebhookRefusal",
    "Workspace",
]
