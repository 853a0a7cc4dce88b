"""Where the system fails: a page, a reviewer and a person are told apart, with the truth known."""

import csv
import datetime as dt
import io

import numpy as np
import pytest
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from content.governance import set_governance
from content.models import ChangeKind, Edition, PageVote
from insights.digest.sending import send_digests
from insights.fair import Pool
from insights.objectivity.scope import Scope
from insights.skills import Window, standards
from insights.system.findings import _Asked, _found, findings
from insights.system.rows import Cause, load_rows
from people.roles import Role
from scorecards.models import Rollup, RubricVersion
from tests.factories.content import ProcedurePageFactory
from tests.factories.people import MembershipFactory, UserFactory
from tests.factories.scorecards import CriterionFactory, RubricFactory, SectionFactory

pytestmark = pytest.mark.django_db
ADDRESS = "/team/system/"
KEYS = ("greeting", "identify", "record", "closing")


@pytest.fixture(autouse=True)
def nothing_kept():
    cache.clear()


@pytest.fixture
def procedure(db):
    return ProcedurePageFactory(title="Who is on the line")


@pytest.fixture
def rubric(procedure):
    """Four criteria, of which `identify` rests on the page. The pass mark is 75."""
    version = RubricVersion.objects.create(rubric=RubricFactory(name="Calls"), number=1)
    section = SectionFactory(version=version, key="all")
    made = {
        key: CriterionFactory(
            section=section,
            key=key,
            title=key.title(),
            position=place,
            procedure=procedure if key == "identify" else None,
        )
        for place, key in enumerate(KEYS)
    }
    RubricVersion.objects.filter(pk=version.pk).update(
        state=RubricVersion.State.PUBLISHED, published_at=timezone.now()
    )
    return version, made


@pytest.fixture
def grade(rubric, today):
    """`grade(agent, reviewer, greeting=[100, 0])`: percents in the rollups, and as many scorecards."""
    version, made = rubric

    def add(agent, reviewer, *, months_ago=0, channel="chat", **percents):
        month = Window.of(months_ago + 1, until=today).first
        subjects = [(Rollup.Subject.CRITERION, made[key].pk, ys) for key, ys in percents.items()]
        subjects.append((Rollup.Subject.TOTAL, 0, next(iter(percents.values()))))
        for subject, pk, ys in subjects:
            y, yy, w = float(np.sum(ys)), float(np.square(ys).sum()), 4.0
            Rollup.objects.create(
                agent=agent, reviewer=reviewer, version=version, channel=channel, month=month,
                subject=subject, subject_id=pk, n=len(ys), sum_y=y, sum_yy=yy, sum_w=w * len(ys),
                sum_wy=w * y, sum_wyy=w * yy, sum_ww=w * w * len(ys), sum_wwy=w * w * y,
                sum_wwyy=w * w * yy,
            )  # fmt: skip

    return add


def people(count, team=None):
    made = [UserFactory(roles=[Role.AGENT]) for _person in range(count)]
    for person in made if team else ():
        MembershipFactory(user=person, team=team)
    return made


@pytest.fixture
def house(grade):
    """`house(everybody, reviewers, lost=…)`: each of them graded six times by each; a criterion loses
    with the chance that `lost(person, reviewer, key)` gives."""

    def build(everybody, reviewers, lost, *, seed=3, **where):
        chance = np.random.default_rng(seed)
        for a, person in enumerate(everybody):
            for r, reviewer in enumerate(reviewers):
                percents = {
                    key: list(100.0 * (chance.random(6) >= lost(a, r, key))) for key in KEYS
                }
                grade(person, reviewer, **percents, **where)

    return build


@pytest.fixture
def scope(rubric, today):
    def of(months=6):
        window = Window.of(months, until=today)
        return Scope(Pool(next(iter(standards().values())), window), 1)

    return of


def by_key(found):
    return {each.key: each for each in found}


