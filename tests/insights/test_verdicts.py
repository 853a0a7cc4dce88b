"""Two verdicts: what is known by construction is found, too little is said, what differs is worked
through, and nobody learns what they may not."""

import datetime as dt
import re

import numpy as np
import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from insights.fair import graded_by
from insights.skills import Window, standards
from insights.verdicts import pictures
from insights.verdicts.forms import ConversationsForm
from insights.verdicts.pairs import Kind, Pairs, customer_figure, load_found
from interactions.models import SurveyAnswer
from measurement.outcomes import link
from people.models import AuditEvent
from people.roles import Role
from scorecards.actions import Conflict, NotAllowed, Refused, settle_verdict, take_verdict
from scorecards.models import ReviewAssignment, RubricNote, Scorecard, VerdictReview
from scorecards.models.verdicts import (
    LIKED_FROM,
    Corner,
    comparable_for,
    corner_of,
    judged_twice,
)
from tests.factories.content import ProcedurePageFactory
from tests.factories.insights import graded
from tests.factories.people import UserFactory
from tests.factories.scorecards import RubricVersionFactory, ScorecardFactory
from tests.words import says

Finding, State = VerdictReview.Finding, VerdictReview.State
Purpose = ReviewAssignment.Purpose
PAGES = ("verdicts", "verdict_list", "verdict_queue")


@pytest.fixture(autouse=True)
def nothing_kept():
    cache.clear()


@pytest.fixture
def rubric_version(db):
    return RubricVersionFactory()


@pytest.fixture
def judge(rubric_version, reviewer, this_month):
    """A grade with what the customer answered; the rollup makes its standard known."""

    def judge(
        agent, percent, value, *, kind="csat", outcome=None, probability=0.5, text="", **more
    ):
        more.setdefault("assignment__purpose", Purpose.GRADE)
        off_record = more["assignment__purpose"] in ReviewAssignment.OFF_RECORD
        card = ScorecardFactory(
            submitted=True,
            version=rubric_version,
            reviewer=more.pop("reviewer", reviewer),
            agent=None if off_record else agent,
            percent=percent,
            outcome=outcome or ("pass" if percent >= 75 else "fail"),
            month=this_month,
            submitted_at=timezone.now(),
            assignment__rubric=rubric_version.rubric,
            assignment__state="done",
            assignment__inclusion_probability=None if off_record else probability,
            **more,
        )
        if value is not None:
            SurveyAnswer.objects.create(
                interaction=card.interaction, kind=kind, value=value, source="mail", text=text
            )
        return card

    graded(UserFactory(), this_month, [80], version=rubric_version, reviewer=reviewer)
    return judge


@pytest.fixture
def pairs(months):
    def of(reader, kind=Kind.CSAT, **more):
        (standard,) = set(standards().values())
        return Pairs(reader, standard, Window(months[0], months[-1]), kind, **more)

    return of


@pytest.fixture
def differing(judge, agent):
    """We passed it, the customer answered 1 of 5."""
    return judge(agent, 90, 1, text="Ada was kind, but the price is a joke.")


def address(card, name="verdict_detail", side="us"):
    url = reverse(f"insights:{name}", args=[card.assignment_id])
    return f"{url}?side={side}" if name == "verdict_detail" else url


# --- Figures --------------------------------------------------------------------------------------


def fill(judge, *, slope):
    """21 people with five pairs each, and levels of their own that go the other way."""
    chance = np.random.default_rng(3)
    made = []
    for person in range(21):
        agent = UserFactory()
        level = chance.normal(0, 6)
        for _each in range(5):
            percent = float(np.clip(75 + level + chance.normal(0, 8), 40, 100))
            raw = 3 + slope * (percent - 75 - level) / 8 - level / 6 + chance.normal(0, 0.5)
            value = int(np.clip(round(raw), 1, 5))
            judge(agent, round(percent, 2), value)
            made.append((person, round(percent, 2), value))
    return made


