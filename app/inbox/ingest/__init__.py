"""Applying what happened on the channels to the inbox, many items at once."""

from app.inbox.ingest.apply import apply
from app.inbox.ingest.arrival import Arrival
from app.inbox.ingest.entries import enter, record
from app.inbox.ingest.route import route

__all__ = ["Arrival", "apply", "enter", "record", "route"]
