"""The OpenAPI document, made from the table of routes and their message types."""

from collections.abc import Sequence
from typing import Any

import msgspec

from stepworks import __version__
from stepworks.server.routing import PREFIX, Route, message_types
from stepworks.wire.errors import ErrorAnswer

_REF = "#/components/schemas/{name}"
_OPAQUE = (None, bytes, msgspec.Raw)


def document(routes: Sequence[Route]) -> dict[str, Any]:
    """OpenAPI 3.1 for all routes."""
    types = [t for r in routes for t in (*message_types(r).values(), r.returns) if t not in _OPAQUE]
    schemas, components = msgspec.json.schema_components(
        [*types, ErrorAnswer], schema_hook=_anything, ref_template=_REF
    )
    known = {repr(t): s for t, s in zip([*types, ErrorAnswer], schemas, strict=True)}
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        path = PREFIX + route.path.replace(":path}", "}")
        paths.setdefault(path, {})[route.method.lower()] = _operation(route, known, components)
    return {
        "openapi": "3.1.0",
        "info": {"title": "stepworks", "version": __version__},
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
        "security": [{"token": []}],
    }


def _operation(route: Route, known: dict[str, Any], components: dict[str, Any]) -> dict[str, Any]:
    types = message_types(route)
    operation: dict[str, Any] = {
        "operationId": route.handler.__name__,
        "summary": route.summary,
        "parameters": [
            {"name": p, "in": "path", "required": True, "schema": {"type": "string"}} for p in route.path_parameters
        ],
        "responses": {
            **_success(route, known),
            "default": {"description": "An error", "content": _json(known[repr(ErrorAnswer)])},
        },
    }
    if "query" in types:
        properties: dict[str, Any] = components[types["query"].__name__].get("properties", {})
        operation["parameters"] += [
            {"name": n, "in": "query", "required": False, "schema": s} for n, s in properties.items()
        ]
    if "body" in types:
        content = {"application/octet-stream": {}} if types["body"] is bytes else _json(known[repr(types["body"])])
        operation["requestBody"] = {"required": True, "content": content}
    if route.public:
        operation["security"] = []
    return operation


def _success(route: Route, known: dict[str, Any]) -> dict[str, Any]:
    if route.returns is None:
        return {"204": {"description": "Done"}}
    if route.returns is bytes:
        return {"200": {"description": "Bytes", "content": {"application/octet-stream": {}}}}
    schema: dict[str, Any] = {} if route.returns is msgspec.Raw else known[repr(route.returns)]
    return {"200": {"description": "The answer", "content": _json(schema)}}


def _json(schema: Any) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _anything(kind: type) -> dict[str, Any]:
    """The schema of `object`: settings and definitions whose form others decide."""
    if kind is not object:
        raise NotImplementedError(f"{kind} has no schema.")
    return {"description": "Any JSON value"}
