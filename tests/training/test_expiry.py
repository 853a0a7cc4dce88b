"""Expiry, renewal and certificates."""

import datetime as dt
from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from content.models import ModulePage
from people.dates import add_months
from people.models import AuditEvent
from tests.factories.content import LearningPathFactory, LessonPageFactory, QuizPageFactory
from tests.factories.training import right_answers
from training import actions
from training.actions import NotAllowed
from training.certificate_pdf import certificate_pdf
from training.models import Certificate, Completion, ModuleAssignment, PathAssignment
from training.progress import learning_of, module_progress, what_is_next
from training.rounds import round_began
from training.team_progress import team_table

DAY = dt.timedelta(days=1)
Expiry = ModulePage.Expiry


def noon(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time(12)))


@pytest.fixture
def yearly(make_module):
    """A module of one lesson that is good for 365 days and renewed 30 days before."""
    built = make_module("Privacy", expiry=Expiry.DAYS, expires_after=365, renew_lead_days=30)
    built.second.unpublish()
    built.quiz.unpublish()
    return built


@pytest.mark.parametrize(
    ("completed", "rule", "until"),
    [
        ("2019-04-01", {"expiry": "days", "expires_after": 365}, "2020-03-31"),
        ("2016-01-01", {"expiry": "months", "expires_after": 6}, "2016-07-01"),
        ("2025-08-31", {"expiry": "months", "expires_after": 6}, "2026-02-28"),
        ("2023-08-31", {"expiry": "months", "expires_after": 6}, "2024-02-29"),
        ("2024-02-29", {"expiry": "months", "expires_after": 12}, "2025-02-28"),
        ("2025-05-01", {"expiry": "fixed", "expires_month": 1, "expires_day": 31}, "2026-01-31"),
        ("2026-01-10", {"expiry": "fixed", "expires_month": 1, "expires_day": 31}, "2027-01-31"),
        ("2025-05-01", {"expiry": "fixed", "expires_month": 2, "expires_day": 29}, "2026-02-28"),
        ("2025-05-01", {"expiry": "never"}, None),
    ],
)
def test_valid_until_follows_the_rule(completed, rule, until):
    module = ModulePage(renew_lead_days=30, **rule)

    found = module.valid_until(dt.date.fromisoformat(completed))

    assert found == (dt.date.fromisoformat(until) if until else None)


def test_month_ends_never_run_over():
    assert add_months(dt.date(2025, 12, 31), 2) == dt.date(2026, 2, 28)


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        ({"expiry": "days"}, "expires_after"),
        ({"expiry": "fixed", "expires_day": 3}, "expires_month"),
        ({"expiry": "fixed", "expires_month": 6, "expires_day": 31}, "expires_day"),
        ({"expiry": "days", "expires_after": 30, "renew_lead_days": 30}, "renew_lead_days"),
    ],
)
def test_a_rule_that_cannot_be_kept_is_refused(rule, field):
    with pytest.raises(ValidationError) as refused:
        ModulePage(**rule).clean()

    assert field in refused.value.message_dict


