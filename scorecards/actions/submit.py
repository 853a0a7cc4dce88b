import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from people.audit import record
from people.models import User
from scorecards.actions.refusals import AlreadySubmitted, Incomplete, NotAllowed
from scorecards.loading import load_version, result_of, spec_of
from scorecards.models import Criterion, ReviewAssignment, RubricVersion, Scorecard
from scorecards.permissions import can_edit
from scorecards.rollups import add_to_rollups
from scorecards.scoring import rounded

SKILL_PLACES = 2


def submit_scorecard(
    scorecard: Scorecard,
    *,
    by: User,
    summary: str = "",
    at: dt.datetime | None = None,
    version: RubricVersion | None = None,
) -> Scorecard:
    """Hand a draft in: its result is stored, its rollups are added to and its assignment is done,
    all in one transaction. Returns the scorecard as it is now.

    `version` saves the four queries of loading the rubric where the caller has it `with_structure`.
    Raises `NotAllowed`, `AlreadySubmitted` (also for the second of two at once) and `Incomplete`; then
    nothing was written.
    """
    now = at or timezone.now()
    version = version or load_version(scorecard.version_id)
    spec = spec_of(version)
    with transaction.atomic():
        locked = (
            Scorecard.objects.select_for_update(no_key=True, of=("self",))
            .select_related("assignment", "interaction__agent")
            .get(pk=scorecard.pk)
        )
        if not can_edit(by, locked):
            raise NotAllowed(_("Only its reviewer submits a scorecard."))
        if locked.is_submitted:
            raise AlreadySubmitted
        result = result_of(locked, spec)
        if not result.is_complete:
            raise Incomplete(_in_order(version, set(result.unanswered)))
        # An import may have matched the agent only after grading began.
        locked.agent = locked.interaction.agent
        if locked.agent_id == by.pk:
            raise NotAllowed(_("This turned out to be your own conversation; nobody grades those."))
        locked.state = Scorecard.State.SUBMITTED
        locked.submitted_at = now
        locked.summary = summary
        locked.percent = result.percent
        locked.outcome = str(result.outcome)
        locked.section_percents = {
            str(section): None if percent is None else str(percent)
            for section, percent in result.section_percents.items()
        }
        locked.skill_percents = {
            str(skill): str(rounded(percent, SKILL_PLACES))
            for skill, percent in result.skill_percents.items()
        }
        locked.save(
            update_fields=[
                "agent",
                "state",
                "submitted_at",
                "summary",
                "percent",
                "outcome",
                "section_percents",
                "skill_percents",
            ]
        )
        ReviewAssignment.objects.filter(pk=locked.assignment_id).update(
            state=ReviewAssignment.State.DONE
        )
        add_to_rollups(locked, result)
        record(
            "submit_scorecard",
            by=by,
            of=locked,
            before={"state": Scorecard.State.DRAFT},
            after={
                "state": locked.state,
                "agent": locked.agent_id,
                "percent": None if locked.percent is None else str(locked.percent),
                "outcome": locked.outcome,
            },
            at=now,
        )
    return locked


def _in_order(version: RubricVersion, ids: set[int]) -> list[Criterion]:
    return [
        criterion
        for section in version.sections.all()
        for criterion in section.criteria.all()
        if criterion.pk in ids
    ]