def few(a, r, key):
    return 0.06


# What is found -----------------------------------------------------------------------------------
def test_nothing_is_found_where_nothing_is(house, scope):
    house(people(12), people(4), few)
    for each in findings(scope()):
        assert (each.is_everybody, each.reviewers, each.persons) == (False, [], [])
        assert (each.people, each.n, each.missing) == (12, 12 * 4 * 6, 0)


def test_what_everybody_fails_is_found_and_called_unclear_with_a_bad_page(
    house, scope, procedure, manager, today
):
    house(people(12), people(4), lambda a, r, key: 0.6 if key == "identify" else 0.06)
    found = by_key(findings(scope()))
    assert [key for key, each in found.items() if each.is_everybody] == ["identify"]
    assert (found["identify"].failing, found["identify"].elsewhere) == (12, 0)
    assert found["identify"].persons == []
    assert found["identify"].reviewers == []

    def causes():
        rows = load_rows(scope(), reader=manager, at=timezone.now(), on=today)
        return {row.finding.key: row.causes for row in rows}

    assert causes()["identify"] == [Cause.EVERYBODY]
    assert causes()["greeting"] == [Cause.NOTHING]
    set_governance(procedure, owner=None, review_by_hand=today - dt.timedelta(days=3), by=manager)
    assert causes()["identify"] == [Cause.UNCLEAR]
    set_governance(procedure, owner=None, review_by_hand=today + dt.timedelta(days=90), by=manager)
    for number in range(9):
        PageVote.objects.create(
            page=procedure, user=UserFactory(), session="s", is_helpful=number > 7
        )
    assert causes()["identify"] == [Cause.UNCLEAR]


def test_people_who_fail_everything_do_not_point_to_a_criterion(house, scope):
    house(people(12), people(4), lambda a, r, key: 0.6)
    assert not any(each.is_everybody or each.persons for each in findings(scope()))


def test_everybody_is_seen_also_where_half_fail_elsewhere(house, scope):
    """Six of twelve are weak in everything; all are bad at one thing."""

    def lost(a, r, key):
        return 0.85 if key == "identify" else 0.4 if a < 6 else 0.06

    house(people(12), people(4), lost)
    found = by_key(findings(scope()))
    assert [key for key, each in found.items() if each.is_everybody] == ["identify"]
    assert (found["identify"].failing, found["identify"].elsewhere) == (12, 6)


def test_one_person_is_a_matter_of_training(house, scope):
    everybody = people(12)
    house(everybody, people(4), lambda a, r, key: 0.7 if (a, key) == (5, "identify") else 0.06)
    found = by_key(findings(scope()))
    (one,) = found.pop("identify").persons
    assert (one.pk, one.n, one.strata) == (everybody[5].pk, 24, 4)
    assert one.low < one.mean < one.high < 75 < one.others
    assert not any(each.persons or each.reviewers or each.is_everybody for each in found.values())


def test_who_fails_everything_is_not_pointed_out_by_criterion(house, scope):
    house(people(12), people(4), lambda a, r, key: 0.7 if a == 5 else 0.06)
    assert not any(each.persons for each in findings(scope()))


def test_one_reviewer_is_a_matter_of_calibration_and_of_nobody_else(house, scope):
    reviewers = people(4)
    house(people(12), reviewers, lambda a, r, key: 0.8 if (r, key) == (2, "record") else 0.06)
    found = by_key(findings(scope()))
    (one,) = found["record"].reviewers
    assert (one.pk, one.strata) == (reviewers[2].pk, 12)
    assert found["record"].persons == []
    assert not found["record"].is_everybody
    assert not any(each.reviewers for key, each in found.items() if key != "record")


def test_of_two_reviewers_nobody_can_say_who_is_right(house, scope):
    house(people(12), people(2), lambda a, r, key: 0.8 if (r, key) == (1, "record") else 0.06)
    assert by_key(findings(scope()))["record"].reviewers == []


