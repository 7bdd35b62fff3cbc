"""The image cannot be built in the tests; what it is made of can be looked at."""

from __future__ import annotations

import re
from fnmatch import fnmatch
from typing import Any

import pytest
from mkdocs.utils.yaml import yaml_load

from config import Settings
from launch.process import known_commands
from tests.docs.markdown import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text()
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
IGNORED = (ROOT / ".dockerignore").read_text().split()
NEEDED = ("app", "config.py", "docs", "launch", "migrations", "simulator", "worker.py", "wsgi.py")
UNWANTED = (".env", ".git", ".venv", "app/__pycache__", "tests", "var")


def is_ignored(path: str) -> bool:
    patterns = [part for line in IGNORED for part in (line, line.removeprefix("**/"))]
    return any(fnmatch(path, one) or fnmatch(path, f"*/{one}") for one in patterns)


def instructions(name: str) -> list[str]:
    joined = DOCKERFILE.replace("\\\n", " ")
    return re.findall(rf"^{name} +(.+)$", joined, re.MULTILINE)


def compose() -> dict[str, Any]:
    [shown] = re.findall(r"^```yaml\n(.*?)^```", OPERATIONS, re.MULTILINE | re.DOTALL)
    services: dict[str, Any] = yaml_load(shown)["services"]
    return services


def own_services() -> dict[str, Any]:
    return {name: one for name, one in compose().items() if one["image"] == "inlet"}


def commands() -> set[str]:
    return set(known_commands(Settings(inlet_demo=False)))


def test_what_is_copied_is_there() -> None:
    sources = [source for line in instructions("COPY") for source in line.split()[:-1]]

    assert sources
    assert [one for one in sources if not (ROOT / one).exists() or is_ignored(one)] == []


@pytest.mark.parametrize("path", NEEDED)
def test_what_runs_is_in_the_image(path: str) -> None:
    assert (ROOT / path).exists()
    assert not is_ignored(path)


@pytest.mark.parametrize("path", UNWANTED)
def test_what_is_private_or_large_is_not(path: str) -> None:
    assert is_ignored(path)


def test_the_lock_file_is_installed_with_its_hashes() -> None:
    [install] = [line for line in instructions("RUN") if "pip install" in line]

    assert "--require-hashes" in install
    assert install.endswith("-r requirements.lock")


def test_the_image_runs_every_process_as_nobody_special() -> None:
    named = re.findall(r"[a-z]+", DOCKERFILE.splitlines()[0].partition("docker run inlet")[2])

    assert set(named) == commands()
    assert instructions("ENTRYPOINT") == ['["python", "-m", "launch.process"]']
    assert re.findall(r"\w+", instructions("CMD")[0])[0] in commands()
    assert instructions("USER") == ["inlet"]


def test_the_documented_services_run_known_commands() -> None:
    assert {one["command"] for one in own_services().values()} == commands() - {"simulator"}


def test_the_documented_services_set_known_variables() -> None:
    known = {name.upper() for name in Settings.model_fields}

    assert {name for one in own_services().values() for name in one["environment"]} <= known


def test_the_documented_services_wait_for_services_that_exist() -> None:
    services = compose()

    waited = {name for one in services.values() for name in one.get("depends_on", {})}
    assert waited == {"migrate", "postgres", "redis"}
    assert waited <= set(services)
