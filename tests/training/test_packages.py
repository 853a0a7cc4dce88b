"""Runs of packages: begun, opened by one window, saved, finished, and the files they are made of."""

import datetime as dt
import json

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.factories.packages import ScormPageFactory, package_12, package_2004, stored
from training import actions
from training.actions import NotAllowed, NotUnderstood, OpenElsewhere
from training.models import Completion, ModuleAssignment, OutgoingStatement, PackageRun
from training.statements import problems

AT = dt.datetime(2026, 11, 2, 9, 30, tzinfo=dt.UTC)
STATUS, RAW, TIME = "cmi.core.lesson_status", "cmi.core.score.raw", "cmi.core.session_time"


@pytest.fixture
def step(db):
    return ScormPageFactory()


def begin(user, page, part="one", **fields):
    run = actions.start_run(user, page)
    return run, actions.open_part(run, part, by=user, **fields)


def save(run, part, data, *, sequence=1, has_ended=False, **fields):
    part = actions.save_part(
        run,
        part.identifier,
        key=part.key,
        sequence=sequence,
        data=data,
        has_ended=has_ended,
        by=run.user,
        **fields,
    )
    run.refresh_from_db()
    return part


def test_run_is_begun_once_and_gone_on_with(agent, step):
    first = actions.start_run(agent, step)
    assert actions.start_run(agent, step) == first
    assert actions.start_run(agent, step, anew=True) == first


def test_finishing_completes_page_and_module_and_is_told(agent, step, manager, settings):
    settings.XAPI_ENDPOINT = "http://127.0.0.1:9/xapi"
    assignment = actions.assign_module(agent, step.get_parent().specific, by=manager)
    run, part = begin(agent, step)
    save(run, part, {STATUS: "passed", RAW: "80", TIME: "00:02:00"}, has_ended=True)
    assert (run.completed, run.success, run.percent, run.total_seconds) == (True, True, 80.0, 120)
    assert run.is_finished
    assert Completion.objects.filter(user=agent, page=step).exists()
    assert ModuleAssignment.objects.get(pk=assignment.pk).completed_at is not None
    rows = OutgoingStatement.objects.order_by("pk")
    assert [row.verb for row in rows] == ["started", "passed", "completed", "completed"]
    assert all(problems(row.statement) == [] for row in rows)
    assert rows[1].statement["result"]["score"] == {
        "scaled": 0.8,
        "raw": 80.0,
        "min": 0.0,
        "max": 100.0,
    }


def test_score_alone_completes_nothing(agent, step):
    run, part = begin(agent, step)
    save(run, part, {STATUS: "incomplete", RAW: "100"}, has_ended=True)
    assert (run.completed, run.percent, run.is_finished) == (False, 100.0, False)
    assert not Completion.objects.exists()


def test_failed_is_complete_and_not_done_and_can_be_taken_anew(agent, step):
    run, part = begin(agent, step)
    save(run, part, {STATUS: "failed", RAW: "20"}, has_ended=True)
    assert (run.completed, run.success, run.is_finished) == (True, False, False)
    assert not Completion.objects.exists()
    again = actions.start_run(agent, step, anew=True)
    assert again != run
    assert PackageRun.objects.open().get() == again


@pytest.mark.parametrize(
    ("rule", "score", "data", "done"),
    [
        ("completed", None, {STATUS: "failed", RAW: "20"}, True),
        ("score", 80, {STATUS: "completed", RAW: "79"}, False),
        ("score", 80, {STATUS: "completed", RAW: "80"}, True),
        ("package", None, {STATUS: "completed", RAW: "1"}, True),
    ],
)
def test_rule_of_the_page_decides(agent, rule, score, data, done):
    page = ScormPageFactory(mastery_rule=rule, mastery_score=score)
    run, part = begin(agent, page)
    save(run, part, data, has_ended=True)
    assert Completion.objects.filter(page=page).exists() is done


def test_package_of_several_parts_is_done_with_the_last(agent):
    page = ScormPageFactory(package=stored(package_12(parts={"a": "First", "b": "Second"})))
    run, part = begin(agent, page, "a")
    save(run, part, {STATUS: "passed", RAW: "100"}, has_ended=True)
    assert not run.completed
    part = actions.open_part(run, "b", by=agent)
    save(run, part, {STATUS: "passed", RAW: "50"}, has_ended=True)
    assert (run.completed, run.percent) == (True, 75.0)
    assert Completion.objects.filter(page=page).exists()


def test_time_of_all_sittings_adds_up(agent, step):
    run, part = begin(agent, step)
    save(run, part, {TIME: "00:01:00"})
    save(run, part, {TIME: "00:02:00"}, sequence=2)
    part = actions.open_part(run, "one", by=agent, take_over=True)
    assert part.past_seconds == 120
    save(run, part, {TIME: "00:00:30"})
    assert run.total_seconds == 150


