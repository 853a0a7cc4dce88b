"""A full dump, and one's own data."""

import json
import shutil
import zipfile
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from coaching.models import CoachingSession, PrivateNotes
from integrations.actions import NotAllowed, create_token
from integrations.dumping import running, writing
from integrations.dumping.running import delete_expired, run_dump, start_dump
from integrations.models import DataDump
from interactions.models import private_storage
from people.models import AuditEvent
from tests.factories.interactions import InteractionFactory
from tests.factories.scorecards import ScorecardFactory
from tests.security.test_formulas import STARTS

LIST = reverse("integrations:dump_list")
State = DataDump.State


@pytest.fixture(autouse=True)
def storage():
    """The folder of dumps, empty."""
    folder = Path(private_storage().path("dumps"))
    shutil.rmtree(folder, ignore_errors=True)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def dump(administrator):
    return DataDump.objects.create(started_by=administrator, tables_total=3)


def opened(dump):
    dump.refresh_from_db()
    with dump.file.open("rb") as file:
        return zipfile.ZipFile(BytesIO(file.read()))


def lines(package, table):
    return [json.loads(line) for line in package.read(f"tables/{table}.jsonl").splitlines()]


def test_it_holds_every_row_of_every_table(dump, agent, monkeypatch):
    monkeypatch.setattr(writing, "PORTION", 2)
    made = [InteractionFactory(agent=agent) for _each in range(5)]
    run_dump(dump)
    package = opened(dump)
    manifest = json.loads(package.read("manifest.json"))
    rows = lines(package, "interactions.interaction")
    assert [row["id"] for row in rows] == sorted(each.pk for each in made)
    assert {each["name"]: each["rows"] for each in manifest["tables"]} == dump.counts
    for table in manifest["tables"]:
        assert len(lines(package, table["name"])) == table["rows"]
    transcript = lines(package, "interactions.transcript")[0]
    assert isinstance(transcript["messages"], list)
    assert manifest["schema"]["interactions"].startswith("0")
    assert (dump.state, dump.tables_done) == (State.DONE, len(manifest["tables"]))


def test_nothing_in_it_opens_anything(dump, administrator, agent):
    agent.set_password("a good long word")
    agent.save()
    _token, secret = create_token(name="x", scopes=[], by=administrator)
    run_dump(dump)
    package = opened(dump)
    everything = b"".join(package.read(name) for name in package.namelist()).decode()
    assert agent.password not in everything
    assert secret not in everything
    assert "digest" not in lines(package, "integrations.apitoken")[0]
    tables = {each["name"]: each for each in json.loads(package.read("manifest.json"))["tables"]}
    assert tables["people.user"]["left_out"] == ["password"]
    assert tables["integrations.webhookendpoint"]["left_out"] == ["nonce", "old_nonce"]
    assert "sessions.session" not in tables


def test_one_that_is_stopped_leaves_nothing_behind(dump, agent, storage):
    InteractionFactory(agent=agent)
    DataDump.objects.filter(pk=dump.pk).update(stop_requested=True)
    run_dump(dump)
    dump.refresh_from_db()
    assert (dump.state, dump.file.name) == (State.STOPPED, "")
    assert not [path for path in storage.rglob("*") if path.is_file()]


def test_one_that_fails_says_so_and_leaves_nothing_behind(dump, storage, monkeypatch):
    def full(*args, **kwargs):
        raise OSError("No space left on device")

    monkeypatch.setattr(running, "write_dump", full)
    run_dump(dump)
    dump.refresh_from_db()
    assert (dump.state, dump.failure) == (State.FAILED, "No space left on device")
    assert not [path for path in storage.rglob("*") if path.is_file()]


def test_only_one_is_written_at_a_time_unless_its_writer_is_gone(administrator, dump):
    with pytest.raises(NotAllowed):
        start_dump(by=administrator)
    DataDump.objects.update(progress_at=timezone.now() - timedelta(hours=1))
    start_dump(by=administrator)
    dump.refresh_from_db()
    assert dump.state == State.FAILED


def test_its_file_goes_when_its_time_is_over(
    dump, administrator, as_user, storage, django_capture_on_commit_callbacks
):
    run_dump(dump)
    later = timezone.now() + DataDump.KEPT
    with django_capture_on_commit_callbacks(execute=True):
        assert delete_expired(at=later) == 1
    assert not [path for path in storage.rglob("*") if path.is_file()]
    dump.refresh_from_db()
    assert (dump.state, dump.file.name) == (State.DELETED, "")
    address = reverse("integrations:dump_download", args=[dump.pk])
    assert as_user(administrator).post(address)["Location"] == LIST


@pytest.mark.parametrize("who", ["agent", "reviewer", "manager", "editor"])
def test_it_is_for_administrators(as_user, request, who, dump):
    browser = as_user(request.getfixturevalue(who))
    assert browser.get(LIST).status_code == 403
    assert browser.post(reverse("integrations:dump_start")).status_code == 403
    for name in ("dump_download", "dump_stop", "dump_delete"):
        assert browser.post(reverse(f"integrations:{name}", args=[dump.pk])).status_code == 403


