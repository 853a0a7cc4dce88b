"""The pages after the grade: taking back, changing, releasing, replying, disputing."""

import pytest
from django.urls import reverse

from people.roles import Role
from scorecards.actions import (
    Grade,
    add_evidence,
    file_dispute,
    hold_feedback,
    override_scorecard,
    record_grades,
    release_scorecards,
    request_regrade,
    start_scorecard,
    submit_scorecard,
    take_dispute,
)
from scorecards.models import Dispute, FeedbackHold, Reply, Scorecard
from tests.factories.interactions import InteractionFactory
from tests.factories.people import MembershipFactory, UserFactory
from tests.factories.scorecards import ReviewAssignmentFactory


def url(name, *args):
    return reverse(f"scorecards:{name}", args=args)


@pytest.fixture
def grade_another(agent, reviewer, version, best):
    """Submit one more grade about Ada, with the lowest level for the tone."""

    def make() -> Scorecard:
        pick = ReviewAssignmentFactory(
            reviewer=reviewer, rubric=version.rubric, interaction=InteractionFactory(agent=agent)
        )
        scorecard = start_scorecard(pick, by=reviewer)
        record_grades(scorecard, best(tone=0), by=reviewer)
        return submit_scorecard(scorecard, by=reviewer)

    return make


@pytest.fixture
def propose(criteria):
    tone = criteria["tone"]

    def proposals(position=0):
        return {tone: Grade(level=tone.levels.all()[position].pk, comment="I was polite.")}

    return proposals


@pytest.fixture
def dispute(submitted, propose, agent):
    return file_dispute(submitted, propose(1), by=agent)


def change(criteria, version, **more):
    """The form of an override as the page sends it, with the lowest level for the tone."""
    data = {"reason": "It was curt.", "summary": "Well done.", **more}
    for key, criterion in criteria.items():
        levels = list(criterion.levels.all())
        level = levels[0] if key == "tone" else levels[-1]
        data.setdefault(f"criterion-{criterion.pk}-level", level.pk)
        data.setdefault(f"criterion-{criterion.pk}-comment", "")
    return data


POSTS = [
    "scorecard_undo",
    "scorecard_reply",
    "dispute_take",
    "dispute_decide",
    "dispute_regrade",
    "dispute_regrade_cancel",
    "dispute_withdraw",
]


@pytest.mark.parametrize("name", POSTS)
def test_what_changes_something_is_no_get(as_user, dispute, administrator, name):
    pk = dispute.pk if name.startswith("dispute") else dispute.scorecard_id

    assert as_user(administrator).get(url(name, pk)).status_code == 405


@pytest.mark.parametrize("name", [*POSTS, "scorecard_override", "dispute_create"])
@pytest.mark.parametrize("who", ["teammate", "other_manager", "editor"])
def test_what_one_may_not_see_does_not_exist(as_user, dispute, request, name, who):
    client = as_user(request.getfixturevalue(who))
    is_about_dispute = name.startswith("dispute") and name != "dispute_create"
    pk = dispute.pk if is_about_dispute else dispute.scorecard_id

    assert client.post(url(name, pk)).status_code == 404
    assert client.post(url(name, pk + 1000)).status_code == 404


def test_feedback_hold_is_no_get(as_user, manager):
    assert as_user(manager).get(url("feedback_hold")).status_code == 405


def test_scorecard_undo_leads_back_to_the_grading_screen(as_user, submitted, reviewer):
    client = as_user(reviewer)
    assert "Take back (until" in client.get(submitted.get_absolute_url()).text

    response = client.post(url("scorecard_undo", submitted.pk))

    assert response.url == url("grade", submitted.pk)
    assert client.get(response.url).status_code == 200
    assert client.post(url("scorecard_undo", submitted.pk)).status_code == 409


@pytest.mark.parametrize("who", ["agent", "manager", "administrator"])
def test_scorecard_undo_is_its_reviewers_alone(as_user, submitted, request, who):
    client = as_user(request.getfixturevalue(who))

    assert "Take back" not in client.get(submitted.get_absolute_url()).text
    assert client.post(url("scorecard_undo", submitted.pk)).status_code == 403


