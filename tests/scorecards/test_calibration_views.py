"""Who sees what of keys and sessions, and when; that nothing gives a seeded pick away."""

import datetime as dt
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from people.roles import Role
from scorecards.actions import Grade, add_evidence, record_grades, start_scorecard, submit_scorecard
from scorecards.actions.calibration import (
    begin_calibration_grade,
    close_calibration,
    open_calibration,
    prepare_calibration,
    seed_expert_key,
    write_expert_key,
)
from scorecards.models import (
    CalibrationDecision,
    CalibrationItem,
    CalibrationSession,
    Criterion,
    ExpertKey,
    ReviewAssignment,
    RubricNote,
    RubricVersion,
    Scorecard,
)
from tests.factories.content import ProcedurePageFactory
from tests.factories.interactions import InteractionFactory
from tests.factories.people import UserFactory
from tests.factories.scorecards import (
    CriterionFactory,
    ReviewAssignmentFactory,
    RubricFactory,
    RubricVersionFactory,
    SectionFactory,
)
from tests.words import says

LIST = "/scorecards/calibration/"
NEW = "/scorecards/calibration/new/"
KEYS = "/scorecards/calibration/keys/"
QUEUE = "/scorecards/queue/"
OUTSIDERS = ["agent", "manager", "editor"]


def url(name, *args):
    return reverse(f"scorecards:{name}", args=args)


@pytest.fixture
def interaction(agent):
    return InteractionFactory(agent=agent)


@pytest.fixture
def make_session(version, reviewer, second_reviewer, administrator):
    """`make_session(interactions)` is open, with Rita and Rolf."""

    def make(interactions, title="Tone"):
        prepared = prepare_calibration(
            title=title,
            version=version,
            interactions=interactions,
            participants=[reviewer, second_reviewer],
            by=administrator,
        )
        return open_calibration(prepared, by=administrator)

    return make


@pytest.fixture
def session(make_session, interaction) -> CalibrationSession:
    return make_session([interaction])


@pytest.fixture
def graded_by(best):
    def grade(session, person, **levels):
        cards = []
        for item in session.items.select_related("interaction", "session__version"):
            card = begin_calibration_grade(item, by=person)
            record_grades(card, best(**levels), by=person)
            cards.append(submit_scorecard(card, by=person))
        return cards

    return grade


@pytest.fixture
def key(interaction, version, best, administrator) -> ExpertKey:
    return write_expert_key(interaction, version, best(tone=0), by=administrator)


@pytest.fixture
def seeded(key, reviewer, administrator) -> ReviewAssignment:
    return seed_expert_key(key, [reviewer], by=administrator)[0].assignment


@pytest.fixture
def seeded_card(seeded, reviewer, best) -> Scorecard:
    card = start_scorecard(seeded, by=reviewer)
    record_grades(card, best(), by=reviewer)
    return submit_scorecard(card, by=reviewer)


# --- a seeded pick looks like any other ----------------------------------------------------------
def plain(text):
    """A page without what differs from one assignment and one moment to the next anyway."""
    for pattern in (
        r'name="csrfmiddlewaretoken" value="[^"]*"',
        r'"x-csrftoken": "[^"]*"',
        r'nonce="[^"]*"',
        r'"[0-9a-f]{16}"',
        r'datetime="[^"]*"',
        r"\d\d:\d\d:\d\d[.\d+:]*",
        r"(?<=/)\d+(?=/)",
        r"(?<=\.draft\.)[\d.]+",
        r"(contact|customer)-\d+",
        r"\s+",
    ):
        text = re.sub(pattern, " ", text)
    return text


def highest(version):
    """Grades with the highest level of each criterion."""
    rows = Criterion.objects.filter(section__version=version).prefetch_related("levels")
    return {row: Grade(level=list(row.levels.all())[-1].pk) for row in rows}


