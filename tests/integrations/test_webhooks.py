import datetime as dt
import ipaddress
import json
import threading
import uuid
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import override_settings
from django.utils import timezone
from standardwebhooks import Webhook

from integrations.models import EventKind, WebhookDelivery, WebhookEndpoint, WebhookEvent
from integrations.tasks import write_webhook_event
from integrations.webhooks import addresses, sending
from integrations.webhooks.telling import replay, rotate_secret, send_test, tell
from people.models import AuditEvent
from scorecards.actions import file_dispute, withdraw_dispute
from scorecards.actions.grade import Grade
from scorecards.models import CriterionScore, Scorecard
from scorecards.signals import dispute_closed, scorecard_submitted
from tests.factories.scorecards import RubricVersionFactory, ScorecardFactory

ALL = EventKind.values


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append((dict(self.headers), body))
        status = self.server.answers.pop(0) if self.server.answers else 200
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/elsewhere")
        self.end_headers()
        self.wfile.write(b"noted\x00")

    def log_message(self, *args):
        pass


@pytest.fixture
def receiver():
    server = HTTPServer(("127.0.0.1", 0), Receiver)
    server.heard, server.answers = [], []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    with override_settings(WEBHOOK_ALLOW_PRIVATE=True):
        yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def endpoint(db, receiver):
    url = f"http://127.0.0.1:{receiver.server_port}/hook?a=1"
    return WebhookEndpoint.objects.create(name="Warehouse", url=url, events=ALL)


def test_an_event_is_sent_signed(endpoint, receiver):
    tell(EventKind.SCORECARD_SUBMITTED, {"scorecard": 1})
    assert sending.send_waiting().sent == 1
    headers, body = receiver.heard[0]
    said = Webhook(endpoint.secret).verify(body, headers)
    assert (said["type"], said["data"]) == ("scorecard.submitted", {"scorecard": 1})
    delivery = WebhookDelivery.objects.get()
    assert delivery.state == "sent"
    attempt = delivery.attempts.get()
    assert (attempt.status, attempt.answer) == (200, "noted")
    assert sending.send_waiting() == sending.Sent()


def test_nothing_is_written_where_nobody_listens(endpoint):
    WebhookEndpoint.objects.update(events=["module.completed"])
    tell(EventKind.SCORECARD_SUBMITTED, {})
    assert not WebhookEvent.objects.exists()


def test_an_event_goes_with_its_transaction(endpoint):
    with transaction.atomic():
        tell(EventKind.SCORECARD_SUBMITTED, {})
        transaction.set_rollback(True)
    assert not WebhookEvent.objects.exists()


def test_a_failure_is_tried_again_later_under_its_id(endpoint, receiver):
    receiver.answers = [500, 302]
    tell(EventKind.SCORECARD_SUBMITTED, {})
    now = timezone.now()
    assert sending.send_waiting(at=now).put_off == 1
    row = WebhookDelivery.objects.get()
    assert dt.timedelta(seconds=7) < row.next_try_at - now <= dt.timedelta(seconds=15)
    assert sending.send_waiting(at=now) == sending.Sent()
    assert sending.send_waiting(at=now + dt.timedelta(minutes=1)).put_off == 1
    assert sending.send_waiting(at=now + dt.timedelta(hours=1)).sent == 1
    assert len({headers["webhook-id"] for headers, _body in receiver.heard}) == 1
    assert len(receiver.heard) == 3  # the redirect was not followed


def test_after_many_tries_it_is_given_up_and_the_endpoint_marked(endpoint, receiver):
    receiver.answers = [500] * sending.MOST_TRIES
    tell(EventKind.SCORECARD_SUBMITTED, {})
    now = timezone.now()
    for day in range(sending.MOST_TRIES):
        sending.send_waiting(at=now + dt.timedelta(days=day))
    assert WebhookDelivery.objects.get().state == "given_up"
    endpoint.refresh_from_db()
    assert endpoint.state == "failing"


def test_410_ends_it_at_once(endpoint, receiver):
    receiver.answers = [410]
    tell(EventKind.SCORECARD_SUBMITTED, {})
    assert sending.send_waiting().given_up == 1


