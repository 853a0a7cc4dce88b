"""Errors to Sentry, by setting (`SENTRY_DSN`), without personal data."""

from typing import Any

# Of a request only what says where in the code it went wrong.
KEPT_OF_REQUEST = ("method",)


def report_to(dsn: str) -> None:
    """Raises `ImportError` where the extra "sentry" is not installed."""
    import sentry_sdk

    sentry_sdk.init(
        dsn=dsn,
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        before_send=without_personal_data,
    )


def without_personal_data(event: Any, hint: Any = None) -> Any:
    """What is sent: the error, its traceback, the route and the request's id; no address, header, cookie,
    form, query or name."""
    from config.operations.logs import request_id

    request = event.pop("request", None) or {}
    event["request"] = {name: request[name] for name in KEPT_OF_REQUEST if name in request}
    event.pop("user", None)
    event.pop("extra", None)
    event.pop("breadcrumbs", None)
    event.setdefault("tags", {})["request_id"] = request_id.get() or "-"
    for one in (event.get("exception") or {}).get("values", ()):
        # The message of an error may quote what somebody entered.
        one.pop("value", None)
    return event