@pytest.mark.parametrize("hides", [True, False])
@pytest.mark.parametrize("has_work", [False, True])
def test_a_seeded_pick_and_another_give_the_same_pages(
    as_user, agent, reviewer, second_reviewer, administrator, today, has_work, hides
):
    """Rita's pages with a seeded pick, and Rolf's with a sampled one, are the same letter by letter,
    also where the version hides nothing of the agent."""
    version = RubricVersionFactory(hides_agent=hides, hides_scores=hides)

    def pick_for(person, subject="Where is my order?", **fields):
        return ReviewAssignmentFactory(
            reviewer=person,
            rubric=version.rubric,
            interaction=InteractionFactory(agent=agent, subject=subject),
            **fields,
        )

    earlier = pick_for(UserFactory(roles=[Role.REVIEWER]), "Earlier one")
    card = start_scorecard(earlier, by=earlier.reviewer)
    record_grades(card, highest(version), by=earlier.reviewer)
    submit_scorecard(card, by=earlier.reviewer)
    for person in (reviewer, second_reviewer):
        person.first_name, person.last_name = "R", "Same"
        person.save()
        if has_work:
            pick_for(person, assigned_at=timezone.now() - dt.timedelta(days=3), due_on=today)
    interaction = InteractionFactory(agent=agent)
    key = write_expert_key(interaction, version, highest(version), by=administrator)
    [pick] = seed_expert_key(key, [reviewer], by=administrator)
    seeded = pick.assignment
    sampled = pick_for(second_reviewer, assigned_at=seeded.assigned_at, due_on=seeded.due_on)

    seen = {}
    for person, assignment in ((reviewer, seeded), (second_reviewer, sampled)):
        client = as_user(person)
        pages = [client.get(address) for address in (QUEUE, "/", LIST)]
        pages.append(client.post(url("grade_start", assignment.pk), follow=True))
        card = assignment.scorecards.get()
        criterion, grade = next(iter(highest(version).items()))
        data = {"level": grade.level, "comment": ""}
        address = url("criterion_save", card.pk, criterion.pk)
        pages.append(client.post(address, data, HTTP_HX_REQUEST="true"))
        pages += [client.get(address) for address in (QUEUE, "/", url("grade", card.pk))]
        pages.append(client.get(url("pick_skip", assignment.pk)))
        assert {page.status_code for page in pages} == {200}
        seen[person] = [plain(page.text).replace(person.email, "") for page in pages]

    for place, ours in enumerate(seen[reviewer]):
        assert ours == seen[second_reviewer][place], f"page {place}"
    assert ("Earlier grades" in seen[reviewer][3]) != hides, "or the test would not look at it"


def test_the_numbers_in_the_queue_do_not_give_it_away(
    as_user, key, version, reviewer, administrator, today
):
    waiting = [
        ReviewAssignmentFactory(reviewer=reviewer, rubric=version.rubric, due_on=today)
        for _number in range(3)
    ]
    newest = max(row.pk for row in waiting)

    seed_expert_key(key, [reviewer], by=administrator)

    seeded = ReviewAssignment.objects.get(purpose=ReviewAssignment.Purpose.SEEDED)
    assert seeded.pk <= newest
    assert url("grade_start", seeded.pk) in as_user(reviewer).get(QUEUE).text


def test_no_page_of_the_reviewer_says_key_before_submission(as_user, seeded, reviewer):
    client = as_user(reviewer)
    client.post(url("grade_start", seeded.pk))

    for address in (QUEUE, "/", LIST, url("grade", seeded.scorecards.get().pk)):
        text = client.get(address).text.lower()
        assert "seeded" not in text
        assert "expert" not in text
        assert "hand-picked" not in text