def test_scorecard_undo_after_it_was_read_is_409(as_user, submitted, reviewer, agent):
    as_user(agent).post(url("scorecard_acknowledge", submitted.pk))

    response = as_user(reviewer).post(url("scorecard_undo", submitted.pk))

    assert response.status_code == 409
    assert "The agent has read this grade" in response.text


def test_scorecard_override_writes_a_revision_that_says_what_changed(
    as_user, graded, criteria, version, reviewer, administrator, agent
):
    add_evidence(graded, criteria["tone"], message_id="m2", start=0, end=6, by=reviewer)
    first = submit_scorecard(graded, by=reviewer, summary="Well done.")
    client = as_user(administrator)
    assert client.get(url("scorecard_override", first.pk)).status_code == 200

    response = client.post(url("scorecard_override", first.pk), change(criteria, version))

    second = Scorecard.objects.submitted().get()
    assert response.url == second.get_absolute_url()
    page = as_user(agent).get(second.get_absolute_url()).text
    assert "Overridden:" in page
    assert "It was curt." in page
    assert "Revision 1: 100" in page
    assert "Level 2</s>" in page, "the level before"
    assert 'data-message-id="m2"' in page
    old = as_user(agent).get(first.get_absolute_url()).text
    assert "It no longer counts." in old
    assert "I have read this" not in old
    listed = as_user(agent).get(url("scorecard_list")).context["page"]
    assert list(listed) == [second]


def test_scorecard_override_keeps_what_was_entered_when_the_reason_is_missing(
    as_user, submitted, criteria, version, administrator
):
    tone = criteria["tone"]
    data = change(criteria, version, reason="", **{f"criterion-{tone.pk}-comment": "Was curt."})

    response = as_user(administrator).post(url("scorecard_override", submitted.pk), data)

    assert response.status_code == 422
    assert "Was curt." in response.text
    assert "Say why the grade is changed." in response.text


def test_scorecard_override_without_a_difference_is_422(
    as_user, submitted, criteria, version, administrator
):
    tone = criteria["tone"]
    highest = tone.levels.all()[2].pk
    data = change(criteria, version, **{f"criterion-{tone.pk}-level": highest})

    response = as_user(administrator).post(url("scorecard_override", submitted.pk), data)

    assert response.status_code == 422
    assert "Nothing was changed" in response.text


def test_scorecard_override_with_a_foreign_level_is_422(
    as_user, submitted, criteria, version, administrator
):
    foreign = criteria["facts"].levels.all()[0].pk
    data = change(criteria, version, **{f"criterion-{criteria['tone'].pk}-level": foreign})

    response = as_user(administrator).post(url("scorecard_override", submitted.pk), data)

    assert response.status_code == 422
    assert Scorecard.objects.count() == 1


def test_scorecard_override_double_click_is_409(
    as_user, submitted, criteria, version, administrator
):
    client = as_user(administrator)
    data = change(criteria, version)
    client.post(url("scorecard_override", submitted.pk), data)

    assert client.post(url("scorecard_override", submitted.pk), data).status_code == 409
    assert Scorecard.objects.count() == 2


@pytest.mark.parametrize("who", ["agent", "reviewer", "manager"])
def test_scorecard_override_is_403_for_who_may_only_read(as_user, submitted, request, who):
    client = as_user(request.getfixturevalue(who))

    assert client.get(url("scorecard_override", submitted.pk)).status_code == 403
    assert client.post(url("scorecard_override", submitted.pk)).status_code == 403


