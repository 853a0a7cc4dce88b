"""Rollups kept by each change of a grade equal rollups made from scratch, whatever is done."""

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
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
    start_scorecard,
    stop_holding_feedback,
    submit_scorecard,
    undo_submission,
)
from scorecards.models import Criterion, Rollup
from scorecards.rollups import rebuild_rollups
from tests.factories.interactions import InteractionFactory
from tests.factories.people import UserFactory
from tests.factories.scorecards import ReviewAssignmentFactory, RubricVersionFactory

GRADINGS = st.lists(
    st.tuples(
        st.integers(0, 1),  # agent
        st.integers(0, 1),  # reviewer
        st.sampled_from(Channel.values),
        st.integers(1, 3),  # month
        st.sampled_from([None, 0.05, 0.5, 1.0]),  # inclusion probability
        st.tuples(  # levels; the third may be not applicable
            st.integers(0, 2),
            st.integers(0, 2),
            st.sampled_from([None, 0, 1, 2]),
            st.integers(0, 1),
        ),
        # What comes after: taken back, changed (once or twice), held, held and released, disputed.
        st.sampled_from(
            ["", "undo", "override", "override twice", "hold", "release", "held change", "dispute"]
        ),
    ),
    max_size=5,
)


class RollupProperty(TestCase):
    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(GRADINGS)
    def test_rebuild_rollups_equals_what_was_kept(self, gradings):
        version = RubricVersionFactory()
        criteria = list(
            Criterion.objects.filter(section__version=version)
            .prefetch_related("levels")
            .order_by("section__position", "position")
        )
        agents = [UserFactory(roles=[Role.AGENT]) for _number in range(2)]
        reviewers = [UserFactory(roles=[Role.REVIEWER]) for _number in range(2)]
        self.administrator = UserFactory(roles=[Role.ADMINISTRATOR])
        for agent, reviewer, channel, month, probability, levels, sequel in gradings:
            assignment = ReviewAssignmentFactory(
                interaction=InteractionFactory(
                    agent=agents[agent],
                    channel=channel,
                    started_at=dt.datetime(2026, month, 15, tzinfo=dt.UTC),
                    ended_at=None,
                ),
                reviewer=reviewers[reviewer],
                rubric=version.rubric,
                inclusion_probability=probability,
            )
            scorecard = start_scorecard(assignment, by=reviewers[reviewer])
            grades = {
                criterion: Grade(is_not_applicable=True)
                if level is None
                else Grade(level=list(criterion.levels.all())[level].pk)
                for criterion, level in zip(criteria, levels, strict=True)
            }
            record_grades(scorecard, grades, by=reviewers[reviewer])
            if sequel in {"hold", "release", "held change"}:
                hold_feedback(agents[agent], by=self.administrator)
            submitted = submit_scorecard(scorecard, by=reviewers[reviewer])
            stop_holding_feedback(agents[agent], by=self.administrator)
            self.go_on(submitted, sequel, criteria)

        kept = self.cells()
        rebuild_rollups()
        again = self.cells()

        assert kept.keys() == again.keys()
        for key, sums in kept.items():
            assert again[key] == pytest.approx(sums), key

    def go_on(self, scorecard, sequel, criteria):
        administrator = self.administrator
        if sequel == "undo":
            undo_submission(scorecard, by=scorecard.reviewer)
        if sequel in {"override", "override twice", "held change"}:
            scorecard = self.override(scorecard, criteria[0])
        if sequel == "override twice":
            self.override(scorecard, criteria[1])
        if sequel in {"release", "held change"}:
            release_scorecards([scorecard], by=administrator)
        if sequel == "dispute":
            other = self.other_level(scorecard, criteria[0])
            proposal = Grade(level=other, comment="Because.")
            dispute = file_dispute(scorecard, {criteria[0]: proposal}, by=scorecard.agent)
            decide_dispute(dispute, {criteria[0].pk: other}, explanation="True.", by=administrator)

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
