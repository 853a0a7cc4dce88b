"""The demo organisation: what its data files promise, and that it builds."""

import datetime as dt
import fcntl
import socket
import subprocess
import sys
from collections import Counter

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import timezone

from config.demo import logins
from config.demo.conversations import TWO_LEVELS, read_conversations, read_showpieces
from config.demo.data_files import read, read_all
from config.demo.images import DRAWINGS
from config.demo.manual import as_html
from content.models import LearningPath, ModulePage, ProcedurePage, ReplyTemplate, Skill
from interactions.conversation import lines_of
from interactions.models import Interaction
from people.channels import Channel
from people.models import User
from people.roles import Role
from scorecards import rollups
from scorecards.actions import comparison, repeat_draw
from scorecards.calibration import report_of
from scorecards.conversation import gaps, service_standard
from scorecards.loading import load_version
from scorecards.models import (
    CalibrationSession,
    Criterion,
    Dispute,
    Level,
    Pick,
    Reply,
    ReviewAssignment,
    Rollup,
    RubricVersion,
    SamplingPlan,
    Scorecard,
    SeededPick,
)
from scorecards.models.calibration import seeded_results_of
from scorecards.rubric_format import structure_of
from scorecards.rubric_problems import problems

TODAY = dt.date(2026, 11, 20)
NOT_APPLICABLE_ALLOWED = {"protocol-identify", "protocol-record", "protocol-escalate"}


def test_there_are_40_conversations_over_all_channels_good_and_bad():
    conversations = read_conversations()

    assert len({item.key for item in conversations}) == 40
    assert {item.channel for item in conversations} == set(Channel.values)
    for channel in Channel.values:
        qualities = {item.data["quality"] for item in conversations if item.channel == channel}
        assert qualities == {"good", "mixed", "poor"}, channel


@pytest.mark.parametrize(
    "conversation",
    [*read_conversations(), *read_showpieces().values()],
    ids=lambda item: item.key,
)
def test_conversation_is_graded_by_the_rubric_with_evidence_that_is_in_it(conversation):
    rubric = read("rubric.toml")
    criteria = [row for section in rubric["sections"] for row in section["criteria"]]
    messages = conversation.data["messages"]

    assert set(conversation.grades) == {row["key"] for row in criteria}
    for key, grade in conversation.grades.items():
        if grade.get("na"):
            assert key in NOT_APPLICABLE_ALLOWED
            continue
        assert 0 <= grade["level"] <= (1 if key in TWO_LEVELS else 3)
        for evidence in grade.get("evidence", []):
            assert evidence["quote"] in messages[evidence["message"]]["text"]
    offsets = [message["offset_seconds"] for message in messages]
    assert offsets == sorted(offsets)


def test_the_manual_has_procedures_on_every_channel_with_standards_and_escalation():
    procedures = read_all("manual")

    assert len(procedures) >= 12
    for channel in Channel.values:
        assert any(
            row["channel"] == channel and row.get("first_response_minutes")
            for page in procedures
            for row in page["channels"]
        )
    assert any(page.get("escalation") for page in procedures)
    assert all(page["steps"] for page in procedures)


def test_every_drawing_of_a_lesson_exists():
    wanted = {
        block["image"]
        for module in read_all("modules")
        for lesson in module["lessons"]
        for block in lesson["blocks"]
        if block["type"] == "image"
    }

    assert wanted <= DRAWINGS.keys()


def test_as_html_starts_a_list_after_its_lead_in_line():
    text = "Ask for two of:\n- order number\n- post <code>\n\nThen go on."

    assert as_html(text) == (
        "<p>Ask for two of:</p><ul><li>order number</li><li>post &lt;code&gt;</li></ul>"
        "<p>Then go on.</p>"
    )


def moment(day: dt.date, hour: int) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time(hour)))


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker):
    """The demo organisation, built once for the tests below and rolled back after them."""
    from django.db import transaction

    from config.demo.seed import seed

    with django_db_blocker.unblock(), transaction.atomic():
        seed(today=TODAY)
        yield
        transaction.set_rollback(True)


