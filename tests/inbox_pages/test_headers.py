from __future__ import annotations

import gzip
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from app import factory

if TYPE_CHECKING:
    from tests.inbox_pages.visitor import Visitor

TEMPLATES = sorted((Path(factory.__file__).parent / "templates").glob("*.html"))


@pytest.mark.parametrize("path", ["/inbox", "/login", "/nowhere", "/inbox/list", "/healthz"])
def test_pages_may_do_next_to_nothing(agent: Visitor, path: str) -> None:
    headers = agent.get(path).headers

    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "Strict-Transport-Security" not in headers


@pytest.mark.parametrize("path", ["/inbox", "/inbox/list"])
def test_what_customers_wrote_is_kept_nowhere(agent: Visitor, path: str) -> None:
    assert agent.get(path).headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_template_needs_an_exception_from_the_policy(template: Path) -> None:
    text = template.read_text()

    assert not re.search(r"\sstyle=|<style|\son\w+=|hx-on|javascript:|<script>", text)
    assert "|safe" not in text.replace(" ", "")


@pytest.fixture
def stylesheet(agent: Visitor) -> str:
    [found] = re.findall(r'href="(/static/inlet\.css[^"]+)"', agent.get("/login").text)
    return str(found)


def test_static_files_are_kept_for_good_and_compressed(agent: Visitor, stylesheet: str) -> None:
    with agent.get(stylesheet) as plain, agent.get(stylesheet, Accept_Encoding="gzip") as small:
        assert plain.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert gzip.decompress(small.data) == plain.data
        assert small.headers["Content-Encoding"] == "gzip"
        assert "Accept-Encoding" in small.headers["Vary"]


@pytest.mark.parametrize("path", ["/static/inlet.css", "/static/inlet.css?v=old"])
def test_a_static_file_under_another_name_is_not_kept(agent: Visitor, path: str) -> None:
    with agent.get(path) as answer:
        assert answer.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("path", ["/static/nothing.css", "/static/../config.py", "/static/"])
def test_other_files_are_not_there(agent: Visitor, path: str) -> None:
    assert agent.get(path).status_code == 404


def test_pages_are_compressed_where_that_is_understood(agent: Visitor) -> None:
    plain, small = agent.get("/inbox/list"), agent.get("/inbox/list", Accept_Encoding="gzip")

    assert "Content-Encoding" not in plain.headers
    assert "Accept-Encoding" in plain.headers["Vary"]
    assert b"All" in gzip.decompress(small.data)
    assert int(small.headers["Content-Length"]) == len(small.data) < len(plain.data) / 2
