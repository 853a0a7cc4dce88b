"""The grading screen without scripts: one form for everything, whichever button is pressed."""

import re

import pytest
from django.urls import reverse

from scorecards.actions import Grade, add_evidence, record_grades
from scorecards.models import CriterionScore, Evidence, Scorecard

ONE, OTHER = "a" * 16, "b" * 16


@pytest.fixture
def save(as_user, draft, reviewer):
    client = as_user(reviewer)

    def save(data: dict, name: str = "sheet_save"):
        return client.post(reverse(f"scorecards:{name}", args=[draft.pk]), {"window": ONE, **data})

    return save


def said(criterion, *, level: int | None = None, comment: str = "", seen: str = "") -> dict:
    """The fields of one criterion, as the screen names them; `level` counts from the lowest."""
    chosen = {} if level is None else {f"c{criterion.pk}-level": criterion.levels.all()[level].pk}
    return {**chosen, f"c{criterion.pk}-comment": comment, f"c{criterion.pk}-seen": seen}


def stored(criterion) -> tuple:
    row = CriterionScore.objects.get(criterion=criterion)
    return row.level, row.comment


def test_every_field_of_the_screen_belongs_to_the_one_form(as_user, draft, criteria, reviewer):
    page = as_user(reviewer).get(reverse("scorecards:grade", args=[draft.pk])).text

    for criterion in criteria.values():
        fields = re.findall(rf'<(?:input|textarea)[^>]* name="c{criterion.pk}-\w+"[^>]*>', page)
        assert len(fields) >= 4
        assert all('form="submit"' in field for field in fields)
    assert page.count('name="window"') == len(criteria) + 1
    # The first button is what Enter presses.
    assert "/save/" in re.search(r'<button[^>]*form="submit"[^>]*>', page)[0]


def test_saving_one_criterion_saves_what_was_entered_in_the_others(save, draft, criteria):
    tone, facts = criteria["tone"], criteria["facts"]
    data = {**said(tone, level=1), **said(facts, comment="Half a thought"), "summary": "So far"}

    response = save({**data, "at": tone.pk})

    assert response.url == f"/scorecards/queue/scorecards/{draft.pk}/#criterion-{tone.pk}"
    assert stored(tone) == (tone.levels.all()[1], "")
    assert stored(facts) == (None, "Half a thought")
    draft.refresh_from_db()
    assert draft.summary == "So far"


def test_what_says_nothing_is_not_written(save, criteria):
    save(said(criteria["tone"]))
    assert not CriterionScore.objects.exists()


def test_submitting_takes_everything_along(save, draft, criteria):
    data = {}
    for criterion in criteria.values():
        data |= said(criterion, level=1, comment="Read.")
    response = save({**data, "summary": "Done"}, "scorecard_submit")

    draft.refresh_from_db()
    assert (response.status_code, draft.state) == (302, Scorecard.State.SUBMITTED)
    assert draft.summary == "Done"
    assert stored(criteria["tone"]) == (criteria["tone"].levels.all()[1], "Read.")


def test_an_incomplete_submission_keeps_what_was_entered(save, draft, criteria):
    tone = criteria["tone"]
    response = save(said(tone, level=0, comment="Curt."), "scorecard_submit")

    assert response.status_code == 422
    assert stored(tone) == (tone.levels.all()[0], "Curt.")
    assert "Curt." in response.text


def test_quotations_are_added_and_taken_away_with_the_rest(save, draft, criteria, reviewer):
    tone, facts = criteria["tone"], criteria["facts"]
    old = add_evidence(draft, facts, message_id="m2", start=0, end=6, by=reviewer)
    data = {**said(tone, level=2), **said(facts)}

    save({**data, f"c{tone.pk}-quote": "leaves tomorrow", "remove": old.pk})

    assert [row.quote for row in Evidence.objects.all()] == ["leaves tomorrow"]
    assert stored(tone) == (tone.levels.all()[2], "")


