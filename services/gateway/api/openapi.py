"""The OpenAPI 3.1 document, made from the table of routes and the contracts, so it says what they say."""

import inspect
import re
from typing import Any

import msgspec

from services.chassis.rights import Right
from services.gateway.api import answers
from services.gateway.api.routes import BASE, GET, ROUTES, Route
from services.gateway.api.shapes import body_of, path_of

_SCHEMA = "#/components/schemas/{name}"

REFUSALS = {
    400: "The request does not have the shape described here; `error.arguments` names the field.",
    401: "Nobody is signed in, or the session has run out.",
    403: "The caller's role does not reach this place, or another site tried to act for the caller.",
    404: "There is no such thing, or not for this caller.",
    405: "This address takes other methods; `Allow` names them.",
    408: "The body did not arrive in time.",
    409: "The present state does not allow it (somebody else was first, for instance).",
    411: "The body comes without `Content-Length`.",
    413: "The body is larger than this address takes.",
    414: "The address with its query is longer than we take.",
    415: "The body is not sent as JSON.",
    422: "What was sent is understood and not acceptable; the sentence says why.",
    429: "Too much or too often; `Retry-After` says when to come back.",
    431: "There are more headers than we take.",
    500: "A fault of ours; it is in the log under `error.request_id` and nothing was changed.",
    503: "A part of the house does not answer; with the same `Idempotency-Key`, asking again is safe.",
}

_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Any text, new for every deed. The same key does the thing once and answers the same;"
    " with a key used for something else nothing is done (`chassis.key_used_otherwise`).",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
}

_ABOUT = """Everything that can be done with Wishtree. Sign in as a member (phone and one-time code) or
as staff (password), then send the token as `Authorization: Bearer …`. Browsers get an HttpOnly cookie
too; requests that change something and are signed by the cookie must come from a page of this site
(`Origin`) or carry `X-Requested-With`. Rights are a role in an area and all below it; each operation
names the right it takes in `x-right`. Refusals carry a stable `error.code` and a sentence in the
language of `Accept-Language` (zh or en). Lists are read page by page: `after` is the `next` of the page
before."""


def document(version: str) -> bytes:
    """Return the document as JSON."""
    schemas, components = _schemas()
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        paths.setdefault(route.template, {})[route.method.lower()] = _operation(route, schemas)
    paths[f"{BASE}/sign-out"] = {"post": _sign_out()}
    return msgspec.json.encode(
        {
            "openapi": "3.1.0",
            "info": {"title": "Wishtree 心愿树", "version": version, "description": _ABOUT},
            "servers": [{"url": "/"}],
            "tags": [{"name": tag} for tag in dict.fromkeys(route.tag for route in ROUTES)],
            "paths": paths,
            "components": {
                "schemas": components,
                "responses": {f"refused_{status}": _refusal(text) for status, text in REFUSALS.items()},
                "securitySchemes": _SECURITY,
            },
        }
    )


_SECURITY = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "The token from signing in."},
    "cookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": "wishtree",
        "description": "Called `__Host-wishtree` over https.",
    },
}


def answer_of(route: Route) -> type[msgspec.Struct]:
    """Return the struct in which a route answers: its contract's, except where the door adds something."""
    if route.signs_in:
        return answers.SessionOpened
    return answers.ReportSaid if route.contract.answer in answers.REPORTS else route.contract.answer


def _schemas() -> tuple[dict[type, Any], dict[str, Any]]:
    """Return the schema of every body and answer by its type, and the components that these refer to."""
    kinds: list[type] = [answers.ErrorAnswer]
    for route in ROUTES:
        shapes = [answer_of(route), body_of(route)] if _has_body(route) else [answer_of(route)]
        kinds += [kind for kind in shapes if kind not in kinds]
    schemas, components = msgspec.json.schema_components(
        kinds, ref_template=_SCHEMA, schema_hook=lambda _: {"description": "Any JSON value."}
    )
    return dict(zip(kinds, schemas, strict=True)), components


def _has_body(route: Route) -> bool:
    return route.method is not GET and bool(route.fields)


def _operation(route: Route, schemas: dict[type, Any]) -> dict[str, Any]:
    text = inspect.cleandoc(route.contract.__doc__ or "")
    operation: dict[str, Any] = {
        "operationId": route.contract.method(),
        "tags": [route.tag],
        "summary": re.split(r"[.;:](?:\s|$)", text, maxsplit=1)[0],
        "description": text,
        "x-right": route.contract.right.value,
        "security": [{}] if route.contract.right is Right.OPEN else [{"bearer": []}, {"cookie": []}],
        "parameters": _parameters(route),
        "responses": {"200": _content("What came of it.", schemas[answer_of(route)])}
        | {str(status): {"$ref": f"#/components/responses/refused_{status}"} for status in REFUSALS},
    }
    if route.is_command and not route.signs_in:
        operation["parameters"].append(_IDEMPOTENCY_KEY)
    if _has_body(route):
        operation["requestBody"] = _body(route, schemas[body_of(route)])
    return operation


def _parameters(route: Route) -> list[dict[str, Any]]:
    parameters = _described(path_of(route), "path")
    return parameters + (_described(body_of(route), "query") if route.method is GET else [])


def _described(shape: type[msgspec.Struct], place: str) -> list[dict[str, Any]]:
    """Return the fields of a flat struct as parameters; enumerations are written out."""
    _, components = msgspec.json.schema_components([shape], ref_template="{name}")
    fields = components[shape.__name__]
    return [
        {
            "name": name,
            "in": place,
            "required": place == "path" or name in fields["required"],
            "schema": _written_out(schema, components),
        }
        for name, schema in fields["properties"].items()
    ]


def _written_out(schema: Any, components: dict[str, Any]) -> Any:
    if isinstance(schema, dict):
        if "$ref" in schema:
            return _written_out(components[schema["$ref"]], components)
        return {key: _written_out(value, components) for key, value in schema.items()}
    return [_written_out(value, components) for value in schema] if isinstance(schema, list) else schema


def _body(route: Route, schema: Any) -> dict[str, Any]:
    content: dict[str, Any] = {"application/json": {"schema": schema}}
    if route.takes_file:
        content["multipart/form-data"] = {"schema": _form(route)}
    if route.takes_mail:
        content["message/rfc822"] = {"schema": {"type": "string", "contentMediaType": "message/rfc822"}}
    return {"required": any(field.required for field in route.fields), "content": content}


def _form(route: Route) -> dict[str, Any]:
    """Return the schema of a form with a file: its name comes with it."""
    fields = {field.name: field for field in route.fields if field.name not in ("content", "file_name")}
    others = {name: msgspec.json.schema(field.type) for name, field in fields.items()}
    file = {"type": "string", "contentMediaType": "application/octet-stream"}
    return {"type": "object", "required": ["file"], "properties": {"file": file} | others}


def _sign_out() -> dict[str, Any]:
    return {
        "operationId": "sign_out",
        "tags": ["directory"],
        "summary": "Take the cookie away",
        "description": "Take the cookie away. A client that keeps the token itself forgets it.",
        "x-right": Right.OPEN.value,
        "security": [{}],
        "parameters": [],
        "responses": {
            "200": _content("Done.", {"type": "object"}),
            "403": {"$ref": "#/components/responses/refused_403"},
        },
    }


def _refusal(text: str) -> dict[str, Any]:
    return _content(text, {"$ref": _SCHEMA.format(name=answers.ErrorAnswer.__name__)})


def _content(text: str, schema: Any) -> dict[str, Any]:
    return {"description": text, "content": {"application/json": {"schema": schema}}}
