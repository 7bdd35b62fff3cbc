"""Ids in the shapes and lengths that Meta's have, so that a column too narrow shows at once."""

import base64
import secrets

MID_LENGTH = 164
LONG_MID_LENGTH = 312
_MESSAGE = "aWdfZG1f"
_THREAD = f"{_MESSAGE}dGhyZWFkX"


def instagram_mid(*, long: bool = False) -> str:
    """A message id as Instagram makes them: `aWdf…`, 164 characters, or 312 when `long`."""
    length = LONG_MID_LENGTH if long else MID_LENGTH
    return base64.urlsafe_b64encode(b"ig_dm_" + secrets.token_bytes(length)).decode()[:length]


def digits(length: int, prefix: str = "") -> str:
    """A decimal id of `length` digits that begins with `prefix` or with no zero."""
    head = prefix or str(1 + secrets.randbelow(9))
    return head + "".join(str(secrets.randbelow(10)) for _ in range(length - len(head)))


def instagram_account_id() -> str:
    return digits(17, "1784")


def page_id() -> str:
    return digits(15, "10")


def scoped_user_id() -> str:
    """An Instagram-scoped user id: 15 to 17 digits, one per customer and account."""
    return digits(15 + secrets.randbelow(3))


def token(login: str) -> str:
    """An access token: Page tokens begin with EAAG, Instagram's with IGAA."""
    head = "EAAG" if login == "facebook" else "IGAA"
    return head + secrets.token_hex(90)


def trace_id() -> str:
    """The fbtrace_id of an answer."""
    return "A" + secrets.token_urlsafe(16)[:22]


def conversation_id(igsid: str) -> str:
    """The id of the thread with a person: `aWdf…`, always the same."""
    return base64.urlsafe_b64encode(f"ig_dm_thread_{igsid}".encode()).decode().rstrip("=")


def kind_of(object_id: str) -> str:
    """What an id names by its looks: a `thread`, a `message`, or a `node` of another kind."""
    if object_id.startswith(_THREAD):
        return "thread"
    return "message" if object_id.startswith(_MESSAGE) else "node"


def cursor(place: int) -> str:
    """A paging cursor that leads to a place in a list."""
    return base64.urlsafe_b64encode(f"place_{place}".encode()).decode()


def place_of(cursor: str) -> int:
    """The place that a cursor leads to; the beginning where it is none."""
    try:
        name, _, place = base64.urlsafe_b64decode(cursor).decode().partition("_")
    except ValueError:
        return 0
    return int(place) if name == "place" and place.isdecimal() else 0
