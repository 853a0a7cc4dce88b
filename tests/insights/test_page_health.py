"""Page health: an unclear page is told from people who need training, and nobody is named."""

import csv
import datetime as dt
import io
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from content.governance import set_governance
from content.models import ChangeKind, Edition, PageVote
from insights.page_health import Verdict, page_health
from insights.skills import Window
from scorecards.models import Rollup, RubricVersion
from tests.factories.content import (
    ManualSectionPageFactory,
    ProcedurePageFactory,
    QuestionFactory,
    QuizPageFactory,
)
from tests.factories.people import UserFactory
from tests.factories.scorecards import CriterionFactory, RubricFactory, SectionFactory
from tests.factories.training import AttemptFactory, right_answers

pytestmark = pytest.mark.django_db
ADDRESS = "/page-health/"


@pytest.fixture
def procedure():
    return ProcedurePageFactory(title="Escalation")


@pytest.fixture
def rubric(procedure):
    """Two criteria: `resting` on the procedure and `other` on none. The pass mark is 75."""
    version = RubricVersion.objects.create(rubric=RubricFactory(), number=1)
    section = SectionFactory(version=version, key="all")
    resting = CriterionFactory(section=section, key="resting", procedure=procedure)
    other = CriterionFactory(section=section, key="other")
    RubricVersion.objects.filter(pk=version.pk).update(
        state=RubricVersion.State.PUBLISHED, published_at=timezone.now()
    )
    return version, resting, other


@pytest.fixture
def grade(rubric, today):
    """`grade(agent, resting=40, other=90)`: one scorecard's percents in the rollups."""
    version, resting, other = rubric

    def add(agent, *, months_ago=0, is_held=False, **percents):
        month = Window.of(months_ago + 1, until=today).first
        subjects = {"resting": resting.pk, "other": other.pk}
        rows = [(Rollup.Subject.CRITERION, subjects[key], y) for key, y in percents.items()]
        whole = sum(percents.values()) / len(percents)
        reviewer = UserFactory()
        for subject, subject_id, y in [(Rollup.Subject.TOTAL, 0, whole), *rows]:
            Rollup.objects.create(
                agent=agent,
                reviewer=reviewer,
                version=version,
                channel="chat",
                month=month,
                is_held=is_held,
                subject=subject,
                subject_id=subject_id,
                n=1, sum_y=y, sum_yy=y * y, sum_w=4, sum_wy=4 * y, sum_wyy=4 * y * y,
                sum_ww=16, sum_wwy=16 * y, sum_wwyy=16 * y * y,
            )  # fmt: skip

    return add


def answers(page, text, *, at=None, words=""):
    """A vote for each letter, y or n, each by somebody else."""
    for letter in text:
        PageVote.objects.create(
            page=page,
            user=UserFactory(),
            session="s",
            is_helpful=letter == "y",
            text=words,
            voted_at=at or timezone.now(),
        )


@pytest.fixture
def health(editor):
    def of(page):
        rows = page_health(editor, at=timezone.now())
        return next(row for row in rows if row.page.pk == page.pk)

    return of


# What stands out ---------------------------------------------------------------------------------
def test_everybody_failing_here_and_not_elsewhere_points_to_the_page(health, procedure, grade):
    for number in range(11):
        grade(UserFactory(), resting=90 if number < 2 else 20, other=95)

    row = health(procedure)

    assert (row.failing.k, row.failing.n, row.failing.elsewhere) == (9, 11, 0)
    assert row.verdict is Verdict.LOOK
    assert row.sentence == (
        "Worth a look: 9 of 11 people fail the criterion that rests on it (elsewhere 0)."
    )


def test_people_who_fail_everywhere_need_training_and_not_another_page(health, procedure, grade):
    for _number in range(11):
        grade(UserFactory(), resting=20, other=20)
    assert health(procedure).verdict is Verdict.NOTHING


def test_one_person_who_fails_says_nothing_about_the_page(health, procedure, grade):
    bad = UserFactory()
    for _month in range(6):
        grade(bad, resting=0, other=90, months_ago=_month)
    for _number in range(8):
        grade(UserFactory(), resting=90, other=90)
    row = health(procedure)
    assert (row.failing.k, row.failing.n) == (1, 9)
    assert row.verdict is Verdict.NOTHING


def test_two_signs_together_make_it_likely_unclear(health, procedure, grade):
    for number in range(11):
        grade(UserFactory(), resting=90 if number < 2 else 20, other=95)
    answers(procedure, "nnnny")
    answers(ProcedurePageFactory(), "yyyyyyyy")

    row = health(procedure)

    assert row.verdict is Verdict.UNCLEAR
    assert row.sentence.startswith("Likely unclear: 9 of 11 people fail")
    assert "4 of 5 readers say it did not help" in row.sentence