def test_scorecard_reply_shows_to_its_people_only(
    as_user, submitted, propose, agent, reviewer, manager, second_reviewer
):
    response = as_user(agent).post(
        url("scorecard_reply", submitted.pk), {"body": "I see it <b>otherwise</b>."}
    )

    assert response.url == submitted.get_absolute_url() + "#replies"
    for person in (agent, reviewer, manager):
        page = as_user(person).get(submitted.get_absolute_url()).text
        assert "I see it &lt;b&gt;otherwise&lt;/b&gt;." in page
    # Who took the dispute reads the grade, but not the private conversation.
    take_dispute(file_dispute(submitted, propose(1), by=agent), by=second_reviewer)
    client = as_user(second_reviewer)
    assert "otherwise" not in client.get(submitted.get_absolute_url()).text
    for body in ("Hello", ""):
        answer = client.post(url("scorecard_reply", submitted.pk), {"body": body})
        assert answer.status_code == 403


def test_scorecard_reply_needs_words(as_user, submitted, agent):
    response = as_user(agent).post(url("scorecard_reply", submitted.pk), {"body": " "})

    assert response.status_code == 422
    assert "Write something first." in response.text
    assert not Reply.objects.exists()


def test_scorecard_release_shows_and_releases_what_is_held(as_user, agent, manager, grade_another):
    hold_feedback(agent, by=manager)
    held = [grade_another(), grade_another()]
    client = as_user(manager)
    assert list(client.get(url("scorecard_release")).context["page"]) == held
    assert "held back" in client.get(url("scorecard_list")).text
    assert as_user(agent).get(held[0].get_absolute_url()).status_code == 404

    data = {"scorecard": [row.pk for row in held]}
    response = client.post(url("scorecard_release"), data, follow=True)

    assert "2 grades were released" in response.text
    assert as_user(agent).get(held[0].get_absolute_url()).status_code == 200
    assert client.post(url("scorecard_release"), data).status_code == 409


@pytest.mark.parametrize("chosen", [[], ["x"], ["999999"], ["9" * 30]])
def test_scorecard_release_of_nothing_is_422(as_user, manager, submitted, chosen):
    response = as_user(manager).post(url("scorecard_release"), {"scorecard": chosen})

    assert response.status_code == 422


@pytest.mark.parametrize("who", ["agent", "reviewer", "editor"])
def test_scorecard_release_is_the_managers(as_user, agent, request, who):
    client = as_user(request.getfixturevalue(who))

    assert client.get(url("scorecard_release")).status_code == 403
    assert client.post(url("scorecard_release"), {"scorecard": 1}).status_code == 403
    assert client.post(url("feedback_hold"), {"agent": agent.pk, "hold": 1}).status_code == 403


def test_scorecard_release_of_somebody_elses_people_is_not_possible(
    as_user, agent, manager, other_manager, grade_another
):
    hold_feedback(agent, by=manager)
    held = grade_another()
    client = as_user(other_manager)

    assert not client.get(url("scorecard_release")).context["page"].object_list
    assert client.post(url("scorecard_release"), {"scorecard": held.pk}).status_code == 422
    held.refresh_from_db()
    assert held.is_held


def test_feedback_hold_begins_and_ends(as_user, agent, manager):
    client = as_user(manager)
    page = client.post(url("feedback_hold"), {"agent": agent.pk, "hold": 1}, follow=True)
    assert "grades wait for you" in page.text
    assert FeedbackHold.objects.get().agent == agent

    client.post(url("feedback_hold"), {"agent": agent.pk, "hold": 0})

    assert not FeedbackHold.objects.exists()


def test_people_to_hold_back_are_paged_and_found_by_name_and_those_held_come_first(
    as_user, agent, manager, team
):
    others = [UserFactory(roles=[Role.AGENT], last_name=f"Person{n:02}") for n in range(30)]
    for other in others:
        MembershipFactory(team=team, user=other)
    hold_feedback(others[-1], by=manager)
    client = as_user(manager)

    first = client.get(url("scorecard_release")).context["people"]
    assert (len(first), first[0], first.has_next()) == (25, others[-1], True)
    found = client.get(url("scorecard_release"), {"person": "person07"})
    assert list(found.context["people"]) == [others[7]]
    nobody = client.get(url("scorecard_release"), {"person": "Zzyzx"}).text
    assert "Nobody has “Zzyzx” in their name or address." in nobody