def test_the_association_is_the_one_inside_agents_with_its_interval(judge, pairs, administrator):
    made = fill(judge, slope=1)
    found = load_found(pairs(administrator), n=1)
    whole = found.rows[0].link
    known = link(*zip(*made, strict=True))
    assert (whole.within.state, whole.within.n, whole.agents) == ("shown", 105, 21)
    # A database gives the pairs in an order of its own, and sums of floats follow it.
    assert (whole.within.value, whole.within.low, whole.within.high) == pytest.approx(
        (known.within.value, known.within.low, known.within.high), rel=1e-12
    )
    assert whole.within.low > 0
    # Over all pairs the people's levels, which go the other way, blur it.
    assert whole.total.value < whole.within.value
    said = pictures.whole_sentence(found)
    assert "what we grade higher the customer rates higher too" in said
    assert "105 conversations of 21 people" in said
    assert "cause" not in said


def test_no_link_is_called_no_more_than_that(judge, pairs, administrator):
    fill(judge, slope=0)
    found = load_found(pairs(administrator), n=1)
    assert "Cannot be told apart from no link" in pictures.whole_sentence(found)


def test_too_few_says_how_many_are_missing(judge, pairs, agent, administrator, as_user):
    for value in (1, 2, 5):
        judge(agent, 80, value)
    found = load_found(pairs(administrator), n=1)
    assert pictures.whole_sentence(found) == (
        "Too few to say: 97 more conversations with both verdicts and 19 more people with at least two "
        "of them."
    )
    page = as_user(administrator).get(reverse("insights:verdicts")).content.decode()
    assert "97 more conversations" in page
    # Said once above the chart, and not again in each of its rows.
    rows = re.findall(r'<td class="forest__missing"[^>]*>([^<]*)</td>', page)
    assert rows == ["too few"] * len(load_found(pairs(administrator), n=1).rows)
    assert "3 answers, 7 more needed" in page


def test_what_was_picked_by_hand_is_in_the_corners_and_in_no_mean(
    judge, pairs, agent, administrator
):
    judge(agent, 80, 5)
    judge(agent, 20, 5, probability=None)
    found = load_found(pairs(administrator), n=1)
    assert (found.pairs, found.drawn, found.by_hand) == (2, 1, 1)
    assert found.rows[0].quality.n == 1
    assert found.corners == {Corner.BOTH: 1, Corner.CUSTOMER: 1}


def test_means_are_weighted_by_what_a_pick_stands_for(judge, pairs, agent, administrator):
    for percent, probability in ((60, 1), (60, 1), (60, 1), (90, 0.25), (90, 0.25)):
        judge(agent, percent, 4, probability=probability)
    estimate = load_found(pairs(administrator), n=1).rows[0].quality
    assert estimate.mean == pytest.approx((3 * 60 + 8 * 90) / 11)


@pytest.mark.parametrize(
    ("kind", "values", "value"),
    [
        ("csat", {1: 5, 4: 2, 5: 3}, 0.5),
        ("nps", {0: 2, 7: 3, 9: 5}, 0.3),
        ("ces", {1: 5, 7: 5}, 4),
        ("resolved", {0: 3, 1: 7}, 0.7),
    ],
)
def test_each_question_has_the_figure_of_its_kind(kind, values, value):
    assert customer_figure(Kind(kind), values).value == pytest.approx(value)


def test_a_new_answer_changes_what_is_kept(judge, pairs, agent, administrator):
    judge(agent, 80, 5)
    assert load_found(pairs(administrator), n=1).pairs == 1
    judge(agent, 80, 2)
    assert load_found(pairs(administrator), n=1).pairs == 2


# --- Corners --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind != Kind.COMMENT])
def test_corners_begin_where_the_page_says(kind):
    low, high = SurveyAnswer.LOW_UP_TO[kind], LIKED_FROM[kind]
    assert corner_of("pass", kind, low) is Corner.US
    assert corner_of("fail", kind, low) is Corner.NEITHER
    assert corner_of("pass", kind, high) is Corner.BOTH
    assert corner_of("critical_fail", kind, high) is Corner.CUSTOMER
    assert high == low + 1 or corner_of("pass", kind, low + 1) is None