@pytest.mark.parametrize("who", ["agent", "reviewer", "second_reviewer", "manager", "editor"])
def test_keys_are_hidden_from_who_does_not_lead(as_user, key, interaction, version, request, who):
    client = as_user(request.getfixturevalue(who))

    for address in (
        KEYS,
        url("key_choose"),
        url("expert_key", version.pk, interaction.pk),
        url("key_seed", key.pk),
    ):
        assert client.get(address).status_code == 403
    assert client.post(url("key_seed", key.pk)).status_code == 403
    assert client.post(url("expert_key", version.pk, interaction.pk)).status_code == 403


# --- after submission ----------------------------------------------------------------------------
def test_the_result_beside_the_key_is_for_the_reviewer_after_submission(
    as_user, seeded, key, reviewer, best, criteria
):
    card = start_scorecard(seeded, by=reviewer)
    add_evidence(card, criteria["tone"], message_id="m2", start=0, end=6, by=reviewer)
    client = as_user(reviewer)
    assert client.get(url("key_result", card.pk)).status_code == 404

    record_grades(card, best(), by=reviewer)
    submit_scorecard(card, by=reviewer)

    page = client.get(url("key_result", card.pk))
    assert "Alike in 3 of 4 criteria" in page.text
    assert "2 levels milder" in page.text
    assert "Let me" in page.text
    assert url("key_result", card.pk) in client.get(QUEUE).text
    assert url("key_result", card.pk) in client.get(LIST).text


@pytest.mark.parametrize("who", ["agent", "teammate", "second_reviewer", "manager", "editor"])
def test_the_result_beside_the_key_does_not_exist_for_others(as_user, seeded_card, request, who):
    client = as_user(request.getfixturevalue(who))

    assert client.get(url("key_result", seeded_card.pk)).status_code == 404
    assert client.get(seeded_card.get_absolute_url()).status_code == 404


def test_who_leads_sees_results(as_user, seeded_card, key, administrator, reviewer):
    client = as_user(administrator)

    assert str(reviewer) in client.get(url("key_result", seeded_card.pk)).text
    assert url("key_result", seeded_card.pk) in client.get(url("key_seed", key.pk)).text


def test_no_list_has_a_seeded_grade_of_the_agent(
    as_user, seeded_card, agent, manager, administrator
):
    for person in (agent, manager, administrator):
        page = as_user(person).get("/scorecards/", {"agent": agent.pk})
        assert list(page.context["page"]) == []
        assert as_user(person).get("/").status_code == 200


def test_a_grade_by_a_changed_rubric_is_not_compared(as_user, seeded_card, reviewer, version):
    RubricVersion.objects.filter(pk=version.pk).update(state=RubricVersion.State.RETIRED)
    other = RubricVersionFactory(rubric=version.rubric, number=2)
    Scorecard.objects.filter(pk=seeded_card.pk).update(version=other)

    page = as_user(reviewer).get(url("key_result", seeded_card.pk))

    assert "cannot be compared" in page.text


# --- keys ----------------------------------------------------------------------------------------
def key_data(version, best, **levels):
    data = {}
    for criterion, grade in best(**levels).items():
        value = "na" if grade.is_not_applicable else grade.level
        data[f"criterion-{criterion.pk}-level"] = value
        data[f"criterion-{criterion.pk}-comment"] = ""
    return data


def test_expert_key_is_written_without_seeing_the_agent(
    as_user, administrator, interaction, version, best, agent, criteria
):
    address = url("expert_key", version.pk, interaction.pk)
    client = as_user(administrator)
    page = client.get(address)
    assert "It leaves tomorrow." in page.text
    assert not says(page.text, agent.first_name)

    data = key_data(version, best, facts=None)
    data[f"criterion-{criteria['tone'].pk}-comment"] = "Friendly throughout."
    response = client.post(address, data)

    key = ExpertKey.objects.get()
    assert response.url == url("key_seed", key.pk)
    assert key.grades.get(criterion__key="facts").is_not_applicable
    again = client.get(address).text
    assert "Friendly throughout." in again
    assert again.count("checked") == 4


