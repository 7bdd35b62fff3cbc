"""How a body lies in a spool file: framed, so that whatever is damaged is noticed and passed over.

A frame is MAGIC, the payload's length (four bytes, big-endian), its SHA-256, and the payload: one
line of JSON, a line feed, and the body as it came.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

MAGIC = b"\xffspool1\n"
"""Begins every frame. No UTF-8 text holds its first byte."""
_FRAME = struct.Struct(">8sI32s")
FRAME_BYTES = _FRAME.size


@dataclass(frozen=True, slots=True)
class Received:
    """A signed body as it arrived: ``verified_by`` is the fingerprint of the secret."""

    endpoint: str
    body: bytes
    verified_by: str
    received_at: datetime


@dataclass
class Records:
    """The bodies in the bytes of a spool file, in their order.

    What is no whole frame is passed over and kept in ``damaged``, up to the next one. ``is_read``
    says that the end was reached.
    """

    data: bytes
    damaged: list[bytes] = field(default_factory=list)
    is_read: bool = False

    def __iter__(self) -> Iterator[Received]:
        at, size = 0, len(self.data)
        while at < size:
            payload = self._payload(at)
            if payload is None:
                at = self._pass_over(at)
                continue
            at += FRAME_BYTES + len(payload)
            yield _received(payload)
        self.is_read = True

    def _payload(self, at: int) -> bytes | None:
        if at + FRAME_BYTES > len(self.data):
            return None
        magic, length, digest = _FRAME.unpack(self.data[at : at + FRAME_BYTES])
        begin = at + FRAME_BYTES
        if magic != MAGIC or begin + length > len(self.data):
            return None
        payload = self.data[begin : begin + length]
        return payload if hashlib.sha256(payload).digest() == digest else None

    def _pass_over(self, at: int) -> int:
        found = self.data.find(MAGIC, at + 1)
        after = len(self.data) if found < 0 else found
        self.damaged.append(self.data[at:after])
        return after


def pack(received: Received) -> bytes:
    """Return the frame of a body."""
    head = {
        "endpoint": received.endpoint,
        "verified_by": received.verified_by,
        "received_at": received.received_at.isoformat(),
    }
    payload = json.dumps(head).encode() + b"\n" + received.body
    return _FRAME.pack(MAGIC, len(payload), hashlib.sha256(payload).digest()) + payload


def payload_length(frame: bytes) -> int | None:
    """Return the length that the beginning of a frame tells, or None where it is none."""
    if len(frame) < FRAME_BYTES or not frame.startswith(MAGIC):
        return None
    length: int = _FRAME.unpack(frame[:FRAME_BYTES])[1]
    return length


def _received(payload: bytes) -> Received:
    line, _, body = payload.partition(b"\n")
    head = json.loads(line)
    moment = datetime.fromisoformat(head["received_at"])
    return Received(head["endpoint"], body, head["verified_by"], moment)
