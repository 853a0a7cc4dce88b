"""The grading screen."""

import re

import pytest
from django.urls import reverse

from interactions.models import Interaction
from people.models import AuditEvent
from scorecards.actions import add_evidence
from scorecards.models import Criterion, CriterionScore, Evidence, Scorecard
from tests.factories.scorecards import ReviewAssignmentFactory
from tests.words import says

HTMX = {"HTTP_HX_REQUEST": "true"}


def grade_url(scorecard):
    return reverse("scorecards:grade", args=[scorecard.pk])


def save_url(scorecard, criterion):
    return reverse("scorecards:criterion_save", args=[scorecard.pk, criterion.pk])


def evidence_url(scorecard, criterion):
    return reverse("scorecards:evidence_add", args=[scorecard.pk, criterion.pk])


def submit_url(scorecard):
    return reverse("scorecards:scorecard_submit", args=[scorecard.pk])


# --- showing -------------------------------------------------------------------------------------
def test_grade_shows_conversation_and_rubric_without_the_agent(as_user, draft, reviewer, agent):
    transcript = draft.interaction.transcript
    transcript.messages[1]["text"] = "Ada speaking, let me look that up for you."
    transcript.save()

    page = as_user(reviewer).get(grade_url(draft))

    assert "It leaves tomorrow." in page.text
    assert "███ speaking" in page.text
    assert not says(page.text, agent.first_name)
    for criterion in Criterion.objects.all():
        assert criterion.title in page.text


def test_grade_offers_not_applicable_only_where_it_is_allowed(as_user, draft, reviewer):
    page = as_user(reviewer).get(grade_url(draft))

    assert page.text.count('value="na"') == 1


def test_grade_leads_to_the_finished_scorecard_after_submission(as_user, submitted, reviewer):
    response = as_user(reviewer).get(grade_url(submitted))

    assert response.url == submitted.get_absolute_url()


@pytest.mark.parametrize(
    "who", ["agent", "teammate", "second_reviewer", "manager", "other_manager", "administrator"]
)
def test_a_draft_does_not_exist_for_anybody_else(as_user, draft, criteria, request, who):
    client = as_user(request.getfixturevalue(who))
    tone = criteria["tone"]

    assert client.get(grade_url(draft)).status_code == 404
    for address in (save_url(draft, tone), evidence_url(draft, tone), submit_url(draft)):
        assert client.post(address).status_code == 404
    assert not CriterionScore.objects.exists()


def test_who_may_see_a_submitted_scorecard_may_still_not_write_in_it(
    as_user, submitted, criteria, agent
):
    client = as_user(agent)

    assert client.post(save_url(submitted, criteria["tone"])).status_code == 403
    assert client.post(submit_url(submitted)).status_code == 403


def test_strangers_are_asked_to_sign_in(client, draft):
    assert reverse("account_login") in client.get(grade_url(draft)).url


def test_grade_takes_the_same_queries_however_much_was_graded(
    as_user, draft, graded, criteria, reviewer, count_queries
):
    client = as_user(reviewer)
    before = count_queries(lambda: client.get(grade_url(draft)))
    for criterion in criteria.values():
        add_evidence(draft, criterion, message_id="m2", start=0, end=6, by=reviewer)

    assert count_queries(lambda: client.get(grade_url(draft))) == before <= 15


def test_grade_says_that_there_is_no_result_yet(as_user, draft, criteria, reviewer):
    client = as_user(reviewer)
    assert "no result yet" in client.get(grade_url(draft)).text

    tone = criteria["tone"]
    answer = client.post(save_url(draft, tone), {"level": tone.levels.all()[1].pk}, **HTMX)
    assert "no result yet" not in answer.text
    assert "so far" in answer.text


# --- autosave ------------------------------------------------------------------------------------
def test_criterion_save_answers_htmx_with_what_changed(as_user, draft, criteria, reviewer):
    tone = criteria["tone"]
    middle = tone.levels.all()[1]

    response = as_user(reviewer).post(
        save_url(draft, tone), {"level": middle.pk, "comment": "Even."}, **HTMX
    )

    row = CriterionScore.objects.get()
    assert (row.level, row.comment) == (middle, "Even.")
    assert "Saved" in response.text
    assert "1 of 4 graded" in response.text
    assert "50 %" in response.text
    assert "<html" not in response.text


def test_criterion_save_works_as_a_plain_form(as_user, draft, criteria, reviewer):
    tone = criteria["tone"]

    response = as_user(reviewer).post(
        save_url(draft, tone), {"level": tone.levels.all()[0].pk, "comment": ""}
    )

    assert response.url == f"{grade_url(draft)}#criterion-{tone.pk}"
    assert CriterionScore.objects.get().level == tone.levels.all()[0]


