"""One person's page: who may open it, and what it says."""

import datetime as dt

import pytest
from django.core.cache import cache
from django.utils import timezone

from content.models import Edition
from insights.person.criteria import criteria_of
from insights.person.customers import customers_of
from insights.person.forms import PersonForm
from insights.skills import Window
from interactions.models import Interaction, SurveyAnswer, Transcript
from interactions.returns import note_returns
from people.channels import Channel
from people.roles import Role
from scorecards.models import (
    Criterion,
    CriterionScore,
    Evidence,
    RubricVersion,
    Scorecard,
)
from tests.factories.coaching import AgendaItemFactory, CoachingSessionFactory, GoalFactory
from tests.factories.content import ModulePageFactory, ProcedurePageFactory, SkillFactory
from tests.factories.insights import graded
from tests.factories.interactions import (
    CustomerFactory,
    InteractionFactory,
    SurveyAnswerFactory,
)
from tests.factories.people import UserFactory
from tests.factories.scorecards import (
    CriterionFactory,
    RubricFactory,
    RubricVersionFactory,
    ScorecardFactory,
    SectionFactory,
)
from tests.factories.training import CompletionFactory, ModuleAssignmentFactory

STRICT, MILD = -10, 10
WORDS = "It leaves tomorrow."


@pytest.fixture(autouse=True)
def nothing_kept():
    cache.clear()


def url(person) -> str:
    return f"/team/{person.pk}/"


def picture(response, key=""):
    return next(each for each in response.context["pictures"] if each.measure.key == key)


def page(client, person, **query) -> str:
    return client.get(url(person), query).content.decode()


def noon(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time(12)))


@pytest.fixture
def by_strict_and_mild(version, months, agent, teammate):
    """Both are at 70 in every month. The strict one grades most of Ada's work, the mild one most of
    Ben's."""
    strict, mild = UserFactory(), UserFactory()
    for month in months:
        for person, counts in ((agent, (6, 2)), (teammate, (2, 6))):
            for reviewer, count, effect in zip((strict, mild), counts, (STRICT, MILD), strict=True):
                percents = [70 + effect + (-3, 3)[place % 2] for place in range(count)]
                graded(person, month, percents, version=version, reviewer=reviewer)
    return strict, mild


# Who ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["agent", "manager", "administrator"])
def test_person_is_open_to_themselves_their_manager_and_administrators(
    request, as_user, agent, who
):
    assert as_user(request.getfixturevalue(who)).get(url(agent)).status_code == 200


@pytest.mark.parametrize("who", ["teammate", "other_manager", "reviewer", "editor"])
def test_person_does_not_exist_for_others(request, as_user, agent, who):
    assert as_user(request.getfixturevalue(who)).get(url(agent)).status_code == 404


def test_person_asks_to_sign_in(client, agent):
    assert client.get(url(agent)).status_code == 302


@pytest.mark.parametrize("verb", ["post", "put", "delete"])
def test_person_is_only_read(as_user, manager, agent, verb):
    assert getattr(as_user(manager), verb)(url(agent)).status_code == 405


def test_a_person_reads_their_own_page_as_mine(as_user, agent, manager):
    assert "<h1>My skills</h1>" in page(as_user(agent), agent)
    assert "<h1>Ada Example</h1>" in page(as_user(manager), agent)


def test_a_new_person_without_anything_has_a_page(as_user, administrator):
    nobody = UserFactory(roles=[Role.REVIEWER])

    assert as_user(administrator).get(url(nobody)).status_code == 200


# As graded and adjusted -----------------------------------------------------------------------------


