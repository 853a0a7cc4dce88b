"""A module is assigned by hand, for a grade."""

import datetime as dt

from django.db import transaction
from django.db.models import F, Max, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from coaching.actions.refusals import NotAllowed
from coaching.models import AssignedFor
from coaching.permissions import develops
from content.models import ModulePage
from people.audit import record
from people.models import User
from scorecards.models import Criterion, CriterionScore, Scorecard
from training.actions import assign_module
from training.models import ModuleAssignment


def score_seen_by(by: User, agent: User, pk: int) -> CriterionScore | None:
    """A grade of `agent` that they and `by` may both see; None for any other. One query."""
    return _scores_seen_by(by, agent).filter(pk=pk).first()


def newest_miss(by: User, agent: User, criterion_pk: int) -> CriterionScore | None:
    """The newest grade of `agent` in that criterion of a rubric, whichever its version, that is not the
    best there is and that they both may see. Two queries."""
    criterion = Criterion.objects.filter(pk=criterion_pk).select_related("section__version").first()
    if criterion is None:
        return None
    return (
        _scores_seen_by(by, agent)
        .filter(
            criterion__key=criterion.key,
            criterion__section__version__rubric=criterion.section.version.rubric_id,
        )
        .annotate(highest=Max("criterion__levels__points"))
        .filter(level__points__lt=F("highest"))
        .order_by("-scorecard__interaction__occurred_at", "-pk")
        .first()
    )


def _scores_seen_by(by: User, agent: User) -> QuerySet[CriterionScore]:
    cards = Scorecard.objects.visible_to(by).submitted().filter(agent=agent, is_held=False)
    return CriterionScore.objects.filter(scorecard__in=cards).select_related(
        "criterion", "scorecard__interaction"
    )


def assign_for(
    agent: User,
    module: ModulePage,
    *,
    by: User,
    due_on: dt.date,
    reason: str,
    score: CriterionScore | None = None,
    at: dt.datetime | None = None,
) -> ModuleAssignment:
    """Ask `agent` to take `module`, for the grade `score`. Raises what `training.actions.assign_module`
    does, and `NotAllowed` for who does not develop them or may not see that grade."""
    at = at or timezone.now()
    if not develops(by, agent):
        raise NotAllowed(_("Modules are assigned by those who develop this person."))
    if score is not None and score_seen_by(by, agent, score.pk) is None:
        raise NotAllowed(_("This grade is not one of those that you both may see."))
    with transaction.atomic():
        assignment = assign_module(agent, module, by=by, due_on=due_on, reason=reason, at=at)
        if score is not None:
            link, is_new = AssignedFor.objects.get_or_create(
                assignment=assignment, score=score, defaults={"linked_by": by, "linked_at": at}
            )
            if is_new:
                record(
                    "assign_module_for",
                    by=by,
                    of=link,
                    after={
                        "assignment": assignment.pk,
                        "agent": agent.pk,
                        "criterion": score.criterion_id,
                        "scorecard": score.scorecard_id,
                    },
                    at=at,
                )
    return assignment
