"""Prometheus reads the vital signs; nothing in them names anybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from app import clock, create_app
from app.blueprints.metrics import Held
from app.inbox.spool.record import Received
from app.queue import Queue
from config import Settings
from tests.bodies import ACCOUNT, body, message
from tests.inbox_pages.visitor import statements

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient

    from app.blueprints.watch import Watch
    from tests.office import Office

TOKEN = "a long metrics token"


def read(client: FlaskClient) -> dict[str, dict[str, float]]:
    """Return every metric by its name, then by its label."""
    answer = client.get("/metrics")
    assert answer.status_code == 200
    return {
        family.name: {next(iter(one.labels.values()), ""): one.value for one in family.samples}
        for family in text_string_to_metric_families(answer.text)
    }


def test_the_signs_are_there_and_right(client: FlaskClient, office: Office) -> None:
    office.take_in(message("m1"), message("m2"))
    office.receive(body(message("m3")))
    found = read(client)
    assert found["inlet_webhook_bodies_waiting"] == {"": 1}
    assert found["inlet_event_items_last_day"] == {"applied": 2}
    assert found["inlet_database_up"] == {"": 1}
    assert found["inlet_redis_up"] == {"": 1}
    assert found["inlet_processes_alive"] == {"worker": 0, "sweep": 0}
    assert found["inlet_disk_free_bytes"][""] > 0


def test_alerts_are_counted_by_kind(client: FlaskClient, office: Office) -> None:
    assert set(read(client)["inlet_alerts"].values()) == {0}
    for n in range(3):
        client.post("/api/webhooks/instagram", data=f"{n}")
    client.application.extensions["inlet_watch"].look()
    client.application.extensions["inlet_metrics"] = Held(watch_of(client))
    found = read(client)["inlet_alerts"]
    assert (found["webhooks_unsigned"], sum(found.values())) == (1, 1)


def watch_of(client: FlaskClient) -> Watch:
    found: Watch = client.application.extensions["inlet_watch"]
    return found


def test_nobody_is_named(client: FlaskClient, office: Office) -> None:
    office.take_in(message("m1", "a secret word"))
    text = client.get("/metrics").text
    for name in ("Harbour", "secret word", ACCOUNT):
        assert name not in text


def test_a_second_scrape_within_seconds_asks_nothing(
    app: Flask, client: FlaskClient, office: Office
) -> None:
    with statements(app) as first:
        read(client)
    with statements(app) as second:
        read(client)
    assert len(first) <= 20
    assert second == []


def test_redis_that_is_away_is_said(app: Flask, client: FlaskClient, settings: Settings) -> None:
    vars(app.extensions["inlet"])["queue"] = Queue(f"unix://{settings.home}/nobody.sock")
    assert read(client)["inlet_redis_up"] == {"": 0}


def test_a_database_that_is_away_is_said(tmp_path: Path) -> None:
    app = create_app(
        Settings(
            inlet_home=tmp_path / "home",
            database_url=f"sqlite:///{tmp_path}/missing/inlet.db",
            redis_url=f"unix://{tmp_path}/nobody.sock",
        )
    )
    found = read(app.test_client())
    assert found["inlet_database_up"] == {"": 0}
    assert "inlet_disk_free_bytes" in found


@pytest.mark.parametrize(
    ("header", "status"),
    [("", 401), ("Bearer wrong", 401), ("Bearer tökén", 401), (f"Bearer {TOKEN}", 200)],
)
def test_a_token_is_asked_for_where_one_is_set(
    app: Flask, client: FlaskClient, settings: Settings, header: str, status: int
) -> None:
    locked = settings.model_copy(update={"metrics_token": SecretStr(TOKEN)})
    object.__setattr__(app.extensions["inlet"], "settings", locked)
    answer = client.get("/metrics", headers={"Authorization": header})
    assert answer.status_code == status


def test_the_spool_is_told_while_the_database_is_away(tmp_path: Path) -> None:
    settings = Settings(
        inlet_home=tmp_path,
        inlet_demo=False,
        database_url="postgresql://inlet@127.0.0.1:1/inlet",
        redis_url="redis://127.0.0.1:1",
    )
    app = create_app(settings)
    app.extensions["inlet"].spool.put(Received("instagram", b"{}", "x", clock.now()))
    found = read(app.test_client())
    assert (found["inlet_database_up"], found["inlet_spool_waiting"]) == ({"": 0}, {"": 1})
    assert found["inlet_spool_bytes"][""] > 0
    assert found["inlet_spool_limit_bytes"] == {"": 256_000_000}
    assert found["inlet_spool_damaged_files"] == {"": 0}
    assert found["inlet_alerts"]["spool_in_use"] == 1
