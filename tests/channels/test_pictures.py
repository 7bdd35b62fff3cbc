"""Pictures come from Meta's hosts alone, are small, and are pictures by their own bytes."""

from __future__ import annotations

from threading import Thread
from typing import TYPE_CHECKING

import pytest
import requests
from werkzeug.serving import make_server
from werkzeug.wrappers import Response

from app.channels import pictures
from app.channels.pictures import NotFetched, Picture, Pictures

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from _typeshed.wsgi import StartResponse, WSGIEnvironment
    from responses import RequestsMock

CDN = "https://scontent.xx.fbcdn.net/v/ann.jpg?sig=1"
JPEG = b"\xff\xd8\xff\xe0 a picture"
PNG = b"\x89PNG\r\n\x1a\n a picture"
WEBP = b"RIFF\x10\0\0\0WEBPVP8 a picture"
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"

source = Pictures(["fbcdn.net", "cdninstagram.com"])


@pytest.mark.parametrize(("data", "kind"), [(JPEG, "jpg"), (PNG, "png"), (WEBP, "webp")])
def test_a_picture_is_what_its_bytes_say(meta: RequestsMock, data: bytes, kind: str) -> None:
    meta.get(CDN, body=data, content_type="text/html")

    assert source.fetch(CDN) == Picture(data, kind)


@pytest.mark.parametrize("body", [SVG, b"<html>", b"", b"GIF89a", b"RIFF\0\0\0\0WAVE", b"%PDF"])
def test_what_only_calls_itself_a_picture_is_none(meta: RequestsMock, body: bytes) -> None:
    meta.get(CDN, body=body, content_type="image/jpeg")

    with pytest.raises(NotFetched) as refused:
        source.fetch(CDN)

    assert not refused.value.is_passing


@pytest.mark.parametrize(
    "url",
    [
        "http://scontent.xx.fbcdn.net/a.jpg",
        "https://127.0.0.1/a.jpg",
        "https://localhost/a.jpg",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/a.jpg",
        "https://fbcdn.net.example.com/a.jpg",
        "https://notfbcdn.net/a.jpg",
        "https://fbcdn.net@127.0.0.1/a.jpg",
        "https://127.0.0.1\\.fbcdn.net/a.jpg",
        "https://127.0.0.1\\@fbcdn.net/a.jpg",
        "https://127.0.0.1#.fbcdn.net/a.jpg",
        "https://127.0.0.1%2f.fbcdn.net/a.jpg",
        "https://user:password@fbcdn.net/a.jpg",
        "https://scontent.fbcdn.net:8443/a.jpg",
        "https://scontent.fbcdn.net:x/a.jpg",
        "https://.fbcdn.net/a.jpg",
        "https://[/a.jpg",
        "file:///etc/passwd",
        "data:image/png;base64,iVBORw0KGgo=",
        "//scontent.fbcdn.net/a.jpg",
        "a.jpg",
        "",
    ],
)
def test_no_other_address_is_called(meta: RequestsMock, url: str) -> None:
    with pytest.raises(NotFetched):
        source.fetch(url)


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1/admin",
        "https://127.0.0.1/admin",
        "http://169.254.169.254/latest/meta-data",
        "//localhost/a.jpg",
        "http://scontent.xx.fbcdn.net/plain.jpg",
        "file:///etc/passwd",
    ],
)
def test_a_redirect_leads_nowhere_else(meta: RequestsMock, target: str) -> None:
    meta.get(CDN, status=302, headers={"Location": target})

    with pytest.raises(NotFetched):
        source.fetch(CDN)


def test_a_redirect_within_meta_is_followed(meta: RequestsMock) -> None:
    meta.get(CDN, status=302, headers={"Location": "https://a.cdninstagram.com/b.png"})
    meta.get("https://a.cdninstagram.com/b.png", body=PNG)

    assert source.fetch(CDN).kind == "png"


def test_redirects_have_an_end(meta: RequestsMock) -> None:
    meta.get(CDN, status=302, headers={"Location": CDN})

    with pytest.raises(NotFetched):
        source.fetch(CDN)

    assert len(meta.calls) == pictures.MAX_REDIRECTS + 1


def test_a_huge_picture_is_refused(meta: RequestsMock) -> None:
    meta.get(CDN, body=JPEG + b"\0" * pictures.MAX_BYTES)

    with pytest.raises(NotFetched, match="too large"):
        source.fetch(CDN)


@pytest.mark.parametrize(("status", "is_passing"), [(404, False), (410, False), (503, True)])
def test_no_picture_comes_with_an_error(
    meta: RequestsMock, status: int, *, is_passing: bool
) -> None:
    meta.get(CDN, body=JPEG, status=status)

    with pytest.raises(NotFetched) as refused:
        source.fetch(CDN)

    assert refused.value.is_passing is is_passing


def test_a_lost_connection_passes(meta: RequestsMock) -> None:
    meta.get(CDN, body=requests.ConnectTimeout(f"{CDN} of somebody"))

    with pytest.raises(NotFetched) as refused:
        source.fetch(CDN)

    assert refused.value.is_passing
    assert "fbcdn" not in str(refused.value)


def _trickle() -> Iterable[bytes]:
    yield JPEG
    while True:
        yield b"\0"


@pytest.fixture
def simulator() -> Iterator[str]:
    """A host of this machine with a picture, and one that never ends."""

    def answer(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        endless = environ["PATH_INFO"] == "/endless.jpg"
        response = Response(_trickle() if endless else JPEG, mimetype="image/jpeg")
        return response(environ, start)

    server = make_server("127.0.0.1", 0, answer, threaded=True)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_simulator_has_pictures_for_its_own_integration(simulator: str) -> None:
    url = f"{simulator}/ann.jpg"

    assert source.fetch(url, simulator) == Picture(JPEG, "jpg")
    with pytest.raises(NotFetched):
        source.fetch(url)
    with pytest.raises(NotFetched):
        source.fetch(url, "http://127.0.0.1:1")
    with pytest.raises(NotFetched):
        source.fetch(CDN, simulator)


def test_what_trickles_in_for_ever_is_left(simulator: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "TOTAL_SECONDS", 0.0)

    with pytest.raises(NotFetched, match="too slow") as left:
        source.fetch(f"{simulator}/endless.jpg", simulator)

    assert left.value.is_passing
