"""The weekly digest by mail: one for each manager and week, and none when nothing changed."""

import datetime as dt
import smtplib
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
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

    The row comes before the mail and is unique: of two runs at once one sends, and after a crash nobody
    gets a mail twice. Only when the mail server refuses does the row go again.
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
    last = Digest.objects.filter(recipient=manager).order_by("-week").first()
    since = max(last.made_at, run.at - FARTHEST) if last else run.at - WEEK
    found = changes_for(run, manager, since=since, on=on, known=last.known if last else {})
    count = sum(len(part.lines) for part in found.parts)
    try:
        with transaction.atomic():
            digest = Digest.objects.create(
                recipient=manager, week=week, made_at=run.at, lines=count, known=found.known
            )
    except IntegrityError:
        report.already += 1
        return
    if not count:
        report.nothing += 1
        return
    try:
        mail_for(manager, found.parts, since=since).send()
    except (OSError, smtplib.SMTPException) as failure:
        digest.delete()
        report.failed.append((manager.email, str(failure)))
        return
    Digest.objects.filter(pk=digest.pk).update(sent_at=timezone.now())
    report.sent += 1


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