def test_each_conversation_is_in_one_corner_and_the_list_agrees(judge, pairs, agent, administrator):
    for percent in (50, 90):
        for value in range(1, 6):
            judge(agent, percent, value)
    judge(agent, 95, 5, outcome="critical_fail")
    rows = judged_twice(administrator, "csat")
    listed = {}
    for corner in (*Corner.values, "between"):
        form = ConversationsForm({"corner": corner}, user=administrator)
        form.offer([])
        listed[corner] = {row.pk for row in rows.filter(form.condition)}
    assert sum(len(each) for each in listed.values()) == len(set.union(*listed.values())) == 11
    counted = load_found(pairs(administrator), n=1).corners
    assert {corner: len(listed[corner or "between"]) for corner in counted} == counted
    assert counted == {Corner.BOTH: 2, Corner.US: 2, Corner.CUSTOMER: 3, Corner.NEITHER: 2, None: 2}


def test_a_cell_of_the_table_opens_exactly_its_conversations(judge, agent, administrator, as_user):
    judge(agent, 84, 2)
    judge(agent, 84, 3)
    judge(agent, 79.99, 2)
    client = as_user(administrator)
    page = client.get(reverse("insights:verdicts"))
    assert "band=80&amp;value=2" in page.content.decode()
    found = client.get(reverse("insights:verdict_list"), {"band": 80, "value": 2})
    assert [row["scorecard"].percent for row in found.context["rows"]] == [84]


def test_an_answer_of_zero_is_an_answer(judge, agent, administrator, as_user):
    judge(agent, 90, 0, kind="nps")
    judge(agent, 90, 7, kind="nps")
    client = as_user(administrator)
    found = client.get(reverse("insights:verdict_list"), {"kind": "nps", "value": 0})
    assert len(found.context["rows"]) == 1
    assert client.get(reverse("insights:verdicts"), {"kind": "nps"}).status_code == 200


def test_the_list_is_sorted_paged_and_can_be_taken_along(judge, agent, administrator, as_user):
    for percent in range(60, 90):
        judge(agent, percent, 2)
    client = as_user(administrator)
    url = reverse("insights:verdict_list")
    first = client.get(url, {"sort": "worst"}).context["rows"]
    assert [row["scorecard"].percent for row in first][:2] == [60, 61]
    assert len(client.get(url, {"sort": "worst", "page": 2}).context["rows"]) == 5
    file = b"".join(client.post(f"{url}?corner=us", {"format": "csv"}).streaming_content).decode()
    assert len(file.splitlines()) == 16
    assert "Ada" not in file
    for name in PAGES:
        whole = client.post(reverse(f"insights:{name}"), {"format": "xlsx"})
        assert whole["Content-Disposition"].endswith('.xlsx"')
    assert AuditEvent.objects.filter(action="export_list").count() == 4


def test_of_many_grades_the_list_may_be_five_minutes_old_but_not_who_may_see_them(
    judge, agent, this_month, rubric_version, administrator, as_user, count_queries, monkeypatch
):
    shown, withdrawn = judge(agent, 90, 2), judge(agent, 80, 2)
    client = as_user(administrator)

    def listed(**query) -> tuple[int, list[int]]:
        context = client.get(reverse("insights:verdict_list"), query).context
        return context["page"].paginator.count, [row["scorecard"].pk for row in context["rows"]]

    def ask() -> int:
        return count_queries(lambda: listed(sort="best"))

    assert listed(sort="best") == (2, [shown.pk, withdrawn.pk])
    few = ask()
    monkeypatch.setattr("insights.kept.MANY", 1)
    listed(sort="best")
    # Neither how many were graded by which rubric nor which of them differ.
    assert ask() == few - 2
    late = judge(agent, 85, 2)
    assert listed(sort="best") == (2, [shown.pk, withdrawn.pk])
    assert listed(sort="worst") == (3, [withdrawn.pk, late.pk, shown.pk])
    assert listed(sort="best", value=3) == (0, [])
    Scorecard.objects.filter(pk=withdrawn.pk).update(is_current=False)
    assert listed(sort="best") == (2, [shown.pk])
    with monkeypatch.context() as later:
        now = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=6)
        later.setattr(timezone, "now", lambda: now)
        assert listed(sort="best") == (2, [shown.pk, late.pk])


