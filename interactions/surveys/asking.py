"""Whom to ask: the contacts that the rules choose get an invitation each, and no more than one."""

import datetime as dt
from collections.abc import Iterator, Sequence

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from interactions.models import (
    Interaction,
    SurveyAnswer,
    SurveyInvitation,
    SurveyRefusal,
    SurveyRule,
    SurveyVersion,
    digest_of,
)
from interactions.models.invitations import with_end
from interactions.surveys.wording import version_of

AT_ONCE = 500
State = SurveyInvitation.State
Candidate = tuple[int, str]


def invite_customers(*, at: dt.datetime | None = None) -> int:
    """Make the invitations that are due by the rules in force; return how many. Sends nothing.

    Asked is whose address is known, who has not answered yet, does not refuse, and was not asked within
    the quiet period. Two runs at once ask nobody twice.
    """
    at = at or timezone.now()
    made = 0
    earlier = Q(pk__in=[])
    for rule in SurveyRule.objects.in_force().select_related("survey"):
        version = version_of(rule.survey, at=at)
        for portion in _candidates(rule, earlier, at=at):
            made += _invite(portion, rule, version, at=at)
        earlier |= rule.fits()
    return made


def _candidates(rule: SurveyRule, earlier: Q, *, at: dt.datetime) -> Iterator[list[Candidate]]:
    """(interaction, address) of those whom chance picked, in portions."""
    asked = SurveyInvitation.objects.filter(interaction=OuterRef("pk"))
    answered = SurveyAnswer.objects.filter(interaction=OuterRef("pk"))
    rows = (
        with_end(Interaction.objects.exclude(customer=None))
        .filter(rule.fits(), rule.ripe(at=at))
        .exclude(customer__email="")
        .exclude(earlier)
        .exclude(Exists(asked))
        .exclude(Exists(answered))
        .order_by("pk")
        .values_list("pk", "customer__email")
    )
    last = 0
    while portion := list(rows.filter(pk__gt=last)[:AT_ONCE]):
        last = portion[-1][0]
        yield [(pk, address) for pk, address in portion if rule.draws(pk)]


@transaction.atomic
def _invite(
    portion: Sequence[Candidate], rule: SurveyRule, version: SurveyVersion, *, at: dt.datetime
) -> int:
    # Whoever invites holds all rules meanwhile, or two runs could ask one address about two contacts.
    list(SurveyRule.objects.select_for_update().order_by("pk").values_list("pk"))
    digests = {pk: digest_of(address) for pk, address in portion}
    lately = at - dt.timedelta(days=rule.quiet_days)
    unasked = Q(state__in=[State.FAILED, State.CANCELLED])
    resting = {
        *SurveyRefusal.objects.filter(pk__in=digests.values()).values_list("pk", flat=True),
        *SurveyInvitation.objects.filter(address_digest__in=digests.values(), created_at__gt=lately)
        .exclude(unasked)
        .values_list("address_digest", flat=True),
    }
    taken = set(
        SurveyInvitation.objects.filter(interaction__in=digests).values_list(
            "interaction", flat=True
        )
    )
    new = []
    for pk, digest in digests.items():
        if digest in resting or pk in taken:
            continue
        resting.add(digest)
        new.append(
            SurveyInvitation(
                interaction_id=pk,
                rule=rule,
                version=version,
                address_digest=digest,
                next_try_at=at,
                created_at=at,
                expires_at=at + dt.timedelta(days=rule.valid_days),
            )
        )
    SurveyInvitation.objects.bulk_create(new)
    return len(new)