def test_adjusted_stands_beside_as_graded_and_is_nearer_the_truth(
    as_user, agent, manager, by_strict_and_mild, months
):
    """Ada is at 70 and was graded as 65, because the strict one graded three of four."""
    response = as_user(manager).get(url(agent))
    shown = picture(response)
    raw, fair = shown.drawing.chart.series

    assert [point.month for point in fair.points] == [point.month for point in raw.points] == months
    assert all(point.y == pytest.approx(65) for point in raw.points)
    assert all(point.y == pytest.approx(70, abs=1) for point in fair.points)
    assert all(point.low < point.y < point.high for point in fair.points)
    assert [name for _number, _shape, name in shown.drawing.legend] == [
        "as graded",
        "adjusted for who graded",
    ]
    assert shown.sentence.startswith("70 %, with 95% confidence ")
    assert (
        "adjusted for who graded. As graded: 65 %. 24 scorecards by 2 reviewers." in shown.sentence
    )
    assert shown.sentence in response.content.decode()


def test_without_several_reviewers_it_stays_as_graded_and_says_so(
    as_user, agent, manager, version, months
):
    for month in months:
        graded(agent, month, [70, 80, 80, 80, 90], version=version)

    response = as_user(manager).get(url(agent))
    shown = picture(response)

    assert len(shown.drawing.marks) == 6
    assert shown.drawing.legend == []
    assert shown.sentence.startswith(
        "80 % on average over 15 scorecards; with 95% confidence between"
    )
    assert "Not adjusted for who graded" in response.content.decode()


def test_each_skill_has_its_chart(as_user, agent, manager, version, respect, this_month):
    graded(agent, this_month, [70, 80, 80, 80, 90], version=version)
    graded(agent, this_month, [60, 70, 70, 70, 80], version=version, skill=respect.pk)

    response = as_user(manager).get(url(agent))
    html = response.content.decode()

    assert [each.measure.key for each in response.context["pictures"]] == [
        "",
        "respect",
        "empathy",
        "protocol",
        "accuracy",
    ]
    assert html.count('class="chart__drawing"') == 5
    assert "70 % on average over 5 scorecards" in html
    assert "No scorecard measured this, so there is nothing to say." in html
    assert (
        f'href="/scorecards/?agent={agent.pk}&amp;month={this_month:%Y-%m}&amp;skill=respect'
        f'&amp;standard={version.rubric_id}-{version.number}&amp;counted=1&amp;released=1"' in html
    )
    scales = {each.drawing.chart.scale for each in response.context["pictures"]}
    assert len(scales) == 1


def test_what_lies_behind_a_point_can_be_opened(as_user, agent, manager, version, this_month):
    graded(agent, this_month, [70, 80, 80, 80, 90], version=version)
    client = as_user(manager)
    (mark,) = picture(client.get(url(agent))).drawing.marks

    assert client.get(mark.point.url).status_code == 200


def test_what_definitions_link_to_exists(as_user, agent, manager, by_strict_and_mild):
    client = as_user(manager)
    method = client.get("/team/method/").content.decode()
    html = page(client, agent)

    for anchor in ("person", "agent-change"):
        assert f'"/team/method/#{anchor}"' in html
    for anchor in ("person", "agent-change", "reliable", "criteria-ends", "customers"):
        assert f'id="{anchor}"' in method


def test_a_change_is_said_in_words_and_an_unchanged_person_has_none(
    as_user, agent, teammate, manager, version, months
):
    reviewers = [UserFactory(), UserFactory()]
    for place, month in enumerate(months):
        for person, level in ((agent, 50 if place > 3 else 80), (teammate, 70)):
            for reviewer in reviewers:
                graded(
                    person,
                    month,
                    [level + each for each in (-3, -1, 0, 1, 3)],
                    version=version,
                    reviewer=reviewer,
                )
    client = as_user(manager)

    changed = picture(client.get(url(agent)))
    assert changed.has_changed
    assert changed.change.startswith("Something changed: since ")
    assert " about 30 points lower " in changed.change
    assert "No sign of a change" in picture(client.get(url(teammate))).change


