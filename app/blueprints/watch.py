"""The alerts of this process: asked for every few seconds at most, shown to whom they concern."""

from __future__ import annotations

import shutil
import time
from collections.abc import Collection
from threading import Lock

from flask import current_app
from sqlalchemy.exc import DBAPIError

from app import clock
from app.blueprints.access import Caller
from app.inbox import alerts
from app.inbox.alerts import CONCERNS, Alert, Kind, Surroundings
from app.inbox.permissions import Permission
from app.inbox.receive import Refusals
from app.installation import Installation
from app.models.database import reading
from app.present.alerts import line
from app.present.signs import Line

SECONDS = 10.0
"""How long an answer is given again."""


class Watch:
    """All that is wrong in the installation, as it was known a few seconds ago."""

    def __init__(self, office: Installation, refusals: Refusals) -> None:
        """Take what is watched, and the refusals that only this process has counted."""
        self._office = office
        self._refusals = refusals
        self._up_since = clock.now()
        self._found: list[Alert] = []
        self._until = float("-inf")
        self._lock = Lock()

    def alerts(self) -> list[Alert]:
        """Return what is wrong; one caller at a time asks the database, others do not wait."""
        if time.monotonic() > self._until and self._lock.acquire(blocking=False):
            try:
                self.look()
            finally:
                self._lock.release()
        return self._found

    def look(self) -> list[Alert]:
        """Return what is wrong just now; while the database is away, what is known without it."""
        around = self._surroundings()
        try:
            self._refusals.flush()
            with reading(self._office.prompt_engine) as session:
                self._found = alerts.alerts(session, around)
        except DBAPIError:
            self._found = alerts.outside_alerts(around)
        self._until = time.monotonic() + SECONDS
        return self._found

    def _surroundings(self) -> Surroundings:
        disk = shutil.disk_usage(self._office.settings.home)
        free = disk.free / disk.total if disk.total else 1.0
        return Surroundings(self._office.spool.state(), free, self._up_since)


def watch() -> Watch:
    """Return the watch of the running application."""
    found: Watch = current_app.extensions["inlet_watch"]
    return found


def banners(found: Caller) -> list[Line]:
    """Return what the caller is told on top of the inbox."""
    return _lines(found, watch().alerts())


def lines(found: Caller) -> list[Line]:
    """Return what is wrong just now and concerns the caller."""
    return _lines(found, watch().look())


def told_of(kinds: Collection[Kind]) -> Line | None:
    """Return the most urgent of what is told of these kinds in the installation."""
    found = next((one for one in watch().alerts() if one.kind in kinds), None)
    return line(found, clock.now()) if found else None


def _lines(found: Caller, known: list[Alert]) -> list[Line]:
    now, may_mend = clock.now(), found.may(Permission.SEE_HEALTH)
    return [line(one, now, may_mend=may_mend) for one in known if _concerns(found, one)]


def _concerns(found: Caller, one: Alert) -> bool:
    """Say whether the caller may hear of it: their workspace's and the installation's."""
    is_ours = one.workspace_id in (None, found.workspace_id)
    return is_ours and found.may(CONCERNS[one.kind])
