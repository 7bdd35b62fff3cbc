"""Connecting a workspace to a channel, and telling which accounts that covers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator
from sqlalchemy import Select, or_, select, update
from sqlalchemy.orm import Session, selectinload

from app import clock
from app.channels import registry
from app.crypto import Vault
from app.inbox import broken, repair
from app.inbox.claims import claim, take_over
from app.inbox.errors import NotFound, Refused, Trouble
from app.inbox.keyring import VERIFY_TOKEN
from app.models import AccountAddress, ChannelAccount, ExternalEvent, Integration
from app.models.states import Outcome

PAGE = "connect-instagram.md"
ACCOUNT_ID = r"^[0-9]{1,40}$"


class IntegrationConfig(BaseModel):
    """The ``config`` part of the Integration JSON, in snake_case or camelCase."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True)

    webhook_verify_token: str | None = Field(None, max_length=500)
    page_id: str | None = Field(None, pattern=ACCOUNT_ID)
    instagram_page_id: str | None = Field(None, pattern=ACCOUNT_ID)
    login: str = Field("facebook", pattern="^(facebook|instagram)$")
    human_agent: bool = False


class IntegrationInput(BaseModel):
    """The Integration JSON of a channel; unknown keys are left out and named by the reader."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True)

    name: str
    provider: str = Field("Meta", max_length=100)
    is_enabled: bool = True
    access_token: str | None = Field(None, max_length=5_000)
    api_secret: str | None = Field(None, max_length=1_000)
    config: IntegrationConfig

    @field_validator("name")
    @classmethod
    def _is_channel(cls, value: str) -> str:
        if value not in registry.CHANNELS:
            raise ValueError(f"must be one of: {', '.join(registry.CHANNELS)}")
        return value


@dataclass(frozen=True, slots=True)
class ReadInput:
    """An Integration JSON as read, and the keys in it that mean nothing to Inlet."""

    data: IntegrationInput
    unknown_keys: tuple[str, ...]


def read_input(raw: Mapping[str, Any], onto: Integration | None = None) -> ReadInput:
    """Read the Integration JSON in camelCase or snake_case. Raises pydantic.ValidationError.

    With ``onto`` what is left out, and what is null, stays as it is there.
    """
    plain = {_snake(key): value for key, value in raw.items()}
    config = plain.get("config")
    if isinstance(config, Mapping):
        plain["config"] = {_snake(str(key)): value for key, value in config.items()}
    if onto is not None:
        plain = _completed(onto, plain)
    return ReadInput(IntegrationInput.model_validate(plain), unknown_keys(raw))


def unknown_keys(raw: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the keys of an Integration JSON that mean nothing to Inlet, by their paths."""
    unknown = [key for key in raw if _snake(key) not in IntegrationInput.model_fields]
    config = next((value for key, value in raw.items() if _snake(key) == "config"), None)
    if isinstance(config, Mapping):
        known = IntegrationConfig.model_fields
        unknown += [f"config.{key}" for key in config if _snake(str(key)) not in known]
    return tuple(unknown)


def load(
    session: Session, workspace_id: int, given: IntegrationInput, vault: Vault, **extra: Any
) -> Integration:
    """Store an integration: update the workspace's one with any equal id, else make it.

    ``extra`` may set ``source`` and ``base_url``. Raises :class:`Conflict` where one of its ids
    belongs to another workspace or another integration.
    """
    integration = _existing(session, workspace_id, given.name, account_ids(given))
    if integration is None:
        integration = Integration(workspace_id=workspace_id, channel=given.name, config={})
        session.add(integration)
    for name, value in extra.items():
        setattr(integration, name, value)
    change(session, integration, given, vault)
    return integration


def change(
    session: Session, integration: Integration, given: IntegrationInput, vault: Vault
) -> None:
    """Give an integration what ``given`` says; a secret that is left out stays.

    A broken one is tried again with what is new. Raises :class:`Conflict` as :func:`load`, and
    :class:`Refused` for another channel.
    """
    if given.name != integration.channel:
        raise Refused(_other_channel())
    integration.provider = given.provider
    integration.deleted_at = None
    before = integration.config
    config = given.config.model_dump(exclude_none=True)
    token = config.get(VERIFY_TOKEN)
    if token is not None and token != integration.config.get(VERIFY_TOKEN):
        config[VERIFY_TOKEN] = vault.encrypt(token)
    integration.config = integration.config | config
    if given.access_token:
        integration.access_token = vault.encrypt(given.access_token)
    if given.api_secret:
        integration.api_secret = vault.encrypt(given.api_secret)
    session.flush()
    claim(session, integration, account_ids(given))
    if given.access_token or given.api_secret or integration.config != before:
        broken.mend(session, integration)
    enable(session, integration, is_enabled=given.is_enabled)


def account_ids(given: IntegrationInput) -> list[str]:
    """Return the account ids in an input, the one that webhooks name first, each once."""
    config = given.config
    return list(dict.fromkeys(i for i in (config.instagram_page_id, config.page_id) if i))


