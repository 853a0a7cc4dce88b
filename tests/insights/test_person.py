"""One person's skills."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from people.channels import Channel
from people.roles import Role
from scorecards.models import RubricVersion
from tests.factories.insights import graded
from tests.factories.people import UserFactory
from tests.factories.scorecards import RubricVersionFactory, ScorecardFactory


def url(person) -> str:
    return f"/team/{person.pk}/"


def picture(response, key=""):
    return next(each for each in response.context["pictures"] if each.measure.key == key)


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


def test_person_shows_whole_and_four_skills_as_charts(
    as_user, agent, manager, version, respect, months
):
    for month in months:
        graded(agent, month, [70, 80, 80, 80, 90], version=version)
        graded(agent, month, [60, 70, 70, 70, 80], version=version, skill=respect.pk)

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
    assert len(picture(response).drawing.marks) == 6
    assert "80 % on average over 15 scorecards; with 95% confidence between" in html
    assert "70 % on average over 15 scorecards" in html
    assert (
        f'href="/scorecards/?agent={agent.pk}&amp;month={months[0]:%Y-%m}&amp;skill=respect"'
        in html
    )


def test_what_lies_behind_a_point_can_be_opened(as_user, agent, manager, version, this_month):
    graded(agent, this_month, [70, 80, 80, 80, 90], version=version)
    client = as_user(manager)

    (mark,) = picture(client.get(url(agent))).drawing.marks

    assert client.get(mark.point.url).status_code == 200


def test_a_person_reads_their_own_page_as_mine(as_user, agent, manager):
    assert "<h1>My skills</h1>" in as_user(agent).get(url(agent)).content.decode()
    assert "<h1>Ada Example</h1>" in as_user(manager).get(url(agent)).content.decode()


def test_person_without_scorecards_says_so(as_user, agent, manager):
    html = as_user(manager).get(url(agent)).content.decode()

    assert "Nothing to show yet" in html
    assert '<svg class="chart__drawing"' not in html


def test_too_few_scorecards_are_a_sentence(as_user, agent, manager, version, this_month):
    graded(agent, this_month, [33, 34, 35], version=version)

    html = as_user(manager).get(url(agent)).content.decode()

    assert "Not enough to say: there are 3 scorecards of the 5 that are needed." in html
    assert "34" not in html.partition('id="skills"')[2]


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
    assert picture(response).estimate.mean == 80


def test_a_version_that_is_not_comparable_breaks_the_line(as_user, agent, manager, version, months):
    RubricVersion.objects.filter(pk=version.pk).update(state=RubricVersion.State.RETIRED)
    second = RubricVersionFactory(rubric=version.rubric, number=2, structure=False)
    for month in months[:3]:
        graded(agent, month, [70, 80, 80, 80, 90], version=version)
    for month in months[3:]:
        graded(agent, month, [90, 95, 95, 95, 100], version=second)

    response = as_user(manager).get(url(agent))
    drawing = picture(response).drawing

    assert [len(points.split()) for _series, points in drawing.lines] == [3, 3]
    assert [change.label for change in drawing.breaks] == ["version 2"]
    assert picture(response).estimate.mean == 95


def test_scorecards_by_an_older_standard_are_set_aside_in_words(
    as_user, agent, manager, version, months
):
    RubricVersion.objects.filter(pk=version.pk).update(state=RubricVersion.State.RETIRED)
    second = RubricVersionFactory(rubric=version.rubric, number=2, structure=False)
    graded(agent, months[-2], [70] * 6, version=version)
    graded(agent, months[-1], [90, 91, 92, 93, 94], version=second)

    html = as_user(manager).get(url(agent)).content.decode()

    assert "6 scorecards of" in html
    assert "by another standard cannot be compared with it" in html


def test_period_and_channel_narrow_the_charts(as_user, agent, manager, version, months):
    graded(agent, months[0], [70, 80, 80, 80, 90], version=version, channel=Channel.PHONE)
    graded(agent, months[-1], [50, 60, 60, 60, 70], version=version, channel=Channel.EMAIL)
    client = as_user(manager)

    assert len(picture(client.get(url(agent), {"months": 12})).drawing.x_ticks) == 12
    by_phone = picture(client.get(url(agent), {"channel": "phone"}))
    assert [mark.point.y for mark in by_phone.drawing.marks] == [80]
    assert "channel=phone" in by_phone.drawing.marks[0].point.url
    assert by_phone.estimate.n == 0


def test_person_ignores_nonsense_in_the_address(as_user, agent, manager):
    response = as_user(manager).get(url(agent), {"months": "999", "channel": "pigeon"})

    assert response.status_code == 200


def test_person_answers_htmx_with_the_charts_only(as_user, agent, manager):
    response = as_user(manager).get(url(agent), headers={"HX-Request": "true"})

    assert response.content.decode().strip().startswith('<div id="skills"')


def test_person_needs_the_same_queries_for_one_month_and_for_many(
    as_user, agent, manager, version, respect, months
):
    client = as_user(manager)

    def count_queries() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url(agent)).status_code == 200
        return len(queries)

    graded(agent, months[0], [70, 80, 80, 80, 90], version=version)
    client.get(url(agent))
    one = count_queries()
    for month in months[1:]:
        graded(agent, month, [70, 80, 80, 80, 90], version=version)
        graded(agent, month, [70, 80, 80, 80, 90], version=version, skill=respect.pk)
    ScorecardFactory(
        agent=agent, submitted=True, month=months[0], assignment__inclusion_probability=None
    )

    assert count_queries() == one > 4


def test_a_new_person_without_anything_has_a_page(as_user, administrator):
    nobody = UserFactory(roles=[Role.REVIEWER])

    assert as_user(administrator).get(url(nobody)).status_code == 200
