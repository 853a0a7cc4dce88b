"""The mails that remind learners, and their managers."""

import datetime as dt
import smtplib
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import IntegrityError, transaction
from django.db.models import Count, Min
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from people.models import User
from training.days import day_of
from training.mail import address, as_read_by
from training.models import (
    Acknowledgement,
    Certificate,
    Enrolment,
    ModuleAssignment,
    ReminderChoice,
    ReminderSent,
)
from training.refresher_sessions import plan_of

SOON = dt.timedelta(days=7)
# A certificate is mentioned when so many days are left, not on each of the thirty.
EXPIRY_DAYS = (30, 14, 7, 1, 0)


@dataclass(slots=True)
class ReminderReport:
    sent: int = 0
    already: int = 0
    nothing: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Line:
    text: str
    detail: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    title: str
    lines: Sequence[Line]


def remind_learners(*, at: dt.datetime | None = None) -> ReminderReport:
    """One mail to each person who has something to do, once on each of their days; to managers, once a
    week, who of their people is overdue.

    The log row comes before the mail and is unique: of two runs at once one sends, and after a crash
    nobody gets a mail twice. Only when the mail server refuses does the row go again.
    """
    at, report = at or timezone.now(), ReminderReport()
    people = User.objects.filter(is_active=True).exclude(email="").order_by("pk")
    wants = dict(ReminderChoice.objects.values_list("user", "wants_all"))
    for user in people.iterator(chunk_size=200):
        on = day_of(user, at)
        with as_read_by(user):
            parts = parts_for(user, on=on, wants_all=wants.get(user.pk, True))
            _send(report, user, ReminderSent.Kind.LEARNER, on, parts)
            if user.has_perm("people.develop_team"):
                monday = on - dt.timedelta(days=on.weekday())
                team = parts_for_manager(user, on=on)
                _send(report, user, ReminderSent.Kind.MANAGER, monday, team)
    return report


def parts_for(user: User, *, on: dt.date, wants_all: bool = True) -> list[Part]:
    """What there is to tell `user` on that day; nothing when there is nothing."""
    waiting = list(
        ModuleAssignment.objects.unfinished()
        .filter(user=user, due_on__isnull=False, due_on__lte=on + SOON, module__live=True)
        .select_related("module")
        .in_order()
    )
    late = [each for each in waiting if each.due_on is not None and each.due_on < on]
    to_sign = list(
        Acknowledgement.objects.open()
        .filter(user=user)
        .select_related("page")
        .defer("page__steps", "page__notes")
        .order_by("due_on")
    )
    late_to_sign = [each for each in to_sign if each.due_on < on]
    parts = [
        Part(_("Overdue"), [_assignment_line(each) for each in late]),
        Part(_("To sign for, and overdue"), [_signature_line(each) for each in late_to_sign]),
    ]
    if wants_all:
        parts += [
            Part(
                _("Due within a week"),
                [_assignment_line(each) for each in waiting if each not in late],
            ),
            Part(
                _("To sign for"),
                [_signature_line(each) for each in to_sign if each not in late_to_sign],
            ),
            Part(_("Workshops tomorrow"), _sessions_tomorrow(user, on=on)),
            Part(_("Certificates that expire"), _expiring(user, on=on)),
        ]
        if any(part.lines for part in parts) and (count := plan_of(user, on=on).left):
            parts.append(Part(_("Refreshers"), [_refresher_line(count)]))
    return [part for part in parts if part.lines]


def parts_for_manager(manager: User, *, on: dt.date) -> list[Part]:
    """Who of the people that `manager` develops today is overdue, the longest first."""
    people = User.objects.managed_by(manager, on=on).filter(is_active=True)
    late = (
        ModuleAssignment.objects.overdue(on=on)
        .filter(user__in=people.values("pk"))
        .values("user")
        .annotate(count=Count("pk"), since=Min("due_on"))
        .order_by("since", "user")
    )
    rows = list(late)
    names = User.objects.in_bulk([row["user"] for row in rows])
    lines = [
        Line(
            str(names[row["user"]]),
            ngettext(
                "%(n)d module, overdue since %(day)s",
                "%(n)d modules, the first overdue since %(day)s",
                row["count"],
            )
            % {"n": row["count"], "day": _day(row["since"])},
        )
        for row in rows
    ]
    return [Part(_("People with something overdue"), lines)] if lines else []


