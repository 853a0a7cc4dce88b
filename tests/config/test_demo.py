"""The demo organisation: what its data files promise, and that it builds."""

import datetime as dt
import fcntl
import socket
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from config.demo.conversations import TWO_LEVELS, read_conversations
from config.demo.data_files import read, read_all
from config.demo.images import DRAWINGS
from config.demo.manual import as_html
from content.models import LearningPath, ModulePage, ProcedurePage, ReplyTemplate, Skill
from interactions.models import Interaction
from people.channels import Channel
from people.models import User
from people.roles import Role
from scorecards import rollups
from scorecards.models import ReviewAssignment, Rollup, Scorecard

NOT_APPLICABLE_ALLOWED = {"protocol-identify", "protocol-record", "protocol-escalate"}


def test_there_are_40_conversations_over_all_channels_good_and_bad():
    conversations = read_conversations()

    assert len({item.key for item in conversations}) == 40
    assert {item.channel for item in conversations} == set(Channel.values)
    for channel in Channel.values:
        qualities = {item.data["quality"] for item in conversations if item.channel == channel}
        assert qualities == {"good", "mixed", "poor"}, channel


@pytest.mark.parametrize("conversation", read_conversations(), ids=lambda item: item.key)
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


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker):
    """The demo organisation, built once for the tests below and rolled back after them."""
    from django.db import transaction

    from config.demo.seed import seed

    with django_db_blocker.unblock(), transaction.atomic():
        seed(today=dt.date(2026, 11, 20))
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
        assert ModulePage.objects.live().count() == 4
        assert LearningPath.objects.get().path_modules.count() == 2

    def test_has_six_months_of_scorecards_for_everybody(self):
        months = set(Scorecard.objects.submitted().values_list("month", flat=True))
        graded = Scorecard.objects.submitted().values_list("agent", flat=True)

        assert len(months) >= 6
        assert len(set(graded)) == 12
        assert min(list(graded).count(pk) for pk in set(graded)) >= 20

    def test_has_work_in_every_queue(self):
        for reviewer in User.objects.with_role(Role.REVIEWER):
            assert ReviewAssignment.objects.open().filter(reviewer=reviewer).exists()
        assert Scorecard.objects.drafts().count() == 1

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

    def test_has_a_new_hire_who_has_begun(self):
        hire = User.objects.get(email__startswith="nia.brook")

        assert hire.module_assignments.unfinished().count() == 2
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
