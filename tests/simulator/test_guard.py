"""Who may press the buttons and call the control API."""

from pathlib import Path

import pytest

from simulator import create_app
from simulator.config import Settings
from tests.simulator.conftest import Sim

PRESSED = ["/switches/rest", "/lively", "/customers", "/phone/1/17841400000000001/send"]
CALLED = ["/control/reset", "/control/lively"]


@pytest.mark.parametrize("path", PRESSED + CALLED)
@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://evil.example"},
        {"Origin": "http://localhost:8000"},
        {"Origin": "null"},
        {"Host": "evil.example"},
    ],
)
def test_another_site_may_not(sim: Sim, path: str, headers: dict[str, str]) -> None:
    assert sim.client.post(path, headers=headers).status_code == 403


@pytest.mark.parametrize("path", PRESSED + CALLED)
def test_another_machine_may_not(sim: Sim, path: str) -> None:
    answer = sim.client.post(path, environ_overrides={"REMOTE_ADDR": "10.1.2.3"})
    assert answer.status_code == 403


def test_our_own_page_may(sim: Sim) -> None:
    headers = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    assert sim.client.post("/switches/rest", headers=headers).status_code == 303


def test_secrets_are_not_read_under_another_name(sim: Sim) -> None:
    assert sim.client.get("/control/world", headers={"Host": "evil.example"}).status_code == 403


def test_the_graph_api_answers_everybody_with_a_token(sim: Sim) -> None:
    answer = sim.client.get(
        "/graph.facebook.com/v23.0/me?access_token=EAAGpage",
        environ_overrides={"REMOTE_ADDR": "10.1.2.3"},
        headers={"Host": "simulator"},
    )
    assert answer.status_code == 200


def test_a_container_may_open_the_buttons_but_not_the_control_api(tmp_path: Path) -> None:
    app = create_app(Settings(home=tmp_path, buttons_for_all=True))
    client, far = app.test_client(), {"REMOTE_ADDR": "10.1.2.3"}
    assert client.post("/switches/rest", environ_overrides=far).status_code == 303
    assert client.get("/control/world", environ_overrides=far).status_code == 403
    app.extensions["simulator"].close()


def test_the_way_back_stays_on_our_pages(sim: Sim) -> None:
    for back in ("//evil.example/", "/\\evil.example", "http://evil.example"):
        answer = sim.client.post("/switches/rest", data={"back": back})
        assert answer.headers["Location"] == "/switches"