def test_too_few_months_cannot_tell_a_change(as_user, agent, manager, version, this_month):
    graded(agent, this_month, [70, 80, 80, 80, 90], version=version)

    assert "4 more months with at least 4 scorecards" in page(as_user(manager), agent)


# Thin and empty -------------------------------------------------------------------------------------


def test_person_without_scorecards_says_so(as_user, agent, manager):
    html = page(as_user(manager), agent)

    assert "Nothing to show yet" in html
    assert '<svg class="chart__drawing"' not in html
    assert "nothing that customers could have said" in html


def test_too_few_scorecards_are_a_sentence(as_user, agent, manager, version, this_month):
    graded(agent, this_month, [33, 34, 35], version=version)

    html = page(as_user(manager), agent)

    assert "Not enough to say: there are 3 scorecards of the 5 that are needed." in html
    assert "34" not in html.partition('id="skills"')[2].partition('id="criteria"')[0]


def test_hand_picked_scorecards_are_counted_and_not_averaged(
    as_user, agent, manager, version, this_month
):
    graded(agent, this_month, [70, 80, 80, 80, 90], version=version)
    ScorecardFactory.create_batch(
        2,
        agent=agent,
        submitted=True,
        month=this_month,
        percent=0,
        assignment__inclusion_probability=None,
    )

    response = as_user(manager).get(url(agent))

    assert "2 hand-picked scorecards of this period" in response.content.decode()
    assert picture(response).level.raw.mean == 80


# The same numbers for both --------------------------------------------------------------------------


def test_agent_and_manager_read_the_same_numbers(
    as_user, agent, manager, by_strict_and_mild, version, this_month
):
    strict, _mild = by_strict_and_mild
    before = picture(as_user(agent).get(url(agent)))
    graded(agent, this_month, [0] * 6, version=version, reviewer=strict, is_held=True)

    theirs, managers = as_user(agent).get(url(agent)), as_user(manager).get(url(agent))

    for key in ("", "respect"):
        assert picture(theirs, key).sentence == picture(managers, key).sentence
        assert (
            picture(theirs, key).drawing.chart.series[1]
            == picture(managers, key).drawing.chart.series[1]
        )
        ours, others = (picture(each, key).drawing.chart.series[0] for each in (theirs, managers))
        assert ours == others
    assert picture(theirs).sentence == before.sentence
    assert "6 scorecards of this period are held back from Ada Example" in managers.content.decode()
    assert "held back from" not in theirs.content.decode()


# Standards and filters ------------------------------------------------------------------------------


def second_version(version) -> RubricVersion:
    RubricVersion.objects.filter(pk=version.pk).update(state=RubricVersion.State.RETIRED)
    return RubricVersionFactory(rubric=version.rubric, number=version.number + 1, structure=False)


def test_a_version_that_is_not_comparable_breaks_the_line(as_user, agent, manager, version, months):
    second = second_version(version)
    for month in months[:3]:
        graded(agent, month, [70, 80, 80, 80, 90], version=version)
    for month in months[3:]:
        graded(agent, month, [90, 95, 95, 95, 100], version=second)

    response = as_user(manager).get(url(agent))
    drawing = picture(response).drawing

    assert [len(points.split()) for _series, points in drawing.lines] == [3, 3]
    assert [change.text for change in drawing.breaks] == ["version 2"]
    assert [name for _number, _shape, name in drawing.legend] == [
        "as graded, from version 2",
        "as graded, from version 1",
    ]
    assert picture(response).level.raw.mean == 95


def test_of_three_standards_the_newest_two_are_drawn_and_the_rest_counted(
    as_user, agent, manager, version, months
):
    second = second_version(version)
    third = second_version(second)
    for month, one in zip(months[-3:], (version, second, third), strict=True):
        graded(agent, month, [70, 80, 80, 80, 90], version=one)

    response = as_user(manager).get(url(agent))

    assert [mark.point.month for mark in picture(response).drawing.marks] == months[:-3:-1]
    assert "5 scorecards by still earlier versions" in response.content.decode()