@pytest.mark.usefixtures("demo")
class TestSeed:
    """Everything the demo promises, in one built organisation."""

    @pytest.fixture(autouse=True)
    def _database(self, demo, django_db_blocker):
        with django_db_blocker.unblock():
            yield

    def test_has_its_people(self):
        assert User.objects.with_role(Role.AGENT).count() == 13, "twelve and the new hire"
        assert User.objects.with_role(Role.REVIEWER).count() == 4
        for role in (Role.MANAGER, Role.EDITOR, Role.ADMINISTRATOR):
            assert User.objects.with_role(role).exists()

    def test_has_its_manual_and_modules(self):
        assert ProcedurePage.objects.live().count() >= 12
        assert ReplyTemplate.objects.count() >= 12
        assert ModulePage.objects.live().count() == 11
        assert LearningPath.objects.get(key="first-two-weeks").path_modules.count() == 2

    def test_has_six_months_of_scorecards_for_everybody(self):
        months = set(Scorecard.objects.submitted().values_list("month", flat=True))
        graded = Scorecard.objects.submitted().values_list("agent", flat=True)

        assert len(months) >= 6
        hire = User.objects.get(email=logins.NEW_HIRE)
        counts = Counter(pk for pk in graded if pk not in {hire.pk, None})
        assert len(counts) == 12
        assert min(counts.values()) >= 20

    def test_has_work_in_every_queue(self):
        for reviewer in User.objects.with_role(Role.REVIEWER):
            assert ReviewAssignment.objects.open().filter(reviewer=reviewer).exists()
        oskar = User.objects.get(email=logins.REVIEWER)
        assert set(Scorecard.objects.drafts().values_list("reviewer", flat=True)) == {oskar.pk}

    def test_has_reviewers_of_different_severity(self):
        means = [
            float(sum(percents) / len(percents))
            for reviewer in User.objects.with_role(Role.REVIEWER)
            if (
                percents := list(
                    Scorecard.objects.submitted()
                    .filter(reviewer=reviewer)
                    .values_list("percent", flat=True)
                )
            )
        ]

        assert max(means) - min(means) > 5

    def test_keeps_rollups_equal_to_a_rebuild(self):
        def cells():
            return {
                (
                    row.agent_id,
                    row.reviewer_id,
                    row.channel,
                    row.month,
                    row.subject,
                    row.subject_id,
                ): (
                    row.n,
                    round(row.sum_wy, 4),
                )
                for row in Rollup.objects.all()
            }

        kept = cells()
        rollups.rebuild_rollups()
        assert cells() == kept

    def test_finds_every_agent_and_skill(self):
        assert not Interaction.objects.filter(agent__isnull=True).exists()
        assert set(Skill.objects.values_list("key", flat=True)) == {
            "respect",
            "empathy",
            "protocol",
            "accuracy",
        }

    def test_draws_with_known_chances_and_a_floor(self):
        paused = SamplingPlan.objects.get(is_active=False)
        by_risk = SamplingPlan.objects.get(method="risk")
        picks = Pick.objects.filter(draw__plan=by_risk)

        assert paused.draws.count() + by_risk.draws.count() == 26, "one for each week"
        assert {sign for pick in picks for sign in pick.signs} >= {"complaint_words", "new_agent"}
        assert picks.filter(signs=[]).exists(), "the floor"
        assert all(repeat_draw(made)[0] for made in by_risk.draws.all())
        counted = Scorecard.objects.submitted().filter(
            assignment__inclusion_probability__isnull=False
        )
        for scorecard in counted.select_related("assignment__pick"):
            pick = scorecard.assignment.pick
            assert scorecard.assignment.inclusion_probability == pick.inclusion_probability
        purposes = set(Scorecard.objects.submitted().values_list("assignment__purpose", flat=True))
        assert purposes == {"grade", "second", "link", "seeded", "calibration", "practice"}

    def test_has_picks_to_claim_that_lapsed_that_were_set_aside_and_that_are_due(self):
        oskar = User.objects.get(email=logins.REVIEWER)
        now = moment(TODAY, 10)
        rows = ReviewAssignment.objects.all()

        assert rows.claimable_by(oskar, at=now).filter(reviewer__isnull=True).count() >= 2
        assert rows.lapsed(at=now).count() == 1
        assert rows.get(state="skipped").skip_reason
        mine = rows.held_by(oskar, at=now)
        assert mine.filter(due_on=TODAY).exists()
        assert mine.filter(due_on__lt=TODAY).exists()
        assert mine.filter(due_on__gt=TODAY).exists()
        assert mine.filter(purpose="regrade").count() == 1

    def test_has_a_rubric_in_three_editions_and_one_of_another_policy(self):
        first, second, third = RubricVersion.objects.filter(
            rubric__key="customer-conversation"
        ).order_by("number")
        quick = RubricVersion.objects.get(rubric__key="quick-check")

        assert [first.state, second.state, third.state] == ["retired", "published", "draft"]
        assert second.is_comparable
        assert Scorecard.objects.submitted().filter(version=second).exists()
        criteria = Criterion.objects.filter(section__version=third)
        assert criteria.get(scale="count").channels == ["phone"]
        assert criteria.get(depends_on__isnull=False).depends_on.key == "protocol-escalate"
        assert criteria.exclude(good_example="").exclude(bad_example="").exists()
        assert Level.objects.filter(criterion__in=criteria, requires_comment=True).exists()
        earlier, differences = comparison(third)
        assert earlier == second
        assert differences
        assert problems(structure_of(load_version(third.pk))) == [], "it can be published"
        assert quick.aggregation == "points"
        assert Scorecard.objects.submitted().filter(version=quick).exists()

    def test_has_disputes_in_every_state_an_override_and_a_reply(self):
        oskar = User.objects.get(email=logins.REVIEWER)
        ines = User.objects.get(email=logins.AGENT)
        open_ones = Dispute.objects.open()

        assert (
            open_ones.filter(scorecard__agent=ines, regrade__isnull=True)
            .takeable_by(oskar)
            .exists()
        )
        regraded = open_ones.get(regrade__isnull=False)
        assert regraded.regrade.reviewer == oskar
        assert regraded.decider.first_name == "Selin"
        assert not Dispute.objects.visible_to(oskar).contains(regraded)
        assert not Dispute.objects.waiting_for(oskar).contains(regraded)
        assert not Dispute.objects.decided().filter(decider=None).exists()
        assert Dispute.objects.filter(state="upheld").count() == 1
        changed = Dispute.objects.get(state="changed")
        assert changed.result.revision == 2
        override = Scorecard.objects.get(cause="override")
        assert override.reason
        authors = set(
            Reply.objects.filter(scorecard__agent=ines).values_list("author__email", flat=True)
        )
        assert authors == {logins.AGENT, logins.REVIEWER, logins.MANAGER}

    def test_holds_a_grade_back_for_the_manager_to_release(self):
        marthe = User.objects.get(email=logins.MANAGER)

        assert Scorecard.objects.releasable_by(marthe).exists()

    def test_has_a_session_with_a_report_one_that_waits_and_two_keys(self):
        oskar = User.objects.get(email=logins.REVIEWER)
        closed = CalibrationSession.objects.get(closed_at__isnull=False)
        report = report_of(closed)
        subject = next(row for row in report.criteria if row.criterion.key == "empathy-acknowledge")

        assert closed.participants.count() == 4
        assert closed.decisions.count() == 2
        assert closed.notes.get().written_by == oskar
        assert len(subject.disagreements) >= 2
        assert subject.figures.exact.value is not None, "enough conversations for figures"
        assert CalibrationSession.objects.waiting_for(oskar).get().own_left == 2
        assert seeded_results_of(oskar).count() == 1
        assert SeededPick.objects.filter(
            assignment__reviewer=oskar, assignment__state="open"
        ).exists()

    def test_has_a_call_to_listen_to_letters_that_quote_and_a_chat_that_made_one_wait(self):
        oskar = User.objects.get(email=logins.REVIEWER)
        waiting = ReviewAssignment.objects.open().filter(reviewer=oskar, pick__isnull=True)
        shown = {
            row.interaction.channel: row.interaction for row in waiting.exclude(purpose="regrade")
        }
        call = shown["phone"]
        letters = lines_of(shown["email"].turns, channel="email")
        version = RubricVersion.objects.published().get(rubric__key="customer-conversation")
        standard = service_standard(version, "chat")

        assert [len(side) for _name, side in call.recording.tracks] == [600, 600]
        assert call.recording.duration_seconds < 60
        assert all(turn.duration for turn in call.turns if not turn.is_system)
        assert any(part.is_quoted for line in letters for part in line.parts)
        assert gaps(shown["chat"].turns, standard.minutes * 60)

    def test_tells_of_nothing_that_is_still_to_come(self):
        last = moment(TODAY, 9)

        assert not Scorecard.objects.filter(submitted_at__gt=last).exists()
        assert not Scorecard.objects.filter(acknowledged_at__gt=last).exists()
        assert not Interaction.objects.filter(occurred_at__gt=last).exists()
        assert not Reply.objects.filter(written_at__gt=last).exists()
        assert not Dispute.objects.filter(filed_at__gt=last).exists()
        assert not Dispute.objects.filter(taken_at__gt=last).exists()
        assert not Dispute.objects.filter(decided_at__gt=last).exists()

    def test_has_a_new_hire_who_has_begun(self):
        hire = User.objects.get(email__startswith="nia.brook")

        assert Scorecard.objects.to_acknowledge().filter(agent=hire).count() == 1
        assert hire.module_assignments.unfinished().count() == 4
        assert hire.completions.count() == 1


