"""Work that is done once, however often a request is sent."""

import datetime as dt
import hashlib
import json
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.models import ApiToken, StoredAnswer
from integrations.problems import Problem

Answer = tuple[int, dict[str, Any]]
HEADER = "Idempotency-Key"


def read_json(request: HttpRequest) -> tuple[bytes, Any]:
    """The body and what it says. Raises `Problem` 413, 415 or 422."""
    if request.content_type not in ("application/json", "application/scim+json"):
        raise Problem(415, _("Send JSON, with “Content-Type: application/json”."))
    limit = settings.API_MAX_BODY
    raw = request.read(limit + 1)
    if len(raw) > limit:
        raise Problem(
            413,
            _("The body is larger than %(limit)s bytes. Send smaller batches.") % {"limit": limit},
        )
    try:
        return raw, json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise Problem(422, _("The body is no JSON: %(problem)s.") % {"problem": error}) from None


def answered_once(
    request: HttpRequest, token: ApiToken, raw: bytes, work: Callable[[], Answer]
) -> Answer:
    """Do `work` in a transaction; with an Idempotency-Key, answer a repeat as the first time.

    Two at once: the second waits for the first and is answered the same. The same key with another
    body is a 422.
    """
    key = request.headers.get(HEADER, "").strip()
    if not key:
        with transaction.atomic():
            return work()
    if len(key) > 200 or "\x00" in key:
        raise Problem(422, _("Idempotency-Key has at most 200 characters."))
    fingerprint = hashlib.sha256(f"{request.method} {request.path} ".encode() + raw).hexdigest()
    if known := _known(token, key, fingerprint):
        return known
    try:
        with transaction.atomic():
            row = StoredAnswer.objects.create(
                token=token, key=key, fingerprint=fingerprint, status=0, body={}
            )
            status, body = work()
            row.status, row.body = status, _plain(body)
            row.save(update_fields=["status", "body"])
            return status, row.body
    except IntegrityError:
        if known := _known(token, key, fingerprint):
            return known
        raise


def forget_answers(*, at: dt.datetime | None = None) -> int:
    """Delete answers that nobody will ask for again."""
    before = (at or timezone.now()) - StoredAnswer.KEPT
    deleted, _by_model = StoredAnswer.objects.filter(created_at__lt=before).delete()
    return deleted


def _known(token: ApiToken, key: str, fingerprint: str) -> Answer | None:
    row = StoredAnswer.objects.filter(token=token, key=key).first()
    if row is None:
        return None
    if row.fingerprint != fingerprint:
        raise Problem(422, _("This Idempotency-Key was used for another request."))
    return row.status, row.body


def _plain(body: dict[str, Any]) -> Any:
    return _keepable(json.loads(json.dumps(body, cls=DjangoJSONEncoder)))


def _keepable(value: Any) -> Any:
    """A refusal quotes what was sent, and of that PostgreSQL keeps neither NUL nor half a pair."""
    if isinstance(value, dict):
        return {_keepable(key): _keepable(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_keepable(each) for each in value]
    if not isinstance(value, str):
        return value
    whole = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return whole.replace("\x00", "\ufffd")