def test_a_quotation_that_was_not_said_is_refused_and_the_rest_is_saved(save, criteria):
    tone = criteria["tone"]
    response = save({**said(tone, level=2), f"c{tone.pk}-quote": "never said"})

    assert response.status_code == 422
    assert "never said" in response.text
    assert stored(tone) == (tone.levels.all()[2], "")


def test_what_is_refused_keeps_nothing_else_from_being_saved(save, criteria):
    tone, facts = criteria["tone"], criteria["facts"]
    long = "x" * 4001
    response = save({**said(tone, comment=long), **said(facts, level=1)})

    assert response.status_code == 422
    assert str(tone) in response.text
    assert long in response.text
    assert stored(facts) == (facts.levels.all()[1], "")


def test_two_windows_are_asked_which_to_keep_and_lose_nothing_else(save, draft, criteria, reviewer):
    tone, facts = criteria["tone"], criteria["facts"]
    record_grades(draft, {tone: Grade(comment="from the other")}, by=reviewer)
    data = {**said(tone, comment="mine"), **said(facts, comment="also mine")}

    response = save(data)
    assert response.status_code == 409
    assert "from the other" in response.text
    assert response.text.count(f'name="c{facts.pk}-comment" value="also mine"') == 2
    assert response.text.count(f'name="c{tone.pk}-comment" value="mine"') == 1
    assert stored(tone)[1] == "from the other"

    seen = CriterionScore.objects.get(criterion=tone).saved_at.isoformat()
    assert save({**data, f"c{tone.pk}-seen": seen}).status_code == 302
    assert (stored(tone)[1], stored(facts)[1]) == ("mine", "also mine")


def test_what_another_window_saved_and_this_one_left_blank_stays(save, draft, criteria, reviewer):
    tone = criteria["tone"]
    record_grades(draft, {tone: Grade(comment="from the other")}, by=reviewer)

    assert save(said(tone)).status_code == 302
    assert stored(tone)[1] == "from the other"


def test_a_submitted_scorecard_does_not_change(as_user, submitted, criteria, reviewer):
    address = reverse("scorecards:sheet_save", args=[submitted.pk])
    response = as_user(reviewer).post(address, said(criteria["tone"], level=0))

    assert response.status_code == 409
    assert stored(criteria["tone"])[0] == criteria["tone"].levels.last()


@pytest.mark.parametrize("who", ["agent", "second_reviewer", "manager", "administrator"])
def test_nobody_else_saves(as_user, draft, criteria, request, who):
    address = reverse("scorecards:sheet_save", args=[draft.pk])
    client = as_user(request.getfixturevalue(who))

    assert client.post(address, said(criteria["tone"], level=0)).status_code == 404
    assert not CriterionScore.objects.exists()


def test_a_gone_draft_gives_the_words_back(as_user, draft, criteria, reviewer):
    address = reverse("scorecards:sheet_save", args=[draft.pk])
    draft.delete()
    response = as_user(reviewer).post(address, said(criteria["tone"], comment="My words"))

    assert response.status_code == 404
    assert "My words" in response.text


def test_it_is_no_get(as_user, draft, reviewer):
    address = reverse("scorecards:sheet_save", args=[draft.pk])
    assert as_user(reviewer).get(address).status_code == 405


def test_saving_takes_the_same_queries_however_much_is_unchanged(
    save, draft, criteria, best, reviewer, count_queries
):
    tone = criteria["tone"]
    highest = {row.pk: len(row.levels.all()) - 1 for row in criteria.values()}
    before = count_queries(lambda: save(said(tone, level=0)))
    record_grades(draft, best(tone=0), by=reviewer)
    data = said(tone, level=1)
    for criterion in criteria.values():
        if criterion != tone:
            data |= said(criterion, level=highest[criterion.pk])
    CriterionScore.objects.update(saved_in=ONE)

    assert count_queries(lambda: save(data)) == before
