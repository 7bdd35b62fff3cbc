"""What one installation is made of, built from its settings and handed to whoever needs it.

Flask and Redis are imported only where they are used: a sweep needs neither, and their weight
counts in a process that should weigh next to nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from sqlalchemy import Engine, create_engine

from app.channels.graph import Graph
from app.channels.pictures import Pictures
from app.crypto import Vault
from app.inbox.drain import Drain
from app.inbox.keyring import ChannelEnvironment, Keyring
from app.inbox.looks import Looks
from app.inbox.profiles import Profiles
from app.inbox.repairs import Repairs
from app.inbox.spool.folder import Folder
from app.inbox.spool.unspool import Unspool
from app.inbox.spool.writer import Spool
from app.inbox.standing import question
from app.inbox.subscriptions import Subscriptions
from app.media_store import MediaStore
from app.models.database import engine_options, prepare, prompt_engine
from app.models.direct import DirectSelect
from config import Settings

if TYPE_CHECKING:
    from app.queue import Queue


@dataclass(frozen=True)
class Installation:
    """The parts that web, worker, sweep and command line share."""

    settings: Settings
    engine: Engine

    @classmethod
    def of(cls, settings: Settings) -> Installation:
        """Return the installation of ``settings`` with an engine of its own, without Flask."""
        engine = create_engine(settings.database, **engine_options(settings.database))
        prepare(engine)
        return cls(settings, engine)

    @cached_property
    def prompt_engine(self) -> Engine:
        """Return the engine for what is asked so often that a round trip counts."""
        return prompt_engine(self.engine)

    @cached_property
    def standing(self) -> DirectSelect:
        """Return what every poll asks the database."""
        return question(self.prompt_engine)

    @cached_property
    def vault(self) -> Vault:
        """Return what opens stored secrets."""
        return Vault(self.settings.vault_keys, self.settings.session_key)

    @cached_property
    def keyring(self) -> Keyring:
        """Return the secrets of integrations and environment."""
        settings = self.settings
        secrets = (*settings.meta_app_secret, *settings.instagram_app_secret)
        token, verify = settings.instagram_access_token, settings.instagram_verify_token
        instagram = ChannelEnvironment(
            app_secrets=tuple(secret.get_secret_value() for secret in secrets),
            verify_token=verify.get_secret_value() if verify else None,
            access_token=token.get_secret_value() if token else None,
            account_id=settings.instagram_page_id or None,
        )
        return Keyring(self.vault, {"instagram": instagram})

    @cached_property
    def graph(self) -> Graph:
        """Return the way to Meta."""
        settings = self.settings
        return Graph(
            settings.graph_version,
            urls={"facebook": settings.graph_url, "instagram": settings.instagram_graph_url},
            threads=settings.send_threads,
        )

    @cached_property
    def queue(self) -> Queue:
        """Return the bell to the workers."""
        from app.queue import Queue

        return Queue(self.settings.redis)

    @cached_property
    def media(self) -> MediaStore:
        """Return our copies of pictures."""
        return MediaStore(self.settings.media_folder)

    @cached_property
    def profiles(self) -> Profiles:
        """Return what asks Meta for people's profiles."""
        pictures = Pictures(self.settings.media_hosts.split(","))
        return Profiles(self.engine, self.graph, self.keyring, pictures, self.media)

    @cached_property
    def repairs(self) -> Repairs:
        """Return what fetches from Meta what was not delivered."""
        return Repairs(self.engine, self.graph, self.keyring)

    @cached_property
    def subscriptions(self) -> Subscriptions:
        """Return what sees to it that Meta delivers."""
        return Subscriptions(self.engine, self.graph, self.keyring)

    @cached_property
    def looks(self) -> Looks:
        """Return what looks at Meta's for messages that may have been sent."""
        return Looks(self.engine, self.graph, self.keyring)

    @cached_property
    def spool(self) -> Spool:
        """Return where this process keeps bodies while the database is away."""
        return Spool(self._spool_folder)

    def unspool(self) -> Unspool:
        """Return what brings kept bodies into the database."""
        return Unspool(self.engine, self._spool_folder)

    def drain(self) -> Drain:
        """Return a drain of this installation's webhook log."""
        return Drain(self.engine, self.keyring)

    @property
    def _spool_folder(self) -> Folder:
        return Folder(self.settings.spool_path, self.settings.spool_bytes)


def current() -> Installation:
    """Return the installation of the running Flask application."""
    from flask import current_app

    found: Installation = current_app.extensions["inlet"]
    return found