def test_expert_key_names_what_is_missing_and_keeps_the_input(
    as_user, administrator, interaction, version, best, criteria
):
    data = key_data(version, best)
    del data[f"criterion-{criteria['tone'].pk}-level"]
    data[f"criterion-{criteria['facts'].pk}-comment"] = "kept"

    page = as_user(administrator).post(url("expert_key", version.pk, interaction.pk), data)

    assert page.status_code == 422
    assert f'href="#criterion-{criteria["tone"].pk}"' in page.text
    assert "kept" in page.text
    assert page.text.count("checked") == 3
    assert not ExpertKey.objects.exists()


def test_expert_key_refuses_nonsense(as_user, administrator, interaction, version, best, criteria):
    for nonsense, status in (("x", 422), ("999999", 422)):
        data = key_data(version, best)
        data[f"criterion-{criteria['tone'].pk}-level"] = nonsense
        page = as_user(administrator).post(url("expert_key", version.pk, interaction.pk), data)
        assert page.status_code == status
    assert not ExpertKey.objects.exists()


def test_a_key_in_use_is_read_only(as_user, administrator, seeded, key, version, best):
    address = url("expert_key", version.pk, key.interaction_id)

    assert "no longer changes" in as_user(administrator).get(address).text
    assert as_user(administrator).post(address, key_data(version, best)).status_code == 409


def test_a_key_is_hidden_from_a_leader_who_still_grades(
    as_user, administrator, key, version, reviewer, second_reviewer
):
    lead = UserFactory(roles=[Role.ADMINISTRATOR, Role.REVIEWER])
    prepared = prepare_calibration(
        title="Together",
        version=version,
        interactions=[key.interaction],
        participants=[lead, reviewer],
        by=administrator,
    )
    client = as_user(lead)
    assert list(client.get(KEYS).context["page"]) == []
    assert client.get(url("key_seed", key.pk)).status_code == 404
    assert client.get(url("expert_key", version.pk, key.interaction_id)).status_code == 403
    detail = client.get(prepared.get_absolute_url())
    assert "has a key" not in detail.text


def test_key_seed_puts_it_into_queues_and_says_who_was_passed_over(
    as_user, administrator, key, reviewer, second_reviewer
):
    address = url("key_seed", key.pk)
    client = as_user(administrator)
    seed_expert_key(key, [second_reviewer], by=administrator)

    response = client.post(address, {"reviewers": [reviewer.pk, second_reviewer.pk]}, follow=True)

    assert "It waits in 1 queue now" in response.text
    assert "1 person was passed over" in response.text
    assert client.post(address, {}).status_code == 422


def test_key_choose_finds_by_words(as_user, administrator, version):
    InteractionFactory(subject="Broken zip of a bag")
    InteractionFactory(subject="Late parcel")

    page = as_user(administrator).get(url("key_choose"), {"words": "zip broken"})

    assert [row.subject for row in page.context["page"]] == ["Broken zip of a bag"]


def test_key_pages_take_the_same_queries_for_one_and_for_three(
    as_user, administrator, version, best, key, reviewer, count_queries
):
    client = as_user(administrator)
    seed_expert_key(key, [reviewer], by=administrator)
    addresses = [KEYS, url("key_choose"), url("key_seed", key.pk)]
    before = [count_queries(lambda a=a: client.get(a)) for a in addresses]
    for _number in range(2):
        write_expert_key(InteractionFactory(), version, best(), by=administrator)
        seed_expert_key(key, [UserFactory(roles=[Role.REVIEWER])], by=administrator)

    assert [count_queries(lambda a=a: client.get(a)) for a in addresses] == before
    assert max(before) <= 14


