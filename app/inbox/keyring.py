"""Which secrets verify webhooks, and which credentials a call to Meta needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog
from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from app.channels.base import Credentials
from app.crypto import Vault, WrongKeyError
from app.models import Integration

log = structlog.get_logger()


ENVIRONMENT = "environment"
"""The source of an integration whose secrets stay in the environment."""

VERIFY_TOKEN = "webhook_verify_token"  # noqa: S105
"""Where an integration's config keeps its verify token, encrypted."""


@dataclass(frozen=True)
class ChannelEnvironment:
    """What the environment says about one channel of the installation."""

    app_secrets: tuple[str, ...] = ()
    verify_token: str | None = None
    access_token: str | None = None
    account_id: str | None = None


@dataclass(frozen=True, slots=True)
class VerifyToken:
    """A verify token and the integrations whose handshake it proves."""

    token: str
    integration_ids: tuple[int, ...]

    def __repr__(self) -> str:
        """Name the holders and nothing secret."""
        return f"VerifyToken(integration_ids={self.integration_ids!r}, …)"


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
        if stored is None and integration.source == ENVIRONMENT:
            return self._of(integration.channel).access_token
        return stored

    def has_access_token(self, integration: Integration) -> bool:
        """Say whether the integration has an access token, without opening it."""
        if integration.access_token is not None:
            return True
        in_environment = self._of(integration.channel).access_token is not None
        return integration.source == ENVIRONMENT and in_environment

    def is_with_access_token(self) -> ColumnElement[bool]:
        """Return the condition that an integration has an access token, for a query."""
        in_environment = [channel for channel, one in self.environment.items() if one.access_token]
        from_environment = and_(
            Integration.source == "environment", Integration.channel.in_(in_environment)
        )
        return or_(Integration.access_token.is_not(None), from_environment)

    def has_app_secret(self, integration: Integration) -> bool:
        """Say whether the integration has a secret of its own, without opening it."""
        if integration.api_secret is not None:
            return True
        in_environment = bool(self._of(integration.channel).app_secrets)
        return integration.source == ENVIRONMENT and in_environment

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
            channel=integration.channel,
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

    def verify_tokens(self, session: Session, channels: frozenset[str]) -> list[VerifyToken]:
        """Return the verify tokens that Meta may present for any of ``channels``, with holders."""
        stored = select(Integration.id, Integration.channel, Integration.source, Integration.config)
        found: list[VerifyToken] = []
        from_environment: dict[str, list[int]] = {channel: [] for channel in channels}
        for one in session.execute(
            stored.where(Integration.deleted_at.is_(None), Integration.channel.in_(channels))
        ):
            if token := self._opened_if_possible(one.config.get(VERIFY_TOKEN)):
                found.append(VerifyToken(token, (one.id,)))
            elif one.source == ENVIRONMENT:
                from_environment[one.channel].append(one.id)
        for channel, holders in from_environment.items():
            if token := self._of(channel).verify_token:
                found.append(VerifyToken(token, tuple(holders)))
        return found

    def verify_token(self, integration: Integration) -> str | None:
        """Return the integration's own verify token; None where it has none, or none opens."""
        return self._opened_if_possible(integration.config.get(VERIFY_TOKEN))

    def is_readable(self, integration: Integration) -> bool:
        """Say whether the present keys open every secret that is stored for the integration."""
        try:
            self._opened(integration.access_token)
            self._opened(integration.api_secret)
        except WrongKeyError:
            return False
        return True

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