def test_second_window_is_told_and_can_take_over(agent, step):
    run, first = begin(agent, step, at=AT)
    with pytest.raises(OpenElsewhere):
        actions.open_part(run, "one", by=agent, at=AT + dt.timedelta(seconds=60))
    second = actions.open_part(
        run, "one", by=agent, take_over=True, at=AT + dt.timedelta(seconds=60)
    )
    with pytest.raises(OpenElsewhere):
        save(run, first, {STATUS: "failed"})
    save(run, second, {STATUS: "incomplete"})
    assert run.parts.get().data == {STATUS: "incomplete"}


def test_window_that_fell_silent_or_left_keeps_nobody_out(agent, step):
    run, part = begin(agent, step, at=AT)
    assert actions.open_part(run, "one", by=agent, at=AT + dt.timedelta(minutes=3))
    run.refresh_from_db()
    part = actions.open_part(run, "one", by=agent, take_over=True, at=AT)
    save(run, part, {STATUS: "incomplete"}, leaves=True, at=AT)
    assert actions.open_part(run, "one", by=agent, at=AT)


def test_what_arrives_late_is_left_aside(agent, step):
    run, part = begin(agent, step)
    save(run, part, {STATUS: "incomplete", "cmi.suspend_data": "new"}, sequence=2)
    save(run, part, {STATUS: "incomplete", "cmi.suspend_data": "old"}, sequence=1)
    assert run.parts.get().data["cmi.suspend_data"] == "new"


def test_finished_run_is_only_looked_at(agent, step):
    run, part = begin(agent, step)
    save(run, part, {STATUS: "passed", RAW: "80"}, has_ended=True)
    part = actions.open_part(run, "one", by=agent, take_over=True)
    save(run, part, {STATUS: "failed", RAW: "0"}, has_ended=True)
    assert (run.success, run.percent) == (True, 80.0)


def test_what_the_standard_does_not_know_is_refused_whole(agent, step):
    run, part = begin(agent, step)
    with pytest.raises(NotUnderstood, match=r"cmi\.core\.student_id: error 403"):
        save(run, part, {STATUS: "passed", "cmi.core.student_id": "1"})
    assert run.parts.get().data == {}


def test_others_cannot_work_in_a_run(agent, teammate, manager, step, as_user):
    run, _part = begin(agent, step)
    with pytest.raises(NotAllowed):
        actions.open_part(run, "one", by=teammate)
    url = reverse("training:package_run", args=[run.pk])
    assert as_user(teammate).get(url).status_code == 404
    assert as_user(manager).get(url).status_code == 200
    opening = as_user(manager).post(
        reverse("training:package_open", args=[run.pk]), {"part": "one"}
    )
    assert opening.status_code == 403


def test_page_of_the_package_leads_into_it(agent, step, as_user):
    client = as_user(agent)
    assert "Start" in client.get(step.url).content.decode()
    response = client.post(reverse("training:package_start", args=[step.pk]))
    run = PackageRun.objects.get()
    assert response["Location"] == reverse("training:package_run", args=[run.pk])
    shown = client.get(response["Location"]).content.decode()
    assert 'sandbox="allow-scripts allow-forms allow-modals"' in shown
    assert "Go on" in client.get(step.url).content.decode()


def test_unpublished_package_says_so_and_a_begun_one_goes_on(agent, step, as_user):
    run, _part = begin(agent, step)
    step.unpublish()
    client = as_user(agent)
    assert client.get(reverse("training:package_run", args=[run.pk])).status_code == 200
    PackageRun.objects.all().delete()
    step.refresh_from_db()
    response = client.post(reverse("training:package_start", args=[step.pk]), follow=True)
    assert "not published at the moment" in response.content.decode()


def body(state, /, **fields) -> dict:
    return {
        "part": "one",
        "key": state.key,
        "sequence": 1,
        "data": {STATUS: "incomplete"},
        "has_ended": False,
        "leaves": False,
        **fields,
    }


def post(client, run, said):
    url = reverse("training:package_save", args=[run.pk])
    return client.post(url, said if isinstance(said, str) else json.dumps(said), "application/json")


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({}, 200),
        ({"key": "another"}, 409),
        ({"key": "\ud800"}, 409),
        ({"data": {"cmi.suspend_data": "\ud800"}}, 422),
        ({"part": "two"}, 404),
        ({"data": {"cmi.core.entry": "resume"}}, 422),
        ({"data": []}, 422),
        ({"sequence": "1"}, 422),
        ({"sequence": True}, 422),
        ({"more": 1}, 422),
    ],
)
def test_saving_answers_what_came_of_it(agent, step, as_user, change, status):
    run, part = begin(agent, step)
    assert post(as_user(agent), run, body(part, **change)).status_code == status


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "[" * 100_000])
def test_what_is_no_json_is_refused(agent, step, as_user, text):
    run, _part = begin(agent, step)
    assert post(as_user(agent), run, text).status_code == 422


def address(part, name="one/index.html") -> str:
    return reverse("training:package_file", args=[part.key, name])