def test_few_dislikes_and_dislikes_everywhere_do_not_stand_out(health):
    few, liked = ProcedurePageFactory(), ProcedurePageFactory()
    answers(few, "nnnn")
    answers(liked, "nyyyyyyy")
    assert health(few).verdict is Verdict.TOO_FEW
    assert health(liked).verdict is Verdict.NOTHING
    for _number in range(5):
        answers(ProcedurePageFactory(), "nnnnny")
    assert health(liked).verdict is Verdict.NOTHING


def test_the_last_answer_of_a_reader_counts_once(health, procedure):
    reader = UserFactory()
    now = timezone.now()
    for edition, is_helpful in enumerate([False, False, True]):
        PageVote.objects.create(
            page=procedure, user=reader, session="s", edition=edition, is_helpful=is_helpful,
            voted_at=now + dt.timedelta(seconds=edition),
        )  # fmt: skip
    assert (health(procedure).disliked.k, health(procedure).disliked.n) == (0, 1)


# What does not count -----------------------------------------------------------------------------
def test_what_was_before_the_last_material_change_does_not_count(health, procedure, grade, today):
    at = timezone.now() - dt.timedelta(days=40)
    answers(procedure, "nnnnn", at=at - dt.timedelta(days=2))
    answers(procedure, "yyy", at=at + dt.timedelta(days=2))
    grade(UserFactory(), resting=10, other=90, months_ago=4)
    grade(UserFactory(), resting=10, other=90)
    Edition.objects.create(page=procedure, number=1, kind=ChangeKind.MATERIAL, published_at=at)
    assert health(procedure).disliked.n == 8
    Edition.objects.create(page=procedure, number=2, kind=ChangeKind.MATERIAL, published_at=at)

    row = health(procedure)

    assert (row.disliked.k, row.disliked.n) == (0, 3)
    assert row.failing.n == 1


def test_what_is_held_back_from_the_reader_does_not_exist_for_them(
    health, editor, procedure, grade
):
    grade(editor, resting=10, other=90, is_held=True)
    assert health(procedure).failing.n == 0


# Questions ---------------------------------------------------------------------------------------
@pytest.fixture
def quiz(procedure):
    """One question about the procedure and three others; `take(right=…)` answers by ids."""
    question = QuestionFactory(manual_page=procedure)
    others = [QuestionFactory() for _number in range(3)]
    page = QuizPageFactory(questions=[question, *others])

    def take(*, is_right, others_right=3, **values):
        attempt = AttemptFactory.build(quiz=page, user=None)
        given = right_answers(attempt.questions)
        wrong = ([] if is_right else [0]) + list(range(1 + others_right, 4))
        for place in wrong:
            asked = attempt.questions[place]
            given[asked["id"]] = [asked["options"][1]["id"]]
        return AttemptFactory(
            quiz=page,
            answers=given,
            percent=Decimal(100 * (4 - len(wrong)) / 4),
            passed=True,
            submitted_at=timezone.now(),
            **values,
        )

    take.question = question
    return take


def test_wrong_answers_of_people_who_know_the_rest_point_to_the_page(health, procedure, quiz):
    for number in range(10):
        quiz(is_right=number < 2)

    row = health(procedure)

    assert (row.wrong.k, row.wrong.n, row.wrong.elsewhere) == (8, 10, 0)
    assert row.sentence == (
        "Worth a look: 8 of 10 people get its questions wrong (of the others 0)."
    )


def test_people_who_know_nothing_at_all_do_not_point_to_the_page(health, procedure, quiz):
    for _number in range(10):
        quiz(is_right=False, others_right=0)
    assert health(procedure).verdict is Verdict.NOTHING


def test_only_first_attempts_at_the_present_wording_count(health, procedure, quiz):
    person = UserFactory()
    now = timezone.now()
    quiz(is_right=False, user=person, started_at=now - dt.timedelta(hours=2))
    quiz(is_right=True, user=person, started_at=now - dt.timedelta(hours=1))
    assert (health(procedure).wrong.k, health(procedure).wrong.n) == (1, 1)
    quiz.question.text = "Asked in other words?"
    quiz.question.save()
    quiz(is_right=True, started_at=now)
    assert (health(procedure).wrong.k, health(procedure).wrong.n) == (0, 1)


# The view ----------------------------------------------------------------------------------------
def test_page_health_is_for_editors(agent, reviewer, manager, editor, administrator, as_user):
    for user in (agent, reviewer, manager):
        assert as_user(user).get(ADDRESS).status_code == 403
    for user in (editor, administrator):
        assert as_user(user).get(ADDRESS).status_code == 200
    assert as_user(editor).post(ADDRESS).status_code == 405