def test_how_much_was_graded_is_counted_anew_unless_it_is_much(
    judge, agent, reviewer, this_month, rubric_version, count_queries, monkeypatch
):
    window = Window(this_month, this_month)

    def n() -> list[int]:
        return [each.n for each in graded_by(window).values()]

    assert n() == [1]
    graded(agent, this_month, [70, 80], version=rubric_version, reviewer=reviewer)
    assert n() == [3]
    monkeypatch.setattr("insights.kept.MANY", 3)
    assert n() == [3]
    graded(UserFactory(), this_month, [70], version=rubric_version, reviewer=reviewer)
    assert n() == [3]
    assert count_queries(lambda: graded_by(window)) == 1
    with monkeypatch.context() as later:
        now = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=6)
        later.setattr(timezone, "now", lambda: now)
        assert n() == [4]


@pytest.mark.parametrize("name", ["links", "table"])
def test_charts_can_be_taken_along(judge, agent, administrator, as_user, name):
    judge(agent, 84, 2)
    answer = as_user(administrator).get(
        reverse("insights:verdicts"), {"format": "csv", "chart": name}
    )
    assert "How it is worked out" in b"".join(answer.streaming_content).decode()


@pytest.mark.parametrize("query", ["", "months=x&kind=zz&corner=q&band=1&value=999&sort=w&page=9"])
@pytest.mark.parametrize("name", PAGES)
def test_nonsense_narrows_nothing(judge, agent, administrator, as_user, name, query):
    judge(agent, 84, 2)
    answer = as_user(administrator).get(reverse(f"insights:{name}") + f"?{query}")
    assert answer.status_code == 200


@pytest.mark.parametrize("name", PAGES)
def test_nothing_graded_says_so(administrator, as_user, name):
    answer = as_user(administrator).get(reverse(f"insights:{name}"))
    assert "Nothing graded" in answer.content.decode()
    assert as_user(administrator).get(answer.wsgi_request.path, {"format": "csv"}).status_code in (
        200,
        404,
    )


# --- Who sees what --------------------------------------------------------------------------------


def test_roles(judge, differing, agent, reviewer, manager, editor, administrator, as_user):
    seen = {
        person: [
            as_user(person).get(url).status_code
            for url in (*(reverse(f"insights:{name}") for name in PAGES), address(differing))
        ]
        for person in (agent, reviewer, manager, editor, administrator)
    }
    assert seen[agent] == seen[reviewer] == [403] * 4
    assert seen[manager] == [200, 200, 403, 403]
    assert seen[editor] == seen[administrator] == [200] * 4
    for name in ("take", "put_back", "settle", "reopen"):
        url = address(differing, f"verdict_{name}")
        assert as_user(editor).get(url).status_code == 405
        assert as_user(manager).post(url).status_code == 403


def test_a_manager_counts_their_own_people_only(
    judge, pairs, differing, manager, other_manager, as_user
):
    assert load_found(pairs(manager), n=1).pairs == 1
    assert load_found(pairs(other_manager), n=1).pairs == 0
    listed = as_user(manager).get(reverse("insights:verdict_list")).content.decode()
    assert differing.get_absolute_url() in listed


def test_team_and_channel_narrow(judge, pairs, differing, administrator, team, other_team):
    assert load_found(pairs(administrator, team=team), n=1).pairs == 1
    assert load_found(pairs(administrator, team=other_team), n=1).pairs == 0
    assert load_found(pairs(administrator, channel="phone"), n=1).pairs == 0


