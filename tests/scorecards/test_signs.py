"""Two signs that rest on what others know: a low rating, and a procedure that was published anew."""

import datetime as dt

import pytest
from django.core.management import call_command
from django.urls import reverse
from wagtail.models import PageLogEntry

from interactions.models import SurveyAnswer
from scorecards.actions import draw_sample, preview_draw, repeat_draw
from scorecards.models import RubricVersion, SamplingPlan
from scorecards.population import Scope, load_frame, with_knowledge
from scorecards.sampling import Change, Design, Method, Quantity, Sign
from tests.factories.content import ProcedurePageFactory
from tests.factories.interactions import InteractionFactory, SurveyAnswerFactory
from tests.factories.sampling import SamplingPlanFactory
from tests.factories.scorecards import CriterionFactory, RubricFactory, SectionFactory

MONDAY, SUNDAY = dt.date(2026, 9, 14), dt.date(2026, 9, 20)
WEEK = {"starts_on": MONDAY, "ends_on": SUNDAY}
LATER = dt.datetime(2026, 9, 21, 8, tzinfo=dt.UTC)
CHANGED = dt.datetime(2026, 9, 10, 9, 30, tzinfo=dt.UTC)
WEIGHTS = {f"weight_{sign.value}": 0 for sign in Sign}


def contact(agent, at=dt.datetime(2026, 9, 15, 10, tzinfo=dt.UTC), **others):
    return InteractionFactory(agent=agent, started_at=at, ended_at=at, **others)


def plan_by(sign: Sign, **others) -> SamplingPlan:
    """A risk-based plan over half of everything in which only `sign` counts."""
    by_risk = {
        "quantity": Quantity.SHARE.value,
        "share_percent": 50,
        "method": Method.RISK.value,
        **WEIGHTS,
        f"weight_{sign.value}": 1,
    }
    return SamplingPlanFactory(**{**by_risk, **others})


def showing(sign: Sign, plan: SamplingPlan) -> list[int]:
    scope = Scope(MONDAY, SUNDAY)
    frame = load_frame(scope, with_knowledge(plan.design, scope, rubric=plan.rubric_id))
    return frame.ids[frame.signs[sign]].tolist()


def publish(page, at: dt.datetime) -> None:
    """As an editor did at that time, with other words."""
    page.purpose = f"As of {at}"
    page.save_revision().publish()
    entry = PageLogEntry.objects.filter(page=page, action="wagtail.publish").latest("pk")
    PageLogEntry.objects.filter(pk=entry.pk).update(timestamp=at)


def rubric_on(*pages, number: int = 1, rubric=None):
    """A rubric whose published version rests on `pages`."""
    version = RubricVersion.objects.create(rubric=rubric or RubricFactory(), number=number)
    section = SectionFactory(version=version)
    for page in pages:
        CriterionFactory(section=section, procedure=page)
    RubricVersion.objects.filter(rubric=version.rubric, state="published").update(state="retired")
    RubricVersion.objects.filter(pk=version.pk).update(state="published")
    return version.rubric


@pytest.fixture
def refunds(db):
    """The procedure for chats and calls, first published in January and changed on 10 September."""
    page = ProcedurePageFactory(title="Refunds", channels=["chat", "phone"])
    publish(page, dt.datetime(2026, 1, 5, tzinfo=dt.UTC))
    publish(page, CHANGED)
    return page


# A low rating -----------------------------------------------------------------------------------


def test_low_rating_is_any_low_answer_and_nothing_else(version, agent):
    low = [contact(agent) for _number in range(5)]
    for row, (kind, value) in zip(
        low, [("csat", 2), ("nps", 6), ("ces", 3), ("resolved", 0), ("csat", 1)], strict=True
    ):
        SurveyAnswerFactory(interaction=row, kind=kind, value=value)
    SurveyAnswerFactory(interaction=low[4], kind="nps", value=10)
    for kind, value in [("csat", 3), ("nps", 7), ("ces", 4), ("resolved", 1)]:
        SurveyAnswerFactory(interaction=contact(agent), kind=kind, value=value)
    SurveyAnswerFactory(interaction=contact(agent), kind="comment", value=None, text="Awful")
    contact(agent)

    assert showing(Sign.LOW_RATING, plan_by(Sign.LOW_RATING)) == [row.pk for row in low]


def test_low_rating_takes_one_more_query(version, agent, count_queries):
    plan = plan_by(Sign.LOW_RATING)
    contact(agent)

    assert count_queries(lambda: showing(Sign.LOW_RATING, plan)) == 2
    for _number in range(3):
        SurveyAnswerFactory(interaction=contact(agent), value=1)
    assert count_queries(lambda: showing(Sign.LOW_RATING, plan)) == 2


