from __future__ import annotations

import hashlib
import hmac
import socket
import ssl
from contextlib import contextmanager
from dataclasses import replace
from threading import Thread
from typing import TYPE_CHECKING

import pytest
import requests
from responses import matchers
from urllib3 import exceptions as urllib3

from app.channels.base import Credentials, Usage
from app.channels.faults import (
    Permanent,
    Retryable,
    SendError,
    Throttled,
    Unauthorized,
    Unsure,
    WindowClosed,
)
from app.channels.graph import MAX_ANSWER_BYTES, Graph

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from responses import RequestsMock

FACEBOOK = "https://graph.facebook.com/v23.0"
INSTAGRAM = "https://graph.instagram.com/v23.0"
PROOF = hmac.new(b"app-secret", b"EAAG-page-token", hashlib.sha256).hexdigest()


def failure(graph: Graph, who: Credentials, method: str = "POST") -> SendError:
    with pytest.raises(SendError) as raised:
        graph.call(method, "me/messages", who, json={} if method == "POST" else None)
    return raised.value


def test_page_token_travels_in_the_header_with_its_proof(
    meta: RequestsMock, graph: Graph, page: Credentials
) -> None:
    expected = [
        matchers.header_matcher({"Authorization": "Bearer EAAG-page-token"}),
        matchers.query_param_matcher({"fields": "id", "appsecret_proof": PROOF}),
    ]
    meta.get(f"{FACEBOOK}/me", json={"id": "1"}, match=expected)
    assert graph.call("GET", "me", page, params={"fields": "id"}) == {"id": "1"}


def test_instagram_login_has_its_own_host_and_no_proof(
    meta: RequestsMock, graph: Graph, login: Credentials
) -> None:
    no_proof = [matchers.query_param_matcher({})]
    meta.get(f"{INSTAGRAM}/me", json={"id": "1"}, match=no_proof)
    assert graph.call("GET", "me", replace(login, app_secret="known")) == {"id": "1"}


def test_version_and_addresses_can_be_replaced(meta: RequestsMock, page: Credentials) -> None:
    graph = Graph("v25.0", urls={"facebook": "http://127.0.0.1:1"})
    meta.get("http://127.0.0.1:1/v25.0/me", json={"id": "1"})
    assert graph.call("GET", "me", page) == {"id": "1"}


def test_base_address_of_the_demo_takes_the_host_as_first_step(
    meta: RequestsMock, graph: Graph, login: Credentials
) -> None:
    meta.get("http://127.0.0.1:8001/graph.instagram.com/v23.0/me", json={"id": "1"})
    demo = replace(login, base_url="http://127.0.0.1:8001")
    assert graph.call("GET", "me", demo) == {"id": "1"}


def test_netrc_does_not_replace_the_token(
    meta: RequestsMock,
    graph: Graph,
    page: Credentials,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "netrc").write_text("machine graph.facebook.com login a password b\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    meta.get(f"{FACEBOOK}/me", json={})
    graph.call("GET", "me", page)
    assert meta.calls[0].request.headers["Authorization"] == "Bearer EAAG-page-token"


def test_meta_error_keeps_its_words(meta: RequestsMock, graph: Graph, page: Credentials) -> None:
    error = {"message": "(#10) Outside", "code": 10, "error_subcode": 2534022, "fbtrace_id": "A1"}
    meta.post(f"{FACEBOOK}/me/messages", json={"error": error}, status=400)
    raised = failure(graph, page)
    assert isinstance(raised, Permanent)
    fault = raised.fault
    assert (fault.message, fault.code, fault.subcode) == ("(#10) Outside", 10, 2534022)
    assert (fault.http_status, fault.trace_id, fault.retry_after) == (400, "A1", None)


@pytest.mark.parametrize("number", [2**31, "9" * 18, -1, "x", None])
def test_a_number_that_no_column_holds_is_left_out(
    meta: RequestsMock, graph: Graph, page: Credentials, number: object
) -> None:
    error = {"message": "no", "code": number, "error_subcode": number}
    meta.post(f"{FACEBOOK}/me/messages", json={"error": error}, status=400)
    fault = failure(graph, page).fault
    assert (fault.message, fault.code, fault.subcode) == ("no", None, None)


def test_success_with_an_error_inside_is_an_error(
    meta: RequestsMock, graph: Graph, page: Credentials
) -> None:
    error = {"message": "no", "code": 190}
    meta.post(f"{FACEBOOK}/me/messages", json={"message_id": "m", "error": error})
    assert isinstance(failure(graph, page), Permanent)


def test_trace_id_of_an_answer_without_words(
    meta: RequestsMock, graph: Graph, page: Credentials
) -> None:
    meta.post(f"{FACEBOOK}/me/messages", status=502, headers={"x-fb-trace-id": "B2"})
    assert failure(graph, page).fault.trace_id == "B2"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"<html>Bad gateway</html>", 502),
        (b"", 500),
        (b'{"error":"text"}', 503),
        (b'{"error":{"message":"no code"}}', 500),
        (b"", 200),
        (b"true", 200),
        (b"[" * 100_000, 200),
        (b'{"message_id":"m"}' + b" " * MAX_ANSWER_BYTES, 200),
        (b"", 408),
    ],
)
def test_answer_that_says_nothing_leaves_a_send_unsure(
    meta: RequestsMock, graph: Graph, page: Credentials, body: bytes, status: int
) -> None:
    meta.post(f"{FACEBOOK}/me/messages", body=body, status=status)
    meta.get(f"{FACEBOOK}/me/messages", body=body, status=status)
    assert isinstance(failure(graph, page), Unsure)
    assert isinstance(failure(graph, page, "GET"), Retryable)