def test_an_editor_is_told_no_names(differing, editor, as_user):
    client = as_user(editor)
    for url in (reverse("insights:verdict_list"), reverse("insights:verdict_queue")):
        assert not says(client.get(url).content.decode(), "Ada")
    page = client.get(address(differing)).content.decode()
    assert not says(page, "Ada")
    assert "was kind, but the price is a joke" in page


def test_held_back_off_the_record_and_ones_own_stay_out(judge, agent, editor, administrator):
    held = judge(agent, 90, 1, is_held=True)
    judge(agent, 90, 1, assignment__purpose=Purpose.CALIBRATION)
    own = judge(administrator, 90, 1)
    assert set(comparable_for(editor)) == {own}
    assert set(comparable_for(administrator)) == {held}


def test_wrong_corner_has_nothing_to_settle(judge, agent, editor, as_user):
    card = judge(agent, 90, 5)
    assert "The two verdicts do not differ" in as_user(editor).get(address(card)).content.decode()
    answer = as_user(editor).post(address(card, "verdict_take"), {"side": "us"})
    assert answer.status_code == 409
    assert not VerdictReview.objects.exists()


@pytest.mark.parametrize("name", PAGES)
def test_queries_stay_the_same(judge, agent, administrator, as_user, count_queries, name):
    client = as_user(administrator)
    url = reverse(f"insights:{name}")
    judge(agent, 90, 1)
    client.get(url)
    judge(agent, 90, 1)
    few = count_queries(lambda: client.get(url))
    for _each in range(4):
        judge(UserFactory(), 90, 1)
    assert count_queries(lambda: client.get(url)) == few


# --- The queue ------------------------------------------------------------------------------------


def queue(client, **query):
    return client.get(reverse("insights:verdict_queue"), query)


def test_both_queues_hold_what_differs(judge, differing, agent, editor, as_user):
    mirror = judge(agent, 40, 5)
    judge(agent, 90, 5)
    client = as_user(editor)
    assert [row["scorecard"] for row in queue(client).context["rows"]] == [differing]
    assert [r["scorecard"] for r in queue(client, side="customer").context["rows"]] == [mirror]


def test_taking_up_settling_and_reopening(differing, editor, administrator, as_user):
    client = as_user(editor)
    client.post(address(differing, "verdict_take"), {"side": "us"})
    review = VerdictReview.objects.get()
    assert (review.state, review.taken_by) == (State.TAKEN, editor)
    assert not queue(client).context["rows"]
    assert len(queue(client, state="taken").context["rows"]) == 1
    given = {"side": "us", "finding": "rubric", "note": "Ask about the price.", "criterion": "tone"}
    client.post(address(differing, "verdict_settle"), given)
    note = RubricNote.objects.get()
    assert (note.criterion_key, note.text) == ("tone", "Ask about the price.")
    shown = client.get(reverse("scorecards:rubric_detail", args=[note.rubric_id]))
    assert "judged differently" in shown.content.decode()
    settled = queue(client, state="settled", finding="rubric")
    assert len(settled.context["rows"]) == 1
    assert settled.context["figure"].drawing.table.rows
    assert not queue(client, state="settled", finding="page").context["rows"]
    assert "The note waits in the builder" in client.get(address(differing)).content.decode()
    as_user(administrator).post(address(differing, "verdict_reopen"), {"side": "us"})
    review.refresh_from_db()
    assert (review.state, review.taken_by, review.finding) == (
        State.TAKEN,
        administrator,
        Finding.RUBRIC,
    )
    assert not RubricNote.objects.exists()
    client.post(address(differing, "verdict_put_back"), {"side": "us"})
    assert len(queue(client).context["rows"]) == 1
    done = AuditEvent.objects.filter(object_type="scorecards.verdictreview")
    assert list(done.order_by("pk").values_list("action", flat=True)) == [
        "take_verdict",
        "settle_verdict",
        "reopen_verdict",
        "put_back_verdict",
    ]