def test_people_with_a_strict_reviewer_only_are_not_sent_to_training(house, grade, scope):
    """Two people are graded by the strict reviewer alone, where others fail as much as they do."""
    reviewers, two = people(4), people(2)
    strict = {(3, "record")}
    house(people(12), reviewers, lambda a, r, key: 0.8 if (r, key) in strict else 0.06)
    for person in two:
        grade(person, reviewers[3], greeting=[100] * 10, record=[0] * 8 + [100] * 2)
    assert by_key(findings(scope()))["record"].persons == []


def test_grades_from_before_a_material_change_do_not_count(house, scope, procedure, manager, today):
    house(
        people(12),
        people(4),
        lambda a, r, key: 0.6 if key == "identify" else 0.06,
        months_ago=2,
    )
    assert by_key(findings(scope()))["identify"].is_everybody
    Edition.objects.create(
        page=procedure,
        number=2,
        kind=ChangeKind.MATERIAL,
        published_at=timezone.now() - dt.timedelta(days=20),
    )
    found = by_key(findings(scope()))["identify"]
    assert (found.people, found.is_tested, found.missing) == (0, False, 5)
    rows = load_rows(scope(), reader=manager, at=timezone.now(), on=today)
    row = next(row for row in rows if row.finding.key == "identify")
    assert row.causes == [Cause.TOO_FEW]
    assert row.too_few == "Too few: 5 more people have to be graded."


def test_chance_alone_is_rarely_called_anything():
    """100 times 12 people and 4 reviewers who do not differ, three in ten criteria missed: of 400
    criteria hardly any may be called anything."""
    chance, called = np.random.default_rng(8), 0
    asked = [_Asked(str(c), str(c), c, None, dt.date(2026, 1, 1)) for c in range(4)]
    subjects = {c: (c, 0.25) for c in range(4)}
    cells = np.array([(c, a, r) for c in range(4) for a in range(12) for r in range(4)], float)
    for _round in range(100):
        y = 100.0 * (6 - chance.binomial(6, 0.3, len(cells)))
        six = np.full(len(cells), 6.0)
        found = _found(asked, subjects, np.column_stack([cells, six, y, 4 * six, 4 * y]))
        called += sum(bool(f.is_everybody or f.reviewers or f.persons) for f in found)
    assert called <= 4


def test_a_page_that_turned_out_unclear_is_in_the_digest_once(
    house, procedure, manager, team, today
):
    house(people(12, team), people(4), lambda a, r, key: 0.6 if key == "identify" else 0.06)
    set_governance(procedure, owner=None, review_by_hand=today - dt.timedelta(days=3), by=manager)
    now = timezone.now()
    for week in range(2):
        send_digests(at=now + dt.timedelta(days=7 * week))
    (sent,) = mail.outbox
    line = "- Who is on the line: Identify. 12 of 12 people are under the pass mark here"
    assert f"Pages that turned out unclear\n{line}" in sent.body
    assert "/team/system/" in sent.body


# Who sees what -----------------------------------------------------------------------------------
@pytest.fixture
def mixed(house, team):
    """One person and one reviewer stand out, and everybody fails what rests on the page."""
    everybody, reviewers = people(12, team), people(4)

    def lost(a, r, key):
        if (a, key) == (5, "closing") or (r, key) == (2, "record") or key == "identify":
            return 0.75
        return 0.05

    house(everybody, reviewers, lost)
    return everybody[5], reviewers[2]


def test_a_manager_sees_their_people_by_name_and_no_reviewer(as_user, manager, mixed):
    person, reviewer = mixed
    page = as_user(manager).get(ADDRESS).content.decode()
    assert str(person) in page
    assert f"/coaching/people/{person.pk}/modules/?criterion=" in page
    assert str(reviewer) not in page
    assert "One reviewer" in page
    assert "Across everybody" in page


