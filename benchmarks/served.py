"""The real application with two baselines beside it, in one process: what benchmarks serve."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import redis
import rq
from flask import Flask, current_app, request
from rq.serializers import JSONSerializer

from config import load_settings
from wsgi import app as inlet

NOTHING = "/benchmark/nothing"
ENQUEUE = "/benchmark/enqueue"
WEBHOOK = "/api/webhooks/instagram"

baseline = Flask("baseline")


@baseline.post(NOTHING)
def nothing() -> str:
    """Answer as soon as Flask can."""
    return "EVENT_RECEIVED"


@inlet.post(ENQUEUE)
def enqueue() -> tuple[str, int]:
    """Do what the webhook does, but with a job for each body instead of a throttled bell."""
    body = request.get_data(cache=False)
    desk = current_app.extensions["inlet_webhooks"]
    verified_by = desk.doorkeeper.verify(body, request.headers.get("X-Hub-Signature-256"))
    if verified_by is None:
        return "signature refused", 403
    desk.intake.store("instagram", body, verified_by)
    _jobs.enqueue("builtins.len", [])
    return "EVENT_RECEIVED", 200


inlet.extensions["csrf"].exempt(f"{__name__}.enqueue")
_jobs = rq.Queue(
    "benchmark",
    connection=redis.Redis.from_url(load_settings().redis),
    serializer=JSONSerializer,
)


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Serve the empty route without anything of Inlet, everything else by Inlet."""
    chosen = baseline if environ["PATH_INFO"] == NOTHING else inlet
    return chosen(environ, start_response)
