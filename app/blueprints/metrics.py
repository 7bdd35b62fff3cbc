"""The vital signs for Prometheus. They name no workspace and no customer.

Nothing is counted while requests are served: a scrape asks the database a few bounded questions,
and whoever scrapes within SECONDS gets the same answer again.
"""

from __future__ import annotations

import hmac
import shutil
import time
from collections.abc import Iterator, Mapping
from threading import Lock
from typing import TYPE_CHECKING

from flask import Blueprint, Response, current_app, request
from sqlalchemy.exc import DBAPIError

from app.extensions import limiter
from app.inbox import beats, vitals
from app.inbox.alerts import Kind
from app.inbox.vitals import Heap
from app.installation import Installation, current
from app.models.database import reading
from app.version import VERSION

if TYPE_CHECKING:
    from prometheus_client import Metric
    from sqlalchemy.orm import Session

    from app.blueprints.watch import Watch

SECONDS = 5.0
"""How long an answer is given again."""

bp = Blueprint("metrics", __name__)
limiter.exempt(bp)


@bp.get("/metrics")
def metrics() -> Response:
    """Return the vital signs as Prometheus text; 401 where a token is asked for and not given."""
    from prometheus_client import CONTENT_TYPE_LATEST

    if not _may_read():
        headers = {"WWW-Authenticate": "Bearer"}
        return Response("a bearer token is needed\n", 401, headers, mimetype="text/plain")
    held: Held = current_app.extensions["inlet_metrics"]
    return Response(held.text(current()), content_type=CONTENT_TYPE_LATEST)


class Held:
    """The latest answer, kept for a few seconds."""

    def __init__(self, watch: Watch) -> None:
        """Take what knows the alerts; hold nothing yet."""
        self._watch = watch
        self._text = b""
        self._until = float("-inf")
        self._lock = Lock()

    def text(self, office: Installation) -> bytes:
        """Return the vital signs; one caller at a time asks the database."""
        from prometheus_client import CollectorRegistry, generate_latest

        with self._lock:
            if time.monotonic() > self._until:
                registry = CollectorRegistry(auto_describe=False)
                registry.register(Collector(office, self._watch))
                self._text = generate_latest(registry)
                self._until = time.monotonic() + SECONDS
            return self._text


class Collector:
    """Asks for the vital signs when it is asked; what is away is left out and said so."""

    def __init__(self, office: Installation, watch: Watch) -> None:
        """Take the installation that is measured, and what knows the alerts."""
        self._office = office
        self._watch = watch

    def collect(self) -> Iterator[Metric]:
        """Yield every metric."""
        yield _gauge("inlet_info", "The version that runs.", {VERSION: 1}, "version")
        yield from _of_disk(self._office)
        yield from _of_redis(self._office)
        yield from _of_spool(self._office)
        yield _of_alerts(self._watch)
        try:
            with reading(self._office.engine) as session:
                found = list(_of_database(session))
        except DBAPIError:
            found = [_gauge("inlet_database_up", "Whether the database answers.", {"": 0})]
        yield from found


def _may_read() -> bool:
    token = current().settings.metrics_token
    if token is None:
        return True
    given, wanted = request.headers.get("Authorization", ""), token.get_secret_value()
    return hmac.compare_digest(given.encode(), f"Bearer {wanted}".encode())


def _of_disk(office: Installation) -> Iterator[Metric]:
    free = shutil.disk_usage(office.settings.home).free
    yield _gauge("inlet_disk_free_bytes", "Room left in INLET_HOME.", {"": free})


def _of_redis(office: Installation) -> Iterator[Metric]:
    waiting = office.queue.waiting()
    is_up = int(waiting is not None)
    yield _gauge("inlet_redis_up", "Whether Redis answers.", {"": is_up})
    yield _gauge("inlet_bells_waiting", "Bells that no worker heard.", waiting or {}, "queue")


def _of_spool(office: Installation) -> Iterator[Metric]:
    state = office.spool.state()
    text = "Webhook bodies kept in files until the database takes them"
    yield from _heap("spool", text, Heap(state.count, state.since))
    yield _gauge("inlet_spool_bytes", "Size of these files.", {"": state.size})
    yield _gauge("inlet_spool_limit_bytes", "How large they may become.", {"": state.limit})
    yield _gauge("inlet_spool_damaged_files", "What could not be read.", {"": state.damaged})


def _of_database(session: Session) -> Iterator[Metric]:
    yield _gauge("inlet_database_up", "Whether the database answers.", {"": 1})
    bodies = vitals.unprocessed_bodies(session)
    yield from _heap("webhook_bodies", "Webhook bodies to be unpacked", bodies)
    yield from _heap("event_items", "Items to be applied", vitals.open_items(session, None))
    yield from _heap("deliveries", "Answers to be sent", vitals.unsent(session, None))
    by_outcome = vitals.outcomes(session, None)
    text = f"Items of the last 24 hours by outcome, of the newest {vitals.CAP}."
    yield _gauge("inlet_event_items_last_day", text, by_outcome, "outcome")
    number = vitals.unroutable(session, None)
    yield _gauge("inlet_event_items_unroutable", "Items without an account.", {"": number})
    refused = vitals.refusals(session)
    yield _gauge("inlet_webhooks_refused_last_day", "Refused webhooks.", refused, "reason")
    alive = {kind: beats.alive(session, kind).count for kind in ("worker", "sweep")}
    yield _gauge("inlet_processes_alive", "Processes seen within 30 seconds.", alive, "kind")
    size = vitals.database(session).size
    yield _gauge("inlet_database_bytes", "Size of the database.", {"": size})


def _of_alerts(watch: Watch) -> Metric:
    counts = dict.fromkeys(map(str, Kind), 0)
    for alert in watch.alerts():
        counts[alert.kind] += 1
    return _gauge("inlet_alerts", "What is wrong, as people are told.", counts, "kind")


def _heap(name: str, text: str, heap: Heap) -> Iterator[Metric]:
    age = time.time() - heap.oldest_at.timestamp() if heap.oldest_at else 0.0
    yield _gauge(f"inlet_{name}_waiting", f"{text}.", {"": heap.count})
    yield _gauge(f"inlet_{name}_oldest_seconds", f"{text}: age of the oldest.", {"": max(age, 0.0)})


def _gauge(name: str, text: str, values: Mapping[str, float], label: str = "") -> Metric:
    from prometheus_client.core import GaugeMetricFamily

    found = GaugeMetricFamily(name, text, labels=[label] if label else None)
    for key, value in values.items():
        found.add_metric([key] if label else [], value)
    return found