def test_scorecards_by_an_older_standard_are_set_aside_in_words(
    as_user, agent, manager, version, months
):
    second = second_version(version)
    graded(agent, months[-2], [70] * 6, version=version)
    graded(agent, months[-1], [90, 91, 92, 93, 94], version=second)

    html = page(as_user(manager), agent)

    assert "6 scorecards of" in html
    assert "by another standard cannot be compared with it" in html


def test_a_rubric_used_beside_is_chosen_and_never_mixed(
    as_user, agent, manager, version, this_month
):
    other = RubricVersionFactory(
        rubric=RubricFactory(key="short", name="Short check"), structure=False
    )
    graded(agent, this_month, [70, 80, 80, 80, 90, 80], version=version)
    graded(agent, this_month, [20, 30, 30, 30, 40], version=other)
    client = as_user(manager)

    usual = client.get(url(agent))
    chosen = client.get(url(agent), {"rubric": other.rubric_id})

    assert picture(usual).level.raw.mean == 80
    assert picture(chosen).level.raw.mean == 30
    assert "Short check" in usual.content.decode()


def test_period_and_channel_narrow_the_charts(as_user, agent, manager, version, months):
    graded(agent, months[0], [70, 80, 80, 80, 90], version=version, channel=Channel.PHONE)
    graded(agent, months[-1], [50, 60, 60, 60, 70], version=version, channel=Channel.EMAIL)
    client = as_user(manager)

    assert len(picture(client.get(url(agent), {"months": 12})).drawing.x_ticks) == 12
    by_phone = picture(client.get(url(agent), {"channel": "phone"}))
    assert [mark.point.y for mark in by_phone.drawing.marks] == [80]
    assert "channel=phone" in by_phone.drawing.marks[0].point.url
    assert by_phone.level.raw.n == 0


def test_nonsense_in_the_address_narrows_nothing_and_shows_what_holds(as_user, agent, manager):
    nonsense = {"months": "999", "channel": "pigeon", "rubric": "x"}
    response = as_user(manager).get(url(agent), nonsense)

    assert response.status_code == 200
    assert '<option value="6" selected>' in response.content.decode()


def test_a_form_that_was_offered_nothing_has_no_rubric():
    form = PersonForm({"rubric": "7"})
    form.offer([], None)

    assert form.chosen("rubric") is None
    assert form.chosen("months") == 6


def test_htmx_gets_the_part_only(as_user, agent, manager):
    response = as_user(manager).get(url(agent), headers={"HX-Request": "true"})

    assert response.content.decode().strip().startswith('<div id="skills"')
    assert "HX-Request" in response["Vary"]


# Marks and goals ------------------------------------------------------------------------------------


@pytest.fixture
def rested(agent, months):
    """A version whose criteria rest on two procedures, and a chart to draw on."""
    version = RubricVersion.objects.create(rubric=RubricFactory(), number=1)
    section = SectionFactory(version=version, key="all")
    pages = {}
    for key, skill in (("tone", "respect"), ("facts", "accuracy")):
        pages[key] = ProcedurePageFactory(title=key.title())
        CriterionFactory(section=section, key=key, skill__key=skill, procedure=pages[key])
    RubricVersion.objects.filter(pk=version.pk).update(
        state=RubricVersion.State.PUBLISHED, published_at=noon(months[0])
    )
    graded(agent, months[-1], [70, 80, 80, 80, 90], version=version)
    return pages


def labels(response, key="") -> list[tuple[str, str]]:
    events = picture(response, key).drawing.events
    return [(mark.event.kind, mark.event.label) for mark in events]