def test_replay_sends_again_and_mends_the_endpoint(endpoint, receiver, administrator):
    receiver.answers = [410]
    begun = timezone.now()
    tell(EventKind.SCORECARD_SUBMITTED, {})
    sending.send_waiting()
    assert replay(endpoint, by=administrator, since=begun) == 1
    assert sending.send_waiting().sent == 1
    endpoint.refresh_from_db()
    assert endpoint.state == "active"
    assert replay(endpoint, by=administrator, delivery=WebhookDelivery.objects.get().pk) == 1
    sending.send_waiting()
    assert len({headers["webhook-id"] for headers, _body in receiver.heard}) == 1


def test_a_paused_endpoint_keeps_what_waits(endpoint, receiver):
    WebhookEndpoint.objects.update(state="paused")
    tell(EventKind.SCORECARD_SUBMITTED, {})
    assert sending.send_waiting() == sending.Sent()
    WebhookEndpoint.objects.update(state="active")
    assert sending.send_waiting().sent == 1


def test_both_secrets_sign_after_a_rotation(endpoint, receiver, administrator):
    old = endpoint.secret
    rotate_secret(endpoint, by=administrator)
    endpoint.refresh_from_db()
    assert endpoint.secret != old
    tell(EventKind.SCORECARD_SUBMITTED, {})
    sending.send_waiting()
    headers, body = receiver.heard[0]
    assert Webhook(old).verify(body, headers) == Webhook(endpoint.secret).verify(body, headers)
    assert endpoint.secrets(at=timezone.now() + dt.timedelta(days=2)) == [endpoint.secret]


def test_a_changed_key_of_the_installation_signs_beside_the_one_before(
    endpoint, receiver, settings
):
    told = endpoint.secret
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "n" * 50, [settings.SECRET_KEY]
    tell(EventKind.SCORECARD_SUBMITTED, {})
    sending.send_waiting()
    headers, body = receiver.heard[0]
    assert endpoint.secret != told
    for secret in (told, endpoint.secret):
        assert Webhook(secret).verify(body, headers)


def test_a_slow_receiver_is_cut_off(db):
    import socket

    listening = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
    WebhookEndpoint.objects.create(name="Slow", url=url, events=ALL)
    tell(EventKind.SCORECARD_SUBMITTED, {})
    with override_settings(WEBHOOK_ALLOW_PRIVATE=True, WEBHOOK_TIMEOUT=0.3):
        assert sending.send_waiting().put_off == 1
    listening.close()
    assert WebhookDelivery.objects.get().attempts.get().milliseconds < 3000


@pytest.mark.parametrize(
    ("address", "is_public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),  # noqa: S104
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("fe80::1", False),
        ("fd00::1", False),
        ("::ffff:127.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
        ("ff02::1", False),
    ],
)
def test_what_is_public(address, is_public):
    assert addresses.is_public(ipaddress.ip_address(address)) is is_public


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://a:b@example.org/",
        "https://example.org/#x",
        "ftp://example.org/",
        "https:///x",
        "https://[",
        "https://example.org:99999/",
    ],
)
def test_an_address_is_refused_at_once(url):
    with pytest.raises(addresses.Forbidden):
        addresses.check_url(url)


def test_a_name_of_a_private_address_is_refused_when_sent(db):
    WebhookEndpoint.objects.create(name="Inside", url="https://localhost/", events=ALL)
    tell(EventKind.SCORECARD_SUBMITTED, {})
    assert sending.send_waiting().put_off == 1
    assert "private" in WebhookDelivery.objects.get().attempts.get().answer


# Bells


@pytest.fixture
def scorecard(agent, reviewer):
    version = RubricVersionFactory()
    scorecard = ScorecardFactory(
        agent=agent, reviewer=reviewer, submitted=True, submitted_at=timezone.now()
    )
    for section in version.sections.all():
        for criterion in section.criteria.all():
            CriterionScore.objects.create(
                scorecard=scorecard, criterion=criterion, level=criterion.levels.last()
            )
    return scorecard


