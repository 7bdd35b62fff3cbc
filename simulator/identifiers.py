"""Ids in the shapes and lengths that Meta's have, so that a column too narrow shows at once."""

import base64
import secrets

MID_LENGTH = 164
LONG_MID_LENGTH = 312


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