def test_criterion_save_takes_not_applicable(as_user, draft, criteria, reviewer):
    as_user(reviewer).post(save_url(draft, criteria["facts"]), {"level": "na"}, **HTMX)

    assert CriterionScore.objects.get().is_not_applicable


@pytest.mark.parametrize("level", ["na", "999999", "x", "-1", "1.5"])
def test_criterion_save_refuses_nonsense_with_a_reason(as_user, draft, criteria, reviewer, level):
    response = as_user(reviewer).post(
        save_url(draft, criteria["tone"]), {"level": level, "comment": "kept?"}, **HTMX
    )

    assert response.status_code == 422
    assert response["HX-Retarget"] == "#notice"
    assert 'role="alert"' in response.text
    assert not CriterionScore.objects.exists()


def test_criterion_save_refuses_a_comment_that_is_too_long(as_user, draft, criteria, reviewer):
    response = as_user(reviewer).post(
        save_url(draft, criteria["tone"]), {"comment": "x" * 4001}, **HTMX
    )

    assert response.status_code == 422
    assert "4,000" in response.text or "4000" in response.text


def test_criterion_save_refuses_a_submitted_scorecard(as_user, submitted, criteria, reviewer):
    tone = criteria["tone"]
    before = CriterionScore.objects.get(criterion=tone).level

    for extra in ({}, HTMX):
        response = as_user(reviewer).post(
            save_url(submitted, tone), {"level": tone.levels.all()[0].pk}, **extra
        )
        assert response.status_code == 409
        assert "submitted already" in response.text
    assert CriterionScore.objects.get(criterion=tone).level == before


def test_criterion_save_knows_only_the_criteria_of_its_version(as_user, draft, reviewer):
    from tests.factories.scorecards import RubricFactory, RubricVersionFactory

    other = RubricVersionFactory(rubric=RubricFactory(key="another"))
    foreign = other.sections.first().criteria.first()

    assert as_user(reviewer).post(save_url(draft, foreign), {}).status_code == 404


def test_criterion_save_is_no_get(as_user, draft, criteria, reviewer):
    assert as_user(reviewer).get(save_url(draft, criteria["tone"])).status_code == 405


# --- evidence ------------------------------------------------------------------------------------
def test_evidence_add_pins_a_selection(as_user, draft, criteria, reviewer):
    response = as_user(reviewer).post(
        evidence_url(draft, criteria["tone"]),
        {"message_id": "m2", "start": 0, "end": 6, "quote": "Let me"},
        **HTMX,
    )

    assert Evidence.objects.get().quote == "Let me"
    assert 'data-message-id="m2" data-start="0" data-end="6"' in response.text


def test_evidence_add_finds_typed_words(as_user, draft, criteria, reviewer):
    response = as_user(reviewer).post(
        evidence_url(draft, criteria["tone"]), {"quote": "leaves tomorrow"}
    )

    evidence = Evidence.objects.get()
    assert (evidence.message_id, evidence.start, evidence.end) == ("m4", 3, 18)
    assert response.status_code == 302


@pytest.mark.parametrize(
    "data",
    [
        {"quote": "never said"},
        {"quote": ""},
        {"message_id": "m2", "start": 2, "end": 900},
        {"message_id": "zz", "start": 0, "end": 2},
    ],
)
def test_evidence_add_refuses_what_was_not_said(as_user, draft, criteria, reviewer, data):
    response = as_user(reviewer).post(evidence_url(draft, criteria["tone"]), data, **HTMX)

    assert response.status_code == 422
    assert not Evidence.objects.exists()


def test_evidence_of_a_blind_draft_shows_no_name(as_user, draft, criteria, reviewer):
    transcript = draft.interaction.transcript
    transcript.messages[1]["text"] = "Ada speaking."
    transcript.save()

    response = as_user(reviewer).post(
        evidence_url(draft, criteria["tone"]), {"quote": "███ speaking"}, **HTMX
    )

    assert Evidence.objects.get().quote == "Ada speaking"
    assert "███ speaking" in response.text
    assert "Ada speaking" not in response.text


def test_half_of_a_masked_name_stays_masked(as_user, draft, criteria, reviewer):
    transcript = draft.interaction.transcript
    transcript.messages[1]["text"] = "Ada speaking."
    transcript.save()

    response = as_user(reviewer).post(
        evidence_url(draft, criteria["tone"]),
        {"message_id": "m2", "start": 0, "end": 2, "quote": "██"},
        **HTMX,
    )

    assert "“██”" in response.text
    # Letters that stand together by chance in a token are not her name.
    assert not re.search(r"\bAda\b", response.text)
    assert ">Ad<" not in response.text