def test_training_that_was_finished_is_marked_in_the_skills_it_teaches(
    as_user, agent, manager, rested, months
):
    module = ModulePageFactory(title="Tone on the phone")
    module.skills.add(SkillFactory(key="respect"))
    module.save()
    CompletionFactory(user=agent, page=module, completed_at=noon(months[1]))
    CompletionFactory(user=agent, completed_at=noon(months[1]))  # a lesson is no module

    response = as_user(manager).get(url(agent))

    finished = [("training", "finished “Tone on the phone”")]
    assert labels(response) == labels(response, "respect") == finished
    assert labels(response, "accuracy") == []


def test_held_talks_are_marked_where_they_were_about(
    as_user, agent, manager, administrator, rested, months
):
    general = CoachingSessionFactory(
        held=True, agent=agent, coach=manager, starts_at=noon(months[1])
    )
    tone = Criterion.objects.get(key="tone")
    about = CoachingSessionFactory(held=True, agent=agent, coach=manager, starts_at=noon(months[2]))
    AgendaItemFactory(session=about, criterion=tone)
    CoachingSessionFactory(agent=agent, coach=manager, starts_at=noon(months[2]))

    response = as_user(manager).get(url(agent))

    assert [mark.event.url for mark in picture(response).drawing.events] == [
        general.get_absolute_url(),
        about.get_absolute_url(),
    ]
    assert len(labels(response, "respect")) == 2
    assert len(labels(response, "accuracy")) == 1
    assert labels(as_user(agent).get(url(agent))) == labels(response)
    assert labels(as_user(administrator).get(url(agent))) == []


def test_material_editions_of_what_the_criteria_rest_on_are_marked(
    as_user, agent, manager, rested, months
):
    for number, kind, month in ((1, "material", 0), (2, "material", 1), (3, "editorial", 2)):
        Edition.objects.create(
            page=rested["tone"],
            number=number,
            kind=kind,
            note="Say the name first.",
            published_at=noon(months[month]),
        )
    Edition.objects.create(
        page=ProcedurePageFactory(), number=2, kind="material", published_at=noon(months[1])
    )

    response = as_user(manager).get(url(agent))

    changed = [("procedure", "“Tone”, edition 2: Say the name first.")]
    assert labels(response) == labels(response, "respect") == changed
    assert labels(response, "accuracy") == []


def test_goals_are_lines_from_when_they_were_set(as_user, agent, manager, rested, months, today):
    GoalFactory(agent=agent, set_by=manager, set_at=noon(months[2]), target=85)

    response = as_user(manager).get(url(agent))

    (target,) = picture(response, "respect").drawing.chart.targets
    assert (target.value, target.first) == (85, months[2])
    assert target.label.startswith("goal: 85 % by ")
    assert not picture(response).drawing.chart.targets
    assert picture(response).drawing.chart.scale.high >= 85


# Evidence -------------------------------------------------------------------------------------------


@pytest.fixture
def structured(db) -> RubricVersion:
    return RubricVersionFactory()


@pytest.fixture
def grades(structured, agent, reviewer, this_month):
    """`grades(3, tone=0)`: three counted scorecards of Ada with the lowest level of tone, with a
    quotation for each; all other criteria at the top."""
    criteria = {row.key: row for row in Criterion.objects.filter(section__version=structured)}

    def make(count, *, about=agent, quoted=True, **positions) -> list[Scorecard]:
        made = []
        held, known = positions.pop("is_held", False), positions.pop("is_drawn", True)
        for _each in range(count):
            card = ScorecardFactory(
                submitted=True,
                agent=about,
                reviewer=reviewer,
                version=structured,
                month=this_month,
                is_held=held,
                **({} if known else {"assignment__inclusion_probability": None}),
            )
            for key, criterion in criteria.items():
                levels = list(criterion.levels.order_by("position"))
                score = CriterionScore.objects.create(
                    scorecard=card, criterion=criterion, level=levels[positions.get(key, -1)]
                )
                if quoted and key in positions:
                    Evidence.objects.create(
                        criterion_score=score,
                        message_id="m4",
                        start=0,
                        end=len(WORDS),
                        quote=WORDS,
                    )
            made.append(card)
        return made

    return make