def _send(
    report: ReminderReport,
    user: User,
    kind: ReminderSent.Kind,
    period: dt.date,
    parts: Sequence[Part],
) -> None:
    if not parts:
        report.nothing += 1
        return
    try:
        with transaction.atomic():
            sent = ReminderSent.objects.create(recipient=user, kind=kind, period=period)
    except IntegrityError:
        report.already += 1
        return
    try:
        _mail(user, kind, parts).send()
    except (OSError, smtplib.SMTPException) as failure:
        sent.delete()
        report.failed.append((user.email, str(failure)))
        return
    ReminderSent.objects.filter(pk=sent.pk).update(sent_at=timezone.now())
    report.sent += 1


def _mail(user: User, kind: ReminderSent.Kind, parts: Sequence[Part]) -> EmailMultiAlternatives:
    is_manager = kind == ReminderSent.Kind.MANAGER
    count = sum(len(part.lines) for part in parts)
    if is_manager:
        subject = ngettext(
            "%(n)d person of your team has something overdue",
            "%(n)d people of your team have something overdue",
            count,
        )
    else:
        subject = ngettext("Training: %(n)d thing to do", "Training: %(n)d things to do", count)
    page = "training:team_training" if is_manager else "training:learning"
    context = {
        "recipient": user,
        "parts": parts,
        "is_manager": is_manager,
        "url": address(reverse(page)),
        "choice_url": address(reverse("training:reminder_choice")),
        "site": settings.WAGTAIL_SITE_NAME,
    }
    mail = EmailMultiAlternatives(
        subject % {"n": count},
        render_to_string("training/mail/reminder.txt", context),
        to=[user.email],
        headers={"Auto-Submitted": "auto-generated"},
    )
    mail.attach_alternative(render_to_string("training/mail/reminder.html", context), "text/html")
    return mail


def _assignment_line(assignment: ModuleAssignment) -> Line:
    due = _("due %(day)s") % {"day": _day(assignment.due_on)}
    url = assignment.module.url
    return Line(assignment.module.title, due, address(url) if url else "")


def _signature_line(asked: Acknowledgement) -> Line:
    until = _("until %(day)s") % {"day": _day(asked.due_on)}
    url = asked.page.url
    return Line(asked.page.title, until, address(url) if url else "")


def _sessions_tomorrow(user: User, *, on: dt.date) -> list[Line]:
    tomorrow = on + dt.timedelta(days=1)
    begin = timezone.make_aware(dt.datetime.combine(tomorrow, dt.time.min))
    end = timezone.make_aware(dt.datetime.combine(tomorrow + dt.timedelta(days=1), dt.time.min))
    seats = Enrolment.objects.seated().filter(
        user=user,
        session__cancelled_at__isnull=True,
        session__starts_at__gte=begin,
        session__starts_at__lt=end,
    )
    return [
        Line(
            each.session.workshop.title,
            _("%(time)s, %(place)s")
            % {
                "time": timezone.localtime(each.session.starts_at).strftime("%H:%M"),
                "place": each.session.place or each.session.link,
            },
            address(reverse("training:session_detail", args=[each.session_id])),
        )
        for each in seats.select_related("session__workshop").order_by("session__starts_at")
    ]


def _expiring(user: User, *, on: dt.date) -> list[Line]:
    """Those with so few days left that it is time to say so, and nothing newer for the same thing."""
    mine = Certificate.objects.filter(user=user)
    newest = {(each.module_id, each.path_id): each for each in mine.order_by("round")}
    soon = [
        each
        for each in newest.values()
        if each.revoked_at is None
        and each.valid_until is not None
        and (each.valid_until - on).days in EXPIRY_DAYS
    ]
    page = address(reverse("training:certificate_list"))
    return [
        Line(each.title, _("good until %(day)s") % {"day": _day(each.valid_until)}, page)
        for each in sorted(soon, key=lambda each: (each.valid_until, each.pk))
    ]


def _refresher_line(count: int) -> Line:
    words = ngettext("%(n)d card is due", "%(n)d cards are due", count) % {"n": count}
    return Line(words, "", address(reverse("training:refreshers")))


def _day(day: dt.date | None) -> str:
    return date_format(day, "DATE_FORMAT") if day else ""
