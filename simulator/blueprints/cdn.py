"""The files that people send, and their portraits, as Meta's CDN would serve them."""

from flask import Blueprint, Response

from simulator import pictures, sounds

bp = Blueprint("cdn", __name__, url_prefix="/cdn")

A_DAY = 86400


@bp.get("/people/<name>.png")
def portrait(name: str) -> Response:
    return _file(pictures.portrait(name), "image/png")


@bp.get("/<name>.png")
def photo(name: str) -> Response:
    return _file(pictures.photo(name), "image/png")


@bp.get("/<name>.wav")
def sound(name: str) -> Response:
    return _file(sounds.wav(name), "audio/wav")


def _file(content: bytes, content_type: str) -> Response:
    response = Response(content, content_type=content_type)
    response.cache_control.max_age = A_DAY
    return response
