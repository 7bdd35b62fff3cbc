"""The OpenAPI document as its page draws it: one route after the other, with a curl line."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter in words; ``kind`` is its type with its limits."""

    name: str
    kind: str
    description: str


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: its status, what it means, and an example as text ("" for none)."""

    status: str
    description: str
    example: str


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one address."""

    id: str
    method: str
    path: str
    description: str
    parameters: list[Parameter]
    curl: str
    answers: list[Reply]


def routes(document: Json, base: str) -> Iterator[Route]:
    """Yield every route of a document; ``base`` is the address that curl calls."""
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            yield Route(
                told["operationId"],
                method.upper(),
                path,
                told["description"],
                [_parameter(one) for one in told["parameters"]],
                _curl(base, method.upper(), path, told),
                [_reply(document, *one) for one in told["responses"].items()],
            )


def _parameter(told: Json) -> Parameter:
    return Parameter(told["name"], _kind(told["schema"]), told.get("description", ""))


def _kind(schema: Json) -> str:
    """Return a schema in one line: a type, or the name of one, and its limits."""
    kind = schema.get("type") or schema.get("$ref", "").rpartition("/")[2]
    limits = {name: value for name, value in schema.items() if name not in ("type", "$ref")}
    return ", ".join([kind, *(f"{name}: {_short(value)}" for name, value in limits.items())])


def _short(value: object) -> str:
    return " | ".join(map(str, value)) if isinstance(value, list) else str(value)


def _curl(base: str, method: str, path: str, told: Json) -> str:
    asked = [] if method == "GET" else [f"-X {method}"]
    parts = ["curl", *asked, '-H "Authorization: Bearer $TOKEN"', f"'{base}{path}'"]
    if "requestBody" in told:
        body = told["requestBody"]["content"]["application/json"]["example"]
        parts.append(f"\\\n  --json {shlex.quote(json.dumps(body, ensure_ascii=False))}")
    return " ".join(parts)


def _reply(document: Json, status: str, told: Json) -> Reply:
    """Return an answer as drawn; problems, which are the same everywhere, without an example."""
    if "$ref" in told:
        problem = document["components"]["responses"][told["$ref"].rpartition("/")[2]]
        return Reply(status, problem["description"], "")
    example = next((one.get("example") for one in told.get("content", {}).values()), None)
    text = "" if example is None else json.dumps(example, indent=2, ensure_ascii=False)
    return Reply(status, told["description"], text)
