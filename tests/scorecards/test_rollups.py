"""Rollups kept by each change of a grade equal rollups made from scratch, whatever is done."""

import datetime as dt

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from people.channels import Channel
from people.roles import Role
from scorecards.actions import (
    Grade,
    decide_dispute,
    file_dispute,
    hold_feedback,
    override_scorecard,
    record_grades,
    release_scorecards,
    request_regrade,
    start_review,
    start_scorecard,
    stop_holding_feedback,
    submit_scorecard,
    undo_submission,
    withdraw_dispute,
)
from scorecards.models import Criterion, ReviewAssignment, Rollup
from scorecards.rollups import rebuild_rollups
from tests.factories.interactions import InteractionFactory
from tests.factories.people import UserFactory
from tests.factories.scorecards import ReviewAssignmentFactory, RubricVersionFactory

# What comes after: taken back (and handed in again), changed once or twice, held, held and released,
# changed while held, disputed and upheld, changed, changed after a second grade, or withdrawn, and
# changed once more after that.
SEQUELS = [
    "",
    "undo",
    "undo, submit",
    "override",
    "override, override",
    "hold",
    "hold, undo, submit",
    "hold, override",
    "hold, release",
    "hold, override, release",
    "hold, release, override",
    "uphold",
    "dispute",
    "regrade, dispute",
    "withdraw",
    "override, dispute, override",
    "hold, release, dispute",
]

GRADINGS = st.lists(
    st.tuples(
        st.integers(0, 1),  # agent
        st.integers(0, 1),  # reviewer
        st.sampled_from(Channel.values),
        st.integers(1, 3),  # month
        st.sampled_from([None, 0.05, 0.5, 1.0]),  # inclusion probability; none: picked by hand
        st.sampled_from(["grade", "grade", "grade", *ReviewAssignment.Purpose.values]),
        st.tuples(  # levels; the third may be not applicable
            st.integers(0, 2),
            st.integers(0, 2),
            st.sampled_from([None, 0, 1, 2]),
            st.integers(0, 1),
        ),
        st.sampled_from(SEQUELS),
    ),
    max_size=5,
)

# Each sequel to a grade that counts, and each purpose, at least once.
EVERYTHING = [
    (
        number % 2,
        number // 2 % 2,
        Channel.CHAT,
        number % 3 + 1,
        0.5,
        purpose,
        (2, 1, None, 1),
        sequel,
    )
    for number, (purpose, sequel) in enumerate(
        [("grade", sequel) for sequel in SEQUELS]
        + [(purpose, "override") for purpose in ReviewAssignment.Purpose.values]
    )
]


class RollupProperty(TestCase):
    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(GRADINGS)
    @example(EVERYTHING)
    def test_rebuild_rollups_equals_what_was_kept(self, gradings):
        version = RubricVersionFactory()
        self.criteria = list(
            Criterion.objects.filter(section__version=version)
            .prefetch_related("levels")
            .order_by("section__position", "position")
        )
        agents = [UserFactory(roles=[Role.AGENT]) for _number in range(2)]
        reviewers = [UserFactory(roles=[Role.REVIEWER]) for _number in range(2)]
        self.administrator = UserFactory(roles=[Role.ADMINISTRATOR])
        # Who changed a grade does not decide a dispute about it.
        self.decider = UserFactory(roles=[Role.ADMINISTRATOR])
        self.spare = UserFactory(roles=[Role.REVIEWER])
        for agent, reviewer, channel, month, probability, purpose, levels, sequel in gradings:
            is_off_record = purpose in ReviewAssignment.OFF_RECORD
            is_counted = purpose == ReviewAssignment.Purpose.GRADE
            assignment = ReviewAssignmentFactory(
                interaction=InteractionFactory(
                    agent=agents[agent],
                    channel=channel,
                    started_at=dt.datetime(2026, month, 15, tzinfo=dt.UTC),
                    ended_at=None,
                ),
                reviewer=reviewers[reviewer],
                rubric=version.rubric,
                inclusion_probability=probability if is_counted else None,
            )
            scorecard = start_scorecard(assignment, by=reviewers[reviewer])
            ReviewAssignment.objects.filter(pk=assignment.pk).update(purpose=purpose)
            self.grade(scorecard, levels)
            steps = [] if is_off_record else [step for step in sequel.split(", ") if step]
            if "hold" in steps:
                hold_feedback(agents[agent], by=self.administrator)
            submitted = submit_scorecard(scorecard, by=reviewers[reviewer])
            for step in steps:
                submitted = self.go_on(submitted, step) or submitted
            stop_holding_feedback(agents[agent], by=self.administrator)

        kept = self.cells()
        rebuild_rollups()
        again = self.cells()

        assert kept.keys() == again.keys()
        for key, sums in kept.items():
            assert again[key] == pytest.approx(sums), key

    def grade(self, scorecard, levels):
        grades = {
            criterion: Grade(is_not_applicable=True)
            if level is None
            else Grade(level=list(criterion.levels.all())[level].pk)
            for criterion, level in zip(self.criteria, levels, strict=True)
        }
        record_grades(scorecard, grades, by=scorecard.reviewer)

    def go_on(self, scorecard, step):
        """One step of a sequel; returns the revision that counts after it, if it is another one."""
        first, administrator = self.criteria[0], self.administrator
        if step == "undo":
            return undo_submission(scorecard, by=scorecard.reviewer)
        if step == "submit":
            self.grade(scorecard, (0, 1, None, 1))
            return submit_scorecard(scorecard, by=scorecard.reviewer)
        if step == "override":
            return self.override(scorecard, first)
        if step == "release":
            return release_scorecards([scorecard], by=administrator)[0]
        if step in {"uphold", "dispute", "regrade", "withdraw"}:
            other = self.other_level(scorecard, first)
            dispute = scorecard.disputes.filter(state="open").first() or file_dispute(
                scorecard, {first: Grade(level=other, comment="Because.")}, by=scorecard.agent
            )
            if step == "withdraw":
                withdraw_dispute(dispute, by=scorecard.agent)
            elif step == "regrade":
                pick = request_regrade(dispute, reviewer=self.spare, by=administrator)
                second = start_review(pick, by=self.spare)
                self.grade(second, (0, 0, 0, 0))
                submit_scorecard(second, by=self.spare)
            else:
                level = other
                if step == "uphold":
                    level = scorecard.criterion_scores.get(criterion=first).level_id
                done = decide_dispute(
                    dispute, {first.pk: level}, explanation="True.", by=self.decider
                )
                return done.result
        return None

    def override(self, scorecard, criterion):
        grade = Grade(level=self.other_level(scorecard, criterion))
        return override_scorecard(
            scorecard, {criterion: grade}, reason="Because.", by=self.administrator
        )

    def other_level(self, scorecard, criterion):
        now = scorecard.criterion_scores.get(criterion=criterion).level_id
        return next(level.pk for level in criterion.levels.all() if level.pk != now)

    def cells(self):
        key = (
            "agent",
            "reviewer",
            "version",
            "channel",
            "month",
            "subject",
            "subject_id",
            "is_held",
        )
        sums = (
            "n",
            "sum_y",
            "sum_yy",
            "sum_w",
            "sum_wy",
            "sum_wyy",
            "sum_ww",
            "sum_wwy",
            "sum_wwyy",
        )
        return {
            tuple(row[name] for name in key): [row[name] for name in sums]
            for row in Rollup.objects.values(*key, *sums)
        }