@pytest.mark.parametrize("data", [{}, {"agent": "x", "hold": "1"}, {"agent": 1, "hold": "2"}])
def test_feedback_hold_of_nonsense_is_422(as_user, manager, data):
    assert as_user(manager).post(url("feedback_hold"), data).status_code == 422


def test_feedback_hold_of_somebody_elses_agent_is_422(as_user, other_manager, agent):
    data = {"agent": agent.pk, "hold": 1}

    assert as_user(other_manager).post(url("feedback_hold"), data).status_code == 422


def test_scorecard_release_takes_the_same_queries_for_one_and_for_three(
    as_user, agent, manager, grade_another, count_queries
):
    hold_feedback(agent, by=manager)
    client = as_user(manager)
    grade_another()
    one = count_queries(lambda: client.get(url("scorecard_release")))
    grade_another(), grade_another()

    assert count_queries(lambda: client.get(url("scorecard_release"))) == one < 12


def test_scorecard_release_says_of_each_person_whether_their_grades_wait(
    as_user, agent, teammate, manager, count_queries
):
    client = as_user(manager)
    nobody = client.get(url("scorecard_release"))
    queries = count_queries(lambda: client.get(url("scorecard_release")))
    hold_feedback(agent, by=manager)

    page = client.get(url("scorecard_release"))

    assert {agent, teammate} <= set(page.context["people"])
    assert [person for person in page.context["people"] if person.is_held] == [agent]
    assert (nobody.text.count("grades wait for you"), page.text.count("grades wait for you")) == (
        0,
        1,
    )
    assert page.text.count("Stop holding back") == 1
    assert count_queries(lambda: client.get(url("scorecard_release"))) == queries < 12


def test_dispute_create_files_what_was_filled_in(as_user, submitted, criteria, agent):
    client = as_user(agent)
    assert "until the end of" in client.get(submitted.get_absolute_url()).text
    assert client.get(url("dispute_create", submitted.pk)).status_code == 200
    tone = criteria["tone"]
    data = {
        f"criterion-{tone.pk}-level": tone.levels.all()[1].pk,
        f"criterion-{tone.pk}-comment": "I said please.",
    }

    response = client.post(url("dispute_create", submitted.pk), data)

    dispute = Dispute.objects.get()
    assert response.url == dispute.get_absolute_url()
    assert [row.criterion for row in dispute.criteria.all()] == [tone]
    assert client.post(url("dispute_create", submitted.pk), data).status_code == 409
    assert client.get(url("dispute_create", submitted.pk)).status_code == 409


@pytest.mark.parametrize("what", ["nothing", "level", "reason", "foreign", "the same"])
def test_dispute_create_says_what_is_missing_and_keeps_the_rest(
    as_user, submitted, criteria, agent, what
):
    tone = criteria["tone"]
    level, comment = f"criterion-{tone.pk}-level", f"criterion-{tone.pk}-comment"
    data = {
        "nothing": {},
        "level": {comment: "I said please."},
        "reason": {level: tone.levels.all()[1].pk},
        "foreign": {level: criteria["facts"].levels.all()[1].pk, comment: "I said please."},
        "the same": {level: tone.levels.all()[2].pk, comment: "I said please."},
    }[what]

    response = as_user(agent).post(url("dispute_create", submitted.pk), data)

    assert response.status_code == 422
    assert ("I said please." in response.text) == (comment in data)
    assert not Dispute.objects.exists()


@pytest.mark.parametrize("who", ["reviewer", "manager", "administrator"])
def test_dispute_create_is_the_agents_alone(as_user, submitted, request, who):
    client = as_user(request.getfixturevalue(who))

    assert client.get(url("dispute_create", submitted.pk)).status_code == 403
    assert client.post(url("dispute_create", submitted.pk)).status_code == 403


def test_dispute_of_a_grade_that_was_replaced_is_409(
    as_user, submitted, propose, agent, administrator
):
    override_scorecard(submitted, propose(0), reason="It was curt.", by=administrator)

    assert as_user(agent).get(url("dispute_create", submitted.pk)).status_code == 409


