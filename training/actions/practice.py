"""Role plays are begun, played turn by turn, and graded; samples are graded and compared."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from content.models import PracticePage, SamplePage
from content.scenarios import problems, to_json
from people.models import User
from scorecards.actions import NotAllowed as NotGradable
from scorecards.actions import Refused
from scorecards.actions.practice import start_practice
from scorecards.calibration import compare_with_key
from scorecards.grading import load_sheet
from scorecards.loading import load_version
from scorecards.models import ExpertKey, ReviewAssignment, RubricVersion, Scorecard
from training.actions.completion import complete, finish_module_when_done
from training.actions.locks import refuse_locked
from training.actions.refusals import AlreadyHandedIn, NotAllowed, NotPublished
from training.actions.statements import (
    tell_role_play_finished,
    tell_role_play_started,
    tell_sample_graded,
    tell_sample_started,
)
from training.actions.turns import wait_for_ones_turn
from training.assessment import Assessment, Said, assess
from training.models import PracticeRun, PracticeSetup, SampleGrading, SampleSetup
from training.role_play import LONGEST, Position, position


class PlayedElsewhere(NotAllowed):
    """Another window has played on since; what was entered here was not taken."""


class NotAssessed(NotAllowed):
    """Some criteria that the trainee grades have no answer, or lack a comment."""

    def __init__(self, assessment: Assessment) -> None:
        super().__init__(_("Not finished yet: some criteria still need your answer."))
        self.assessment = assessment


def start_role_play(
    user: User, page: PracticePage, *, at: dt.datetime | None = None
) -> PracticeRun:
    """Return the open run, or begin one with the scenario and the published rubric version of now."""
    at = at or timezone.now()
    run = PracticeRun.objects.open().filter(user=user, page=page).first()
    if run is not None:
        return run
    if not page.live:
        raise NotPublished(
            _("This role play is not published at the moment, so it cannot be taken right now.")
        )
    refuse_locked(user, page, at=at)
    if problems(page.played):
        raise NotAllowed(_("This role play has gaps, so it cannot be played. Tell its editor."))
    setup = PracticeSetup.objects.filter(page=page).first()
    version = None
    if setup is not None:
        version = RubricVersion.objects.published().filter(rubric=setup.rubric_id).first()
    with transaction.atomic():
        # Two clicks at once meet in the constraint "one open run", and get the same one.
        run, created = PracticeRun.objects.get_or_create(
            user=user,
            page=page,
            finished_at=None,
            defaults={
                "revision_id": page.live_revision_id,
                "version": version,
                "channel": page.channel,
                "customer_name": page.customer_name,
                "scenario": to_json(page.played),
                "started_at": at,
            },
        )
        if created:
            tell_role_play_started(run)
    return run


def write_answer(run: PracticeRun, text: str, *, turn: int, by: User) -> PracticeRun:
    """Keep the answer written in the present scene. `turn` is how many events the window had seen.

    Raises `PlayedElsewhere` when another window was faster.
    """
    if not text.strip():
        raise NotAllowed(_("Write your answer first."))
    with transaction.atomic():
        locked, place = _locked(run, turn=turn, by=by)
        if place.scene is None or not place.is_writing:
            raise NotAllowed(_("There is nothing to write here."))
        locked.events.append({"scene": place.scene.key, "wrote": text.strip()})
        locked.save(update_fields=["events"])
    return locked


def choose(
    run: PracticeRun,
    choice: int | None,
    *,
    turn: int,
    by: User,
    ticked: Iterable[int] = (),
    at: dt.datetime | None = None,
) -> PracticeRun:
    """Go on by a choice of the present scene. A run without a rubric is finished when it comes to an
    end; one with a rubric is then assessed."""
    at = at or timezone.now()
    with transaction.atomic():
        locked, place = _locked(run, turn=turn, by=by)
        if place.scene is None or place.is_writing:
            raise NotAllowed(_("There is nothing to choose here."))
        ways = place.scene.ways
        if len(ways) == 1 and choice is None:
            choice = 0
        if choice is None or not 0 <= choice < len(ways):
            raise NotAllowed(_("Choose one of the answers first."))
        if len(locked.events) >= LONGEST:
            raise NotAllowed(_("This goes round in circles. Begin the role play anew."))
        items = range(len(place.scene.checklist))
        locked.events.append(
            {
                "scene": place.scene.key,
                "choice": choice,
                "ticked": sorted({item for item in ticked if item in items}),
            }
        )
        locked.save(update_fields=["events"])
        after = position(locked.played, locked.events)
        if after.end is not None and locked.version_id is None:
            _finish(locked, after, None, at=at)
        elif after.end is not None and not _left_to_say(locked, after):
            _finish(locked, after, assessment_of(locked, after, {}), at=at)
    return locked


def begin_role_play_anew(
    run: PracticeRun, page: PracticePage, *, by: User, at: dt.datetime | None = None
) -> PracticeRun:
    """Throw the open run away and begin another, or neither of the two where none may begin."""
    _must_be_ones_own(run, by)
    with transaction.atomic():
        PracticeRun.objects.open().filter(pk=run.pk).delete()
        return start_role_play(by, page, at=at)


def finish_role_play(
    run: PracticeRun, said: Mapping[int, Said], *, by: User, at: dt.datetime | None = None
) -> PracticeRun:
    """Store what the trainee says about the criteria left open, and what all comes to.

    Raises `NotAssessed` while something that counts has no answer, `AlreadyHandedIn` for a finished run.
    """
    at = at or timezone.now()
    with transaction.atomic():
        locked, place = _locked(run, turn=None, by=by)
        if place.end is None or locked.version_id is None:
            raise NotAllowed(_("Play it to its end first."))
        assessment = assessment_of(locked, place, said)
        if assessment.missing or assessment.uncommented:
            raise NotAssessed(assessment)
        locked.grades = {str(pk): each.to_json() for pk, each in said.items()}
        _finish(locked, place, assessment, at=at)
    return locked


def save_assessment(run: PracticeRun, said: Mapping[int, Said], *, by: User) -> None:
    """Keep what the trainee has said about the criteria so far, to go on later."""
    with transaction.atomic():
        locked, _place = _locked(run, turn=None, by=by)
        locked.grades = {str(pk): each.to_json() for pk, each in said.items()}
        locked.save(update_fields=["grades"])


def assessment_of(run: PracticeRun, place: Position, said: Mapping[int, Said]) -> Assessment:
    """By the rubric version of the start. Four queries."""
    if run.version_id is None:
        raise ValueError("This run has no rubric.")
    return assess(run, load_version(run.version_id), place.moves, said)


def said_in(run: PracticeRun) -> dict[int, Said]:
    return {int(pk): Said.from_json(stored) for pk, stored in run.grades.items()}


def _left_to_say(run: PracticeRun, place: Position) -> bool:
    return bool(assessment_of(run, place, {}).missing)


def _finish(
    run: PracticeRun, place: Position, assessment: Assessment | None, *, at: dt.datetime
) -> None:
    if place.end is None:
        raise NotAllowed(_("Play it to its end first."))
    run.finished_at, run.ended_well = at, place.end.is_good
    run.passed = run.ended_well
    if assessment is not None:
        result = assessment.result
        run.percent, run.outcome = result.percent, result.outcome or ""
        run.section_percents = {
            str(pk): None if each is None else str(each)
            for pk, each in result.section_percents.items()
        }
        run.passed = run.outcome == PracticeRun.Outcome.PASS
    run.save()
    if run.passed or run.page.rule == PracticePage.Rule.PLAYED:
        wait_for_ones_turn(run.user)
        complete(run.user, run.page, at=at, revision_id=run.revision_id)
        finish_module_when_done(run.user, run.page.get_parent(), at=at)
    tell_role_play_finished(run)


def _locked(run: PracticeRun, *, turn: int | None, by: User) -> tuple[PracticeRun, Position]:
    _must_be_ones_own(run, by)
    rows = PracticeRun.objects.select_for_update(no_key=True, of=("self",))
    locked = rows.select_related("page", "user").filter(pk=run.pk).first()
    if locked is None:
        raise PlayedElsewhere(_("This role play was begun anew in another window."))
    if locked.is_finished:
        raise AlreadyHandedIn(_("This role play is finished; begin it anew to play again."))
    if turn is not None and turn != len(locked.events):
        raise PlayedElsewhere(
            _("You played on in another window, so this was not taken. Go on from where it stands.")
        )
    return locked, position(locked.played, locked.events)


def _must_be_ones_own(run: PracticeRun, by: User) -> None:
    if run.user_id != by.pk:
        raise NotAllowed(_("Only the person who plays it can answer."))


# Samples -----------------------------------------------------------------------------------------


def start_sample(user: User, page: SamplePage, *, at: dt.datetime | None = None) -> SampleGrading:
    """Return the open grading, or give out the sample that this person has graded least often.

    Raises `NotAllowed` where there is none for them.
    """
    at = at or timezone.now()
    grading = SampleGrading.objects.open().filter(user=user, page=page).first()
    if grading is not None:
        return grading
    if not page.live:
        raise NotPublished(
            _("This exercise is not published at the moment, so it cannot be taken right now.")
        )
    refuse_locked(user, page, at=at)
    with transaction.atomic():
        wait_for_ones_turn(user)
        grading = SampleGrading.objects.open().filter(user=user, page=page).first()
        if grading is not None:
            return grading
        key = _next_key(user, page)
        if key is None:
            raise NotAllowed(
                _("There is no sample for you to grade here at the moment. Tell your manager.")
            )
        try:
            scorecard = start_practice(key, by=user, at=at)
        except (NotGradable, Refused) as refusal:
            raise NotAllowed(str(refusal)) from refusal
        grading = SampleGrading.objects.create(
            user=user,
            page=page,
            revision_id=page.live_revision_id,
            assignment_id=scorecard.assignment_id,
            started_at=at,
        )
        tell_sample_started(grading)
    return grading


def _next_key(user: User, page: SamplePage) -> ExpertKey | None:
    """Of the samples that are not about or by this person, the one they graded least often."""
    setup = SampleSetup.objects.filter(page=page).first()
    if setup is None:
        return None
    taken: dict[int, int] = {}
    own = SampleGrading.objects.filter(user=user, page=page)
    for pk in own.values_list("assignment__practice_pick__key", flat=True):
        taken[pk] = taken.get(pk, 0) + 1
    # Nobody practises on what they are to grade in earnest.
    waiting = ReviewAssignment.objects.filter(
        reviewer=user, state=ReviewAssignment.State.OPEN
    ).values("interaction")
    keys: Sequence[ExpertKey] = [
        key
        for key in setup.keys.select_related("interaction__transcript", "version")
        .exclude(interaction__agent=user)
        .exclude(interaction__in=waiting)
        .exclude(written_by=user)
        .order_by("pk")
        if key.interaction.turns
    ]
    return min(keys, key=lambda key: (taken.get(key.pk, 0), key.pk), default=None)


def compare_sample(scorecard: Scorecard, *, at: dt.datetime | None = None) -> SampleGrading | None:
    """Hold a practice scorecard against its key, when it is handed in; the step is done if they are
    alike enough. None for a practice that belongs to no exercise."""
    at = at or timezone.now()
    rows = SampleGrading.objects.select_related("page", "user", "assignment__practice_pick__key")
    grading = rows.filter(assignment=scorecard.assignment_id, submitted_at=None).first()
    if grading is None:
        return None
    sheet = load_sheet(scorecard.pk, user=grading.user)
    result = compare_with_key(
        sheet.scorecard, grading.assignment.practice_pick.key, sheet.criteria()
    )
    grading.submitted_at = at
    grading.compared_count, grading.same_count = len(result.compared), result.same_count
    grading.furthest = max((abs(row.difference or 0) for row in result.compared), default=0)
    grading.passed = grading.page.is_met(
        same=grading.same_count, compared=grading.compared_count, furthest=grading.furthest
    )
    grading.save()
    if grading.passed:
        wait_for_ones_turn(grading.user)
        complete(grading.user, grading.page, at=at, revision_id=grading.revision_id)
        finish_module_when_done(grading.user, grading.page.get_parent(), at=at)
    tell_sample_graded(grading)
    return grading
