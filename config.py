"""Every environment variable of Inlet, once: its name, type, default and one sentence.

Nothing else reads the environment. A value that cannot work is refused at start, with the
variable's name and what is wrong with it.
"""

from __future__ import annotations

import os
import secrets
import sys
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

from cryptography.fernet import Fernet
from pydantic import AliasChoices, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

SecretList = Annotated[tuple[SecretStr, ...], NoDecode]


class Settings(BaseSettings):
    """The configuration of one installation, read from the environment."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, env_ignore_empty=True)

    inlet_host: str = Field("127.0.0.1", description="Address the web server listens on.")
    inlet_port: int = Field(8000, ge=1, le=65535, description="Port of the web server.")
    inlet_simulator_port: int = Field(8001, ge=1, le=65535, description="Port of the simulator.")
    inlet_home: Path = Field(
        Path("var"), description="Folder for database, media, embedded Redis and generated keys."
    )
    inlet_workers: int = Field(1, ge=1, le=64, description="Number of worker processes.")
    inlet_demo: bool = Field(True, description="0: no demo workspace and no simulator.")
    inlet_demo_password: SecretStr | None = Field(
        None, description="Password of the demo logins; generated and printed where unset."
    )
    database_url: str = Field("", description="PostgreSQL address; SQLite in INLET_HOME if unset.")
    redis_url: str = Field("", description="Redis address; an embedded server if unset.")
    secret_key: SecretStr | None = Field(
        None, min_length=16, description="Signs sessions; generated in INLET_HOME if unset."
    )
    encryption_keys: SecretList = Field(
        (), description="Fernet keys for secrets at rest, comma list, newest first."
    )
    public_url: str = Field("", description="Address under which people and Meta reach Inlet.")
    trusted_proxies: int = Field(
        0, ge=0, le=8, description="How many reverse proxies set X-Forwarded-* before Inlet."
    )
    graph_version: str = Field(
        "v23.0", pattern=r"^v\d{1,3}\.\d$", description="Version of every Graph API call."
    )
    graph_url: str = Field("https://graph.facebook.com", description="Graph API, Facebook Login.")
    instagram_graph_url: str = Field(
        "https://graph.instagram.com", description="Graph API, Instagram Login."
    )
    spool_megabytes: int = Field(
        256,
        ge=0,
        le=1_000_000,
        description="How many MB of webhooks are kept in INLET_HOME while the database is away.",
    )
    media_url: str = Field(
        "", description="Folder of our copies of pictures; in INLET_HOME if unset."
    )
    media_hosts: str = Field(
        "fbcdn.net,fbsbx.com,cdninstagram.com,facebook.com,whatsapp.net",
        pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+(,[a-z0-9-]+(\.[a-z0-9-]+)+)*$",
        description="Hosts from which pictures are downloaded, with those below them; comma list.",
    )
    meta_app_secret: SecretList = Field(
        (), description="Secret of the installation's Meta app; comma list while rotating."
    )
    instagram_app_secret: SecretList = Field(
        (), description="Secret of the Instagram product of that app; comma list while rotating."
    )
    instagram_verify_token: SecretStr | None = Field(
        None, description="Verify token of the Instagram webhook."
    )
    instagram_page_id: str = Field("", description="Id of the Page or of the Instagram account.")
    instagram_access_token: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("instagram_access_token", "meta_access_token"),
        description="Token that reads and sends Instagram messages.",
    )
    metrics_token: SecretStr | None = Field(
        None, min_length=16, description="Bearer token that /metrics asks for; open if unset."
    )
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="Log level.")
    event_days: int = Field(
        90,
        ge=0,
        le=36_500,
        description="How many days finished webhooks are kept; 0: for ever.",
    )
    send_threads: int = Field(32, ge=1, le=128, description="Sends at the same time, a worker.")
    send_rate: float | None = Field(
        None, gt=0, le=10_000, description="Messages a second and account; Meta's limit if unset."
    )

    @field_validator("encryption_keys", "meta_app_secret", "instagram_app_secret", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("encryption_keys")
    @classmethod
    def _keys_fit(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        for key in value:
            try:
                Fernet(key.get_secret_value())
            except ValueError:
                raise ValueError("each key must be 32 url-safe base64 bytes") from None
        return value

    @field_validator("database_url")
    @classmethod
    def _driver(cls, value: str) -> str:
        for prefix in ("postgres://", "postgresql://"):
            if value.startswith(prefix):
                return "postgresql+psycopg://" + value.removeprefix(prefix)
        if value and not value.startswith(("postgresql+psycopg://", "sqlite://")):
            raise ValueError("must start with postgresql:// (or postgres://) or sqlite://")
        return value

    @field_validator("media_url")
    @classmethod
    def _media_folder(cls, value: str) -> str:
        if "://" in value:
            raise ValueError("must be a folder: other stores are not supported")
        return value

    @field_validator("redis_url")
    @classmethod
    def _redis_scheme(cls, value: str) -> str:
        if value and not value.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("must start with redis://, rediss:// or unix://")
        return value

    @field_validator("public_url", "graph_url", "instagram_graph_url")
    @classmethod
    def _web_address(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("must start with http:// or https://")
        return value.rstrip("/")

    @cached_property
    def home(self) -> Path:
        """Return INLET_HOME as an absolute path, made where it was missing."""
        home = self.inlet_home.expanduser().absolute()
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        return home

    @cached_property
    def database(self) -> str:
        """Return the SQLAlchemy address of the database."""
        return self.database_url or f"sqlite:///{self.home / 'inlet.db'}"

    @cached_property
    def redis(self) -> str:
        """Return the address of Redis: the external one, else the embedded server's socket."""
        if self.redis_url:
            return self.redis_url
        note = self.home / "redis.url"
        if note.exists():
            return note.read_text().strip()
        return f"unix://{self.home / 'redis.sock'}"

    @cached_property
    def media_folder(self) -> Path:
        """Return where our copies of pictures are."""
        if self.media_url:
            return Path(self.media_url).expanduser().absolute()
        return self.home / "media"

    @cached_property
    def spool_path(self) -> Path:
        """Return where bodies are kept while the database is away."""
        return self.home / "spool"

    @property
    def spool_bytes(self) -> int:
        """Return how many bytes may be kept there."""
        return self.spool_megabytes * 1_000_000

    @cached_property
    def session_key(self) -> str:
        """Return the key that signs sessions; generated once in INLET_HOME."""
        if self.secret_key:
            return self.secret_key.get_secret_value()
        return _kept_secret(self.home / "keys" / "secret_key", secrets.token_urlsafe(48))

    @cached_property
    def vault_keys(self) -> list[str]:
        """Return the Fernet keys, newest first; one is generated once in INLET_HOME."""
        if self.encryption_keys:
            return [key.get_secret_value() for key in self.encryption_keys]
        return [_kept_secret(self.home / "keys" / "encryption_key", Fernet.generate_key().decode())]

    @property
    def base_url(self) -> str:
        """Return the address under which people reach this installation."""
        return self.public_url or f"http://{self.inlet_host}:{self.inlet_port}"


def load_settings() -> Settings:
    """Read the settings from the environment.

    Raises :class:`SystemExit` with code 2 and one line per wrong variable.
    """
    from pydantic import ValidationError

    try:
        return Settings()
    except ValidationError as error:
        lines = [
            f"{'.'.join(map(str, e['loc'])).upper()}: {e['msg'].removeprefix('Value error, ')}"
            for e in error.errors(include_input=False)
        ]
        sys.stderr.write("inlet: wrong configuration\n  " + "\n  ".join(lines) + "\n")
        raise SystemExit(2) from None


def _kept_secret(path: Path, fresh: str) -> str:
    """Return the secret kept in ``path``; of several first callers exactly one writes it."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        draft.touch(mode=0o600)
        draft.write_text(fresh)
        with suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_text().strip()