def test_an_administrator_sees_both_and_assigns_nothing(as_user, administrator, mixed):
    person, reviewer = mixed
    page = as_user(administrator).get(ADDRESS).content.decode()
    assert str(person) in page
    assert f"/team/objectivity/reviewers/{reviewer.pk}/" in page
    assert f"/coaching/people/{person.pk}/modules/" not in page


def test_an_editor_sees_no_names_and_may_edit(as_user, editor, mixed, procedure):
    person, reviewer = mixed
    page = as_user(editor).get(ADDRESS).content.decode()
    assert str(person) not in page
    assert str(reviewer) not in page
    assert "One or two people" in page
    assert f"/pages/{procedure.pk}/edit/" in page
    assert "/page-health/" in page


def test_a_manager_of_others_learns_no_name(as_user, other_manager, mixed):
    person, reviewer = mixed
    browser = as_user(other_manager)
    for answer in (browser.get(ADDRESS), browser.post(ADDRESS, {"format": "csv"})):
        assert str(person) not in answer.getvalue().decode()
        assert str(reviewer) not in answer.getvalue().decode()


def test_it_is_not_for_agents_and_reviewers_and_reads_only(
    as_user, agent, reviewer, manager, client
):
    for who in (agent, reviewer):
        assert as_user(who).get(ADDRESS).status_code == 403
    assert as_user(manager).head(ADDRESS).status_code == 200
    assert as_user(manager).post(ADDRESS).status_code == 405
    assert client.get(ADDRESS).status_code == 302


# Filters, files, emptiness -----------------------------------------------------------------------
def test_the_file_has_what_the_page_has(as_user, administrator, mixed, rubric):
    person, reviewer = mixed
    answer = as_user(administrator).post(f"{ADDRESS}?only=out", {"format": "csv"})
    rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))
    verdicts = {row["Criterion"]: row["Verdict"] for row in rows}
    assert verdicts == {
        "Identify": "Across everybody",
        "Record": "Calibration",
        "Closing": "Training",
    }
    assert rows[0]["Criterion"] == "Identify"
    assert rows[0]["People"] == "12"
    assert rows[0]["Rubric"].startswith("Calls")
    assert str(person) in rows[2]["In words"]
    assert str(reviewer) in rows[1]["In words"]


def test_filters_narrow_and_nonsense_is_ignored(as_user, manager, mixed):
    client = as_user(manager)
    page = client.get(ADDRESS, {"only": "training"}).content.decode()
    assert "Closing" in page
    assert "Identify" not in page
    nonsense = {"only": "x", "sort": "x", "months": "x", "rubric": "x", "channel": "x", "page": "x"}
    page = client.get(ADDRESS, nonsense).content.decode()
    assert all(key.title() in page for key in KEYS)
    assert "No criterion like this" in client.get(ADDRESS, {"only": "too_few"}).content.decode()
    assert "Nothing graded" in client.get(ADDRESS, {"channel": "phone"}).content.decode()
    for order in ("cause", "rubric", "title", "failing", "grades"):
        assert client.get(ADDRESS, {"sort": order}).status_code == 200
    part = client.get(ADDRESS, {"only": "training"}, headers={"HX-Request": "true"})
    assert b"<html" not in part.content
    assert "HX-Request" in part.headers["Vary"]


def test_nothing_graded_says_what_to_do(as_user, manager):
    assert "Nothing graded" in as_user(manager).get(ADDRESS).content.decode()


def test_the_number_of_queries_does_not_grow(as_user, administrator, house, mixed):
    client = as_user(administrator)

    def count():
        cache.clear()
        with CaptureQueriesContext(connection) as queries:
            assert client.get(ADDRESS).status_code == 200
        return len(queries)

    first = count()
    house(
        people(6), people(3), lambda a, r, key: 0.9 if (a, key) == (0, "closing") else 0.05, seed=9
    )
    assert count() == first
