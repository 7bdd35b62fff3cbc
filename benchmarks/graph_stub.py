"""A stand-in for the Graph API that takes every message after a while: ``PORT MILLISECONDS``.

Nothing is checked and nothing kept, so that what is measured is the sender.
"""

from __future__ import annotations

import asyncio
import itertools
import sys

_LENGTH = b"content-length:"


async def serve(port: int, seconds: float) -> None:
    """Answer until the process is ended."""
    numbers = itertools.count()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                await reader.readexactly(_length(head))
                await asyncio.sleep(seconds)
                body = b'{"recipient_id":"1","message_id":"stub-%d"}' % next(numbers)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n")
                writer.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", port)
    await server.serve_forever()


def _length(head: bytes) -> int:
    lines = [line for line in head.lower().split(b"\r\n") if line.startswith(_LENGTH)]
    return int(lines[0].removeprefix(_LENGTH)) if lines else 0


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2]) / 1000))