@pytest.fixture
def now(today) -> Window:
    return Window.of(3, until=today)


def found(agent, now, structured, reader, **more):
    return criteria_of(agent, now, [structured.pk], reader=reader, **more)


def test_strengths_and_weaknesses_are_counted_with_interval_and_quoted(
    agent, manager, grades, now, structured
):
    cards = grades(3, tone=0)
    grades(5)

    criteria = found(agent, now, structured, manager)

    (weak,) = criteria.to_work_on
    assert (weak.criterion.key, weak.k, weak.n) == ("tone", 3, 8)
    # Wilson for 3 of 8.
    assert (weak.low, weak.high) == (pytest.approx(13.68, abs=0.01), pytest.approx(69.43, abs=0.01))
    assert [quoted.quote.text for quoted in weak.quotes] == [WORDS] * 2
    assert {quoted.scorecard.pk for quoted in weak.quotes} <= {card.pk for card in cards}
    assert {stand.criterion.key for stand in criteria.strengths} == {
        "greeting",
        "facts",
        "identity",
    }
    assert {stand.k for stand in criteria.strengths} == {8}
    assert [skill.key for skill in criteria.weak_skills] == ["respect"]


def test_once_is_nothing_to_work_on(agent, manager, grades, now, structured):
    grades(1, tone=0)
    grades(4)

    assert found(agent, now, structured, manager).to_work_on == []


def test_what_is_held_back_or_hand_picked_is_neither_counted_nor_quoted(
    agent, manager, grades, now, structured
):
    grades(3, tone=0, is_held=True)
    grades(3, tone=0, is_drawn=False)
    grades(2)

    for reader in (agent, manager):
        criteria = found(agent, now, structured, reader)
        assert criteria.n == 2
        assert criteria.to_work_on == []


def test_a_reader_who_still_grades_the_conversation_gets_the_count_and_not_the_words(
    agent, grades, now, structured
):
    """An administrator who grades too holds work on these conversations."""
    both = UserFactory(roles=[Role.ADMINISTRATOR, Role.REVIEWER])
    for card in grades(2, tone=0):
        ScorecardFactory(reviewer=both, interaction=card.interaction, version=structured)

    (weak,) = found(agent, now, structured, both).to_work_on
    assert (weak.k, list(weak.quotes)) == (2, [])


def test_words_that_were_removed_say_so(as_user, agent, manager, grades, this_month, structured):
    grades(2, tone=0)
    graded(agent, this_month, [50, 60, 60, 60, 70], version=structured)
    Transcript.objects.update(messages=[], text="")

    for reader in (agent, manager):
        html = page(as_user(reader), agent)
        assert html.count("no longer in the conversation") >= 2


# Customers ------------------------------------------------------------------------------------------


def verdicts(agent, window, reader, today, **more):
    found = customers_of(agent, window, reader=reader, today=today, **more)
    return found, {each.name: each for each in found.verdicts}


@pytest.fixture
def window(today) -> Window:
    return Window.of(6, until=today)


def contact(agent, at, **more) -> Interaction:
    return InteractionFactory(
        agent=agent, started_at=noon(at), ended_at=None, flow="orders", **more
    )


def test_customers_figures_are_those_of_the_person_period_and_channel(
    agent, teammate, manager, months, window, today
):
    """12 answers to satisfaction, 9 of them 4 or 5; 10 contacts more were asked nothing."""
    for value in [5] * 6 + [4] * 3 + [3, 2, 1]:
        SurveyAnswerFactory(interaction=contact(agent, months[1]), value=value)
    for _each in range(10):
        contact(agent, months[1])
    SurveyAnswerFactory(interaction=contact(teammate, months[1]), value=1)
    SurveyAnswerFactory(interaction=contact(agent, months[0] - dt.timedelta(days=1)), value=1)
    SurveyAnswerFactory(interaction=contact(agent, months[1], channel=Channel.EMAIL), value=1)

    customers, by_name = verdicts(agent, window, manager, today, channel=Channel.CHAT)

    satisfied = by_name["Satisfied"]
    assert customers.contacts == 22
    assert (satisfied.figure.n, satisfied.figure.value) == (12, 0.75)
    # Wilson for 9 of 12.
    assert satisfied.figure.low == pytest.approx(0.4677, abs=1e-4)
    assert satisfied.response == "55 % of 22 contacts"
    assert by_name["Would recommend us"].lacking == "Too few to say: 0 so far, 10 more are needed."
    assert verdicts(agent, window, manager, today)[0].contacts == 23


