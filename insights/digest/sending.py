"""The weekly digest by mail: one for each manager and week, and none when nothing changed."""

import datetime as dt
import smtplib
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import ngettext

from coaching.models import Digest, DigestChoice
from insights.digest.changes import Run, changes_for
from people.models import Membership, User
from training.days import day_of
from training.mail import address, as_read_by
from training.reminders import Part

WEEK = dt.timedelta(days=7)
# Who comes back after long is not told a year.
FARTHEST = dt.timedelta(days=28)


@dataclass(slots=True)
class DigestReport:
    sent: int = 0
    already: int = 0
    nothing: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)


def send_digests(*, at: dt.datetime | None = None) -> DigestReport:
    """To every manager who wants it, once in each of their own weeks, what changed since the last.

    The row is unique and comes between the mail server's greeting and the mail: of two runs at once one
    sends, and who was not sent anything when a run was ended is sent it by the next. Of a mail that was
    under way just then nobody knows; it is not sent again, and what it told is told by the next week's.
    Only when the mail server refuses does the row go again.
    """
    at, report = at or timezone.now(), DigestReport()
    declined = DigestChoice.objects.filter(wants_digest=False).values("user")
    managers = (
        User.objects.filter(
            is_active=True,
            pk__in=Membership.objects.filter(kind=Membership.Kind.MANAGER).values("user"),
        )
        .exclude(email="")
        .exclude(pk__in=declined)
        .order_by("pk")
    )
    run = Run(at)
    for manager in managers.iterator(chunk_size=200):
        on = day_of(manager, at)
        if not manager.has_perm("people.develop_team"):
            continue
        monday = on - dt.timedelta(days=on.weekday())
        if Digest.objects.filter(recipient=manager, week=monday).exists():
            report.already += 1
            continue
        with as_read_by(manager):
            _send(report, run, manager, week=monday, on=on)
    return report


def _send(report: DigestReport, run: Run, manager: User, *, week: dt.date, on: dt.date) -> None:
    # One of a day to come was sent while the clock was ahead.
    rows = Digest.objects.filter(recipient=manager, made_at__lte=run.at).order_by("week")
    last = rows.told().last()
    begun = last.made_at if last else getattr(rows.first(), "made_at", run.at) - WEEK
    since = max(begun, run.at - FARTHEST)
    found = changes_for(run, manager, since=since, on=on, known=last.known if last else {})
    count = sum(len(part.lines) for part in found.parts)
    row = Digest(recipient=manager, week=week, made_at=run.at, lines=count, known=found.known)
    if not count:
        report.nothing += _is_first(row)
        report.already += row.pk is None
        return
    mail = mail_for(manager, found.parts, since=since)
    try:
        with get_connection() as mail.connection:
            if not _is_first(row):
                report.already += 1
                return
            mail.send()
            Digest.objects.filter(pk=row.pk).update(sent_at=timezone.now())
            report.sent += 1
    except (OSError, smtplib.SMTPException) as failure:
        # A server that took the mail may still fail to say goodbye.
        if not Digest.objects.filter(pk=row.pk, sent_at__isnull=False).exists():
            Digest.objects.filter(pk=row.pk).delete()
            report.failed.append((manager.email, str(failure)))


def _is_first(row: Digest) -> bool:
    """Write it down, unless another run did meanwhile."""
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        return False
    return True


def mail_for(manager: User, parts: Sequence[Part], *, since: dt.datetime) -> EmailMultiAlternatives:
    """In the language and time zone that are active."""
    count = sum(len(part.lines) for part in parts)
    subject = ngettext(
        "Your teams: %(n)d change since %(day)s", "Your teams: %(n)d changes since %(day)s", count
    )
    day = date_format(timezone.localdate(since), "DATE_FORMAT")
    context = {
        "recipient": manager,
        "parts": parts,
        "day": day,
        "url": address(reverse("insights:team")),
        "method_url": address(reverse("insights:method")),
        "choice_url": address(reverse("coaching:digest_choice")),
        "site": settings.WAGTAIL_SITE_NAME,
    }
    mail = EmailMultiAlternatives(
        subject % {"n": count, "day": day},
        render_to_string("insights/mail/digest.txt", context),
        to=[manager.email],
        headers={"Auto-Submitted": "auto-generated"},
    )
    mail.attach_alternative(render_to_string("insights/mail/digest.html", context), "text/html")
    return mail
