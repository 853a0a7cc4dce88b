"""Good work is recognised, and a recognition withdrawn by who gave it."""

import datetime as dt
from dataclasses import dataclass
from functools import partial

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from coaching.actions.refusals import NotAllowed
from coaching.models import Recognition
from coaching.models.recognition import recognisable_by
from people.audit import record
from people.models import User
from scorecards.models import Scorecard
from training.mail import address, tell


@dataclass(frozen=True, slots=True)
class Quoted:
    """Characters `start` to `end` of one message, and the words that stand there."""

    message_id: str
    start: int
    end: int
    quote: str


def recognise(
    scorecard: Scorecard,
    words: str,
    *,
    by: User,
    passage: Quoted | None = None,
    at: dt.datetime | None = None,
) -> Recognition:
    """Thank the agent of `scorecard` for it, or for one passage, and tell them.

    The same words about the same thing are said once. Raises `NotAllowed` for who may not, and while the
    agent cannot see the scorecard themself.
    """
    at, words = at or timezone.now(), words.strip()
    if not words:
        raise NotAllowed(_("Say what was good about it: that is what the agent will read."))
    with transaction.atomic():
        rows = Scorecard.objects.select_for_update(of=("self",)).select_related("agent")
        locked = rows.filter(pk__in=recognisable_by(by).values("pk"), pk=scorecard.pk).first()
        if locked is None or locked.agent is None:
            raise NotAllowed(
                _(
                    "Good work is recognised by the agent's manager and by who graded it, as soon as "
                    "the agent can see the grade."
                )
            )
        where = (
            {}
            if passage is None
            else {
                "message_id": passage.message_id,
                "start": passage.start,
                "end": passage.end,
                "quote": passage.quote,
            }
        )
        said = Recognition.objects.standing().filter(author=by, scorecard=locked, words=words)
        if there := said.filter(quote=where.get("quote", "")).first():
            return there
        recognition = Recognition.objects.create(
            agent=locked.agent, author=by, scorecard=locked, words=words, given_at=at, **where
        )
        record(
            "recognise_work",
            by=by,
            of=recognition,
            after={"scorecard": locked.pk, "agent": locked.agent_id},
            at=at,
        )
        agent = locked.agent
        transaction.on_commit(lambda: tell(agent, partial(_words, by, words)))
    return recognition


def withdraw(recognition: Recognition, *, by: User, at: dt.datetime | None = None) -> Recognition:
    """Take it back: only its author sees it from then on."""
    at = at or timezone.now()
    with transaction.atomic():
        locked = Recognition.objects.select_for_update().get(pk=recognition.pk)
        if locked.author_id != by.pk:
            raise NotAllowed(_("Only who wrote this takes it back."))
        if locked.is_withdrawn:
            return locked
        locked.withdrawn_at = at
        locked.save(update_fields=["withdrawn_at"])
        record("withdraw_recognition", by=by, of=locked, after={"withdrawn": True}, at=at)
    return locked


def _words(by: User, words: str) -> tuple[str, str]:
    return (
        _("%(by)s recognised your work") % {"by": by},
        _("%(by)s writes:\n\n%(words)s\n\n%(url)s\n")
        % {"by": by, "words": words, "url": address(reverse("coaching:recognition_list"))},
    )