# --- sessions: nobody sees others' grades --------------------------------------------------------
def test_a_sessions_grades_are_hidden_from_everybody_until_all_are_in(
    as_user, session, graded_by, reviewer, second_reviewer, administrator, agent, manager, editor
):
    [card] = graded_by(session, reviewer, tone=0)
    secret = [card.get_absolute_url(), url("grade", card.pk), url("key_result", card.pk)]

    for person in (second_reviewer, administrator, agent, manager, editor):
        client = as_user(person)
        assert {client.get(address).status_code for address in secret} == {404}
        assert card not in client.get("/scorecards/").context["page"].object_list
    for person in (reviewer, second_reviewer, administrator):
        client = as_user(person)
        assert client.get(url("calibration_report", session.pk)).status_code == 403
        page = client.get(session.get_absolute_url())
        assert url("calibration_report", session.pk) not in page.text
        assert "Level 0" not in page.text
    for person in (agent, manager, editor):
        client = as_user(person)
        assert client.get(url("calibration_report", session.pk)).status_code == 404
        assert client.get(session.get_absolute_url()).status_code == 404
    assert as_user(reviewer).get(card.get_absolute_url()).status_code == 200, "one's own"

    graded_by(session, second_reviewer)
    for person in (reviewer, second_reviewer, administrator):
        page = as_user(person).get(url("calibration_report", session.pk))
        assert page.status_code == 200
        assert "Level 0" in page.text
    for person in (agent, manager, editor):
        client = as_user(person)
        assert client.get(url("calibration_report", session.pk)).status_code == 404
        assert client.get(card.get_absolute_url()).status_code == 404
    for person in (second_reviewer, administrator):
        assert as_user(person).get(card.get_absolute_url()).status_code == 404, "the report is"


def test_calibration_list_shows_each_their_sessions(
    as_user, session, version, interaction, administrator, reviewer, second_reviewer
):
    prepare_calibration(
        title="Not yet open",
        version=version,
        interactions=[InteractionFactory()],
        participants=[reviewer, second_reviewer],
        by=administrator,
    )
    stranger = UserFactory(roles=[Role.REVIEWER])

    def titles(person):
        return [str(row) for row in as_user(person).get(LIST).context["page"]]

    assert titles(administrator) == ["Not yet open", "Tone"]
    assert titles(reviewer) == ["Tone"]
    assert titles(stranger) == []


@pytest.mark.parametrize("who", OUTSIDERS)
def test_calibration_is_for_people_who_grade(as_user, session, request, who):
    client = as_user(request.getfixturevalue(who))

    assert client.get(LIST).status_code == 403
    assert client.get(NEW).status_code == 403
    for name in ("calibration_open", "calibration_close"):
        assert client.post(url(name, session.pk)).status_code == 404
    item = session.items.get()
    assert client.post(url("calibration_grade", session.pk, item.pk)).status_code == 404


def test_participants_do_not_lead(as_user, session, reviewer, criteria, administrator):
    client = as_user(reviewer)

    assert client.get(NEW).status_code == 403
    assert client.post(NEW).status_code == 403
    assert client.get(url("calibration_edit", session.pk)).status_code == 403
    assert client.post(url("calibration_close", session.pk)).status_code == 403
    close_calibration(session, by=administrator)
    decide = url("calibration_decide", session.pk, criteria["tone"].pk)
    assert client.post(decide, {"decision": "x"}).status_code == 403
    assert not CalibrationDecision.objects.exists()


def test_strangers_are_asked_to_sign_in(client, session):
    for address in (LIST, NEW, KEYS, session.get_absolute_url()):
        assert reverse("account_login") in client.get(address).url


@pytest.mark.parametrize(
    "name", ["calibration_open", "calibration_close", "calibration_grade", "calibration_decide"]
)
def test_what_changes_something_is_no_get(as_user, session, administrator, criteria, name):
    args = {
        "calibration_grade": [session.pk, session.items.get().pk],
        "calibration_decide": [session.pk, criteria["tone"].pk],
    }.get(name, [session.pk])

    assert as_user(administrator).get(url(name, *args)).status_code == 405


