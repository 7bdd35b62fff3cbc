"""Applying what happened on the channels to the inbox, many items at once."""

from app.inbox.ingest.apply import apply
from app.inbox.ingest.arrival import Arrival
from app.inbox.ingest.entries import enter, record
from app.inbox.ingest.route import asked_for, route

__all__ = ["Arrival", "apply", "asked_for", "enter", "record", "route"]
