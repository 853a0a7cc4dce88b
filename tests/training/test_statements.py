"""xAPI statements: how they are made and checked, that they are written with what they tell, and sent."""

import datetime as dt
import json
import os
import signal
import subprocess
import sys
import threading
import uuid
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.core.management import call_command
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from tests.factories.training import right_answers
from tests.scorecards.racing import IS_SERVER, ROOT, SharedDatabase
from training import sending
from training.actions import (
    NotAllowed,
    complete_lesson,
    save_answers,
    send_again,
    start_attempt,
    submit_attempt,
)
from training.models import OutgoingStatement
from training.statements import (
    Activity,
    Kind,
    Result,
    Score,
    Verb,
    account,
    build,
    duration,
    hashed_mailbox,
    identify,
    problems,
)

AT = dt.datetime(2026, 11, 2, 9, 30, tzinfo=dt.UTC)
QUIZ = Activity("https://x.example/xapi/activities/7", Kind.ASSESSMENT, "Quiz")
ACTOR = account("https://x.example", "12")


def told(**fields) -> dict:
    base = {
        "actor": ACTOR,
        "activity": QUIZ,
        "at": AT,
        "registration": identify("attempt", 3),
        "platform": "Evenhand",
    }
    return build(fields.pop("verb", Verb.PASSED), **{**base, **fields})


def test_statement_says_who_did_what_with_which_result():
    statement = told(
        result=Result(
            Score(Decimal("0.9"), Decimal(90), Decimal(0), Decimal(100)), True, True, seconds=62.5
        ),
        revision="41",
    )
    assert problems(statement) == []
    assert statement["actor"]["account"] == {"homePage": "https://x.example", "name": "12"}
    assert statement["verb"] == {
        "id": "http://adlnet.gov/expapi/verbs/passed",
        "display": {"en": "passed"},
    }
    assert statement["object"]["definition"]["name"] == {"en": "Quiz"}
    assert statement["result"] == {
        "score": {"scaled": 0.9, "raw": 90.0, "min": 0.0, "max": 100.0},
        "success": True,
        "completion": True,
        "duration": "PT62.5S",
    }
    assert statement["context"]["revision"] == "41"
    assert statement["timestamp"] == "2026-11-02T09:30:00.000+00:00"


def test_telling_twice_is_the_same_statement_and_another_thing_another():
    assert told()["id"] == told(at=AT + dt.timedelta(hours=1))["id"]
    others = {
        told()["id"],
        told(verb=Verb.FAILED)["id"],
        told(registration=identify("attempt", 4))["id"],
        told(actor=account("https://x.example", "13"))["id"],
    }
    assert len(others) == 4
    assert uuid.UUID(told()["id"]).version == 5


def test_actor_can_be_the_hash_of_an_address():
    # As sha1sum gives it for "mailto:bob@example.com".
    actor = hashed_mailbox("bob@example.com")
    assert actor["mbox_sha1sum"] == "7560680e2567e081782bce4a5651785d547ad789"
    assert problems(told(actor=actor)) == []


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "PT0S"), (61, "PT61S"), (1.239, "PT1.24S"), (-4, "PT0S")]
)
def test_duration_is_iso_8601(seconds, text):
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        # Case T12 of the known answers.
        ({"actor": None}, "actor: is required"),
        ({"verb": None}, "verb: is required"),
        ({"object": None}, "object: is required"),
        ({"result": {"score": {"scaled": 1.01}}}, "scaled: is not within"),
        ({"result": {"score": {"scaled": -1.01}}}, "scaled: is not within"),
        ({"result": {"score": {"raw": 101, "min": 0, "max": 100}}}, "raw: is above max"),
        ({"result": {"score": {"raw": -1, "min": 0, "max": 100}}}, "raw: is below min"),
        ({"result": {"score": {"min": 5, "max": 5}}}, "min is not below max"),
        ({"result": {"score": {"raw": "90"}}}, "raw: is no number"),
        ({"result": {"completion": "yes"}}, "completion: is neither"),
        ({"result": {"duration": "62 s"}}, "duration: is no ISO 8601"),
        ({"id": "12"}, "id: is no UUID"),
        ({"timestamp": "2026-11-02T09:30:00"}, "timestamp: is no moment"),
        ({"verb": {"id": "passed"}}, "verb.id: is no IRI"),
        ({"verb": {"id": "x:y", "display": "passed"}}, "verb.display"),
        ({"object": {"id": "7"}}, "object.id: is no IRI"),
        ({"actor": {"mbox": "mailto:a@b.c", **ACTOR}}, "exactly one of"),
        ({"actor": {"account": {"homePage": "here"}}}, "homePage"),
        ({"context": {"registration": "3"}}, "registration: is no UUID"),
        ({"mood": "good"}, "mood: is no property"),
    ],
)
def test_statement_that_a_store_would_refuse_is_found(change, problem):
    found = problems({**told(), **change})
    assert len(found) == 1
    assert problem in found[0]