def test_page_health_names_nobody_and_hides_counts_of_two(editor, as_user, procedure):
    answers(procedure, "nn", words="Where is the number?")
    content = as_user(editor).get(ADDRESS).content.decode()
    assert "fewer than 3 people" in content
    assert "0 of 2" not in content
    assert "2 of 2" not in content
    assert "Where is the number?" in content
    for vote in PageVote.objects.all():
        assert str(vote.user) not in content


def test_page_health_costs_the_same_for_many_as_for_one(editor, as_user, procedure, grade, quiz):
    browser = as_user(editor)

    def count():
        browser.get(ADDRESS)
        with CaptureQueriesContext(connection) as queries:
            browser.get(ADDRESS)
        return len(queries)

    def fill(page):
        set_governance(page, by=None, owner=UserFactory())
        answers(page, "yn", words="Hm")

    fill(procedure)
    grade(UserFactory(), resting=10, other=90)
    quiz(is_right=True)
    one = count()
    for _number in range(3):
        fill(ProcedurePageFactory())
        grade(UserFactory(), resting=10, other=90)
        quiz(is_right=True)
    assert count() == one


def test_page_health_narrows_sorts_and_pages(editor, as_user, today):
    section = ManualSectionPageFactory(title="Money")
    late = ProcedurePageFactory(title="Refund", parent=section)
    set_governance(late, by=None, owner=editor, review_by_hand=today - dt.timedelta(days=1))
    for number in range(30):
        ProcedurePageFactory(title=f"Page {number:02}")
    browser = as_user(editor)

    def titles(**asked):
        return [row.page.title for row in browser.get(ADDRESS, asked).context["rows"]]

    assert set(titles(section="Money")) == {"Money", "Refund"}
    assert titles(owner=str(editor.pk)) == ["Refund"]
    assert titles(only="overdue") == ["Refund"]
    assert titles(only="out") == []
    assert titles(sort="review")[0] == "Refund"
    assert titles(sort="title")[:2] == ["Money", "Page 00"]
    assert len(titles(sort="nonsense")) == 25
    assert len(titles(page="2")) == 7
    assert "No page like this" in browser.get(ADDRESS, {"only": "out"}).content.decode()


def test_page_health_exports_what_is_narrowed(editor, as_user, procedure):
    procedure.title = "=HYPERLINK()"
    procedure.save()
    answers(procedure, "nnyy")
    answers(ProcedurePageFactory(title="B"), "n")
    answer = as_user(editor).post(f"{ADDRESS}?sort=title", {"format": "csv"})
    text = b"".join(answer.streaming_content).decode().lstrip("\ufeff")
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[1][0] == "'=HYPERLINK()"
    assert rows[1][5:7] == ["4", "2"]
    assert rows[2][5:7] == ["fewer than 3", ""]


def test_page_health_answers_htmx_with_the_table_alone(editor, as_user, procedure):
    answer = as_user(editor).get(ADDRESS, headers={"hx-request": "true"})
    content = answer.content.decode()
    assert content.strip().startswith('<div id="pages"')
    assert "HX-Request" in answer["Vary"]


# In the Wagtail admin ----------------------------------------------------------------------------
def test_the_editor_of_a_page_sees_how_it_does_and_the_reports_menu_leads_there(
    editor, as_user, procedure
):
    answers(procedure, "nny", words="Where is the number?")
    browser = as_user(editor)
    content = browser.get(reverse("wagtailadmin_pages:edit", args=[procedure.pk])).content.decode()
    assert "How this page does" in content
    assert "2 of 3" in content
    assert "Where is the number?" in content
    assert ADDRESS in browser.get(reverse("wagtailadmin_home")).content.decode()


def test_rollups_are_added_up_anew_after_a_grade_and_not_before(editor, health, procedure, grade):
    def added_up():
        with CaptureQueriesContext(connection) as queries:
            page_health(editor, at=timezone.now())
        return sum('"subject_id" AS' in query["sql"] for query in queries)

    for _person in range(3):
        grade(UserFactory(), resting=40, other=90)
    assert [added_up(), added_up()] == [1, 0]
    assert (health(procedure).failing.k, health(procedure).failing.n) == (3, 3)
    grade(UserFactory(), resting=90, other=90)
    assert (health(procedure).failing.k, health(procedure).failing.n) == (3, 4)


def test_what_is_kept_for_others_does_not_tell_what_is_held_back(editor, procedure, grade):
    def graded(reader):
        rows = page_health(reader, at=timezone.now())
        return next(row.failing.n for row in rows if row.page.pk == procedure.pk)

    other = UserFactory()
    grade(UserFactory(), resting=40, other=90)
    assert (graded(editor), graded(other)) == (1, 1)
    grade(editor, is_held=True, resting=40, other=90)
    assert (graded(other), graded(editor)) == (2, 1)
