"""What the rubric says still holds when a grade is changed."""

import pytest
from django.db import connection

from scorecards.actions import (
    CommentsMissing,
    Grade,
    decide_dispute,
    file_dispute,
    override_scorecard,
    record_grades,
    submit_scorecard,
)
from scorecards.freezing import thawed
from scorecards.models import Criterion, Level, Scorecard


@pytest.fixture
def strict(version):
    """The lowest level of tone and greeting asks for a comment."""
    with thawed(connection):
        levels = Level.objects.filter(criterion__section__version=version, position=0)
        levels.filter(criterion__key__in=["tone", "greeting"]).update(requires_comment=True)
    rows = Criterion.objects.filter(section__version=version).prefetch_related("levels")
    return {row.key: row for row in rows}


def lowest(criterion, comment=""):
    return {criterion: Grade(level=criterion.levels.all()[0].pk, comment=comment)}


@pytest.fixture
def low(strict, draft, best, reviewer):
    """Submitted with the lowest tone, commented on."""
    grades = {**best(), **lowest(strict["tone"], "Curt.")}
    record_grades(draft, grades, by=reviewer)
    return submit_scorecard(draft, by=reviewer)


def test_an_override_gives_the_comment_that_its_level_asks_for(strict, low, administrator):
    with pytest.raises(CommentsMissing) as refusal:
        override_scorecard(low, lowest(strict["greeting"]), reason="Heard it.", by=administrator)

    assert refusal.value.criteria == [strict["greeting"]]
    assert Scorecard.objects.get() == low
    low.refresh_from_db()
    assert low.is_current

    done = override_scorecard(
        low, lowest(strict["greeting"], "No name."), reason="Heard it.", by=administrator
    )
    assert done.percent == 50


def test_an_override_does_not_take_away_the_comment_that_a_level_asks_for(
    strict, low, administrator
):
    with pytest.raises(CommentsMissing):
        override_scorecard(low, lowest(strict["tone"], " "), reason="Shorter.", by=administrator)


def test_an_override_is_not_asked_about_what_it_leaves_alone(strict, low, best, administrator):
    """The rubric's levels say so today; a grade from before the rule may be without a comment."""
    low.criterion_scores.update(comment="")

    done = override_scorecard(
        low, {strict["facts"]: best(facts=0)[strict["facts"]]}, reason="Wrong.", by=administrator
    )

    assert done.is_current


def test_a_decision_is_the_comment_where_the_level_asks_for_one(
    strict, draft, best, agent, reviewer, administrator
):
    middle = strict["tone"].levels.all()[1].pk
    record_grades(draft, {**best(), strict["tone"]: Grade(level=middle)}, by=reviewer)
    submitted = submit_scorecard(draft, by=reviewer)
    top = strict["tone"].levels.all()[2].pk
    dispute = file_dispute(
        submitted, {strict["tone"]: Grade(level=top, comment="I was kind.")}, by=agent
    )

    decided = decide_dispute(
        dispute,
        {strict["tone"].pk: strict["tone"].levels.all()[0].pk},
        explanation="It was worse.",
        by=administrator,
    )

    score = decided.result.criterion_scores.get(criterion=strict["tone"])
    assert (score.level.position, score.comment) == (0, "It was worse.")


@pytest.fixture
def counted(version, draft, best, criteria, reviewer):
    """Submitted with a count of 3 for the tone, which is its middle level."""
    with thawed(connection):
        Criterion.objects.filter(pk=criteria["tone"].pk).update(scale=Criterion.Scale.COUNT)
        for position, (first, last) in enumerate([(0, 1), (2, 4), (5, None)]):
            Level.objects.filter(criterion=criteria["tone"], position=position).update(
                count_from=first, count_to=last
            )
    tone = Criterion.objects.prefetch_related("levels").get(pk=criteria["tone"].pk)
    grades = best()
    del grades[criteria["tone"]]
    record_grades(draft, {**grades, tone: Grade(count=3)}, by=reviewer)
    return submit_scorecard(draft, by=reviewer)


@pytest.mark.parametrize(
    ("key", "position", "count"),
    [
        pytest.param("tone", 1, 3, id="another comment at the same level keeps the count"),
        pytest.param("tone", 0, None, id="another level has no count of its own"),
        pytest.param("greeting", 0, 3, id="another criterion leaves it alone"),
    ],
)
def test_an_override_keeps_a_count_as_long_as_its_level(
    counted, criteria, administrator, key, position, count
):
    level = criteria[key].levels.all()[position].pk

    done = override_scorecard(
        counted,
        {criteria[key]: Grade(level=level, comment="Counted again.")},
        reason="Heard it again.",
        by=administrator,
    )

    assert done.criterion_scores.get(criterion=criteria["tone"]).count == count
