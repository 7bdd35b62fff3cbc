"""Applying what happened on the channels to the inbox, many items at once."""

from app.inbox.ingest.apply import apply
from app.inbox.ingest.arrival import Arrival

__all__ = ["Arrival", "apply"]
