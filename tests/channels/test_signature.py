from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.channels.signature import sign, verify

if TYPE_CHECKING:
    from collections.abc import Callable

secrets = st.text(min_size=1).filter(str.strip)


def test_signature_is_the_documented_one() -> None:
    digest = hmac.new(b"key", b'{"a":1}', hashlib.sha256).hexdigest()
    assert sign(b'{"a":1}', "key") == f"sha256={digest}"


@given(body=st.binary(), secret=secrets, others=st.lists(st.text(), max_size=4))
def test_any_of_several_secrets_verifies(body: bytes, secret: str, others: list[str]) -> None:
    assert verify(body, sign(body, secret), [*others, secret]) == secret


@given(body=st.binary(), secret=secrets, others=st.lists(st.text(), max_size=4))
def test_no_other_secret_verifies(body: bytes, secret: str, others: list[str]) -> None:
    strangers = [other for other in others if other.rstrip("\0") != secret.rstrip("\0")]
    assert verify(body, sign(body, secret), strangers) is None


@given(body=st.binary(), added=st.binary(min_size=1), secret=secrets)
def test_changed_body_is_refused(body: bytes, added: bytes, secret: str) -> None:
    assert verify(body + added, sign(body, secret), [secret]) is None


@given(header=st.none() | st.text() | st.from_regex(r"sha256=[0-9a-f]{63,65}", fullmatch=True))
def test_odd_headers_are_refused(header: str | None) -> None:
    assert verify(b"body", header, ["key"]) is None


@pytest.mark.parametrize("blank", ["", " ", "\n"])
def test_blank_secret_never_matches(blank: str) -> None:
    assert verify(b"body", sign(b"body", blank), [blank]) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda header: header.replace("sha256=", "sha1="),
        lambda header: header.replace("sha256=", ""),
        lambda header: header.replace("sha256=", "SHA256=") + "\n",
        lambda header: header + " ",
        lambda header: header[:-1] + "\uff11",
    ],
    ids=["other algorithm", "no prefix", "line break", "space", "not ASCII"],
)
def test_nearly_right_headers_are_refused(change: Callable[[str], str]) -> None:
    assert verify(b"body", change(sign(b"body", "key")), ["key"]) is None


def test_upper_case_digits_are_taken() -> None:
    header = "sha256=" + sign(b"body", "key").removeprefix("sha256=").upper()
    assert verify(b"body", header, ["key"]) == "key"