class TestRound:
    def test_begins_with_the_lead_while_the_certificate_is_good(self, agent, yearly):
        done = noon(dt.date(2025, 1, 1))
        actions.complete_lesson(agent, yearly.first, at=done)
        until = dt.date(2026, 1, 1)
        asked = until - 30 * DAY

        assert actions.expire_completions(at=noon(asked - DAY)) == 0
        assert actions.expire_completions(at=noon(asked)) == 1
        assert actions.expire_completions(at=noon(asked)) == 0, "a second run begins nothing"

        certificate = Certificate.objects.get()
        assert (certificate.valid_until, certificate.state(on=asked)) == (until, "valid")
        renewal = ModuleAssignment.objects.get()
        assert (renewal.round, renewal.due_on, renewal.completed_at) == (2, until, None)
        assert "Jan" in renewal.reason
        assert not Completion.objects.current(on=asked).exists()
        assert Completion.objects.count() == 2, "the history stays"

    def test_is_open_when_read_before_anything_ran(self, agent, manager, yearly, today):
        done = noon(today - 400 * DAY)
        actions.assign_module(agent, yearly.module, by=manager, at=done - DAY)
        actions.complete_lesson(agent, yearly.first, at=done)

        assert learning_of(agent, on=today - 390 * DAY).done[0].module == yearly.module
        late = learning_of(agent, on=today)
        assert not late.done
        assert [each.is_to_renew for each in late.others] == [True]
        assert module_progress(agent, yearly.module.path).done_count == 0
        cell = team_table([agent], on=today).rows[0].cells[0]
        assert (cell.is_done, cell.has_lapsed, cell.percent) == (False, True, 0)
        assert cell.certificate_state == "expired"

    def test_is_renewed_by_doing_it_again_and_keeps_both_certificates(self, agent, yearly):
        first = dt.date(2025, 1, 1)
        actions.complete_lesson(agent, yearly.first, at=noon(first))
        again = first + 350 * DAY
        actions.expire_completions(at=noon(again))
        assert what_is_next(agent, on=again).page.pk == yearly.first.pk

        actions.complete_lesson(agent, yearly.first, at=noon(again))

        rounds = Certificate.objects.order_by("round").values_list("round", "valid_until")
        assert list(rounds) == [(1, first + 365 * DAY), (2, again + 365 * DAY)]
        assert ModuleAssignment.objects.get().completed_at == noon(again)
        lesson = Completion.objects.filter(page=yearly.first).order_by("round")
        assert [(each.round, each.ended_at is None) for each in lesson] == [(1, False), (2, True)]

    def test_begins_by_itself_when_somebody_does_a_step_before_the_command_ran(self, agent, yearly):
        actions.complete_lesson(agent, yearly.first, at=noon(dt.date(2025, 1, 1)))

        actions.complete_lesson(agent, yearly.first, at=noon(dt.date(2026, 6, 1)))

        assert list(Certificate.objects.order_by("round").values_list("round", flat=True)) == [1, 2]

    def test_gives_time_to_who_is_asked_after_the_expiry(self, agent, yearly):
        actions.complete_lesson(agent, yearly.first, at=noon(dt.date(2025, 1, 1)))

        actions.expire_completions(at=noon(dt.date(2026, 3, 1)))

        assert ModuleAssignment.objects.get().due_on == dt.date(2026, 3, 15)

    def test_counts_attempts_of_its_own_only(self, agent, make_module):
        built = make_module("Fire", expiry=Expiry.DAYS, expires_after=100, renew_lead_days=0)
        quiz = QuizPageFactory(parent=built.module, title="One go", max_attempts=1)
        for page in (built.first, built.second, built.quiz):
            page.unpublish()
        at = noon(dt.date(2025, 1, 1))
        _pass(agent, quiz, at=at)
        with pytest.raises(NotAllowed):
            actions.start_attempt(agent, quiz, at=at + DAY)

        later = at + 101 * DAY
        actions.expire_completions(at=later)
        _pass(agent, quiz, at=later)

        assert Certificate.objects.count() == 2
        assert round_began(agent, quiz.pk, on=later.date()) == later

    def test_is_not_begun_for_who_left(self, agent, yearly):
        actions.complete_lesson(agent, yearly.first, at=noon(dt.date(2025, 1, 1)))
        agent.is_active = False
        agent.save()

        assert actions.expire_completions(at=noon(dt.date(2026, 3, 1))) == 0

    def test_of_a_path_resets_all_its_modules(self, agent, manager, make_module):
        one, two = make_module("One"), make_module("Two")
        path = LearningPathFactory(
            modules=[one.module, two.module], expiry=Expiry.MONTHS, expires_after=12
        )
        start = noon(dt.date(2025, 1, 1))
        actions.assign_path(agent, path, by=manager, at=start)
        for built in (one, two):
            _finish(agent, built, at=start)
        assert PathAssignment.objects.get().completed_at is not None

        renewed = dt.date(2025, 12, 2)
        assert actions.expire_completions(at=noon(renewed)) == 1

        old, new = PathAssignment.objects.order_by("round")
        assert (old.ended_at, new.round, new.completed_at) == (noon(renewed), 2, None)
        opened = ModuleAssignment.objects.unfinished().filter(user=agent)
        assert {each.due_on for each in opened} == {dt.date(2026, 1, 1)}
        assert {each.module for each in opened} == {one.module, two.module}
        for built in (one, two):
            _finish(agent, built, at=noon(renewed + DAY))
        assert Certificate.objects.filter(path=path).count() == 2

    def test_can_be_begun_by_the_command(self, agent, yearly, capsys):
        actions.complete_lesson(agent, yearly.first, at=timezone.now() - 400 * DAY)

        call_command("expire_completions")

        assert ModuleAssignment.objects.unfinished().count() == 1