@pytest.mark.parametrize(("status", "kind"), [(403, Permanent), (302, Permanent), (429, Throttled)])
def test_refusal_by_something_before_meta(
    meta: RequestsMock, graph: Graph, page: Credentials, status: int, kind: type[SendError]
) -> None:
    target = {"Location": f"{FACEBOOK}/elsewhere"}
    meta.post(f"{FACEBOOK}/me/messages", body="<html>", status=status, headers=target)
    assert type(failure(graph, page)) is kind


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "30"}, 30),
        ({"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, None),
        ({"Retry-After": "-1"}, None),
        ({"Retry-After": "inf"}, None),
        (
            {
                "X-Business-Use-Case-Usage": '{"1":[{"estimated_time_to_regain_access":19}, 5],'
                '"2":[{"estimated_time_to_regain_access":0}],"3":7}'
            },
            19 * 60,
        ),
        ({"X-Business-Use-Case-Usage": "no JSON"}, None),
    ],
)
def test_pause_that_meta_asks_for(
    meta: RequestsMock,
    graph: Graph,
    page: Credentials,
    headers: dict[str, str],
    seconds: float | None,
) -> None:
    error = {"message": "slow", "code": 4}
    meta.post(f"{FACEBOOK}/me/messages", json={"error": error}, status=400, headers=headers)
    raised = failure(graph, page)
    assert isinstance(raised, Throttled)
    assert raised.fault.retry_after == seconds


def test_pause_that_the_code_calls_for(meta: RequestsMock, graph: Graph, page: Credentials) -> None:
    error = {"message": "restricted", "code": 10, "error_subcode": 1893063}
    meta.post(f"{FACEBOOK}/me/messages", json={"error": error}, status=403)
    assert failure(graph, page).fault.retry_after == 3600


def test_codes_are_those_of_the_channel(
    meta: RequestsMock, graph: Graph, page: Credentials
) -> None:
    error = {"message": "(#131047) Late", "code": 131047, "error_data": {"details": "Over 24 h"}}
    meta.post(f"{FACEBOOK}/me/messages", json={"error": error}, status=400)
    raised = failure(graph, replace(page, channel="whatsapp"))
    assert isinstance(raised, WindowClosed)
    assert raised.fault.message == "(#131047) Late: Over 24 h"


def _caused_by(cause: Exception) -> requests.RequestException:
    return requests.exceptions.SSLError(urllib3.MaxRetryError(None, "/", cause))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "error",
    [
        requests.ConnectTimeout("EAAG-page-token"),
        _caused_by(urllib3.SSLError(ssl.SSLCertVerificationError("self-signed"))),
        _caused_by(urllib3.ProxyError("no proxy", OSError())),
    ],
)
def test_call_that_never_left_is_retryable(
    meta: RequestsMock, graph: Graph, page: Credentials, error: Exception
) -> None:
    meta.post(f"{FACEBOOK}/me/messages", body=error)
    assert type(failure(graph, page)) is Retryable


