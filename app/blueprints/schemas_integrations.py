"""What the API tells about integrations. Secrets are taken and never given back."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict

from app.blueprints import examples
from app.blueprints.schemas import ErrorOut
from app.blueprints.schemas_input import ChannelName
from app.inbox.integrations import IntegrationInput
from app.inbox.keyring import Keyring
from app.models import ChannelAccount, Integration


class AccountOut(BaseModel):
    """An account of the integration with all its ids; unproven ones receive nothing yet."""

    id: int
    name: str | None
    external_ids: list[str]
    proven_at: datetime | None

    @classmethod
    def of(cls, account: ChannelAccount) -> Self:
        """Return ``account``, whose addresses are loaded, as shown."""
        return cls(
            id=account.id,
            name=account.name,
            external_ids=sorted(address.external_id for address in account.addresses),
            proven_at=account.proven_at,
        )


class ConfigOut(BaseModel):
    """The parts of the configuration that are no secrets."""

    model_config = ConfigDict(extra="ignore")

    page_id: str | None = None
    instagram_page_id: str | None = None
    login: str = "facebook"
    human_agent: bool = False


class IntegrationOut(BaseModel):
    """One integration. ``source`` is "manual", "environment" or "demo".

    ``broken`` is why Meta refuses it, since ``broken_at``; until that is mended its answers wait.
    """

    model_config = ConfigDict(json_schema_extra=examples.shown(examples.INTEGRATION))

    id: int
    name: str
    provider: str
    is_enabled: bool
    source: str
    is_simulated: bool
    has_access_token: bool
    has_api_secret: bool
    has_webhook_verify_token: bool
    config: ConfigOut
    accounts: list[AccountOut]
    broken_at: datetime | None
    broken: ErrorOut | None
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, integration: Integration, keyring: Keyring) -> Self:
        """Return ``integration``, whose accounts are loaded, as shown."""
        return cls(
            id=integration.id,
            name=integration.channel,
            provider=integration.provider,
            is_enabled=integration.is_enabled,
            source=integration.source,
            is_simulated=integration.base_url is not None,
            has_access_token=keyring.has_access_token(integration),
            has_api_secret=keyring.has_app_secret(integration),
            has_webhook_verify_token=bool(integration.config.get("webhook_verify_token")),
            config=ConfigOut.model_validate(integration.config),
            accounts=[AccountOut.of(account) for account in integration.accounts],
            broken_at=integration.broken_at,
            broken=ErrorOut.of_connection(integration),
            created_at=integration.created_at,
            updated_at=integration.updated_at,
        )


class IntegrationBody(IntegrationInput):
    """The Integration JSON. camelCase is understood too; keys without a meaning are left out."""

    model_config = ConfigDict(json_schema_extra=examples.shown(examples.INTEGRATION_INPUT))

    name: ChannelName


class StoredIntegration(IntegrationOut):
    """An integration as it was just stored, and what its admin should know about it."""

    model_config = ConfigDict(
        json_schema_extra=examples.shown(examples.INTEGRATION | {"warnings": []})
    )

    warnings: list[str]


class IntegrationList(BaseModel):
    """All integrations of the workspace, oldest first."""

    model_config = ConfigDict(json_schema_extra=examples.shown({"items": [examples.INTEGRATION]}))

    items: list[IntegrationOut]
