"""Each error of Meta's has one class, whatever it looks like."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.channels import answers, errors
from app.channels.errors import classify
from app.channels.faults import (
    GraphFault,
    Permanent,
    Retryable,
    SendError,
    Throttled,
    Unauthorized,
    Unreachable,
    Unsure,
    WindowClosed,
)
from tests.channels.strategies import json_values

# Two independent records of the same: here by class, in the application's file by meaning.
GRAPH: dict[type[SendError], str] = {
    Retryable: "1 2 2/99 99 100/2018008 100/2018294",
    Throttled: """4 4/2018354 9/2018352 10/1893063 17 32 341 368 613 613/1893016 613/2018338
        613/2534040 613/1996 80001 80002 80003 80004 80005 80006 80007 80008 80009 80010 80011
        80012 80013 80014 2018321""",
    Permanent: """2/2018344 9 10/2018336 10/2534037 100 100/7 100/2018014 100/2018047 100/2018074
        100/2018109 100/2018164 100/2534015 100/2534025 100/2534029 506 803 2022 2500 80000 80015
        2018300 9000001 1609005 424242""",
    Unauthorized: """3 10 10/2534077 100/33 100/2534013 102 104 190 190/458 190/459 190/460 190/463
        190/464 190/467 190/492 200 200/2018028 200/2534041 201 250 299 36103""",
    WindowClosed: "10/2018065 10/2018278 10/2534022",
    Unreachable: """10/2018108 100/2018001 100/2018218 100/2534014 200/1545041 230 551 551/1545041
        9010 2018247""",
    Unsure: "1/1357046",
}
WHATSAPP: dict[type[SendError], str] = {
    Retryable: "1 2 131000 131016 131052 131053 133000 133004",
    Throttled: """4 17 613 80007 130429 131048 131056 131057 131064 132069 2494100""",
    Permanent: """100 130000 131008 131009 131014 131051 131055 131063 132000 132001 132005 132007
        132008 132012 132015 132016 132018 132068 134011 134100 134101 134102 135000 138000 138006
        138018 139100 139101 139102 139103 147001 147002 147003 147004 147005 2388023 2593107
        2593108 2593109""",
    Unauthorized: """0 3 10 33 190 200 219 299 368 131005 131031 131037 131042 131044 131045 133005
        133006 133008 133009 133010 133015 133016""",
    WindowClosed: "131047",
    Unreachable: """130403 130472 130497 131021 131026 131030 131030/2655007 131049 131050 131062
        137000""",
}


def pairs(record: dict[type[SendError], str]) -> list[tuple[int, int | None, type[SendError]]]:
    return [
        (int(code), int(subcode) if subcode else None, kind)
        for kind, codes in record.items()
        for code, _, subcode in (one.partition("/") for one in codes.split())
    ]


def class_of(
    code: int | None,
    subcode: int | None = None,
    status: int | None = 400,
    *,
    sending: bool = True,
    channel: str = "instagram",
    **more: object,
) -> type[SendError]:
    found = GraphFault("words", code, subcode, status, channel=channel, **more)  # type: ignore[arg-type]
    return classify(found, sending=sending)


@pytest.mark.parametrize("channel", ["", "instagram", "messenger"])
@pytest.mark.parametrize(("code", "subcode", "kind"), pairs(GRAPH))
def test_code_of_the_graph_api(
    code: int, subcode: int | None, kind: type[SendError], channel: str
) -> None:
    assert class_of(code, subcode, channel=channel) is kind


@pytest.mark.parametrize(("code", "subcode", "kind"), pairs(WHATSAPP))
def test_code_of_whatsapp(code: int, subcode: int | None, kind: type[SendError]) -> None:
    assert class_of(code, subcode, channel="whatsapp") is kind


def test_codes_of_whatsapp_mean_nothing_elsewhere() -> None:
    assert class_of(131047) is Permanent


@pytest.mark.parametrize("status", [200, 400, 500])
def test_send_that_went_out_though_meta_stumbled(status: int) -> None:
    assert class_of(1, 1357046, status) is Unsure


@pytest.mark.parametrize(("code", "subcode"), [(1, None), (1, 5), (2, None)])
def test_meta_says_that_it_crashed(code: int, subcode: int | None) -> None:
    assert class_of(code, subcode, 500) is Retryable


@pytest.mark.parametrize("status", [None, 200, 400, 429, 500])
def test_a_known_code_decides_over_the_status(status: int | None) -> None:
    assert class_of(190, None, status) is Unauthorized


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (None, Permanent),
        (200, Unsure),
        (302, Permanent),
        (400, Permanent),
        (401, Permanent),
        (404, Permanent),
        (408, Unsure),
        (429, Throttled),
        (500, Unsure),
        (503, Unsure),
    ],
)
def test_status_decides_where_meta_said_nothing(status: int | None, kind: type[SendError]) -> None:
    assert class_of(None, None, status) is kind


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (200, Permanent),
        (400, Permanent),
        (401, Unauthorized),
        (403, Permanent),
        (429, Throttled),
        (500, Unsure),
    ],
)
def test_status_decides_over_an_unknown_code(status: int, kind: type[SendError]) -> None:
    assert class_of(424242, None, status, type="OAuthException") is kind


def test_an_unknown_error_that_meta_calls_transient_is_tried_again() -> None:
    assert class_of(424242, None, 500, is_transient=True) is Retryable
    assert class_of(190, None, 401, is_transient=True) is Unauthorized


def test_an_oauth_error_without_a_code_is_about_the_token() -> None:
    assert class_of(None, None, 400, type="OAuthException") is Unauthorized
    assert class_of(None, None, 400, type="GraphMethodException") is Permanent


@pytest.mark.parametrize("fault", [(1, 1357046, 500), (None, None, 503), (424242, None, 500)])
def test_reading_is_never_unsure(fault: tuple[int | None, int | None, int]) -> None:
    assert class_of(*fault, sending=False) is Retryable


_codes = st.integers(-5, 200_000) | st.sampled_from([190, "10", 10.5, None, 2**70, "x", [1]])
_errors = st.fixed_dictionaries(
    {},
    optional={
        "code": _codes,
        "error_subcode": _codes,
        "message": json_values,
        "type": json_values | st.just("OAuthException"),
        "is_transient": json_values,
        "error_data": json_values | st.fixed_dictionaries({"details": json_values}),
        "fbtrace_id": json_values,
    },
)
_answers = (
    st.none()
    | st.dictionaries(st.text(), json_values)
    | st.fixed_dictionaries({"error": json_values | _errors})
)
_headers = st.dictionaries(
    st.sampled_from(["Retry-After", "X-Business-Use-Case-Usage", "x-fb-trace-id"]), st.text()
)


@given(
    _answers, st.integers(100, 599), _headers, st.sampled_from(["", "instagram", "whatsapp", "?"])
)
def test_any_answer_has_one_class_and_words(
    answer: dict[str, object] | None, status: int, headers: dict[str, str], channel: str
) -> None:
    fault = answers.fault(answer, status, headers, channel=channel)
    assert classify(fault, sending=True) in errors.CLASSES.values()
    assert classify(fault, sending=False) is not Unsure
    assert all(errors.meaning(fault).texts())
    assert fault.message