def test_draw_by_low_rating_picks_the_unhappy_and_repeats_though_answers_come_in_later(
    version, agent, administrator
):
    plan = plan_by(Sign.LOW_RATING)
    calm = [contact(agent) for _number in range(8)]
    unhappy = [SurveyAnswerFactory(interaction=contact(agent), value=1).interaction for _ in (1, 2)]

    made = draw_sample(plan, **WEEK, by=administrator, seed=3, at=LATER)

    picked = set(made.picks.values_list("interaction", flat=True))
    assert {row.pk for row in unhappy} < picked
    for pick in made.picks.all():
        is_low = pick.interaction_id in {row.pk for row in unhappy}
        assert pick.signs == (["low_rating"] if is_low else [])
        assert pick.inclusion_probability == pytest.approx(1 if is_low else 3 / 8)
    assert made.rules.known_until == LATER

    late = SurveyAnswerFactory(interaction=calm[0], value=1, recorded_at=LATER + dt.timedelta(1))
    assert repeat_draw(made) == (True, picked)
    # What had been known by then and is another now cannot be repeated, and is noticed.
    SurveyAnswer.objects.filter(pk=late.pk).update(recorded_at=LATER - dt.timedelta(1))
    assert repeat_draw(made)[0] is False


# A changed procedure ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "is_new"),
    [
        (CHANGED - dt.timedelta(seconds=1), False),
        (CHANGED, True),
        (CHANGED + dt.timedelta(days=3), True),
        (CHANGED + dt.timedelta(days=14, seconds=-1), True),
        (CHANGED + dt.timedelta(days=14), False),
    ],
)
def test_changes_before_counts_the_days_from_the_minute(at, is_new):
    change = Change(procedure=1, channels=("chat",), at=CHANGED)
    design = Design(Quantity.SHARE, Method.RISK, changed_procedure_days=14, changes=(change,))

    assert design.changes_before(at, channel="chat") == ([change] if is_new else [])
    assert design.changes_before(at, channel="email") == []


def test_changed_procedure_is_one_that_the_rubric_rests_on_for_the_channel(refunds, agent):
    plan = plan_by(Sign.CHANGED_PROCEDURE, rubric=rubric_on(refunds), changed_procedure_days=7)
    other = ProcedurePageFactory(title="Elsewhere", channels=["email"])
    publish(other, dt.datetime(2026, 1, 5, tzinfo=dt.UTC))
    publish(other, CHANGED)
    first = contact(agent, CHANGED + dt.timedelta(days=4, hours=2))
    call = contact(agent, CHANGED + dt.timedelta(days=5), channel="phone")
    contact(agent, CHANGED + dt.timedelta(days=5), channel="email")
    contact(agent, CHANGED + dt.timedelta(days=7, hours=1))

    assert showing(Sign.CHANGED_PROCEDURE, plan) == [first.pk, call.pk]


def test_a_procedure_that_is_new_altogether_has_not_changed(agent):
    page = ProcedurePageFactory(channels=["chat"])
    publish(page, CHANGED)
    contact(agent)

    assert (
        showing(Sign.CHANGED_PROCEDURE, plan_by(Sign.CHANGED_PROCEDURE, rubric=rubric_on(page)))
        == []
    )


def test_only_the_published_version_of_the_rubric_counts(refunds, agent):
    rubric = rubric_on(refunds)
    contact(agent)
    plan = plan_by(Sign.CHANGED_PROCEDURE, rubric=rubric)
    assert len(showing(Sign.CHANGED_PROCEDURE, plan)) == 1

    rubric_on(number=2, rubric=rubric)

    assert showing(Sign.CHANGED_PROCEDURE, plan) == []


def test_draw_by_changed_procedure_keeps_what_it_was_made_by(refunds, agent, administrator):
    rubric = rubric_on(refunds)
    plan = plan_by(Sign.CHANGED_PROCEDURE, rubric=rubric)
    for day in range(6):
        contact(agent, dt.datetime(2026, 9, 15, 10, tzinfo=dt.UTC), channel="email")
        contact(agent, dt.datetime(2026, 9, 14 + day, 10, tzinfo=dt.UTC))

    made = draw_sample(plan, **WEEK, by=administrator, seed=9, at=LATER)

    version = rubric.versions.get()
    assert made.rules.rubric_version == version.pk
    assert made.rules.changes == (Change(refunds.pk, ("chat", "phone"), CHANGED),)
    picked = set(made.picks.values_list("interaction", flat=True))
    signed = {pick.interaction.channel for pick in made.picks.all() if pick.signs}
    assert signed == {"chat"}
    # Neither a later edition, nor a new version, nor a purged log makes another draw of it.
    publish(refunds, CHANGED - dt.timedelta(days=1))
    rubric_on(number=2, rubric=rubric)
    refunds.channel_standards.all().delete()
    assert repeat_draw(made) == (True, picked)
    PageLogEntry.objects.all().delete()
    assert repeat_draw(made) == (True, picked)