def test_dispute_decide_changes_the_grade(as_user, dispute, criteria, second_reviewer, agent):
    tone = criteria["tone"]
    client = as_user(second_reviewer)
    assert client.get(dispute.get_absolute_url()).status_code == 404
    response = client.post(url("dispute_take", dispute.pk))
    assert response.url == dispute.get_absolute_url()
    assert "I was polite." in client.get(dispute.get_absolute_url()).text
    data = {f"criterion-{tone.pk}-level": tone.levels.all()[1].pk, "explanation": "Indeed."}

    response = client.post(url("dispute_decide", dispute.pk), data)

    dispute.refresh_from_db()
    assert response.url == dispute.get_absolute_url()
    assert dispute.state == "changed"
    page = as_user(agent).get(dispute.get_absolute_url()).text
    assert "Indeed." in page
    assert "Changed as proposed" in page
    assert client.post(url("dispute_decide", dispute.pk), data).status_code == 409


@pytest.mark.parametrize("what", ["level", "explanation", "foreign"])
def test_dispute_decide_keeps_what_was_entered(as_user, dispute, criteria, administrator, what):
    tone = criteria["tone"]
    data = {f"criterion-{tone.pk}-level": tone.levels.all()[1].pk, "explanation": "Indeed."}
    if what == "level":
        del data[f"criterion-{tone.pk}-level"]
    elif what == "foreign":
        data[f"criterion-{tone.pk}-level"] = criteria["facts"].levels.all()[1].pk
    else:
        data["explanation"] = ""

    response = as_user(administrator).post(url("dispute_decide", dispute.pk), data)

    assert response.status_code == 422
    assert ("Indeed." in response.text) == (what != "explanation")
    dispute.refresh_from_db()
    assert dispute.is_open


@pytest.mark.parametrize("who", ["agent", "reviewer", "manager"])
@pytest.mark.parametrize("name", ["dispute_decide", "dispute_regrade", "dispute_regrade_cancel"])
def test_dispute_is_decided_by_somebody_else(as_user, dispute, second_reviewer, request, who, name):
    client = as_user(request.getfixturevalue(who))

    assert "Explain the decision" not in client.get(dispute.get_absolute_url()).text
    response = client.post(url(name, dispute.pk), {"reviewer": second_reviewer.pk})
    assert response.status_code == 403


def test_dispute_regrade_is_asked_for_awaited_and_shown(
    as_user, dispute, best, administrator, second_reviewer, agent
):
    client = as_user(administrator)
    data = {"reviewer": second_reviewer.pk}
    page = client.post(url("dispute_regrade", dispute.pk), data, follow=True)
    assert f"awaited from {second_reviewer}" in page.text
    assert client.post(url("dispute_regrade", dispute.pk), data).status_code in (409, 422)
    grader = as_user(second_reviewer)
    assert grader.get(dispute.get_absolute_url()).status_code == 404
    assert grader.get(dispute.scorecard.get_absolute_url()).status_code == 404
    grader.post(url("grade_next"))
    second = Scorecard.objects.drafts().get()
    assert grader.get(url("grade", second.pk)).status_code == 200
    record_grades(second, best(tone=1), by=second_reviewer)
    submit_scorecard(second, by=second_reviewer)

    assert "Second grade" in client.get(dispute.get_absolute_url()).text
    assert "Second grade" not in as_user(agent).get(dispute.get_absolute_url()).text


def test_a_decision_being_written_outlives_the_second_grade(
    as_user, dispute, criteria, best, administrator, second_reviewer
):
    client = as_user(administrator)
    level = criteria["tone"].levels.all()[1]
    name = f"criterion-{criteria['tone'].pk}-level"
    written = {name: level.pk, "explanation": "The first line is kind."}
    shown = f'<input type="radio" name="{name}" value="{level.pk}" form="decide" required'

    page = client.post(url("dispute_regrade", dispute.pk), {**written, "reviewer": ""}, follow=True)
    assert page.status_code == 422
    assert page.context["form"].initial["explanation"] == "The first line is kind."
    assert "The first line is kind.</textarea>" in page.text

    data = {**written, "reviewer": second_reviewer.pk}
    page = client.post(url("dispute_regrade", dispute.pk), data, follow=True)
    assert "awaited from" in page.text
    assert "The first line is kind." in page.text

    page = client.post(url("dispute_regrade_cancel", dispute.pk), follow=True)
    assert "The first line is kind.</textarea>" in page.text
    checked = page.text.split(shown.split(" form=")[0])[1].split(">")[0]
    assert "checked" in checked

    assert client.post(url("dispute_decide", dispute.pk), written).status_code == 302
    assert f"decision-{dispute.pk}" not in client.session