def test_grade_hides_the_agent_in_subject_actions_and_ids(as_user, draft, reviewer, agent):
    interaction = draft.interaction
    interaction.subject = "Complaint about Ada"
    interaction.agent_reference = "ada_e_17"
    interaction.save()
    transcript = interaction.transcript
    transcript.messages[2]["action"] = "assigned_to_ada"
    transcript.messages[2]["details"] = [["owner", "ada_e_17"]]
    transcript.save()

    page = as_user(reviewer).get(grade_url(draft))

    assert "Complaint about ███" in page.text
    # Letters that stand together by chance in a token are not her name: not within other letters.
    assert not re.search(r"(?<![0-9A-Za-z])ada(?![0-9A-Za-z])", page.text, re.IGNORECASE)


def test_evidence_remove_takes_only_ones_own_away(
    as_user, draft, criteria, reviewer, second_reviewer
):
    evidence = add_evidence(draft, criteria["tone"], message_id="m2", start=0, end=6, by=reviewer)
    address = reverse("scorecards:evidence_remove", args=[draft.pk, evidence.pk])

    assert as_user(second_reviewer).post(address).status_code == 404
    assert Evidence.objects.exists()
    assert as_user(reviewer).post(address, **HTMX).status_code == 200
    assert not Evidence.objects.exists()


# --- handing in ------------------------------------------------------------------------------------
def test_scorecard_submit_leads_to_the_next_one(as_user, graded, reviewer, version, agent):
    following = ReviewAssignmentFactory(reviewer=reviewer, rubric=version.rubric)

    response = as_user(reviewer).post(submit_url(graded), {"summary": "Fine work."}, follow=True)

    graded.refresh_from_db()
    assert graded.is_submitted
    assert graded.summary == "Fine work."
    assert response.redirect_chain == [
        (grade_url(Scorecard.objects.get(assignment=following)), 302)
    ]
    assert str(agent) in response.text, "after the grade is in, the name is told"


def test_scorecard_submit_of_the_last_one_leads_to_the_empty_queue(as_user, graded, reviewer):
    response = as_user(reviewer).post(submit_url(graded), follow=True)

    assert response.redirect_chain == [(reverse("scorecards:queue"), 302)]
    assert "That was the last one" in response.text


def test_scorecard_submit_names_what_is_missing_and_keeps_the_input(
    as_user, draft, criteria, reviewer
):
    response = as_user(reviewer).post(submit_url(draft), {"summary": "Half a thought"})

    assert response.status_code == 422
    assert "Half a thought" in response.text
    for criterion in criteria.values():
        assert f'href="#criterion-{criterion.pk}"' in response.text
    draft.refresh_from_db()
    assert not draft.is_submitted


def test_scorecard_submit_twice_is_told(as_user, submitted, reviewer):
    response = as_user(reviewer).post(submit_url(submitted), {"summary": "again"})

    assert response.status_code == 409
    assert AuditEvent.objects.filter(action="submit_scorecard").count() == 1
    submitted.refresh_from_db()
    assert submitted.summary == "Well done."


def test_scorecard_submit_by_get_leads_back_to_the_screen(as_user, draft, reviewer):
    response = as_user(reviewer).get(submit_url(draft))

    assert response.url == grade_url(draft)


def test_scorecard_submit_counts_line_ends_once_and_keeps_what_is_too_long(
    as_user, draft, reviewer
):
    client = as_user(reviewer)
    fits = "\r\n".join(["1234567890123"] * 280)
    assert len(fits) > 4000

    assert "An answer" not in client.post(submit_url(draft), {"summary": fits}).text
    response = client.post(submit_url(draft), {"summary": "x" * 4001})
    assert response.status_code == 422
    assert "x" * 4001 in response.text
    assert "at most 4000" in response.text


def test_scorecard_submit_says_so_when_the_next_one_cannot_be_started(
    as_user, graded, reviewer, version
):
    own = ReviewAssignmentFactory(reviewer=reviewer, rubric=version.rubric)
    own.interaction.agent = reviewer
    own.interaction.save()

    response = as_user(reviewer).post(submit_url(graded), follow=True)

    assert response.redirect_chain == [(reverse("scorecards:queue"), 302)]
    assert "Submitted:" in response.text


def test_grade_opens_an_interaction_without_transcript(as_user, draft, reviewer):
    draft.interaction.transcript.delete()

    page = as_user(reviewer).get(grade_url(draft))

    assert "Nothing was recorded of this conversation." in page.text


# --- keeping what was written ----------------------------------------------------------------------
def summary_url(scorecard):
    return reverse("scorecards:summary_save", args=[scorecard.pk])


def test_summary_save_keeps_a_draft_of_it(as_user, draft, reviewer):
    client = as_user(reviewer)

    assert client.post(summary_url(draft), {"summary": "So far."}, **HTMX).status_code == 204
    assert "So far.</textarea>" in client.get(grade_url(draft)).text


