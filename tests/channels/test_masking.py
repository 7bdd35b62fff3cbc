"""What opens doors does not leave with a webhook body; everything else does."""

from __future__ import annotations

import json
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.channels.masking import MASK, masked, masked_raw

KEYS = ["access_token", "accessToken", "app_secret", "signature", "password", "Authorization"]
SECRETS = st.text(st.characters(codec="utf-8")).map("5ecr37{}5ecr37".format)
AROUND = st.text(st.characters(codec="utf-8", exclude_characters="5")) | st.text(
    "\\\"'{}[]:=,& a\n", max_size=30
)


def as_members(key: str, secret: str) -> list[str]:
    """Return how a body may say it: as JSON, in JSON in a text, as Python, as a form."""
    said = {"id": 1, key: secret, "after": "x"}
    text = json.dumps(said)
    form = urlencode(said)
    return [
        text,
        json.dumps(said, ensure_ascii=False, indent=2),
        json.dumps(said, separators=(",", ":")),
        json.dumps({"text": text}),
        json.dumps(json.dumps({"text": text})),
        json.dumps({key: ["a", secret]}, indent=2),
        json.dumps({key: {"value": secret}}, indent=2),
        repr(said),
        form,
        f"entry[0][{urlencode({key: secret}).replace('=', ']=', 1)}&a=b",
        f"a=b&{key}[x][{key}]={quote(secret)}&a=b",
        urlencode({f"entry[{key}][x][y z]": secret, "a": "b"}),
        f"https://a.example/?{form}#top",
        f"next={quote('https://a.example/?' + form, safe='')}",
        f"payload={quote(text)}&a=b",
    ]


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
        ["x"],
        {"value": "x"},
        1.5,
    ],
)
def test_whatever_stands_under_a_secret_key_is_masked(value: object) -> None:
    assert masked({"access_token": value}) == {"access_token": MASK}


@given(key=st.sampled_from(KEYS), secret=SECRETS, before=AROUND, after=AROUND, data=st.data())
def test_no_secret_survives_in_a_text_that_cannot_be_read(
    key: str, secret: str, before: str, after: str, data: st.DataObject
) -> None:
    text = data.draw(st.sampled_from(as_members(key, secret)))
    whole = before + text + after
    cut = data.draw(st.integers(len(before), len(whole)))
    for one in (whole, whole[:cut]):
        assert "5ecr37" not in masked_raw(one)


def test_a_body_that_was_cut_off_shows_all_but_its_secrets() -> None:
    cut = '{"object":"instagram","entry":[{"access_token":"raw\\"secret","id":"5","app_secret":"al'
    assert masked_raw(cut) == (
        '{"object":"instagram","entry":[{"access_token":"(masked)","id":"5","app_secret":"(masked)"'
    )


def test_a_secret_in_json_in_a_text_is_masked() -> None:
    assert masked({"text": '{"access_token": "abc", "b": 1}'}) == {
        "text": f'{{"access_token": "{MASK}", "b": 1}}'
    }


@pytest.mark.parametrize("name", ["code", "oh", "user_key"])
def test_the_first_field_of_a_form_is_masked_as_the_others(name: str) -> None:
    form = f"{name}=abc&a=b&{name}=def"
    assert masked_raw(form) == f"{name}={MASK}&a=b&{name}={MASK}"


@pytest.mark.parametrize("part", ["token", "token[", "token[]", "token%5Btoken%5D", "[token]"])
def test_a_long_text_is_masked_in_one_go(part: str) -> None:
    text = 'token: "' * 200_000 + part * 200_000 + "\\" * 1_000_000
    assert masked_raw(text).startswith(f'token: "{MASK}"')
    assert MASK not in masked_raw(part * 100_000)


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