def test_dispute_detail_has_the_conversation_and_what_was_quoted(
    as_user, assignment, best, criteria, agent, reviewer, second_reviewer
):
    draft = start_scorecard(assignment, by=reviewer)
    record_grades(draft, best(), by=reviewer)
    add_evidence(draft, criteria["tone"], message_id="m2", start=0, end=6, by=reviewer)
    card = submit_scorecard(draft, by=reviewer)
    level = criteria["tone"].levels.all()[1].pk
    client = as_user(agent)
    form = client.get(url("dispute_create", card.pk)).text
    dispute = file_dispute(card, {criteria["tone"]: Grade(level=level, comment="No.")}, by=agent)
    take_dispute(dispute, by=second_reviewer)

    for text in (form, as_user(second_reviewer).get(dispute.get_absolute_url()).text):
        assert 'href="#message-m2"' in text
        assert 'id="message-m2"' in text


def test_dispute_create_opens_only_what_is_disputed(as_user, submitted, criteria, agent):
    client, tone = as_user(agent), criteria["tone"]
    assert 'class="card disputed" open' not in client.get(url("dispute_create", submitted.pk)).text

    page = client.post(
        url("dispute_create", submitted.pk), {f"criterion-{tone.pk}-comment": "I said please."}
    )

    assert page.text.count('class="card disputed" open') == 1


def test_a_decision_that_somebody_may_not_take_gives_the_words_back(
    as_user, dispute, criteria, manager
):
    data = {"explanation": "I was there."}

    response = as_user(manager).post(url("dispute_decide", dispute.pk), data)

    assert response.status_code == 403
    assert "I was there." in response.text


def test_dispute_list_is_silent_where_there_is_nothing_to_count(as_user, submitted, agent):
    page = as_user(agent).get(url("dispute_list"))

    assert "Grade upheld" not in page.text
    assert "No disputes here" in page.text


def test_dispute_list_says_open_once(as_user, dispute, agent):
    client = as_user(agent)

    assert "badge--warn" not in client.get(url("dispute_list")).text
    assert "badge--warn" in client.get(url("dispute_list"), {"state": "all"}).text


def test_dispute_regrade_by_the_first_reviewer_is_422(as_user, dispute, administrator, reviewer):
    response = as_user(administrator).post(
        url("dispute_regrade", dispute.pk), {"reviewer": reviewer.pk}
    )

    assert response.status_code == 422


def test_dispute_regrade_cancel(as_user, dispute, administrator, second_reviewer):
    request_regrade(dispute, reviewer=second_reviewer, by=administrator)
    client = as_user(administrator)

    client.post(url("dispute_regrade_cancel", dispute.pk))

    assert client.post(url("dispute_regrade_cancel", dispute.pk)).status_code == 409
    assert not Scorecard.objects.drafts().exists()


def test_dispute_withdraw(as_user, dispute, agent, reviewer):
    assert as_user(reviewer).post(url("dispute_withdraw", dispute.pk)).status_code == 403
    client = as_user(agent)

    page = client.post(url("dispute_withdraw", dispute.pk), follow=True)

    assert "Withdrawn" in page.text
    assert client.post(url("dispute_withdraw", dispute.pk)).status_code == 409


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        ("agent", True),
        ("reviewer", True),
        ("second_reviewer", False),
        ("manager", True),
        ("administrator", True),
        ("teammate", False),
        ("other_manager", False),
        ("editor", False),
    ],
)
def test_dispute_list_shows_what_one_may_see(as_user, dispute, request, who, sees):
    client = as_user(request.getfixturevalue(who))

    assert (dispute in client.get(url("dispute_list")).context["page"].object_list) == sees
    assert client.get(dispute.get_absolute_url()).status_code == (200 if sees else 404)


