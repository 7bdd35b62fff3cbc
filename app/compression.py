"""Pages are compressed on their way out.

Text of strangers stands beside a form token there, which invites guessing the token from the
length of the answer (BREACH): the token's signature holds the second it was made in, so no two
answers have the same one.
"""

from __future__ import annotations

import gzip

from flask import Flask, Response, request

WORTHWHILE = 1_000  # bytes
LEVEL = 5


def init_app(app: Flask) -> None:
    """Compress the HTML answers of ``app`` for browsers that understand it."""

    @app.after_request
    def compress(response: Response) -> Response:
        if response.mimetype != "text/html" or response.is_streamed:
            return response
        response.vary.add("Accept-Encoding")
        data = response.get_data()
        if len(data) >= WORTHWHILE and request.accept_encodings.quality("gzip"):
            response.set_data(gzip.compress(data, LEVEL, mtime=0))
            response.content_encoding = "gzip"
        return response