def test_a_score_is_not_progress():
    """T12: what has a score says nothing of completion, and the other way round."""
    scored = told(result=Result(Score(scaled=Decimal(1))))
    assert scored["result"] == {"score": {"scaled": 1.0}}
    done = told(verb=Verb.COMPLETED, result=Result(completion=True))
    assert done["result"] == {"completion": True}
    failed = told(verb=Verb.FAILED, result=Result(success=False, completion=True))
    assert failed["result"] == {"success": False, "completion": True}


class Store:
    """A small record store: keeps what is put, and answers with what `answers` says next."""

    def __init__(self) -> None:
        store = self
        self.kept: dict[str, dict] = {}
        self.requests: list[str] = []
        self.answers: list[int | tuple[int, dict]] = []
        self.wait = threading.Event()
        self.wait.set()
        self.headers: dict = {}

        class Handler(BaseHTTPRequestHandler):
            def do_PUT(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                store.headers = self.headers
                store.requests.append(body["id"])
                store.wait.wait(10)
                answer = store.answers.pop(0) if store.answers else 204
                status, headers = answer if isinstance(answer, tuple) else (answer, {})
                if status == 204:
                    status = 409 if store.kept.get(body["id"], body) != body else 204
                    store.kept.setdefault(body["id"], body)
                try:
                    self.send_response(status)
                    for name, value in headers.items():
                        self.send_header(name, value)
                    self.end_headers()
                    if status != 204:
                        self.wfile.write(b"because")
                except OSError:
                    pass  # The client did not wait.

            def log_message(self, *args) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/xapi/"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.wait.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def store(settings):
    opened = Store()
    settings.XAPI_ENDPOINT = opened.address
    settings.XAPI_KEY, settings.XAPI_SECRET, settings.XAPI_TIMEOUT = "key", "secret", 5
    yield opened
    opened.close()


def waiting(count: int = 1, **fields) -> list[OutgoingStatement]:
    rows = []
    for number in range(count):
        statement = told(registration=identify("row", number))
        rows.append(
            OutgoingStatement.objects.create(
                statement_id=statement["id"],
                statement=statement,
                next_try_at=fields.get("next_try_at", AT),
            )
        )
    return rows


def states() -> list[str]:
    return list(OutgoingStatement.objects.order_by("pk").values_list("state", flat=True))


def take_quiz(user, quiz, *, right: bool, at=AT):
    attempt = start_attempt(user, quiz, at=at)
    if right:
        save_answers(attempt, right_answers(attempt.questions), by=user, at=at)
    else:
        wrong = {q["id"]: [q["options"][-1]["id"]] for q in attempt.questions}
        save_answers(attempt, wrong, by=user, at=at)
    return submit_attempt(attempt, by=user, at=at + dt.timedelta(minutes=4))


def test_nothing_is_written_without_a_store(agent, listening, settings):
    settings.XAPI_ENDPOINT = ""
    take_quiz(agent, listening.quiz, right=True)
    complete_lesson(agent, listening.first)
    assert not OutgoingStatement.objects.exists()
    assert sending.send_waiting().sent == 0


def test_passing_a_quiz_and_the_module_is_told(agent, listening, store):
    complete_lesson(agent, listening.first, at=AT)
    complete_lesson(agent, listening.second, at=AT)
    attempt = take_quiz(agent, listening.quiz, right=True)
    rows = OutgoingStatement.objects.order_by("pk")
    assert [(row.verb, row.subject) for row in rows] == [
        ("completed", listening.first.title),
        ("completed", listening.second.title),
        ("started", listening.quiz.title),
        *(("answered", question.text) for question in attempt.asked),
        ("passed", listening.quiz.title),
        ("completed", listening.quiz.title),
        ("completed", listening.module.title),
    ]
    assert all(problems(row.statement) == [] for row in rows)
    passed = rows.get(statement__verb__id__endswith="passed").statement
    assert passed["result"] == {
        "score": {"scaled": 1.0, "raw": 100.0, "min": 0.0, "max": 100.0},
        "success": True,
        "completion": True,
        "duration": "PT240S",
    }


def test_failing_a_quiz_is_told_and_does_not_complete_it(agent, listening, store):
    take_quiz(agent, listening.quiz, right=False)
    verbs = [row.verb for row in OutgoingStatement.objects.order_by("pk")]
    assert verbs == ["started", "answered", "answered", "failed"]
    failed = OutgoingStatement.objects.get(statement__verb__id__endswith="failed")
    assert failed.statement["result"]["success"] is False


def test_statement_goes_with_its_change_or_not_at_all(agent, listening, store):
    with transaction.atomic():
        complete_lesson(agent, listening.first)
        assert OutgoingStatement.objects.count() == 1
        transaction.set_rollback(True)
    assert not OutgoingStatement.objects.exists()


def test_worker_is_called_when_the_change_is_certain(
    agent, listening, store, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        complete_lesson(agent, listening.first)
    (row,) = OutgoingStatement.objects.all()
    assert row.state == "sent"
    assert store.kept[str(row.statement_id)] == row.statement
    assert store.headers["X-Experience-API-Version"] == "1.0.3"
    assert store.headers["Authorization"] == "Basic a2V5OnNlY3JldA=="


@pytest.mark.django_db
def test_store_that_is_down_is_tried_again_later(store, settings):
    waiting(3)
    settings.XAPI_ENDPOINT = "http://127.0.0.1:9/xapi"
    assert sending.send_waiting(at=AT).put_off == 1
    row = OutgoingStatement.objects.order_by("pk").first()
    assert "could not be reached" in row.last_error
    assert row.next_try_at == AT + dt.timedelta(seconds=30)
    settings.XAPI_ENDPOINT = store.address
    assert sending.send_waiting(at=AT + dt.timedelta(seconds=29)).sent == 2
    assert sending.send_waiting(at=AT + dt.timedelta(seconds=30)).sent == 1
    assert len(store.kept) == 3


@pytest.mark.django_db
@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_passing_trouble_is_retried_with_growing_pauses(store, status):
    (row,) = waiting()
    now = AT
    for pause in (30, 60, 120):
        store.answers = [status]
        sending.send_waiting(at=now)
        row.refresh_from_db()
        assert (row.state, row.next_try_at - now) == ("waiting", dt.timedelta(seconds=pause))
        now = row.next_try_at
    assert sending.pause_after(50) == dt.timedelta(hours=6)
    assert sending.send_waiting(at=now).sent == 1
    row.refresh_from_db()
    assert (row.state, row.last_error, row.attempts) == ("sent", "", 4)


@pytest.mark.django_db
def test_store_that_asks_for_patience_gets_it(store):
    (row,) = waiting()
    store.answers = [(429, {"Retry-After": "900"})]
    sending.send_waiting(at=AT)
    row.refresh_from_db()
    assert row.next_try_at == AT + dt.timedelta(minutes=15)


@pytest.mark.django_db
@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 413])
def test_refusal_is_kept_with_its_reason_and_holds_up_nothing(store, status):
    waiting(2)
    store.answers = [status]
    done = sending.send_waiting(at=AT)
    assert (done.refused, done.sent) == (1, 1)
    refused = OutgoingStatement.objects.refused().get()
    assert refused.last_error.startswith(str(status))
    assert refused.last_error.endswith("because")