def test_promoters_effort_and_resolved_are_read_from_their_own_questions(
    agent, manager, months, window, today
):
    for promoter, effort, resolved in zip(
        [10, 9, 9, 10, 9, 8, 7, 6, 0, 3],
        [7, 6, 7, 6, 7, 6, 7, 6, 7, 6],
        [1] * 8 + [0] * 2,
        strict=True,
    ):
        given = contact(agent, months[1])
        for kind, value in (("nps", promoter), ("ces", effort), ("resolved", resolved)):
            SurveyAnswerFactory(interaction=given, kind=SurveyAnswer.Kind(kind), value=value)

    _customers, by_name = verdicts(agent, window, manager, today)

    assert by_name["Would recommend us"].value == "20"
    assert by_name["Ease"].value == "6.5"
    assert by_name["Resolved, said the customer"].value == "80"


def test_a_customer_who_comes_back_was_not_resolved_at_the_first_contact(
    agent, teammate, manager, months, window, today
):
    """Of ten, one returned to somebody else by another channel; a return about something else and one
    after eight days are none."""
    customers = [CustomerFactory() for _each in range(10)]
    for customer in customers:
        contact(agent, months[1], customer=customer)
    later = months[1] + dt.timedelta(days=7)
    contact(teammate, later, customer=customers[0], channel=Channel.EMAIL)
    contact(teammate, later, customer=customers[1], subflow="another")
    contact(teammate, later + dt.timedelta(days=1), customer=customers[2])
    InteractionFactory(agent=agent, started_at=noon(months[1]), ended_at=None, customer=None)

    note_returns([customer.pk for customer in customers])

    found, by_name = verdicts(agent, window, manager, today)

    figure = by_name["Resolved at the first contact"].figure
    assert (figure.n, figure.value) == (10, 0.9)
    assert found.unmatched == 1


def test_answers_that_are_withheld_from_a_reader_stay_out(agent, months, window, today):
    both = UserFactory(roles=[Role.ADMINISTRATOR, Role.REVIEWER])
    contacts = [contact(agent, months[1]) for _each in range(11)]
    for each in contacts:
        SurveyAnswerFactory(interaction=each)
    hiding = RubricVersionFactory(hides_customer_rating=True, structure=False)
    ScorecardFactory(reviewer=both, agent=agent, version=hiding, interaction=contacts[0])

    _customers, by_name = verdicts(agent, window, both, today)
    assert by_name["Satisfied"].figure.n == 10


# What next ------------------------------------------------------------------------------------------


def test_who_develops_the_person_is_offered_modules_and_talks(
    as_user, agent, manager, administrator, grades, structured
):
    grades(2, tone=0)
    skill = SkillFactory(key="respect")
    modules = [ModulePageFactory(title=title) for title in ("Listening", "Tone")]
    for module in modules:
        module.skills.add(skill)
        module.save()
    ModuleAssignmentFactory(user=agent, module=modules[0])
    graded(agent, Scorecard.objects.first().month, [50, 60, 60, 60, 70], version=structured)
    tone = Criterion.objects.get(key="tone")

    html = page(as_user(manager), agent)

    assign = f"/coaching/people/{agent.pk}/modules/?module={modules[1].pk}&amp;criterion={tone.pk}"
    assert assign in html
    assert (
        f"?module={modules[0].pk}&amp;"
        not in html.partition("next-heading")[2].partition("chain")[0]
    )
    assert f"/coaching/sessions/new/?agent={agent.pk}" in html
    assert f"/coaching/goals/new/?agent={agent.pk}&amp;skill={skill.pk}" in html
    for reader in (agent, administrator):
        assert "What to do next" not in page(as_user(reader), agent)