class TestCertificate:
    @pytest.fixture
    def certificate(self, agent, make_module):
        built = make_module("Respect", gives_certificate=True)
        _finish(agent, built, at=timezone.now())
        return Certificate.objects.get()

    def test_is_checked_by_anybody_and_says_only_what_is_on_it(self, client, certificate, agent):
        page = client.get(certificate.get_absolute_url())

        text = page.content.decode()
        assert page.status_code == 200
        assert page["X-Robots-Tag"] == "noindex, nofollow"
        assert "This certificate is valid" in text
        assert str(agent) in text
        assert agent.email not in text
        assert len(certificate.code) >= 22
        assert client.get("/certificates/wrong/").status_code == 404
        assert client.get("/certificates/a%00b/").status_code == 404
        assert client.get("/certificates/").status_code == 302, "there is no listing"
        assert client.post(certificate.get_absolute_url()).status_code == 405

    def test_says_when_it_expired(self, client, certificate, today):
        Certificate.objects.update(valid_until=today - DAY)
        assert "has expired" in client.get(certificate.get_absolute_url()).content.decode()
        Certificate.objects.update(valid_until=today)
        assert "is valid" in client.get(certificate.get_absolute_url()).content.decode()

    def test_costs_one_query_to_check(self, client, certificate, count_queries):
        assert count_queries(lambda: client.get(certificate.get_absolute_url())) == 1

    def test_is_revoked_by_a_manager_with_a_reason(
        self, as_user, client, certificate, manager, agent
    ):
        url = reverse("training:certificate_revoke", args=[certificate.pk])
        assert as_user(agent).post(url, {"reason": "x"}).status_code == 403
        assert as_user(manager).post(url, {"reason": " "}).status_code == 422

        assert as_user(manager).post(url, {"reason": "Taken by another"}).status_code == 302

        shown = client.get(certificate.get_absolute_url()).content.decode()
        assert "was revoked" in shown
        assert "Taken by another" not in shown
        file = reverse("training:certificate_file", args=[certificate.pk])
        assert as_user(agent).get(file).status_code == 403
        event = AuditEvent.objects.get(action="revoke_certificate")
        assert (event.actor, event.after["reason"]) == (manager, "Taken by another")
        with pytest.raises(NotAllowed):
            actions.revoke_certificate(certificate, by=manager, reason="again")

    def test_is_seen_by_oneself_and_ones_manager(
        self, as_user, certificate, agent, teammate, manager, other_manager
    ):
        file = reverse("training:certificate_file", args=[certificate.pk])
        assert as_user(agent).get(file)["Content-Type"] == "application/pdf"
        assert as_user(manager).get(file).status_code == 200
        assert as_user(teammate).get(file).status_code == 404
        assert as_user(other_manager).get(file).status_code == 404
        team = reverse("training:team_certificates")
        assert as_user(teammate).get(team).status_code == 403
        assert certificate.number in as_user(manager).get(team).content.decode()
        assert certificate.number not in as_user(other_manager).get(team).content.decode()
        own = reverse("training:certificate_list")
        assert certificate.number in as_user(agent).get(own).content.decode()
        assert certificate.number not in as_user(teammate).get(own).content.decode()

    @pytest.mark.parametrize(
        "name", ["Zoë Åkesson", "Łukasz Żółć", "山田 太郎", "<b>Ada & Co</b>" * 8]
    )
    def test_prints_any_name(self, certificate, name):
        certificate.name = name
        data = certificate_pdf(certificate, url="https://x.example/certificates/abc/", issuer="E")

        assert data.startswith(b"%PDF")
        assert BytesIO(data).getvalue().count(b"/Type /Page\n") == 1

    def test_is_given_once(self, agent, certificate, make_module):
        actions.complete_lesson(agent, LessonPageFactory(parent=certificate.module))

        assert Certificate.objects.count() == 1


def _finish(user, built, *, at):
    actions.complete_lesson(user, built.first, at=at)
    actions.complete_lesson(user, built.second, at=at)
    _pass(user, built.quiz, at=at)


def _pass(user, quiz, *, at):
    attempt = actions.start_attempt(user, quiz, at=at)
    actions.save_answers(attempt, right_answers(attempt.questions), by=user, at=at)
    assert actions.submit_attempt(attempt, by=user, at=at).passed
