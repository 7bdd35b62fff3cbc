"""Examples for the API's document: what one shop and one customer's question look like."""

from __future__ import annotations

from typing import Any

CUSTOMER: dict[str, Any] = {
    "id": 7,
    "name": "Lena Fischer",
    "username": "lena.fischer",
    "external_id": "1254477777772919",
}
COLLEAGUE: dict[str, Any] = {"id": 3, "name": "Ana"}
TROUBLE: dict[str, Any] = {
    "code": 10,
    "subcode": None,
    "message": "The time to answer this customer is over.",
    "explanation": "Meta lets a business answer for 24 hours after the customer's last message.",
    "next_step": "Wait until the customer writes again; the conversation opens by itself.",
}
CONVERSATION: dict[str, Any] = {
    "id": 42,
    "channel": "instagram",
    "integration_id": 1,
    "contact": CUSTOMER,
    "status": "open",
    "snoozed_until": None,
    "assignee": COLLEAGUE,
    "unread_count": 1,
    "waiting_since": "2026-11-20T09:30:00Z",
    "last_message_preview": "Do you have it in blue?",
    "last_message_at": "2026-11-20T09:30:00Z",
    "window": {"state": "open", "closes_at": "2026-11-21T09:30:00Z"},
}
MESSAGE: dict[str, Any] = {
    "id": 1001,
    "direction": "outbound",
    "kind": "text",
    "text": "Yes, we have it in blue.",
    "attachments": [],
    "external_id": None,
    "status": "queued",
    "error": None,
    "position_at": "2026-11-20T09:31:00Z",
    "sent_at": None,
    "reply_to": None,
    "reactions": [],
    "edited": False,
    "deleted": False,
    "author": COLLEAGUE,
    "via": "api",
}
QUESTION: dict[str, Any] = MESSAGE | {
    "id": 1000,
    "direction": "inbound",
    "text": "Do you have it in blue?",
    "external_id": "aWdfZAG1faXRlbToxOk",
    "status": "delivered",
    "position_at": "2026-11-20T09:30:00Z",
    "author": None,
    "via": None,
}
DELIVERY: dict[str, Any] = {
    "message_id": 1001,
    "state": "sent",
    "queued_at": "2026-11-20T09:31:00Z",
    "next_try_at": None,
    "settled_at": "2026-11-20T09:31:16Z",
    "settled_by": "history",
    "attempts": [
        {
            "number": 1,
            "outcome": "unconfirmed",
            "started_at": "2026-11-20T09:31:00Z",
            "finished_at": "2026-11-20T09:31:10Z",
            "duration_ms": 10004,
            "endpoint": "102000000000001/messages",
            "tag": None,
            "http_status": None,
            "code": None,
            "subcode": None,
            "message": "Meta's answer was lost on the way (ReadTimeout)",
            "trace_id": None,
        }
    ],
    "steps": [{"kind": "found", "at": "2026-11-20T09:31:16Z", "person": None, "detail": None}],
}
EVENT: dict[str, Any] = {
    "id": 5000,
    "account_id": 1,
    "channel": "instagram",
    "source": "webhook",
    "kind": "message_received",
    "addressed_to": "17841400000000001",
    "external_id": "aWdfZAG1faXRlbToxOk",
    "occurred_at": "2026-11-20T09:30:00Z",
    "received_at": "2026-11-20T09:30:01Z",
    "last_received_at": "2026-11-20T09:30:01Z",
    "received_count": 1,
    "duplicates": 0,
    "outcome": "applied",
    "reason": None,
    "attempts": 1,
    "next_try_at": None,
    "settled_at": "2026-11-20T09:30:01Z",
    "repaired": None,
}
ACCOUNT: dict[str, Any] = {
    "id": 1,
    "name": "My shop",
    "external_ids": ["102000000000001", "17841400000000001"],
    "proven_at": "2026-11-01T08:00:00Z",
}
INTEGRATION_INPUT: dict[str, Any] = {
    "name": "instagram",
    "provider": "Meta",
    "is_enabled": True,
    "access_token": "EAAG…",
    "api_secret": "0123456789abcdef0123456789abcdef",
    "config": {
        "webhook_verify_token": "a phrase of your own",
        "page_id": "102000000000001",
        "instagram_page_id": "17841400000000001",
        "login": "facebook",
        "human_agent": False,
    },
}
INTEGRATION: dict[str, Any] = {
    "id": 1,
    "name": "instagram",
    "provider": "Meta",
    "is_enabled": True,
    "source": "manual",
    "is_simulated": False,
    "has_access_token": True,
    "has_api_secret": True,
    "has_webhook_verify_token": True,
    "config": {
        "page_id": "102000000000001",
        "instagram_page_id": "17841400000000001",
        "login": "facebook",
        "human_agent": False,
    },
    "accounts": [ACCOUNT],
    "broken_at": None,
    "broken": None,
    "created_at": "2026-11-01T08:00:00Z",
    "updated_at": "2026-11-01T08:00:00Z",
}
SOCIAL_ACCOUNT: dict[str, Any] = ACCOUNT | {
    "channel": "instagram",
    "integration_id": 1,
    "is_connected": True,
    "is_enabled": True,
    "is_simulated": False,
}
SOCIAL_STATUS: dict[str, Any] = SOCIAL_ACCOUNT | {
    "is_proven": True,
    "token": {
        "state": "valid",
        "checked_at": "2026-11-20T08:00:00Z",
        "expires_at": None,
        "missing_scopes": [],
        "error": None,
    },
    "last_event_at": "2026-11-20T09:30:01Z",
    "last_send_at": "2026-11-20T09:31:02Z",
    "last_send_status": "sent",
}
SOCIAL_MESSAGE: dict[str, Any] = QUESTION | {
    "account_id": 1,
    "conversation_id": 42,
    "contact": CUSTOMER,
}


CONTACT: dict[str, Any] = {
    "id": 7,
    "name": "Lena Fischer",
    "username": "lena.fischer",
    "follower_count": 310,
    "has_picture": True,
    "identities": [{"external_id": "1254477777772919", "scope": "account:1"}],
    "created_at": "2026-11-20T09:30:01Z",
}
NOTE: dict[str, Any] = {
    "id": 11,
    "contact_id": 7,
    "text": "Prefers blue.",
    "author": COLLEAGUE,
    "created_at": "2026-11-20T09:32:00Z",
}
LEAD: dict[str, Any] = {
    "id": 5,
    "contact_id": 7,
    "stage": "qualified",
    "last_contact_at": "2026-11-20T09:31:00Z",
    "last_contact_channel": "instagram",
    "created_at": "2026-11-20T09:30:01Z",
    "closed_at": None,
}
LINE: dict[str, Any] = {
    "id": 900,
    "contact_id": 7,
    "lead_id": 5,
    "message_id": 1000,
    "channel": "instagram",
    "direction": "inbound",
    "summary": "Do you have it in blue?",
    "occurred_at": "2026-11-20T09:30:00Z",
}


def page(item: dict[str, Any]) -> dict[str, Any]:
    """Return a page of a list with one item."""
    return {"items": [item], "next_cursor": "MTczMjA5NTAwMDAwMC4xMDAx"}


def shown(*examples: dict[str, Any]) -> dict[str, Any]:
    """Return what makes these the examples of a model (``json_schema_extra``)."""
    return {"examples": list(examples)}