def test_coaching_and_the_chain_are_for_the_person_and_who_develops_them(
    as_user, agent, manager, administrator, grades, structured
):
    grades(2, tone=0)
    CoachingSessionFactory(agent=agent, coach=manager)

    for reader in (agent, manager):
        html = page(as_user(reader), agent)
        assert 'id="coaching-heading"' in html
        assert 'id="chain-heading"' in html
    html = page(as_user(administrator), agent)
    assert 'id="coaching-heading"' not in html
    assert 'id="chain-heading"' not in html


# Files ----------------------------------------------------------------------------------------------


def rows_of(response) -> list[str]:
    return b"".join(response.streaming_content).decode().splitlines()


def test_each_chart_and_table_comes_as_a_file(as_user, agent, manager, by_strict_and_mild, months):
    contact(agent, months[1])
    client = as_user(manager)

    def file(**query) -> list[str]:
        ask = client.get if "chart" in query else client.post
        return rows_of(ask(url(agent), {"format": "csv", **query}))

    chart = file(chart="chart-whole", months=12)
    assert len([row for row in chart if ",adjusted for who graded," in row]) == 6
    assert file(table="customers")[1].startswith("Satisfied,")
    assert file(table="criteria")[0].startswith("\ufeffCriterion,Skill,")


@pytest.mark.parametrize(
    "query", [{"chart": "nothing"}, {"table": "nothing"}, {}], ids=["chart", "table", "neither"]
)
def test_a_file_that_there_is_not_is_not_found(as_user, agent, manager, query):
    browser = as_user(manager)
    ask = browser.get if "chart" in query else browser.post
    response = ask(url(agent), {"format": "csv", **query})

    assert response.status_code == 404


def test_files_are_for_those_who_see_the_page(as_user, agent, other_manager):
    query = {"format": "csv", "table": "customers"}

    assert as_user(other_manager).post(url(agent), query).status_code == 404


# Queries --------------------------------------------------------------------------------------------


def test_queries_do_not_grow_with_what_there_is(
    as_user, agent, teammate, manager, grades, structured, months, respect, count_queries
):
    """One and three of everything; the fits are made anew each time."""
    skill = SkillFactory(key="respect")
    reviewers = [UserFactory() for _each in range(3)]
    tone = Criterion.objects.get(key="tone")
    client = as_user(manager)

    def add(place: int) -> None:
        grades(2, tone=0)
        for person in (agent, teammate):
            for subject in (0, respect.pk):
                graded(
                    person,
                    months[place],
                    [60, 65, 70, 72, 75, 77, 80, 85],
                    version=structured,
                    skill=subject,
                    reviewer=reviewers[place],
                )
        module = ModulePageFactory()
        module.skills.add(skill)
        module.save()
        CompletionFactory(user=agent, page=module, completed_at=noon(months[place]))
        session = CoachingSessionFactory(
            held=True, agent=agent, coach=manager, starts_at=noon(months[place])
        )
        AgendaItemFactory(session=session, criterion=tone)
        procedure = ProcedurePageFactory()
        Edition.objects.create(
            page=procedure, number=2, kind="material", published_at=noon(months[place])
        )
        SurveyAnswerFactory(interaction=contact(agent, months[place]))

    def count() -> int:
        cache.clear()
        client.get(url(agent))
        return count_queries(lambda: client.get(url(agent)))

    add(0)
    one = count()
    for place in (1, 2):
        add(place)

    assert count() == one