@pytest.mark.parametrize(
    "error",
    [
        requests.ReadTimeout("EAAG-page-token"),
        requests.ConnectionError("reset"),
        requests.ConnectionError(),
        requests.exceptions.ChunkedEncodingError("cut"),
        _caused_by(urllib3.SSLError(ssl.SSLEOFError("cut"))),
    ],
)
def test_lost_answer_leaves_a_send_unsure(
    meta: RequestsMock, graph: Graph, page: Credentials, error: Exception
) -> None:
    meta.post(f"{FACEBOOK}/me/messages", body=error)
    meta.get(f"{FACEBOOK}/me/messages", body=error)
    assert isinstance(failure(graph, page), Unsure)
    assert type(failure(graph, page, "GET")) is Retryable


@contextmanager
def listening() -> Iterator[tuple[socket.socket, str]]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server, f"http://127.0.0.1:{server.getsockname()[1]}"


def test_closed_port_is_retryable(graph: Graph, page: Credentials) -> None:
    with listening() as (_, url):
        pass
    assert type(failure(graph, replace(page, base_url=url))) is Retryable


@contextmanager
def hanging_up() -> Iterator[str]:
    """A server that takes one request and closes the connection without an answer."""

    def take_and_hang_up(server: socket.socket) -> None:
        connection, _ = server.accept()
        with connection:
            connection.recv(65_536)

    with listening() as (server, url):
        peer = Thread(target=take_and_hang_up, args=(server,), daemon=True)
        peer.start()
        yield url
        peer.join()


def test_connection_that_breaks_after_the_request_is_unsure(
    graph: Graph, page: Credentials
) -> None:
    with hanging_up() as url:
        assert isinstance(failure(graph, replace(page, base_url=url)), Unsure)


def test_demo_is_reached_past_the_proxy_of_the_machine(
    graph: Graph, page: Credentials, monkeypatch: pytest.MonkeyPatch
) -> None:
    with listening() as (_, closed):
        monkeypatch.setenv("http_proxy", closed)
    monkeypatch.setenv("no_proxy", "")
    with hanging_up() as url:
        assert isinstance(failure(graph, replace(page, base_url=url)), Unsure)


def test_address_that_cannot_be_called_is_permanent(graph: Graph, page: Credentials) -> None:
    assert isinstance(failure(graph, replace(page, base_url="no address")), Permanent)


@pytest.mark.parametrize("token", ["", "two words", "line\nbreak", "t\u00f6ken"])
def test_text_that_is_no_token_is_not_sent(graph: Graph, page: Credentials, token: str) -> None:
    raised = failure(graph, replace(page, access_token=token))
    assert isinstance(raised, Unauthorized)
    assert not token or token not in str(raised)


def test_secrets_stay_out_of_errors_and_representations(
    meta: RequestsMock, graph: Graph, page: Credentials
) -> None:
    error = {"message": "Malformed access token EAAG-page-token", "code": 190}
    meta.post(f"{FACEBOOK}/me/messages", json={"error": error}, status=400)
    raised = failure(graph, page)
    shown = f"{raised} {raised!r} {raised.fault!r} {page} {page!r}"
    assert "Malformed access token [secret]" in shown
    assert "EAAG-page-token" not in shown
    assert "app-secret" not in shown


def test_cookies_are_not_kept(meta: RequestsMock, graph: Graph, page: Credentials) -> None:
    meta.get(f"{FACEBOOK}/me", json={}, headers={"Set-Cookie": "tenant=a"})
    graph.call("GET", "me", page)
    graph.call("GET", "me", page)
    assert "Cookie" not in meta.calls[1].request.headers


def test_the_usage_of_the_app_is_told_beside_that_of_the_account(
    meta: RequestsMock, graph: Graph, page: Credentials
) -> None:
    headers = {
        "X-App-Usage": '{"call_count":90,"total_time":5}',
        "X-Business-Use-Case-Usage": '{"1":[{"call_count":95}]}',
    }
    meta.post(f"{FACEBOOK}/me/messages", json={"message_id": "x1"}, headers=headers)
    _, usage = graph.ask("POST", "me/messages", page, json={})
    assert usage == Usage(95, app_percent=90)