@pytest.mark.django_db
def test_conflict_means_that_it_is_there(store):
    waiting()
    store.answers = [409]
    assert sending.send_waiting(at=AT).sent == 1
    assert states() == ["sent"]


@pytest.mark.django_db
def test_slow_store_is_given_up_after_the_timeout(store, settings):
    settings.XAPI_TIMEOUT = 0.2
    (row,) = waiting()
    store.wait.clear()
    assert sending.send_waiting(at=AT).put_off == 1
    row.refresh_from_db()
    assert "timed out" in row.last_error


@pytest.mark.django_db
def test_row_that_somebody_sends_is_left_alone(store):
    (row,) = waiting()
    OutgoingStatement.objects.filter(pk=row.pk).update(next_try_at=AT + sending.LEASE)
    assert sending.send_waiting(at=AT + dt.timedelta(minutes=1)).sent == 0
    assert store.requests == []


@pytest.mark.django_db(transaction=IS_SERVER)
def test_two_workers_send_each_statement_once(store, tmp_path, django_db_blocker):
    database = SharedDatabase(tmp_path, django_db_blocker)
    environment = {**database.environment, "XAPI_ENDPOINT": store.address}
    with database.used_here():
        waiting(20, next_try_at=timezone.now())
        workers = [
            subprocess.Popen(
                [sys.executable, "manage.py", "send_statements"],
                cwd=ROOT,
                env=environment,
                stdout=subprocess.PIPE,
            )
            for _ in range(2)
        ]
        told = [int(worker.communicate(timeout=120)[0].split()[0]) for worker in workers]
        assert set(states()) == {"sent"}
    assert sum(told) == 20
    assert len(store.requests) == len(set(store.requests)) == 20