@pytest.mark.parametrize("name", ["one/%00", "%00", "../one/index.html%00"])
def test_null_characters_in_an_address_are_no_file(agent, step, name):
    _run, part = begin(agent, step)
    assert Client().get(f"/training/packages/files/{part.key}/{name}").status_code == 404
    assert Client().get(f"/training/packages/files/a%00b/{name}").status_code == 404


def test_page_comes_with_our_run_time_first_and_sealed(agent, step):
    _run, part = begin(agent, step)
    response = Client().get(address(part))
    text = response.content.decode()
    runtime = address(part, "~evenhand/runtime.js")
    assert f'<head><script src="{runtime}"></script>' in text
    policy = response["Content-Security-Policy"]
    assert policy.startswith("sandbox allow-scripts allow-forms allow-modals;")
    assert "allow-same-origin" not in policy
    assert f"http://testserver/training/packages/files/{part.key}/ data:" in policy
    assert "X-Frame-Options" not in response
    assert response["Referrer-Policy"] == "no-referrer"
    assert "no-store" in response["Cache-Control"]


def test_other_files_come_with_their_type_and_a_tag(agent, step):
    _run, part = begin(agent, step)
    response = Client().get(address(part, "shared/style.css"))
    assert response["Content-Type"] == "text/css"
    assert response.getvalue() == b"h1 { color: teal }"
    again = Client().get(address(part, "shared/style.css"), HTTP_IF_NONE_MATCH=response["ETag"])
    assert again.status_code == 304
    piece = Client().get(address(part, "shared/style.css"), HTTP_RANGE="bytes=0-1")
    assert (piece.status_code, piece.getvalue()) == (206, b"h1")


@pytest.mark.parametrize(
    "name",
    ["", "one", "one/", "nothing.html", "../package.zip", "one/../../package.zip", "/etc/passwd"],
)
def test_nothing_else_is_served(agent, step, name):
    _run, part = begin(agent, step)
    base = address(part, "x").removesuffix("x")
    assert Client().get(base + name).status_code == 404


def test_key_answers_only_while_its_window_is_open(agent, step):
    run, part = begin(agent, step)
    assert Client().get(address(part)).status_code == 200
    assert Client().post(address(part)).status_code == 405
    run.parts.update(held_at=timezone.now() - dt.timedelta(minutes=16))
    assert Client().get(address(part)).status_code == 404
    run.parts.update(held_at=timezone.now())
    agent.is_active = False
    agent.save()
    assert Client().get(address(part)).status_code == 404


def runtime_of(part) -> dict:
    text = Client().get(address(part, "~evenhand/runtime.js")).content.decode()
    return json.loads(text.rsplit("evenhandScorm(", 1)[1].rstrip().removesuffix(");"))


def test_run_time_gets_what_was_kept(agent, step):
    run, part = begin(agent, step)
    assert runtime_of(part)["values"]["cmi.core.entry"] == "ab-initio"
    said = {STATUS: "incomplete", "cmi.suspend_data": "</script>", "cmi.core.exit": "suspend"}
    save(run, part, {**said, TIME: "00:01:00"})
    part = actions.open_part(run, "one", by=agent, take_over=True)
    start = runtime_of(part)
    assert start["data"] == {STATUS: "incomplete", "cmi.suspend_data": "</script>"}
    assert start["values"]["cmi.core.entry"] == "resume"
    assert start["values"]["cmi.core.total_time"] == "0000:01:00.00"
    assert "</script>" not in Client().get(address(part, "~evenhand/runtime.js")).content.decode()


def test_run_time_of_2004_says_what_is_asked(agent):
    threshold = '<adlcp:completionThreshold minProgressMeasure="0.5"/>'
    page = ScormPageFactory(package=stored(package_2004(more=threshold)))
    _run, part = begin(agent, page)
    values = runtime_of(part)["values"]
    assert values["cmi.completion_threshold"] == "0.5"
    assert "cmi.scaled_passing_score" not in values


def test_host_set_apart_serves_package_files_and_nothing_else(agent, step, settings):
    settings.SCORM_ORIGIN = "http://packages.example.org"
    settings.ALLOWED_HOSTS = ["testserver", "packages.example.org"]
    _run, part = begin(agent, step)
    apart = {"HTTP_HOST": "packages.example.org"}
    assert "allow-same-origin" in Client().get(address(part), **apart)["Content-Security-Policy"]
    assert "allow-same-origin" not in Client().get(address(part))["Content-Security-Policy"]
    for path in ("/", "/account/login/", "/admin/", step.url):
        assert Client().get(path, **apart).status_code == 404


def test_page_takes_the_same_queries_for_one_part_and_three(agent, as_user, count_queries):
    parts = {"a": "A", "b": "B", "c": "C"}
    pages = [ScormPageFactory(), ScormPageFactory(package=stored(package_12(parts=parts)))]
    client = as_user(agent)
    counts = []
    for page in pages:
        run = actions.start_run(agent, page)
        url = reverse("training:package_run", args=[run.pk])
        client.get(url)
        counts.append(count_queries(lambda url=url: client.get(url)))
    assert counts[0] == counts[1]