def test_a_note_that_was_dealt_with_outlives_reopening(differing, editor, as_user):
    review = take_verdict(differing, side="us", by=editor)
    settle_verdict(review, finding="rubric", note="Words.", by=editor)
    RubricNote.objects.update(settled_at=timezone.now(), settled_by=editor)
    as_user(editor).post(address(differing, "verdict_reopen"), {"side": "us"})
    assert RubricNote.objects.count() == 1


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"finding": "rubric", "note": " "}, "what the rubric misses"),
        ({"finding": "page", "note": "Kept words"}, "Choose the page"),
        ({"note": "Kept words"}, "required"),
    ],
)
def test_what_a_finding_needs_is_said_and_nothing_is_lost(differing, editor, as_user, given, said):
    take_verdict(differing, side="us", by=editor)
    answer = as_user(editor).post(address(differing, "verdict_settle"), {"side": "us", **given})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert said in page
    assert given["note"] in page
    assert VerdictReview.objects.get().state == State.TAKEN


def test_one_takes_it_up_and_the_other_is_late(differing, editor, administrator, manager, as_user):
    review = take_verdict(differing, side="us", by=editor)
    assert take_verdict(differing, side="us", by=editor) == review
    late = as_user(administrator).post(address(differing, "verdict_take"), {"side": "us"})
    assert late.status_code == 409
    with pytest.raises(Conflict):
        settle_verdict(review, finding="nothing", by=administrator)
    with pytest.raises(NotAllowed):
        take_verdict(differing, side="us", by=manager)
    with pytest.raises(Refused):
        settle_verdict(review, finding="page", by=editor)
    settle_verdict(review, finding="grade", by=editor)
    with pytest.raises(Conflict):
        settle_verdict(review, finding="grade", by=editor)


def test_a_mended_grade_leaves_the_queue_and_its_review_stays(differing, editor, as_user):
    review = take_verdict(differing, side="us", by=editor)
    settle_verdict(review, finding="grade", by=editor)
    Scorecard.objects.filter(pk=differing.pk).update(percent=20, outcome="fail")
    client = as_user(editor)
    assert len(queue(client, state="settled").context["rows"]) == 1
    assert "The grade is wrong" in client.get(address(differing)).content.decode()


def test_an_unclear_page_is_a_sign_in_page_health(differing, editor, administrator, as_user):
    page = ProcedurePageFactory(title="Refunds")
    review = take_verdict(differing, side="us", by=editor)
    client = as_user(editor)
    given = {"side": "us", "finding": "page", "procedure": page.pk}
    assert client.post(address(differing, "verdict_settle"), given).status_code == 302
    health = client.get(reverse("insights:page_health")).content.decode()
    assert "Found unclear after 1 conversation" in health
    review.refresh_from_db()
    assert review.procedure_id == page.pk


# --- On the pages of conversation and scorecard ---------------------------------------------------


def test_both_verdicts_stand_on_the_pages_of_conversation_and_scorecard(
    differing, agent, administrator, as_user
):
    page = as_user(administrator).get(
        reverse("interactions:interaction_detail", args=[differing.interaction_id])
    )
    assert "Two verdicts" in page.content.decode()
    assert differing.get_absolute_url() in page.content.decode()
    scorecard = as_user(agent).get(differing.get_absolute_url()).content.decode()
    assert "Two verdicts" in scorecard
    assert "1 of 5" in scorecard


def test_what_is_withheld_shows_neither(differing, rubric_version, administrator, as_user):
    administrator.groups.add(UserFactory(roles=[Role.REVIEWER]).groups.get())
    ReviewAssignment.objects.create(
        interaction=differing.interaction,
        rubric=rubric_version.rubric,
        reviewer=administrator,
        purpose=Purpose.SECOND,
        assigned_at=timezone.now() - dt.timedelta(days=1),
    )
    client = as_user(type(administrator).objects.get(pk=administrator.pk))
    page = client.get(
        reverse("interactions:interaction_detail", args=[differing.interaction_id])
    ).content.decode()
    assert "Hidden until you have graded" in page
    assert "Two verdicts" not in page
    assert client.get(address(differing)).status_code == 404
    assert not queue(client).context["rows"]
    listed = client.get(reverse("insights:verdict_list"))
    assert not listed.context["rows"]