def kinds():
    return list(WebhookEvent.objects.order_by("created_at").values_list("kind", flat=True))


def test_a_submission_is_told(endpoint, scorecard):
    scorecard_submitted.send(Scorecard, scorecard=scorecard)
    data = WebhookEvent.objects.get().data
    assert (data["scorecard"], data["agent"]) == (scorecard.pk, scorecard.agent_id)


def test_an_event_written_by_two_workers_is_there_once(endpoint):
    event = str(uuid.uuid4()), "module.completed", {"module": 1}, timezone.now().isoformat()
    write_webhook_event.call(*event)
    write_webhook_event.call(*event)
    assert WebhookDelivery.objects.count() == 1


def test_a_dispute_is_told_and_its_end(endpoint, scorecard, agent):
    criterion = scorecard.criterion_scores.first().criterion
    proposal = Grade(criterion.levels.first().pk, False, "I asked for it.")
    dispute = file_dispute(scorecard, {criterion: proposal}, by=agent)
    withdraw_dispute(dispute, by=agent)
    assert kinds() == ["scorecard.disputed", "dispute.resolved"]
    assert WebhookEvent.objects.get(kind="dispute.resolved").data["outcome"] == "withdrawn"


def test_off_the_record_is_told_to_nobody(endpoint, reviewer):
    RubricVersionFactory()
    practice = ScorecardFactory(
        reviewer=reviewer,
        submitted=True,
        assignment__purpose="practice",
        assignment__inclusion_probability=None,
    )
    scorecard_submitted.send(Scorecard, scorecard=practice)
    assert kinds() == []
    assert dispute_closed.receivers


# Pages


def test_an_endpoint_is_added_tested_and_looked_at(administrator, as_user, receiver, db):
    browser = as_user(administrator)
    url = f"http://127.0.0.1:{receiver.server_port}/"
    answer = browser.post(
        "/integrations/webhooks/new/", {"name": "W", "url": url, "events": ["module.completed"]}
    )
    assert answer.status_code == 302
    endpoint = WebhookEndpoint.objects.get()
    send_test(endpoint, by=administrator)
    sending.send_waiting()
    assert json.loads(receiver.heard[0][1])["type"] == "test"
    page = browser.get(answer["Location"]).content.decode()
    assert endpoint.secret in page
    assert "noted" in page
    assert "W" in browser.get("/integrations/webhooks/").content.decode()
    for action in ("test", "rotate"):
        assert browser.post(f"{answer['Location']}{action}/").status_code == 302
        assert browser.get(f"{answer['Location']}{action}/").status_code == 405
    again = browser.post(f"{answer['Location']}replay/", {"since": "2020-01-01T00:00"})
    assert again.status_code == 302
    assert browser.post(f"{answer['Location']}replay/", {"since": "soon"}).status_code == 422
    browser.post(f"{answer['Location']}remove/")
    assert not WebhookEndpoint.objects.exists()
    assert AuditEvent.objects.filter(action="remove_webhook").exists()


def test_a_private_address_is_422_with_the_input_kept(administrator, as_user):
    answer = as_user(administrator).post(
        "/integrations/webhooks/new/",
        {"name": "Inside", "url": "https://10.0.0.1/", "events": ["module.completed"]},
    )
    assert answer.status_code == 422
    assert "private network" in answer.content.decode()
    assert "https://10.0.0.1/" in answer.content.decode()


def test_the_log_takes_constant_queries(administrator, as_user, endpoint, count_queries):
    browser = as_user(administrator)
    address = f"/integrations/webhooks/{endpoint.pk}/"
    tell(EventKind.SCORECARD_SUBMITTED, {})
    sending.send_waiting()
    browser.get(address)
    one = count_queries(lambda: browser.get(address))
    for _each in range(2):
        tell(EventKind.SCORECARD_SUBMITTED, {})
    sending.send_waiting()
    assert count_queries(lambda: browser.get(address)) == one


def test_the_command_sends(endpoint, receiver, capsys):
    tell(EventKind.SCORECARD_SUBMITTED, {})
    call_command("send_webhooks")
    assert "1 sent" in capsys.readouterr().out
