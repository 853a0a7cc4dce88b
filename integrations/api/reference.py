"""The OpenAPI description as rows for a page of ours: no script, no files of others."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.http import HttpResponseBase
from django.urls import URLPattern, URLResolver

from integrations.api.main import api


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    kind: str
    is_needed: bool
    text: str
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Operation:
    key: str
    method: str
    path: str
    title: str
    text: str
    scope: str
    parameters: tuple[Field, ...]
    body: tuple[Field, ...]
    answer: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    operations: tuple[Operation, ...]


@cache
def groups_of() -> tuple[Group, ...]:
    """Worked out once; the description does not change while we run."""
    schema = api.get_openapi_schema(path_prefix="/api/v1")
    scopes = _scopes()
    found: dict[str, list[Operation]] = {}
    for path, methods in schema["paths"].items():
        for method, said in methods.items():
            found.setdefault(said["tags"][0], []).append(
                _operation(path, method.upper(), said, schema, scopes[said["operationId"]])
            )
    return tuple(Group(name, tuple(operations)) for name, operations in found.items())


def _scopes() -> dict[str, str]:
    found = {}
    for _prefix, router in api._routers:
        for view in router.path_operations.values():
            for operation in view.operations:
                key = operation.operation_id or api.get_openapi_operation_id(operation)
                found[key] = getattr(operation.auth_callbacks[0], "scope", "")
    return found


def _operation(
    path: str, method: str, said: dict[str, Any], schema: dict[str, Any], scope: str
) -> Operation:
    body = said.get("requestBody", {}).get("content", {}).get("application/json", {})
    content = said["responses"][200]["content"]
    answer = content.get("application/json", {}).get("schema", {})
    return Operation(
        key=said["operationId"],
        method=method,
        path=path,
        title=said["summary"],
        text=said.get("description", ""),
        scope=scope,
        parameters=tuple(
            Field(
                each["name"],
                _kind(each["schema"]),
                bool(each.get("required")),
                each.get("description") or each["schema"].get("description", ""),
            )
            for each in said.get("parameters", ())
        ),
        body=tuple(_fields(body.get("schema", {}), schema)),
        answer=tuple(_fields(answer, schema)),
    )


def _fields(said: dict[str, Any], schema: dict[str, Any], depth: int = 0) -> list[Field]:
    said = _resolved(said, schema)
    found = []
    needed = said.get("required", ())
    for name, each in said.get("properties", {}).items():
        inner = each.get("items", each) if each.get("type") == "array" else each
        text = each.get("description", "") or each.get("items", {}).get("description", "")
        found.append(Field(name, _kind(each), name in needed, text, depth))
        if "$ref" in inner and depth < 3:
            found += _fields(inner, schema, depth + 1)
    return found


def _resolved(said: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in said:
        return said
    found: dict[str, Any] = schema["components"]["schemas"][said["$ref"].rsplit("/", 1)[1]]
    return found


def _kind(said: dict[str, Any]) -> str:
    if "anyOf" in said:
        return " | ".join(_kind(each) for each in said["anyOf"])
    if "$ref" in said:
        return str(said["$ref"].rsplit("/", 1)[1])
    if said.get("type") == "array":
        return f"[{_kind(said.get('items', {}))}]"
    if "enum" in said:
        return " | ".join(map(str, said["enum"]))
    return str(said.get("format") or said.get("type") or "any")


def open_to_tokens(patterns: list[Any]) -> list[Any]:
    """Ninja's addresses without the sign-in page before them; HEAD is answered as GET."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            open_to_tokens(pattern.url_patterns)
        elif isinstance(pattern, URLPattern):
            pattern.callback = _opened(pattern.callback)
    return patterns


def _opened(view: Any) -> Any:
    def opened(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "HEAD":
            request.method = "GET"
        answer: HttpResponseBase = view(request, *args, **kwargs)
        return answer

    opened.csrf_exempt = True  # type: ignore[attr-defined]
    opened.login_required = False  # type: ignore[attr-defined]
    return opened