# --- sessions: the way through -------------------------------------------------------------------
def test_a_session_from_preparation_to_report(
    as_user, administrator, reviewer, second_reviewer, version, interaction, best
):
    lead = as_user(administrator)
    data = {
        "title": "Tone",
        "version": version.pk,
        "participants": [reviewer.pk, second_reviewer.pk],
        "due_on": "",
        "interaction": [interaction.pk],
    }
    response = lead.post(NEW, data)
    session = CalibrationSession.objects.get()
    assert response.url == session.get_absolute_url()
    assert lead.post(url("calibration_open", session.pk)).url == session.get_absolute_url()

    item = CalibrationItem.objects.get()
    for person in (reviewer, second_reviewer):
        client = as_user(person)
        assert session.get_absolute_url() in client.get(QUEUE).text
        grading = client.post(url("calibration_grade", session.pk, item.pk))
        card = Scorecard.objects.get(reviewer=person)
        assert grading.url == url("grade", card.pk)
        assert "for calibration" in client.get(grading.url).text
        record_grades(card, best(), by=person)
        submitted = client.post(url("scorecard_submit", card.pk), {"summary": ""})
        assert submitted.url == session.get_absolute_url()
        assert session.get_absolute_url() not in client.get(QUEUE).text

    assert "Compare the grades" in as_user(reviewer).get(session.get_absolute_url()).text
    closed = lead.post(url("calibration_close", session.pk), follow=True)
    assert closed.redirect_chain == [(url("calibration_report", session.pk), 302)]


def test_calibration_create_finds_interactions_and_keeps_what_was_entered(
    as_user, administrator, version, reviewer
):
    zip_ = InteractionFactory(subject="Broken zip")
    InteractionFactory(subject="Late parcel")

    page = as_user(administrator).post(
        NEW,
        {
            "title": "Half",
            "version": version.pk,
            "participants": [reviewer.pk],
            "words": "parcel",
            "find": "1",
            "interaction": [zip_.pk],
        },
    )

    assert page.status_code == 200
    assert 'value="Half"' in page.text
    assert [str(row) for row in page.context["chosen"]] == ["Broken zip"]
    assert [str(row) for row in page.context["found"]] == ["Late parcel"]
    assert "field__error" not in page.text
    assert not CalibrationSession.objects.exists()


def test_calibration_create_takes_interactions_from_the_address(as_user, administrator, version):
    rows = [InteractionFactory(), InteractionFactory()]

    page = as_user(administrator).get(NEW, {"interaction": [row.pk for row in rows]})

    assert page.context["chosen"] == rows


@pytest.mark.parametrize("missing", ["title", "interaction", "participants"])
def test_calibration_create_says_what_is_missing(
    as_user, administrator, version, reviewer, second_reviewer, missing
):
    data = {
        "title": "Tone",
        "version": version.pk,
        "participants": [reviewer.pk, second_reviewer.pk],
        "interaction": [InteractionFactory().pk],
    }
    del data[missing]

    page = as_user(administrator).post(NEW, data)

    assert page.status_code == 422
    assert "field__error" in page.text


@pytest.mark.parametrize("nonsense", ["x", "²", "9" * 30, ""])
def test_calibration_create_passes_over_what_is_no_id(
    as_user, administrator, interaction, nonsense
):
    page = as_user(administrator).get(NEW, {"interaction": [nonsense, interaction.pk]})

    assert page.status_code == 200
    assert page.context["chosen"] == [interaction]


def test_one_alone_is_no_session(as_user, administrator, version, reviewer):
    page = as_user(administrator).post(
        NEW,
        {
            "title": "Tone",
            "version": version.pk,
            "participants": [reviewer.pk],
            "interaction": [InteractionFactory().pk],
        },
    )

    assert page.status_code == 422
    assert "at least two people" in page.text


