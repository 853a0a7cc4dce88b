import datetime as dt

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.utils import timezone

from integrations.directory.files import UnreadableFile, read_people
from integrations.directory.records import read_person
from integrations.directory.syncing import set_teams
from integrations.models import DirectoryRun
from people.models import ExternalIdentity, Membership, User
from tests.factories.people import MembershipFactory, UserFactory

FILE = """email,first_name,roles,teams,identities,is_active
agent@example.org,Ada,agent,North;South:manager,desk=7,
nia@example.org,Nia,agent,North,,
bad,Nobody,king,,,perhaps
"""


def upload(browser, content, **more):
    file = SimpleUploadedFile("people.csv", content.encode())
    return browser.post("/integrations/directory/", {"file": file, **more})


@pytest.mark.parametrize(
    ("raw", "faults"),
    [
        ({"email": "a@b.org"}, 0),
        ([], 1),
        ({"email": "x"}, 1),
        ({"email": "a@b.org", "nonsense": 1}, 1),
        ({"email": "a@b.org", "started_on": "31.3.2026"}, 1),
        ({"email": "a@b.org", "time_zone": "Mars/Base"}, 1),
        ({"email": "a@b.org", "roles": "king; queen"}, 2),
        ({"email": "a@b.org", "teams": [{"name": "N", "kind": "boss"}]}, 1),
        ({"email": "a@b.org", "identities": "x"}, 1),
        ({"email": "a@b.org", "first_name": "\x00"}, 1),
        ({"email": "a@b.org", "roles": 5}, 1),
    ],
)
def test_a_record_names_its_faults(raw, faults):
    assert len(read_person(raw, number=1).faults) == faults


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"name\nAda\n", "no column"),
        (b"email;king\n", "Unknown columns"),
        (b"email,email\n", "twice"),
        ("email\nä@example.org".encode("latin-1"), "not in UTF-8"),
        (b"email\n\x00", "NUL"),
        (b'email\n"a', "Line 2"),
    ],
)
def test_a_broken_file_says_what_is_wrong(content, words):
    with pytest.raises(UnreadableFile, match=words):
        list(read_people(content))


def test_a_dry_run_changes_nothing_and_apply_does(administrator, agent, team, as_user, today):
    browser = as_user(administrator)
    answer = upload(browser, FILE)
    run = DirectoryRun.objects.get()
    assert answer["Location"] == f"/integrations/directory/{run.pk}/"
    assert run.counts == {"update": 1, "create": 1, "refused": 1}
    assert User.objects.count() == 2
    page = browser.get(answer["Location"]).content.decode()
    assert "South:manager" in page
    assert "is_active is “perhaps”" in page
    report = b"".join(
        browser.post(answer["Location"], {"format": "csv"}).streaming_content
    ).decode()
    assert "nia@example.org" in report
    browser.post(f"{answer['Location']}apply/")
    run.refresh_from_db()
    assert (run.state, bool(run.file)) == ("applied", False)
    nia = User.objects.get(email="nia@example.org")
    assert Membership.objects.get(user=nia).starts_on == today
    assert ExternalIdentity.objects.get().user == agent
    again = browser.post(f"{answer['Location']}apply/", follow=True)
    assert "applied already" in again.content.decode()


def test_who_is_missing_is_deactivated_only_when_asked(administrator, agent, teammate, as_user):
    browser = as_user(administrator)
    upload(browser, "email\nagent@example.org\n")
    assert DirectoryRun.objects.get().counts == {"unchanged": 1}
    answer = upload(browser, "email\nagent@example.org\n", deactivates="on")
    browser.post(f"{answer['Location']}apply/")
    teammate.refresh_from_db()
    administrator.refresh_from_db()
    assert (teammate.is_active, administrator.is_active) == (False, True)


def test_a_broken_upload_is_422(administrator, as_user):
    answer = upload(as_user(administrator), "name\n")
    assert answer.status_code == 422
    assert "no column" in answer.content.decode()
    assert not DirectoryRun.objects.exists()


def test_who_leaves_has_served_until_yesterday(administrator, agent, today):
    now = timezone.now()
    set_teams(agent, {("South", "member")}, by=administrator, at=now)
    north, south = Membership.objects.filter(user=agent).order_by("pk")
    assert north.ends_on == today - dt.timedelta(days=1)
    assert (south.starts_on, south.ends_on) == (today, None)
    set_teams(agent, set(), by=administrator, at=now)
    assert list(Membership.objects.filter(user=agent)) == [north]


def test_planning_takes_constant_queries(administrator, agent, team, count_queries):
    from integrations.directory.syncing import plan

    def planned(n):
        people = UserFactory.create_batch(n)
        for person in people:
            MembershipFactory(user=person, team=team)
        records = [
            read_person({"email": person.email, "teams": "North"}, number=index)
            for index, person in enumerate(people)
        ]
        return lambda: plan(records, by=administrator, on=timezone.localdate())

    assert count_queries(planned(1)) == count_queries(planned(3))


def test_the_command_shows_and_applies(administrator, agent, tmp_path, capsys):
    path = tmp_path / "people.csv"
    path.write_text("email,last_name\nagent@example.org,Byron\n")
    call_command("sync_people", str(path), by=administrator.email)
    assert "dry run" in capsys.readouterr().out
    agent.refresh_from_db()
    assert agent.last_name != "Byron"
    call_command("sync_people", str(path), by=administrator.email, apply=True)
    agent.refresh_from_db()
    assert agent.last_name == "Byron"
    path.write_text("email\nnonsense\n")
    with pytest.raises(CommandError, match="refused"):
        call_command("sync_people", str(path), by=administrator.email)
    with pytest.raises(CommandError):
        call_command("sync_people", str(path), by="nobody@example.org")


@pytest.mark.parametrize("way", ["file", "scim", "api"])
@pytest.mark.parametrize("wanted", [False, True])
def test_who_is_added_is_invited_where_that_is_wanted(
    as_user, administrator, program, settings, way, wanted, django_capture_on_commit_callbacks
):
    settings.INVITE_ADDED_PEOPLE = wanted
    browser = as_user(administrator)
    with django_capture_on_commit_callbacks(execute=True):
        if way == "file":
            page = upload(browser, "email,is_active\nnoor@example.org,\noff@example.org,no\n")
            page = browser.post(f"{page.url}apply/", follow=True)
            assert ("Invite those who need a password" in page.text) == (not wanted)
        elif way == "scim":
            for name, is_active in (("noor", True), ("off", False)):
                said = {"userName": f"{name}@example.org", "active": is_active}
                assert program.post("/scim/v2/Users", said).status_code == 201
        else:
            rows = [{"email": "noor@example.org"}, {"email": "off@example.org", "is_active": False}]
            assert program.post("/api/v1/people", {"people": rows}).status_code == 200
    assert [message.to for message in mail.outbox] == ([["noor@example.org"]] if wanted else [])
    # To be said again is not to be added again.
    with django_capture_on_commit_callbacks(execute=True):
        program.post(
            "/api/v1/people", {"people": [{"email": "noor@example.org", "first_name": "N"}]}
        )
    assert len(mail.outbox) == wanted
    assert not User.objects.get(email="off@example.org").is_active