def test_summary_save_refuses_a_submitted_scorecard(as_user, submitted, reviewer):
    response = as_user(reviewer).post(summary_url(submitted), {"summary": "Late"}, **HTMX)

    assert response.status_code == 409
    submitted.refresh_from_db()
    assert submitted.summary == "Well done."


def test_summary_save_is_the_reviewers_alone(as_user, draft, second_reviewer):
    assert as_user(second_reviewer).post(summary_url(draft), {"summary": "x"}).status_code == 404


def test_a_script_whose_person_is_signed_out_is_told_so(client, draft, criteria):
    address = save_url(draft, criteria["tone"])

    assert client.post(address, {}, **HTMX).status_code == 401
    assert client.post(address, {}).status_code == 302


# --- words that are not there any more, and words that must not be lost ------------------------------
def test_evidence_is_what_was_selected_or_nothing(as_user, draft, criteria, reviewer):
    transcript = draft.interaction.transcript
    transcript.messages[1]["text"] = "Do let me look that up."
    transcript.save()

    response = as_user(reviewer).post(
        evidence_url(draft, criteria["tone"]),
        {"message_id": "m2", "start": 0, "end": 6, "quote": "Let me"},
        **HTMX,
    )

    assert response.status_code == 409
    assert "The conversation has changed since you opened it. Reload the page." in response.text
    assert not Evidence.objects.exists()


def test_evidence_places_need_their_words(as_user, draft, criteria, reviewer):
    response = as_user(reviewer).post(
        evidence_url(draft, criteria["tone"]),
        {"message_id": "m2", "start": 0, "end": 6, "quote": ""},
        **HTMX,
    )

    assert response.status_code == 422
    assert not Evidence.objects.exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "One line,\nanother\n\n> quoted\n> more\nend",
            "One line,\r\nanother\r\n\r\n> quoted\r\n> more",
        ),
        ("Thanks 👩‍🚀 so much 🎉!", "👩‍🚀 so much 🎉"),
        ("שלום, אני רוצה החזר כספי", "אני רוצה החזר"),
        ("A\N{NO-BREAK SPACE}wide   gap and more", "A wide gap"),
        ("word " * 2000, "word " * 1999),
    ],
    ids=["lines", "emoji", "right to left", "white space", "long letter"],
)
def test_evidence_takes_honest_selections(as_user, draft, criteria, reviewer, text, words):
    transcript = draft.interaction.transcript
    transcript.messages[1]["text"] = text
    transcript.save()
    pattern = r"\s+".join(re.escape(word) for word in words.split())
    start, end = re.search(pattern, text).span()

    response = as_user(reviewer).post(
        evidence_url(draft, criteria["tone"]),
        {"message_id": "m2", "start": start, "end": end, "quote": words},
        **HTMX,
    )

    assert response.status_code == 200
    assert Evidence.objects.get().quote == text[start:end]


def test_what_was_entered_is_shown_where_it_is_refused(as_user, draft, criteria, reviewer):
    client = as_user(reviewer)
    long = "x" * 4000 + "END"

    saved = client.post(save_url(draft, criteria["tone"]), {"level": "", "comment": long})
    quoted = client.post(evidence_url(draft, criteria["tone"]), {"quote": "never <said>"})

    assert saved.status_code == quoted.status_code == 422
    assert long in saved.text
    assert "never &lt;said&gt;</textarea>" in quoted.text


@pytest.mark.parametrize("name", ["save", "submit", "summary"])
def test_words_for_a_draft_that_is_gone_come_back(as_user, draft, criteria, reviewer, name):
    client = as_user(reviewer)
    addresses = {
        "save": save_url(draft, criteria["tone"]),
        "submit": submit_url(draft),
        "summary": reverse("scorecards:summary_save", args=[draft.pk]),
    }
    draft.delete()
    words = "Calm, and to the point."

    response = client.post(addresses[name], {"comment": words, "summary": words})

    assert response.status_code == 404
    assert "not here any more" in response.text
    assert words in response.text


@pytest.mark.parametrize("name", ["grade", "summary_save", "scorecard_submit"])
def test_a_conversation_that_turned_out_to_be_ones_own_is_not_shown(as_user, draft, reviewer, name):
    Interaction.objects.filter(pk=draft.interaction_id).update(agent=reviewer)
    browser = as_user(reviewer)
    address = reverse(f"scorecards:{name}", args=[draft.pk])

    response = browser.get(address) if name == "grade" else browser.post(address)

    assert response.status_code == 403
    assert "your own conversation" in response.text
    assert "It leaves tomorrow." not in response.text
