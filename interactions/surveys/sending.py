"""The mails that ask, sent by the worker: at most one about each contact.

A mail is marked as being sent before it is handed over. Where the sender dies in between, nobody knows
whether the mail went out, so it is not sent again; a mail server that refuses for now is tried again.
"""

import datetime as dt
import smtplib
from dataclasses import dataclass

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import F
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from interactions.models import SurveyInvitation, SurveyRefusal, digest_of
from interactions.surveys.links import address_of
from interactions.surveys.wording import mail_text, page_context
from people.audit import record
from people.models import User

FIRST_PAUSE, LONGEST_PAUSE = dt.timedelta(minutes=5), dt.timedelta(hours=8)
MOST_TRIES = 8  # about a day and a half
ABANDONED_AFTER = dt.timedelta(hours=1)
BATCH = 200
State = SurveyInvitation.State


class NotAllowed(Exception):
    """The change is not possible as things stand; the message is for the person who asked."""


@dataclass
class Sent:
    """What one round came to."""

    sent: int = 0
    put_off: int = 0
    failed: int = 0
    cancelled: int = 0


def send_waiting(*, at: dt.datetime | None = None, limit: int = BATCH) -> Sent:
    """Send what is due, the oldest first. Two at once never send the same mail."""
    begun, done = at or timezone.now(), Sent()
    _give_up_abandoned(at=begun)
    due = SurveyInvitation.objects.due(at=begun).order_by("next_try_at", "pk")
    for pk in list(due.values_list("pk", flat=True)[:limit]):
        now = at or timezone.now()
        taken = (
            SurveyInvitation.objects.due(at=now)
            .filter(pk=pk)
            .update(state=State.SENDING, tries=F("tries") + 1, next_try_at=now + ABANDONED_AFTER)
        )
        if taken:
            _send(SurveyInvitation.objects.with_words().get(pk=pk), done, at=now)
    return done


def next_due() -> dt.datetime | None:
    """When there will be something to send."""
    waiting = SurveyInvitation.objects.filter(state=State.WAITING)
    return waiting.order_by("next_try_at").values_list("next_try_at", flat=True).first()


@transaction.atomic
def try_again(invitation: SurveyInvitation, *, by: User, at: dt.datetime | None = None) -> None:
    """Let a mail that failed be sent once more. One that may have gone out already is not."""
    at = at or timezone.now()
    row = SurveyInvitation.objects.select_for_update().get(pk=invitation.pk)
    if row.state != State.FAILED:
        raise NotAllowed(_("Only what failed can be tried again."))
    if row.sent_at is not None:
        raise NotAllowed(_("This mail may have arrived already; nobody is asked twice."))
    before = {"state": row.state, "reason": row.reason}
    row.state, row.tries, row.reason, row.next_try_at = State.WAITING, 0, "", at
    row.save(update_fields=["state", "tries", "reason", "next_try_at"])
    record("retry_survey", by=by, of=row, before=before, after={"state": row.state}, at=at)


def mail_for(invitation: SurveyInvitation, address: str) -> EmailMultiAlternatives:
    """In the survey's words; the links know no name and no address."""
    wording = invitation.version.wording
    stop = address_of(invitation, "stop")
    when = timezone.localtime(invitation.interaction.occurred_at).date()
    context = page_context(
        wording,
        url=address_of(invitation),
        stop_url=stop,
        mail_text=mail_text(wording, when),
        site=settings.WAGTAIL_SITE_NAME,
    )
    mail = EmailMultiAlternatives(
        " ".join(str(wording["mail_subject"]).split()),
        render_to_string("interactions/surveys/mail.txt", context),
        to=[address],
        headers={
            "Auto-Submitted": "auto-generated",
            "List-Unsubscribe": f"<{stop}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )
    mail.attach_alternative(
        render_to_string("interactions/surveys/mail.html", context), "text/html"
    )
    return mail


def _send(row: SurveyInvitation, done: Sent, *, at: dt.datetime) -> None:
    customer = row.interaction.customer
    address = customer.email.strip() if customer else ""
    if not address:
        return _finish(row, State.FAILED, _("The customer has no e-mail address any more."), done)
    # The address may have changed since, and a refusal counts for each.
    digest = digest_of(address)
    if SurveyRefusal.objects.filter(pk__in=[digest, row.address_digest]).exists():
        return _finish(row, State.CANCELLED, _("The customer does not want to be asked."), done)
    if row.interaction.survey_answers.exists():
        return _finish(row, State.CANCELLED, _("The customer had answered already."), done)
    if not row.version.survey.is_active:
        return _finish(row, State.CANCELLED, _("The survey was switched off."), done)
    row.address_digest = digest
    # The link works as long after the mail as after its making.
    row.expires_at = at + (row.expires_at - row.created_at)
    SurveyInvitation.objects.filter(pk=row.pk).update(
        address_digest=digest, expires_at=row.expires_at
    )
    try:
        mail_for(row, address).send()
    except (OSError, ValueError, smtplib.SMTPException) as failure:
        return _put_off(row, failure, done, at=at)
    done.sent += 1
    # Whoever answers at once was faster than this line.
    rows = SurveyInvitation.objects.filter(pk=row.pk)
    rows.update(sent_at=at, reason="")
    rows.filter(state=State.SENDING).update(state=State.SENT)
    return None


def _put_off(row: SurveyInvitation, failure: Exception, done: Sent, *, at: dt.datetime) -> None:
    reason = f"{type(failure).__name__}: {_plain(failure)}"[:300]
    if row.tries >= MOST_TRIES or _is_final(failure):
        return _finish(row, State.FAILED, reason, done)
    done.put_off += 1
    pause = min(FIRST_PAUSE * 2 ** (row.tries - 1), LONGEST_PAUSE)
    SurveyInvitation.objects.filter(pk=row.pk, state=State.SENDING).update(
        state=State.WAITING, next_try_at=at + pause, reason=reason
    )
    return None


def _plain(failure: Exception) -> str:
    """What the server said, without the address it said it of: the log outlives the customer."""
    if isinstance(failure, smtplib.SMTPRecipientsRefused):
        codes = {f"{code} {_text(said)}" for code, said in failure.recipients.values()}
        return "; ".join(sorted(codes))
    if isinstance(failure, smtplib.SMTPResponseException):
        return f"{failure.smtp_code} {_text(failure.smtp_error)}"
    return str(failure)


def _text(said: str | bytes) -> str:
    words = said.decode(errors="replace") if isinstance(said, bytes) else said
    return " ".join(word for word in words.split() if "@" not in word)


def _is_final(failure: Exception) -> bool:
    """A server's 5xx says that trying again is of no use, as does an address that is none."""
    if isinstance(failure, ValueError):
        return True
    if isinstance(failure, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _said in failure.recipients.values())
    return isinstance(failure, smtplib.SMTPDataError) and failure.smtp_code >= 500


def _finish(row: SurveyInvitation, state: State, reason: str, done: Sent) -> None:
    done.failed += state == State.FAILED
    done.cancelled += state == State.CANCELLED
    SurveyInvitation.objects.filter(pk=row.pk, state=State.SENDING).update(
        state=state, reason=reason
    )


def _give_up_abandoned(*, at: dt.datetime) -> None:
    abandoned = SurveyInvitation.objects.filter(state=State.SENDING, next_try_at__lte=at)
    abandoned.update(
        state=State.FAILED,
        # Nobody knows; for "never twice" it counts as sent.
        sent_at=F("next_try_at"),
        reason=_(
            "The sender was ended while sending. The mail may have arrived, so it is not repeated."
        ),
    )
