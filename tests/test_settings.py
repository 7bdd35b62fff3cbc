"""Settings that cannot work are refused at start, and generated secrets stay."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from config import Settings, load_settings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_spelling_of_postgresql_is_understood(scheme: str) -> None:
    settings = Settings(database_url=f"{scheme}://u:p@h/d")
    assert settings.database == "postgresql+psycopg://u:p@h/d"


def test_without_addresses_everything_is_at_home(tmp_path: Path) -> None:
    settings = Settings(inlet_home=tmp_path)
    assert settings.database == f"sqlite:///{tmp_path}/inlet.db"
    assert settings.redis == f"unix://{tmp_path}/redis.sock"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://root:hunter2@h/d"),
        ("REDIS_URL", "http://:hunter2@h"),
        ("ENCRYPTION_KEYS", "hunter2"),
        ("SECRET_KEY", "hunter2"),
        ("INLET_PORT", "hunter2"),
        ("GRAPH_VERSION", "hunter2"),
        ("GRAPH_URL", "hunter2"),
    ],
)
def test_nonsense_is_refused_by_name_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as stopped:
        load_settings()
    told = capsys.readouterr().err
    assert stopped.value.code == 2
    assert f"{name}: " in told
    assert "hunter2" not in told


def test_the_instagram_token_wins_over_the_meta_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("META_ACCESS_TOKEN", "meta")
    assert token(load_settings()) == "meta"
    monkeypatch.setenv("INSTAGRAM_ACCESS_TOKEN", "instagram")
    assert token(load_settings()) == "instagram"


def test_of_several_first_starts_one_makes_the_keys(tmp_path: Path) -> None:
    starts = [Settings(inlet_home=tmp_path) for _ in range(8)]
    with ThreadPoolExecutor(8) as threads:
        keys = set(threads.map(lambda one: (one.session_key, *one.vault_keys), starts))
    assert len(keys) == 1
    assert len(keys.pop()[0]) >= 48
    assert (tmp_path / "keys" / "secret_key").stat().st_mode & 0o077 == 0


def test_secrets_do_not_show_when_settings_are_printed() -> None:
    assert "hunter2" not in repr(Settings.model_validate({"meta_app_secret": "hunter2,hunter2b"}))


def token(settings: Settings) -> str | None:
    found = settings.instagram_access_token
    return found.get_secret_value() if found else None
