"""A load generator that costs little beside what it measures: one thread, kept-alive sockets."""

from __future__ import annotations

import re
import selectors
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_OK = b"HTTP/1.1 200"
ANSWER_WITHIN = 10.0  # seconds


@dataclass
class Load:
    """What came of a round of requests; latencies, and the server's processor time, in seconds."""

    seconds: float = 0.0
    ok: int = 0
    errors: int = 0
    latencies: list[float] = field(default_factory=list)
    cpu_seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Return the answers with status 200 a second."""
        return self.ok / self.seconds


class Client:
    """One kept-alive connection with one request under way at a time."""

    def __init__(self, address: tuple[str, int]) -> None:
        """Connect."""
        self.socket = socket.create_connection(address, ANSWER_WITHIN)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._sent_at = 0.0
        self._answer = b""

    def send(self, request: bytes) -> None:
        """Send a request."""
        self._answer = b""
        self._sent_at = time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> bool | None:
        """Read what has come; say whether the whole answer is a 200, None while it is not whole."""
        self._answer += self.socket.recv(65_536)
        head, found, body = self._answer.partition(b"\r\n\r\n")
        if not found:
            return None
        length = _LENGTH.search(head)
        if length is not None and len(body) < int(length[1]):
            return None
        return head.startswith(_OK)

    def header(self, name: str) -> str:
        """Return a header of the answer, "" where it has none."""
        head = self._answer.partition(b"\r\n\r\n")[0].decode("latin-1").lower()
        lines = (line.partition(":") for line in head.splitlines())
        return next((value.strip() for found, _, value in lines if found == name), "")

    def waited(self) -> float:
        """Return the seconds since the request was sent."""
        return time.perf_counter() - self._sent_at


def run(address: tuple[str, int], requests: Iterator[bytes], clients: int, seconds: float) -> Load:
    """Keep ``clients`` requests under way for ``seconds``, then wait for the last answers."""
    result = Load()
    with selectors.DefaultSelector() as selector:
        started = time.perf_counter()
        for _ in range(clients):
            client = Client(address)
            selector.register(client.socket, selectors.EVENT_READ, client)
            client.send(next(requests))
        end = started + seconds
        while selector.get_map():
            ready = selector.select(ANSWER_WITHIN)
            if not ready:
                raise TimeoutError(f"no answer within {ANSWER_WITHIN:.0f} s")
            for key, _ in ready:
                client = key.data
                ok = client.receive()
                if ok is None:
                    continue
                result.latencies.append(client.waited())
                result.ok += ok
                result.errors += not ok
                if time.perf_counter() < end:
                    client.send(next(requests))
                else:
                    selector.unregister(client.socket)
                    client.socket.close()
        result.seconds = time.perf_counter() - started
    return result
