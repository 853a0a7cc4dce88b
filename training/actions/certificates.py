"""Certificates are given with a completion, and revoked."""

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from content.models import LearningPath, ModulePage
from people import audit
from people.models import User
from training.actions.refusals import NotAllowed
from training.days import day_of
from training.models import Certificate
from training.permissions import can_revoke


def certify(
    user: User, of: ModulePage | LearningPath, *, round: int, at: dt.datetime
) -> Certificate | None:
    """The certificate for finishing `of` in that round, if it gives one; made once."""
    if not of.certifies:
        return None
    kind = "path" if isinstance(of, LearningPath) else "module"
    day = day_of(user, at)
    certificate, created = Certificate.objects.get_or_create(
        user=user,
        round=round,
        **{kind: of},
        defaults={
            "name": str(user),
            "title": of.title,
            "issued_on": day,
            "valid_until": of.valid_until(day),
            "created_at": at,
        },
    )
    if created:
        audit.record(
            "give_certificate",
            by=None,
            of=certificate,
            after={
                "user": user.pk,
                kind: of.pk,
                "round": round,
                "valid_until": certificate.valid_until,
            },
            at=at,
        )
    return certificate


def revoke_certificate(
    certificate: Certificate, *, by: User, reason: str, at: dt.datetime | None = None
) -> Certificate:
    """Take the certificate back for good. What was learned stays on record; who shall take it anew is
    assigned it."""
    at = at or timezone.now()
    reason = reason.strip()
    if not can_revoke(by, certificate):
        raise NotAllowed(_("You may not revoke this certificate."))
    if not reason:
        raise NotAllowed(_("Say why the certificate is revoked."))
    with transaction.atomic():
        locked = Certificate.objects.select_for_update().get(pk=certificate.pk)
        if locked.revoked_at is not None:
            raise NotAllowed(_("This certificate was revoked already."))
        locked.revoked_at, locked.revoked_by, locked.revoked_because = at, by, reason
        locked.save(update_fields=["revoked_at", "revoked_by", "revoked_because"])
        audit.record(
            "revoke_certificate",
            by=by,
            of=locked,
            before={"revoked": False},
            after={"revoked": True, "user": locked.user_id, "reason": reason},
            at=at,
        )
    return locked