def test_from_the_button_to_the_file(
    as_user, administrator, django_capture_on_commit_callbacks, storage
):
    browser = as_user(administrator)
    assert b"No dump yet" in browser.get(LIST).content
    with django_capture_on_commit_callbacks():
        assert browser.post(reverse("integrations:dump_start"))["Location"] == LIST
    dump = DataDump.objects.get()
    part = browser.get(LIST, headers={"HX-Request": "true"})
    assert part.content.strip().startswith(b"<section")
    run_dump(dump)
    assert browser.get(LIST, headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    answer = browser.post(reverse("integrations:dump_download", args=[dump.pk]))
    assert zipfile.ZipFile(BytesIO(answer.getvalue())).testzip() is None
    assert browser.get(reverse("integrations:dump_download", args=[dump.pk])).status_code == 405
    with django_capture_on_commit_callbacks(execute=True):
        browser.post(reverse("integrations:dump_delete", args=[dump.pk]))
    assert not [path for path in storage.rglob("*") if path.is_file()]
    actions = ["start_dump", "download_dump", "delete_dump"]
    of_dumps = AuditEvent.objects.filter(object_type="integrations.datadump").order_by("pk")
    assert list(of_dumps.values_list("action", flat=True)) == actions


def test_a_waiting_one_is_stopped_at_once(as_user, administrator, dump):
    as_user(administrator).post(reverse("integrations:dump_stop", args=[dump.pk]))
    dump.refresh_from_db()
    assert dump.state == State.STOPPED
    run_dump(dump)
    dump.refresh_from_db()
    assert dump.state == State.STOPPED


def test_the_command_writes_a_file_once(tmp_path, administrator, capsys):
    target = tmp_path / "all.zip"
    call_command("dump_data", str(target), by=administrator.email)
    assert "rows of" in capsys.readouterr().out
    assert zipfile.ZipFile(target).testzip() is None
    assert AuditEvent.objects.filter(action="dump_data").exists()
    with pytest.raises(CommandError, match="already"):
        call_command("dump_data", str(target))
    with pytest.raises(CommandError, match="which file"):
        call_command("dump_data")


@pytest.mark.parametrize("start", STARTS)
def test_no_dump_holds_cells_that_a_spreadsheet_would_compute(dump, as_user, agent, start):
    """Both are JSON, one's own a page to read beside it; words stay in them as they were written. No file
    and no line of it begins like a formula, so neither does one that somebody opens as a table anyway."""
    agent.first_name = f"{start}1+1"
    agent.save()
    run_dump(dump)
    everything, mine = opened(dump), own(as_user(agent))

    assert {Path(name).suffix for name in everything.namelist()} == {".json", ".jsonl"}
    assert agent.first_name in [row["first_name"] for row in lines(everything, "people.user")]
    names = [name for name in mine.namelist() if name != "index.html"]
    assert {Path(name).suffix for name in names} == {".json"}
    [profile] = json.loads(mine.read("data/profile.json"))
    assert agent.first_name in "".join(map(str, profile.values()))
    assert mine.read("index.html").startswith(b"<!doctype html>")
    for package, inside in ((everything, everything.namelist()), (mine, names)):
        for name in inside:
            begins = {line.lstrip()[:1] for line in package.read(name).decode().split("\n")}
            assert begins <= set('{}[]"') | {""}, name


# One's own data ------------------------------------------------------------------------------------


def own(browser):
    answer = browser.post(reverse("integrations:my_data_file"))
    return zipfile.ZipFile(BytesIO(answer.getvalue()))


def test_my_data_is_mine_alone(as_user, agent, teammate, reviewer):
    mine = ScorecardFactory(
        agent=agent, reviewer=reviewer, submitted=True, submitted_at=timezone.now()
    )
    ScorecardFactory(agent=teammate, reviewer=reviewer, submitted=True, submitted_at=timezone.now())
    held = ScorecardFactory(
        agent=agent, reviewer=reviewer, submitted=True, submitted_at=timezone.now(), is_held=True
    )
    package = own(as_user(agent))
    cards = json.loads(package.read("data/scorecards.json"))
    assert [card["Scorecard"] for card in cards] == [mine.pk]
    assert held.pk not in [card["Scorecard"] for card in cards]
    [profile] = json.loads(package.read("data/profile.json"))
    assert agent.email in profile.values()
    assert agent.password not in package.read("data/profile.json").decode()
    page = package.read("index.html").decode()
    assert agent.email in page
    assert teammate.email not in page
    assert AuditEvent.objects.filter(action="export_own_data", actor=agent).count() == 1


def test_a_coach_s_private_notes_stay_private(as_user, agent, manager):
    session = CoachingSession.objects.create(
        agent=agent, coach=manager, starts_at=timezone.now(), shared_notes="we agreed"
    )
    PrivateNotes.objects.create(session=session, text="between me and me")
    package = own(as_user(agent))
    everything = b"".join(package.read(name) for name in package.namelist()).decode()
    assert "we agreed" in everything
    assert "between me and me" not in everything


def test_what_somebody_typed_is_no_markup_in_the_page(as_user, agent):
    agent.first_name = "<script>x</script>"
    agent.save()
    assert "<script>" not in own(as_user(agent)).read("index.html").decode()


@pytest.mark.parametrize("who", ["agent", "reviewer", "manager", "editor", "administrator"])
def test_everybody_has_their_own(as_user, request, who):
    browser = as_user(request.getfixturevalue(who))
    assert reverse("integrations:my_data") in browser.get(reverse("people:profile")).text
    assert browser.get(reverse("integrations:my_data")).status_code == 200
    assert own(browser).testzip() is None
    assert browser.get(reverse("integrations:my_data_file")).status_code == 405