def test_calibration_edit_changes_what_is_not_opened(
    as_user, administrator, version, reviewer, second_reviewer
):
    old, new = InteractionFactory(), InteractionFactory()
    prepared = prepare_calibration(
        title="Tone",
        version=version,
        interactions=[old],
        participants=[reviewer, second_reviewer],
        by=administrator,
    )
    address = url("calibration_edit", prepared.pk)
    client = as_user(administrator)
    assert client.get(address).context["chosen"] == [old]

    client.post(
        address,
        {
            "title": "Tone 2",
            "version": version.pk,
            "participants": [reviewer.pk, second_reviewer.pk],
            "interaction": [new.pk, old.pk],
        },
    )

    prepared.refresh_from_db()
    assert prepared.title == "Tone 2"
    assert [item.interaction for item in prepared.items.all()] == [new, old]
    open_calibration(prepared, by=administrator)
    assert client.get(address).status_code == 403


def test_calibration_open_says_why_not(as_user, administrator, version, reviewer, agent):
    agent.groups.add(*reviewer.groups.all())
    prepared = prepare_calibration(
        title="Tone",
        version=version,
        interactions=[InteractionFactory(agent=agent)],
        participants=[reviewer, agent],
        by=administrator,
    )

    page = as_user(administrator).post(url("calibration_open", prepared.pk))

    assert page.status_code == 422
    assert "own conversation" in page.text


# --- the report ----------------------------------------------------------------------------------
@pytest.fixture
def compared(make_session, key, graded_by, reviewer, second_reviewer, criteria):
    """Rita and Rolf differ on the tone; the key says its lowest level."""
    session = make_session([key.interaction])
    item = session.items.select_related("interaction", "session__version").get()
    card = begin_calibration_grade(item, by=reviewer)
    add_evidence(card, criteria["tone"], message_id="m2", start=0, end=6, by=reviewer)
    graded_by(session, reviewer, tone=0)
    graded_by(session, second_reviewer, facts=None)
    return session


def test_the_report_shows_disagreements_side_by_side(as_user, compared, reviewer, second_reviewer):
    page = as_user(reviewer).get(url("calibration_report", compared.pk))

    text = page.text
    assert "different in 1 of 1" in text
    assert str(reviewer) in text
    assert str(second_reviewer) in text
    assert "2 levels milder" in text
    assert "Let me" in text
    assert "1 grade says “not applicable”" in text
    assert text.count("Exactly the same level") == 1, "what is missing is said once"
    assert text.count("Shown from 10 interactions") == len(page.context["few"]) - 1
    assert "Here there is 1." in text
    assert " % of pairs" not in text, "no figure below the minimum"


def test_the_report_begins_with_all_criteria_the_worst_first(
    as_user, compared, administrator, criteria
):
    client = as_user(administrator)
    decide = url("calibration_decide", compared.pk, criteria["facts"].pk)
    client.post(decide, {"notes": "", "decision": "As written."})

    page = client.get(url("calibration_report", compared.pk))

    rows = [row for row, _exact, _within_one in page.context["overview"]]
    shares = [row.different_share for row in rows]
    assert shares == sorted(shares, reverse=True)
    assert {row.criterion for row in rows} == set(criteria.values())
    overview = page.text.split("calibration__overview")[1].split("</table>")[0]
    for criterion in criteria.values():
        assert f'href="#criterion-{criterion.pk}"' in overview
        assert f'id="criterion-{criterion.pk}"' in page.text
    assert overview.count(" yes</td>") == 1


def test_the_report_takes_decision_and_wording(
    as_user, compared, administrator, reviewer, criteria
):
    tone = criteria["tone"]
    lead = as_user(administrator)

    response = lead.post(
        url("calibration_decide", compared.pk, tone.pk),
        {"notes": "Two readings.", "decision": "Please counts."},
    )
    assert response.url.endswith(f"#criterion-{tone.pk}")
    as_user(reviewer).post(
        url("calibration_propose", compared.pk, tone.pk), {"text": "Says please or thanks."}
    )

    page = as_user(reviewer).get(url("calibration_report", compared.pk))
    for words in ("Two readings.", "Please counts.", "Says please or thanks."):
        assert words in page.text
    assert RubricNote.objects.get().written_by == reviewer


