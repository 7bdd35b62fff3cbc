"""What opens doors does not leave with a webhook body; everything else does."""

from __future__ import annotations

import pytest

from app.channels.masking import MASK, masked


@pytest.mark.parametrize(
    "key",
    ["access_token", "signature", "app_secret", "notification_messages_token", "appsecret_proof",
     "hub.verify_token", "password"],
)  # fmt: skip
def test_the_values_of_secret_keys_are_masked(key: str) -> None:
    assert masked({"entry": [{key: "abc"}]}) == {"entry": [{key: MASK}]}


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://a.example/?asset_id=1&signature=AbC-_9", f"?asset_id=1&signature={MASK}"),
        ("https://a.example/?access_token=x&b=2", f"?access_token={MASK}&b=2"),
        ("https://a.example/p.jpg?oh=00_Af&oe=65", f"?oh={MASK}&oe=65"),
    ],
)
def test_signed_addresses_lose_their_signature(address: str, shown: str) -> None:
    assert masked([address])[0].endswith(shown)


@pytest.mark.parametrize(
    "token", ["EAAG-page-token", "IGAAabcdefghij", "123456789|abcdefghijklmnop"]
)
def test_a_token_in_a_text_is_masked(token: str) -> None:
    assert masked({"text": f"is it {token}?"}) == {"text": f"is it {MASK}?"}


@pytest.mark.parametrize(
    "value",
    [
        {"text": "Is the signature=needed? my code=7"},
        {"mid": "aWdfZAG1faXRlbToxOk", "n": 1.5, "is_echo": True, "none": None},
        "see https://shop.example/?q=teapot#key",
    ],
)
def test_everything_else_stays(value: object) -> None:
    assert masked(value) == value
