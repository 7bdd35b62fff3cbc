"""The OpenAPI 3.1 document, written from the routes and the models that their views hold to.

Source: spec.openapis.org/oas/v3.1.1.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema
from werkzeug.routing import IntegerConverter

from app.blueprints.contracts import Contract, contract_of
from app.blueprints.converters import MAX_ID
from app.blueprints.openapi_parts import FRAME, REF, needed_by, problem_answers, security
from app.blueprints.problems import Problem

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.routing import Rule

_SLOT = re.compile(r"<(?:[^:<>]+:)?([^<>]+)>")
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

Json = dict[str, Any]
Key = tuple[type[BaseModel], JsonSchemaMode]


@dataclass(frozen=True, slots=True)
class Operation:
    """A method of a route, and what its view is described with."""

    rule: Rule
    method: str
    contract: Contract
    docs: str
    permission: str | None

    @property
    def path(self) -> str:
        """Return the address, its parameters as OpenAPI writes them."""
        return _SLOT.sub(r"{\1}", self.rule.rule)


def document(app: Flask) -> Json:
    """Return the document of every described route."""
    operations = list(_operations(app))
    keys: set[Key] = {(Problem, "serialization")}
    for one in operations:
        keys |= set(_keys(one.contract))
    ordered = sorted(keys, key=lambda key: (key[0].__name__, key[1]))
    schemas, definitions = models_json_schema(ordered, ref_template=REF)
    paths: dict[str, Json] = {}
    for one in operations:
        paths.setdefault(one.path, {})[one.method.lower()] = _written(one, schemas, definitions)
    components = {**FRAME["components"], "schemas": definitions["$defs"]}
    return {**FRAME, "paths": paths, "components": components}


def _operations(app: Flask) -> Iterator[Operation]:
    for rule in sorted(app.url_map.iter_rules(), key=lambda one: one.rule):
        view = app.view_functions[rule.endpoint]
        contract = contract_of(view)
        if contract is None:
            continue
        docs = inspect.getdoc(view) or ""
        for method in _METHODS:
            if method in (rule.methods or ()):
                yield Operation(rule, method, contract, docs, needed_by(view))


def _keys(contract: Contract) -> Iterator[Key]:
    for taken in (contract.query, contract.body):
        if taken is not None:
            yield taken, "validation"
    for given in contract.answers.values():
        if given is not None:
            yield given, "serialization"


def _written(one: Operation, schemas: dict[Any, Json], definitions: Json) -> Json:
    tag = (one.rule.endpoint.partition(".")[0]).removeprefix("api_")
    contract = one.contract
    summary, _, _ = one.docs.partition("\n")
    needs = f"Needs the permission `{one.permission}`." if one.permission else ""
    written: Json = {
        "operationId": f"{tag}_{one.rule.endpoint.rpartition('.')[2]}",
        "tags": [tag],
        "summary": summary.rstrip("."),
        "description": "\n\n".join(part for part in (one.docs, needs) if part),
        "parameters": [*_path_parameters(one.rule), *_query_parameters(contract, definitions)],
        "responses": {
            **{str(status): _answer(status, model, schemas, definitions)
               for status, model in contract.answers.items()},
            **problem_answers(contract, has_id="{" in one.path),
        },
        "security": security(one.method),
    }  # fmt: skip
    if contract.body is not None:
        written["requestBody"] = _body(contract, schemas, definitions)
    return written


def _path_parameters(rule: Rule) -> Iterator[Json]:
    for name, converter in rule._converters.items():  # noqa: SLF001 - werkzeug tells it nowhere else
        is_id = isinstance(converter, IntegerConverter)
        schema = (
            {"type": "integer", "minimum": 0, "maximum": MAX_ID} if is_id else {"type": "string"}
        )
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def _query_parameters(contract: Contract, definitions: Json) -> Iterator[Json]:
    if contract.query is None:
        return
    properties = definitions["$defs"][contract.query.__name__]["properties"]
    for name, schema in properties.items():
        yield {"name": name, "in": "query", "required": False, **_as_parameter(schema)}


def _as_parameter(schema: Json) -> Json:
    """Return a property as a parameter: one that is null is simply not there."""
    kept = {key: value for key, value in schema.items() if key not in ("title", "description")}
    if kept.get("default", ...) is None:
        del kept["default"]
    kinds = [kind for kind in kept.pop("anyOf", []) if kind != {"type": "null"}]
    kept |= kinds[0] if len(kinds) == 1 else {"anyOf": kinds} if kinds else {}
    about = {"description": schema["description"]} if "description" in schema else {}
    return {"schema": kept, **about}


def _body(contract: Contract, schemas: dict[Any, Json], definitions: Json) -> Json:
    model = contract.body
    schema = schemas[model, "validation"]
    content = {"schema": schema, **_examples(schema, definitions)}
    if contract.is_partial:
        whole = definitions["$defs"][schema["$ref"].rpartition("/")[2]]
        content["schema"] = {name: value for name, value in whole.items() if name != "required"}
    return {"required": True, "content": {"application/json": content}}


def _answer(
    status: int, model: type[BaseModel] | None, schemas: dict[Any, Json], definitions: Json
) -> Json:
    told: Json = {"description": HTTPStatus(status).phrase}
    if model is not None:
        schema = schemas[model, "serialization"]
        told["content"] = {"application/json": {"schema": schema, **_examples(schema, definitions)}}
    return told


def _examples(schema: Json, definitions: Json) -> Json:
    """Return the first example of a model, as OpenAPI wants it beside the schema."""
    named = definitions["$defs"][schema["$ref"].rpartition("/")[2]]
    return {"example": named["examples"][0]} if "examples" in named else {}
