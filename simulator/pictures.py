"""Small PNGs made on the spot: portraits of the customers, and the photos that they send."""

import colorsys
import math
import struct
import zlib
from functools import lru_cache
from hashlib import sha256

FACE = 96
WIDTH, HEIGHT = 320, 240
SKIN = ((244, 214, 190), (226, 180, 146), (198, 144, 108), (150, 102, 72), (104, 70, 52))
HAIR = ((46, 36, 32), (92, 62, 40), (140, 92, 52), (196, 160, 108), (168, 74, 44), (70, 40, 60))

Colour = tuple[int, int, int]
Ellipse = tuple[float, float, float, float, Colour]
"""Middle, radii and colour; lengths in shares of the picture."""


@lru_cache(maxsize=128)
def portrait(name: str) -> bytes:
    """A head with hair and shoulders on a plain ground; all follows from the name."""
    seed = sha256(name.encode()).digest()
    ground, skin, hair = _hue(seed[0], 0.28, 0.88), SKIN[seed[1] % 5], HAIR[seed[6] % 6]
    long = seed[3] % 2 * 0.16
    shapes: list[Ellipse] = [
        (0.5, 0.40 + long / 2, 0.27, 0.26 + long, hair),
        (0.5, 1.08, 0.40, 0.36, _hue(seed[4], 0.45, 0.62)),
        (0.5, 0.70, 0.09, 0.16, skin),
        (0.5, 0.47, 0.19, 0.24, skin),
        (0.5 - 0.06 + seed[5] % 7 * 0.02, 0.24, 0.22, 0.11, hair),
    ]
    rows = ([_pixel(x / FACE, y / FACE, shapes, ground) for x in range(FACE)] for y in range(FACE))
    return _png(FACE, FACE, b"".join(b"\x00" + bytes(sum(row, ())) for row in rows))


def _pixel(x: float, y: float, shapes: list[Ellipse], ground: Colour) -> Colour:
    colour = ground
    for middle_x, middle_y, radius_x, radius_y, paint in shapes:
        far = math.hypot((x - middle_x) / radius_x, (y - middle_y) / radius_y)
        cover = min(1.0, max(0.0, (1 - far) * radius_x * FACE + 0.5))
        if cover:
            colour = _mixed(colour, paint, cover)
    return colour


@lru_cache(maxsize=16)
def photo(name: str) -> bytes:
    """A glazed vase before a wall, another for each name."""
    seed = sha256(name.encode()).digest()
    wall, table = _hue(seed[0], 0.12, 0.93), _hue(seed[1], 0.25, 0.72)
    glaze, middle = _hue(seed[2], 0.55, 0.66), WIDTH // 2
    rows = []
    for y in range(HEIGHT):
        ground = wall if y < HEIGHT * 0.72 else table
        half = _half_width(y / HEIGHT, seed)
        vase = b"".join(_shaded(glaze, x / half) for x in range(-half, half)) if half else b""
        left = bytes(ground) * (middle - half)
        rows.append(b"\x00" + left + vase + left)
    return _png(WIDTH, HEIGHT, b"".join(rows))


def _half_width(y: float, seed: bytes) -> int:
    """Half of the vase's width at this height, in pixels; none above its rim and below its foot."""
    top, foot = 0.12 + seed[3] % 20 / 100, 0.86
    if not top < y < foot:
        return 0
    share = (y - top) / (foot - top)
    belly = math.sin(math.pi * share ** (0.7 + seed[4] % 10 / 10))
    return round(22 + (34 + seed[5] % 40) * belly)


def _shaded(colour: Colour, side: float) -> bytes:
    """The glaze, lit from the left; `side` runs from -1 to 1."""
    light = 1.12 - 0.5 * (side + 0.35) ** 2
    return bytes(min(255, max(0, round(part * light))) for part in colour)


def _hue(number: int, saturation: float, value: float) -> Colour:
    red, green, blue = colorsys.hsv_to_rgb(number / 256, saturation, value)
    return round(red * 255), round(green * 255), round(blue * 255)


def _mixed(under: Colour, over: Colour, cover: float) -> Colour:
    red, green, blue = (
        round(a * (1 - cover) + b * cover) for a, b in zip(under, over, strict=True)
    )
    return red, green, blue


def _png(width: int, height: int, rows: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", zlib.compress(rows, 9))
        + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