@pytest.mark.django_db
def test_worker_killed_after_sending_repeats_harmlessly(store):
    """As if it died between the answer and writing it down: the row is still the killed one's."""
    (row,) = waiting()
    OutgoingStatement.objects.filter(pk=row.pk).update(next_try_at=AT + sending.LEASE, attempts=1)
    program = f"""
import os, signal
import django
django.setup()
from training import sending
from training.models import OutgoingStatement
from django.test.utils import override_settings
row = OutgoingStatement(statement_id={str(row.statement_id)!r}, statement={row.statement!r})
with override_settings(XAPI_ENDPOINT={store.address!r}):
    assert sending.put(row).is_there
os.kill(os.getpid(), signal.SIGKILL)
"""
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings.test"}
    killed = subprocess.run([sys.executable, "-c", program], env=env, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert sending.send_waiting(at=AT + sending.LEASE).sent == 1
    assert store.requests == [str(row.statement_id)] * 2
    assert len(store.kept) == 1
    assert states() == ["sent"]


@pytest.mark.django_db
def test_command_sends_and_forgets_what_is_old(store, capsys):
    waiting(2)
    old = waiting_sent_long_ago()
    call_command("send_statements")
    assert "2 sent, 0 refused, 0 put off" in capsys.readouterr().out
    assert not OutgoingStatement.objects.filter(pk=old.pk).exists()


def waiting_sent_long_ago() -> OutgoingStatement:
    statement = told(registration=identify("old"))
    return OutgoingStatement.objects.create(
        statement_id=statement["id"],
        statement=statement,
        state="sent",
        sent_at=AT.replace(year=2020),
    )


def test_administrator_sees_what_was_refused_and_sends_it_again(
    as_user, administrator, store, django_capture_on_commit_callbacks
):
    rows = waiting(3)
    OutgoingStatement.objects.update(state="refused", last_error="400 Bad. because")
    client, url = as_user(administrator), reverse("training:statement_list")
    shown = client.get(url).content.decode()
    assert "400 Bad. because" in shown
    assert "Refused (3)" in shown
    with django_capture_on_commit_callbacks(execute=True):
        client.post(url, {"statement": rows[0].pk})
    assert sorted(states()) == ["refused", "refused", "sent"]
    with django_capture_on_commit_callbacks(execute=True):
        client.post(url, {"all": "1"})
    assert states() == ["sent"] * 3


@pytest.mark.parametrize("person", ["agent", "reviewer", "manager", "editor"])
def test_statements_are_for_administrators(person, as_user, request):
    client = as_user(request.getfixturevalue(person))
    assert client.get(reverse("training:statement_list")).status_code == 403
    assert client.post(reverse("training:statement_list"), {"all": "1"}).status_code == 403
    with pytest.raises(NotAllowed):
        send_again(by=request.getfixturevalue(person))


def test_list_takes_the_same_queries_for_one_and_three(
    as_user, administrator, store, count_queries
):
    client, url = as_user(administrator), reverse("training:statement_list")
    waiting(1)
    few = count_queries(lambda: client.get(url))
    for number in range(5, 8):
        statement = told(registration=identify("row", number))
        OutgoingStatement.objects.create(statement_id=statement["id"], statement=statement)
    assert count_queries(lambda: client.get(url)) == few