def test_draw_samples_check_repeats_a_draw_by_both_signs(refunds, agent, administrator, capsys):
    plan = plan_by(
        Sign.CHANGED_PROCEDURE, rubric=rubric_on(refunds), weight_low_rating=2, share_percent=30
    )
    for number in range(10):
        row = contact(agent, channel=["chat", "email"][number % 2])
        SurveyAnswerFactory(interaction=row, value=1 + number % 5)

    made = draw_sample(plan, **WEEK, by=administrator, seed=9, at=LATER)
    call_command("draw_samples", check=made.pk)

    assert "The same picks" in capsys.readouterr().out


def test_with_knowledge_takes_four_queries_or_none(refunds, count_queries):
    scope = Scope(MONDAY, SUNDAY)
    plan = plan_by(Sign.CHANGED_PROCEDURE, rubric=rubric_on(refunds))
    without = plan_by(Sign.LOW_RATING)

    def look(plan):
        return with_knowledge(plan.design, scope, rubric=plan.rubric_id, at=LATER)

    assert count_queries(lambda: look(plan)) == 4
    assert count_queries(lambda: look(without)) == 0
    assert look(without).known_until == LATER


def test_changed_procedure_takes_no_more_queries_for_the_population(refunds, agent, count_queries):
    plan = plan_by(Sign.CHANGED_PROCEDURE, rubric=rubric_on(refunds))
    contact(agent)

    assert count_queries(lambda: load_frame(Scope(MONDAY, SUNDAY), plan.design)) == 1


def test_a_draw_from_before_the_signs_is_read_as_it_was():
    old = Design(Quantity.SHARE, Method.RISK, weights={Sign.NEW_AGENT: 1}).to_json()
    for name in ("changed_procedure_days", "rubric_version", "changes", "known_until"):
        del old[name]

    design = Design.from_json(old)

    assert not design.counts(Sign.LOW_RATING)
    assert not design.counts(Sign.CHANGED_PROCEDURE)
    assert design.changes == ()


def test_design_with_changes_survives_the_way_through_the_database():
    design = Design(
        Quantity.SHARE,
        Method.RISK,
        weights={Sign.CHANGED_PROCEDURE: 2, Sign.LOW_RATING: 1},
        rubric_version=4,
        changes=(Change(7, ("chat",), CHANGED),),
        known_until=LATER,
    )
    assert Design.from_json(design.to_json()) == design


# Said on the screens ----------------------------------------------------------------------------


def test_preview_counts_the_signs(refunds, agent, as_user, administrator):
    plan = plan_by(Sign.CHANGED_PROCEDURE, rubric=rubric_on(refunds), weight_low_rating=2)
    SurveyAnswerFactory(interaction=contact(agent, channel="email"), value=1)
    for _number in range(2):
        contact(agent)

    assert dict(preview_draw(plan, **WEEK).signs) == {
        Sign.LOW_RATING: 1,
        Sign.CHANGED_PROCEDURE: 2,
    }
    page = as_user(administrator).get(
        plan.get_absolute_url(), {"starts_on": str(MONDAY), "ends_on": str(SUNDAY)}
    )
    assert page.context["preview_signs"] == [("low customer rating", 1), ("changed procedure", 2)]
    assert "low customer rating 2, changed procedure 1" in " ".join(page.text.split())


def test_pick_detail_names_the_procedure_and_when_it_changed(
    refunds, agent, as_user, administrator
):
    plan = plan_by(Sign.CHANGED_PROCEDURE, rubric=rubric_on(refunds), share_percent=100)
    contact(agent)
    contact(agent, channel="email")
    made = draw_sample(plan, **WEEK, by=administrator, at=LATER)
    chat = made.picks.get(interaction__channel="chat")
    email = made.picks.get(interaction__channel="email")
    client = as_user(administrator)

    page = client.get(chat.get_absolute_url()).text
    assert "Signs that raised its chance: changed procedure." in page
    assert "Refunds" in page
    assert "published anew on" in page
    assert "Refunds" not in client.get(email.get_absolute_url()).text

    refunds.unpublish()
    page = client.get(chat.get_absolute_url()).text
    assert "changed procedure" in page
    assert "Refunds" not in page


def test_the_form_has_both_signs(as_user, administrator, version):
    page = as_user(administrator).get(reverse("scorecards:sampling_create")).text

    assert "Weight of a low customer rating" in page
    assert "Weight of a changed procedure" in page
