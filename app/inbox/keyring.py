"""Which secrets verify webhooks, and which credentials a call to Meta needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.channels.base import Credentials
from app.crypto import Vault, WrongKeyError
from app.models import Integration

log = structlog.get_logger()


VERIFY_TOKEN = "webhook_verify_token"  # noqa: S105
"""Where an integration's config keeps its verify token, encrypted."""


@dataclass(frozen=True)
class ChannelEnvironment:
    """What the environment says about one channel of the installation."""

    app_secrets: tuple[str, ...] = ()
    verify_token: str | None = None
    access_token: str | None = None
    account_id: str | None = None


@dataclass(frozen=True)
class Keyring:
    """Opens stored secrets and adds those that live in the environment."""

    vault: Vault
    environment: dict[str, ChannelEnvironment] = field(default_factory=dict)

    def app_secrets(self, integration: Integration) -> tuple[str, ...]:
        """Return the effective app secrets: the integration's own, else the installation's.

        Several are valid while one is being rotated; the newest is first.
        """
        own = self._opened(integration.api_secret)
        if own:
            return _parts(own)
        return self._of(integration.channel).app_secrets

    def fingerprints(self, integration: Integration) -> frozenset[str]:
        """Return the fingerprints of the secrets whose webhooks may speak to ``integration``."""
        return frozenset(map(self.vault.fingerprint, self.app_secrets(integration)))

    def access_token(self, integration: Integration) -> str | None:
        """Return the integration's access token, or None where it has none."""
        stored = self._opened(integration.access_token)
        if stored is None and integration.source == "environment":
            return self._of(integration.channel).access_token
        return stored

    def has_access_token(self, integration: Integration) -> bool:
        """Say whether the integration has an access token, without opening it."""
        if integration.access_token is not None:
            return True
        in_environment = self._of(integration.channel).access_token is not None
        return integration.source == "environment" and in_environment

    def has_app_secret(self, integration: Integration) -> bool:
        """Say whether the integration has a secret of its own, without opening it."""
        if integration.api_secret is not None:
            return True
        in_environment = bool(self._of(integration.channel).app_secrets)
        return integration.source == "environment" and in_environment

    def credentials(self, integration: Integration, sender_id: str) -> Credentials | None:
        """Return what a call as ``sender_id`` needs, or None where no token is known."""
        token = self.access_token(integration)
        if token is None:
            return None
        secrets = self.app_secrets(integration)
        return Credentials(
            sender_id=sender_id,
            access_token=token,
            login=integration.config.get("login", "facebook"),
            app_secret=secrets[0] if secrets else None,
            base_url=integration.base_url,
        )

    def webhook_secrets(self, session: Session) -> Sequence[str]:
        """Return every secret that may verify a webhook on this installation, each once.

        Disabled integrations are included: what Meta delivers for them is kept, not lost. One
        whose secret cannot be opened is left out, so that it does not shut out the others.
        """
        stored = select(Integration).where(
            Integration.deleted_at.is_(None), Integration.api_secret.is_not(None)
        )
        found: list[str] = []
        for one in session.scalars(stored):
            found.extend(_parts(self._opened_if_possible(one.api_secret)))
        for environment in self.environment.values():
            found.extend(environment.app_secrets)
        return list(dict.fromkeys(found))

    def verify_tokens(self, session: Session, channels: frozenset[str]) -> frozenset[str]:
        """Return the verify tokens that Meta may present for any of ``channels``."""
        configs = select(Integration.config).where(
            Integration.deleted_at.is_(None), Integration.channel.in_(channels)
        )
        stored = {config.get(VERIFY_TOKEN) for config in session.scalars(configs)}
        tokens = {self._opened_if_possible(token) for token in stored}
        tokens |= {self._of(channel).verify_token for channel in channels}
        return frozenset(token for token in tokens if token)

    def _of(self, channel: str) -> ChannelEnvironment:
        return self.environment.get(channel, ChannelEnvironment())

    def _opened_if_possible(self, stored: str | None) -> str | None:
        try:
            return self._opened(stored)
        except WrongKeyError as problem:
            log.error("secret_not_opened", error=str(problem))  # noqa: TRY400 - it says all
            return None

    def _opened(self, stored: str | None) -> str | None:
        return None if stored is None else self.vault.decrypt(stored)


def _parts(secrets: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (secrets or "").split(",") if part.strip())