def in_workspace(session: Session, workspace_id: int, integration_id: int) -> Integration:
    """Return an integration of the workspace. Raises :class:`NotFound`."""
    query = _of_workspace(workspace_id).where(Integration.id == integration_id)
    found = session.scalar(query)
    if found is None:
        raise NotFound
    return found


def listed(session: Session, workspace_id: int) -> list[Integration]:
    """Return the workspace's integrations with accounts and their addresses, oldest first."""
    return list(session.scalars(_of_workspace(workspace_id).order_by(Integration.id)))


def enable(session: Session, integration: Integration, *, is_enabled: bool) -> None:
    """Switch an integration on or off: its queue is held meanwhile and goes on afterwards.

    What Meta did not deliver while it was off is looked for.
    """
    if is_enabled and not integration.is_enabled:
        repair.ask_after_mending(session, integration, integration.updated_at)
    integration.is_enabled = is_enabled
    broken.move_queue(session, integration)
    if is_enabled:
        reroute(session, integration)


def remove(session: Session, integration: Integration) -> None:
    """Take an integration away and forget its secrets; accounts and history stay.

    The accounts must be proven anew by whatever integration takes them up again.
    """
    enable(session, integration, is_enabled=False)
    integration.deleted_at = clock.now()
    integration.access_token = integration.api_secret = None
    integration.config = {k: v for k, v in integration.config.items() if k != VERIFY_TOKEN}
    for account in integration.accounts:
        account.proven_at = account.owned_at = None


def prove(
    session: Session, account: ChannelAccount, ids: frozenset[str], *, is_owner: bool = True
) -> None:
    """Note that the integration runs the account, which has these ids, and take its events in.

    ``is_owner`` says that Meta, or whoever runs the installation, confirmed it: then claims of
    other workspaces yield. ``ids`` that another account has all the same are left with it; an
    account that is left without any is not proven.
    """
    if is_owner:
        take_over(session, account, ids)
        account.owned_at = account.owned_at or clock.now()
    taken = select(AccountAddress.external_id).where(
        AccountAddress.channel == account.channel, AccountAddress.external_id.in_(ids)
    )
    for external_id in sorted(ids - set(session.scalars(taken))):
        account.addresses.append(AccountAddress(channel=account.channel, external_id=external_id))
    account.proven_at = (account.proven_at or clock.now()) if account.addresses else None
    session.flush()
    if account.integration is not None:
        reroute(session, account.integration)


def reroute(session: Session, integration: Integration) -> int:
    """Let the drain look again at events that found no way to this integration's accounts."""
    addresses = (
        select(AccountAddress.external_id)
        .join(ChannelAccount, AccountAddress.account_id == ChannelAccount.id)
        .where(ChannelAccount.integration_id == integration.id)
    )
    waiting = update(ExternalEvent).where(
        ExternalEvent.outcome == Outcome.UNROUTABLE,
        ExternalEvent.channel == integration.channel,
        ExternalEvent.addressed_to.in_(addresses),
    )
    again = session.execute(
        waiting.values(outcome=Outcome.PENDING, next_try_at=clock.now()),
        execution_options={"synchronize_session": False},
    )
    return again.rowcount  # type: ignore[attr-defined,no-any-return]


def _existing(
    session: Session, workspace_id: int, channel: str, ids: list[str]
) -> Integration | None:
    addressed = select(AccountAddress.account_id).where(
        AccountAddress.channel == channel, AccountAddress.external_id.in_(ids)
    )
    query = (
        select(Integration)
        .join(ChannelAccount, ChannelAccount.integration_id == Integration.id)
        .where(
            Integration.workspace_id == workspace_id,
            ChannelAccount.channel == channel,
            or_(ChannelAccount.id.in_(addressed), ChannelAccount.external_id.in_(ids)),
        )
    )
    return session.scalars(query.limit(1)).first()


def _of_workspace(workspace_id: int) -> Select[Integration]:
    addresses = selectinload(Integration.accounts).selectinload(ChannelAccount.addresses)
    return (
        select(Integration)
        .where(Integration.workspace_id == workspace_id, Integration.deleted_at.is_(None))
        .options(addresses)
    )


def _completed(integration: Integration, plain: dict[str, Any]) -> dict[str, Any]:
    """Return an input in which what it leaves open is as the integration has it."""
    given = {name: value for name, value in plain.items() if value is not None}
    config = given.get("config", {})
    if isinstance(config, Mapping):
        told = {name: value for name, value in config.items() if value is not None}
        given["config"] = integration.config | told
    standing = {
        "name": integration.channel,
        "provider": integration.provider,
        "is_enabled": integration.is_enabled,
    }
    return standing | given


def _other_channel() -> Trouble:
    return Trouble(
        message="The channel of an integration cannot be changed.",
        explanation="Its accounts and conversations belong to the channel it was made for.",
        next_step="Make another integration for the other channel.",
        page=PAGE,
    )


def _snake(key: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in key)