def test_an_empty_wording_is_refused_in_its_place(as_user, compared, reviewer, criteria):
    page = as_user(reviewer).post(
        url("calibration_propose", compared.pk, criteria["tone"].pk), {"text": " "}
    )

    assert page.status_code == 422
    assert page.text.count("field__error") == 1
    assert not RubricNote.objects.exists()


def test_the_report_links_the_manual_page_for_who_may_edit_it(
    as_user, reviewer, second_reviewer, administrator
):
    page = ProcedurePageFactory(title="Tone of voice")
    version = RubricVersion.objects.create(rubric=RubricFactory(key="another"), number=1)
    CriterionFactory(section=SectionFactory(version=version, key="tone"), procedure=page)
    RubricVersion.objects.update(state=RubricVersion.State.PUBLISHED)
    lead = UserFactory(roles=[Role.ADMINISTRATOR, Role.EDITOR])
    prepared = prepare_calibration(
        title="Linked",
        version=version,
        interactions=[InteractionFactory()],
        participants=[reviewer, second_reviewer],
        by=administrator,
    )
    session = open_calibration(prepared, by=administrator)
    close_calibration(session, by=administrator)
    edit = reverse("wagtailadmin_pages:edit", args=[page.pk])
    address = url("calibration_report", session.pk)

    assert edit in as_user(lead).get(address).text
    mine = as_user(reviewer).get(address).text
    assert edit not in mine
    assert page.url in mine


def test_the_report_knows_only_the_criteria_of_its_version(as_user, compared, administrator):
    other = RubricVersionFactory(rubric=RubricFactory(key="another"))
    foreign = other.sections.first().criteria.first()

    response = as_user(administrator).post(
        url("calibration_decide", compared.pk, foreign.pk), {"decision": "x"}
    )

    assert response.status_code == 404


def test_a_session_closed_without_grades_says_so(as_user, session, administrator):
    close_calibration(session, by=administrator)

    page = as_user(administrator).get(url("calibration_report", session.pk))

    assert "Nobody submitted a grade" in page.text


def test_session_pages_take_the_same_queries_for_one_and_for_three(
    as_user, make_session, graded_by, reviewer, second_reviewer, administrator, count_queries
):
    counts = []
    for size in (1, 3):
        session = make_session([InteractionFactory() for _number in range(size)], title=str(size))
        graded_by(session, reviewer, tone=0)
        graded_by(session, second_reviewer)
        addresses = [LIST, session.get_absolute_url(), url("calibration_report", session.pk)]
        for person in (reviewer, administrator):
            client = as_user(person)
            counts.append([count_queries(lambda a=a: client.get(a)) for a in addresses])  # noqa: B023

    assert counts[:2] == counts[2:]
    assert max(max(row) for row in counts) <= 26


@pytest.mark.parametrize("who", ["reviewer", "administrator"])
def test_the_report_waits_for_who_has_to_grade_one_of_it_in_their_queue(
    as_user, make_session, interaction, administrator, version, request, who
):
    reader = request.getfixturevalue(who)
    session = make_session([interaction])
    close_calibration(session, by=administrator)
    page = url("calibration_report", session.pk)
    assert as_user(reader).get(page).status_code == 200
    waiting = ReviewAssignmentFactory(
        interaction=interaction, rubric=RubricFactory(key="other"), reviewer=reader
    )

    refused = as_user(reader).get(page)

    assert refused.status_code == 403
    assert "waits in your queue" in refused.text
    ReviewAssignment.objects.filter(pk=waiting.pk).update(state="done")
    assert as_user(reader).get(page).status_code == 200
