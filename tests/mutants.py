"""Webhook bodies as Meta sends them, each changed in a few places, all drawn from one seed."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator

FIXTURES = Path(__file__).with_name("fixtures") / "instagram"
ODD: list[Any] = [
    None, True, False, 0, -1, 1.5, 1e308, 10**4_000, "", " ", "x" * 1_001, "0", [], {}, [[]],
    [None], {"": ""}, "a\0b", "\ud800", "\U0001f469\u200d\U0001f469", "\u202e", "'; --", "%s", "💥",
    "1763779999876", 1763779999, 17637799998760, -(2**63), {"id": {"id": {}}}, "m" * 3_000,
]  # fmt: skip
"""What stands nowhere in Meta's documentation."""
NAMES = ("id", "mid", "text", "sender", "message", "messaging", "standby", "changes", "is_echo")
BROKEN_BYTES_IN = 6  # one body in so many is no JSON any more
Places = list[tuple[Any, Any]]


def mutants(chance: random.Random) -> Iterator[bytes]:
    """Yield bodies without end; most are JSON with something odd in it, some no JSON at all."""
    originals = [json.loads(path.read_text()) for path in sorted(FIXTURES.glob("*.json"))]
    while True:
        webhook = copy.deepcopy(chance.choice(originals))
        for _ in range(chance.randint(1, 4)):
            chance.choice(CHANGES)(chance, _places(webhook))
        raw = json.dumps(webhook, ensure_ascii=chance.random() < 0.8).encode(errors="surrogatepass")
        yield _broken(chance, raw) if not chance.randrange(BROKEN_BYTES_IN) else raw


def _places(value: Any) -> Places:
    """Return every (container, key) below ``value``."""
    keys = value if isinstance(value, dict) else range(len(value)) if _is_list(value) else ()
    found = [(value, key) for key in keys]
    for _, key in list(found):
        found += _places(value[key])
    return found


def _is_list(value: Any) -> bool:
    return isinstance(value, list)


def _put_odd(chance: random.Random, places: Places) -> None:
    if places:
        container, key = chance.choice(places)
        container[key] = copy.deepcopy(chance.choice(ODD))


def _take_out(chance: random.Random, places: Places) -> None:
    if places:
        container, key = chance.choice(places)
        del container[key]


def _rename(chance: random.Random, places: Places) -> None:
    named = [place for place in places if isinstance(place[0], dict)]
    if named:
        container, key = chance.choice(named)
        container[chance.choice(NAMES)] = container.pop(key)


def _repeat(chance: random.Random, places: Places) -> None:
    lists = [container[key] for container, key in places if _is_list(container[key])]
    if lists:
        chosen = chance.choice(lists)
        chosen += copy.deepcopy(chosen) * chance.randint(1, 3)


def _swap(chance: random.Random, places: Places) -> None:
    if places:
        (one, key), (other, name) = chance.choice(places), chance.choice(places)
        one[key] = copy.deepcopy(other[name])


def _wrap(chance: random.Random, places: Places) -> None:
    if places:
        container, key = chance.choice(places)
        container[key] = [container[key]]


def _deepen(chance: random.Random, places: Places) -> None:
    if places:
        container, key = chance.choice(places)
        for _ in range(chance.choice([3, 30, 60])):
            container[key] = {"message": container[key]}


def _as_text(chance: random.Random, places: Places) -> None:
    numbers = [place for place in places if isinstance(place[0][place[1]], int)]
    if numbers:
        container, key = chance.choice(numbers)
        container[key] = str(container[key])[:1_000]


CHANGES: list[Callable[[random.Random, Places], None]] = [
    _put_odd, _put_odd, _put_odd, _take_out, _take_out, _rename, _repeat, _swap, _wrap, _deepen,
    _as_text,
]  # fmt: skip


def _broken(chance: random.Random, raw: bytes) -> bytes:
    at = chance.randrange(len(raw) + 1)
    noise = chance.randbytes(chance.randint(1, 8))
    return chance.choice(
        [raw[:at], raw[:at] + noise + raw[at:], raw[at:], noise, b"\xef\xbb\xbf" + raw]
    )
