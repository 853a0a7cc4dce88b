"""The mail that reminds owners of overdue reviews."""

import datetime as dt
import smtplib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import ngettext

from content.models import Governance, OwnerReminder
from people.models import User
from people.roles import Role

# After this long a mail that was begun and not finished counts as lost, and is sent by the next run.
GIVEN_UP_AFTER = dt.timedelta(hours=1)


class Every(StrEnum):
    DAY = "day"
    WEEK = "week"

    def begin(self, day: dt.date) -> dt.date:
        return day - dt.timedelta(days=day.weekday()) if self is Every.WEEK else day


@dataclass(slots=True)
class ReminderReport:
    sent: int = 0
    already: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)


def remind_owners(*, on: dt.date, every: Every = Every.WEEK) -> ReminderReport:
    """Mail each owner their overdue pages; those without an owner who can sign in go to all editors.

    The log row is written before the mail and is unique, so that of two runs at once one sends it. If
    the server refuses, the row goes again and the next run tries once more.
    """
    report = ReminderReport()
    period = every.begin(on)
    for recipient, pages in _recipients(on):
        reminder = _claim(recipient, period, [each.page_id for each in pages])
        if reminder is None:
            report.already += 1
            continue
        try:
            _mail(recipient, pages, on=on).send()
        except (OSError, smtplib.SMTPException) as failure:
            reminder.delete()
            report.failed.append((recipient.email, str(failure)))
            continue
        OwnerReminder.objects.filter(pk=reminder.pk).update(sent_at=timezone.now())
        report.sent += 1
    return report


def _recipients(on: dt.date) -> list[tuple[User, list[Governance]]]:
    overdue = Governance.objects.overdue(on=on).select_related("page", "owner")
    found: dict[int, list[Governance]] = defaultdict(list)
    people: dict[int, User] = {}
    orphans = []
    for governance in overdue.order_by("review_by", "page__title"):
        owner = governance.owner
        if owner is None or not owner.is_active:
            orphans.append(governance)
        else:
            people[owner.pk] = owner
            found[owner.pk].append(governance)
    if orphans:
        for editor in User.objects.filter(is_active=True).with_role(Role.EDITOR):
            people.setdefault(editor.pk, editor)
            found[editor.pk] += orphans
    return [(people[pk], pages) for pk, pages in sorted(found.items())]


def _claim(recipient: User, period: dt.date, pages: list[int]) -> OwnerReminder | None:
    lost = Q(sent_at__isnull=True, claimed_at__lt=timezone.now() - GIVEN_UP_AFTER)
    OwnerReminder.objects.filter(lost, recipient=recipient, period=period).delete()
    reminder, created = OwnerReminder.objects.get_or_create(
        recipient=recipient, period=period, defaults={"pages": pages}
    )
    return reminder if created else None


def _mail(recipient: User, pages: Sequence[Governance], *, on: dt.date) -> EmailMessage:
    with translation.override(recipient.language or settings.LANGUAGE_CODE):
        subject = ngettext(
            "%(n)d page of the manual waits for its review",
            "%(n)d pages of the manual wait for their review",
            len(pages),
        ) % {"n": len(pages)}
        context = {
            "recipient": recipient,
            "pages": [
                {
                    "title": each.page.title,
                    "url": settings.BASE_URL.rstrip("/") + (each.page.url or ""),
                    "review_by": each.review_by,
                    "days": (on - each.review_by).days if each.review_by else 0,
                    "has_owner": each.owner_id == recipient.pk,
                }
                for each in pages
            ],
            "report_url": settings.BASE_URL.rstrip("/") + reverse("manual_reviews"),
            "may_edit": recipient.has_perm("wagtailadmin.access_admin"),
        }
        return EmailMessage(
            subject,
            render_to_string("content/mail/remind_owner.txt", context),
            to=[recipient.email],
        )