def test_seed_demo_runs_in_the_demo_only(db):
    with pytest.raises(CommandError, match="make demo"):
        call_command("seed_demo")


def test_a_port_in_use_is_said_with_another_to_choose():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "config.demo", "--port", str(port)],
            cwd=settings.BASE_DIR,
            capture_output=True,
            text=True,
            check=False,
        )

    assert done.returncode == 1
    assert f"Port {port} cannot be used" in done.stderr
    assert "make demo PORT=" in done.stderr
    assert "Traceback" not in done.stderr


def launch(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "config.demo", *arguments],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("port", ["0", "99999", "-1"])
def test_a_number_that_is_no_port_is_said(port):
    done = launch("--port", port)

    assert done.returncode == 1
    assert "is no port" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_demo_in_use_is_left_alone(tmp_path):
    (tmp_path / "evenhand.sqlite3").touch()
    with (tmp_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for action in ("--reset", "--prepare"):
            done = launch("--home", str(tmp_path), action)
            assert done.returncode == 1
            assert "is running already" in done.stderr
    assert (tmp_path / "evenhand.sqlite3").exists()


def test_reset_throws_the_data_away(tmp_path):
    (tmp_path / "evenhand.sqlite3").touch()
    (tmp_path / "media").mkdir()

    assert launch("--home", str(tmp_path), "--reset").returncode == 0

    assert [item.name for item in tmp_path.iterdir()] == ["lock"]