def test_dispute_list_offers_what_one_may_take_without_the_grade(
    as_user, dispute, submitted, agent, reviewer, second_reviewer, administrator
):
    client = as_user(second_reviewer)

    page = client.get(url("dispute_list"))

    assert list(page.context["takeable"]) == [dispute]
    main = page.text[page.text.index("<main") :]
    assert "Take it" in main
    assert submitted.blind_title() in main
    assert submitted.version.rubric.name in main
    for secret in (agent.last_name, reviewer.last_name, "I was polite."):
        assert secret not in main
    client.post(url("dispute_take", dispute.pk))
    page = client.get(url("dispute_list"))
    assert (list(page.context["takeable"]), list(page.context["page"])) == ([], [dispute])
    for person in (agent, reviewer, administrator):
        assert "Take it" not in as_user(person).get(url("dispute_list")).text


def test_dispute_take_too_late_is_409_and_ones_own_403(
    as_user, dispute, agent, reviewer, second_reviewer
):
    third = UserFactory(roles=[Role.REVIEWER])
    take_dispute(dispute, by=third)

    answer = as_user(second_reviewer).post(url("dispute_take", dispute.pk))

    assert answer.status_code == 409
    assert "Somebody else has taken this dispute meanwhile." in answer.text
    Dispute.objects.update(decider=None, taken_at=None)
    for person in (agent, reviewer):
        assert as_user(person).post(url("dispute_take", dispute.pk)).status_code == 403


def test_dispute_list_takes_the_same_queries_for_one_to_take_and_for_three(
    as_user, dispute, propose, agent, second_reviewer, grade_another, count_queries
):
    client = as_user(second_reviewer)
    one = count_queries(lambda: client.get(url("dispute_list")))
    for _number in range(2):
        file_dispute(grade_another(), propose(2), by=agent)

    assert count_queries(lambda: client.get(url("dispute_list"))) == one <= 11


@pytest.mark.parametrize(
    ("state", "is_found"),
    [("", True), ("open", True), ("all", True), ("decided", False), ("withdrawn", False),
     ("nonsense", True)],
)  # fmt: skip
def test_dispute_list_filters_and_counts(as_user, dispute, administrator, state, is_found):
    page = as_user(administrator).get(f"{url('dispute_list')}?state={state}")

    assert (dispute in page.context["page"].object_list) == is_found
    assert [count for _label, count in page.context["counts"]] == [1, 0, 0, 0, 0]


def test_dispute_list_takes_the_same_queries_for_one_and_for_three(
    as_user, dispute, propose, agent, administrator, grade_another, count_queries
):
    client = as_user(administrator)
    one = count_queries(lambda: client.get(url("dispute_list")))
    for _number in range(2):
        file_dispute(grade_another(), propose(2), by=agent)

    assert count_queries(lambda: client.get(url("dispute_list"))) == one <= 10


def test_dispute_detail_and_override_take_few_queries(
    as_user, dispute, submitted, agent, administrator, grade_another, count_queries
):
    client = as_user(administrator)
    assert count_queries(lambda: client.get(dispute.get_absolute_url())) <= 18
    other = grade_another()
    assert count_queries(lambda: client.get(url("scorecard_override", other.pk))) <= 13
    client = as_user(agent)
    assert count_queries(lambda: client.get(url("dispute_create", other.pk))) <= 16


def test_released_grade_is_shown_in_the_list_of_its_agent(as_user, agent, manager, grade_another):
    hold_feedback(agent, by=manager)
    held = grade_another()
    client = as_user(agent)
    assert not client.get(url("scorecard_list")).context["page"].object_list

    release_scorecards([held], by=manager)

    assert list(client.get(url("scorecard_list")).context["page"]) == [held]
