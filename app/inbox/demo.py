"""The demo workspace: everything a newcomer needs to see a DM arrive and answer it."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.crypto import Vault
from app.inbox import integrations, members
from app.models import Integration, Workspace
from app.models.states import Role

WORKSPACE = "Harbour Ceramics (demo)"
SOURCE = "demo"
WORLD_FILE = "simulator.json"
PEOPLE = (
    ("admin@demo.inlet", "Nino Admin", Role.ADMIN),
    ("agent@demo.inlet", "Giorgi Agent", Role.AGENT),
)
CUSTOMERS = (
    {"name": "Leila Mgeladze", "username": "leila.makes"},
    {"name": "Sandro Kalandadze", "username": "sandro.k"},
    {"name": "دينا وليد", "username": "dina.w"},
    {"name": "Ana Rossi", "username": "ana.rossi"},
)


def is_seeded(session: Session) -> bool:
    """Say whether the demo workspace is there."""
    return session.scalar(select(Workspace.id).where(Workspace.name == WORKSPACE)) is not None


def seed(
    session: Session, vault: Vault, password: str, inbox: str, simulator: str
) -> dict[str, Any]:
    """Make the demo workspace and return the world that the simulator is to play.

    ``inbox`` and ``simulator`` are their addresses. The integration is the one kind that does
    not talk to Meta: it carries the simulator's address.
    """
    workspace = members.make_workspace(session, WORKSPACE)
    for email, name, role in PEOPLE:
        members.make_user(
            session,
            email,
            name,
            password,
            workspace=workspace,
            role=role,
            is_operator=role is Role.ADMIN,
        )
    world = _world(inbox)
    account = world["accounts"][0]
    given = integrations.read_input(
        {
            "name": "instagram",
            "accessToken": account["token"],
            "apiSecret": world["app_secret"],
            "config": {
                "webhookVerifyToken": world["verify_token"],
                "pageId": account["page_id"],
                "instagramPageId": account["instagram_id"],
            },
        }
    ).data
    integration = integrations.load(
        session, workspace.id, given, vault, source=SOURCE, base_url=simulator
    )
    for one in integration.accounts:
        one.name = account["username"]
        integrations.prove(session, one, frozenset({one.external_id}))
    return world


def move(session: Session, folder: Path, inbox: str, simulator: str) -> None:
    """Let the demo talk to the present addresses: each start may have other ports."""
    elsewhere = Integration.base_url != simulator
    demo = update(Integration).where(Integration.source == SOURCE, elsewhere)
    session.execute(demo.values(base_url=simulator))
    path = folder / WORLD_FILE
    if path.exists():
        world = json.loads(path.read_text())
        write_world(folder, world | {"callback_url": _callback(inbox)})


def write_world(folder: Path, world: dict[str, Any]) -> None:
    """Write the world where the simulator looks for it; it holds secrets of the simulator."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / WORLD_FILE
    path.touch(mode=0o600)
    path.write_text(json.dumps(world, indent=2, ensure_ascii=False))


def _world(inbox: str) -> dict[str, Any]:
    return {
        "callback_url": _callback(inbox),
        "verify_token": secrets.token_urlsafe(16),
        "app_id": _digits(16),
        "app_secret": secrets.token_hex(16),
        "require_proof": True,
        "accounts": [
            {
                "channel": "instagram",
                "login": "facebook",
                "name": "Harbour Ceramics",
                "username": "harbour.ceramics",
                "instagram_id": f"1784{_digits(13)}",
                "page_id": f"1{_digits(14)}",
                "token": f"EAAG{secrets.token_urlsafe(120)}",
            }
        ],
        "customers": list(CUSTOMERS),
    }


def _callback(inbox: str) -> str:
    return f"{inbox}/api/webhooks/instagram"


def _digits(count: int) -> str:
    return "".join(secrets.choice("123456789") for _ in range(count))
