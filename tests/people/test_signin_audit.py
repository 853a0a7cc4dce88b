"""What people change about their own sign-in is in the audit log, without its secrets."""

import json
import re

from allauth.mfa.totp.internal.auth import TOTP
from django.core import mail
from django.test import Client
from django.urls import reverse

from people.models import AuditEvent
from people.signin.factors import reset_factors
from tests.people.test_signin import PASSWORD, code_now, confirm, sign_in

NEW = "quite another long phrase"


def told(user) -> list[str]:
    """What of their sign-in the mails to somebody say that it changed."""
    assert {address for message in mail.outbox for address in message.to} <= {user.email}
    return [message.subject.removeprefix("Evenhand: ") for message in mail.outbox]


def kept(user) -> list[str]:
    rows = AuditEvent.objects.filter(object_type="people.user", object_id=str(user.pk))
    assert {row.actor_id for row in rows} <= {user.pk}
    return list(rows.order_by("pk").values_list("action", flat=True))


def test_factors_and_codes_are_noted_without_their_secrets(
    client, agent, django_capture_on_commit_callbacks
):
    sign_in(client, agent)
    confirm(client)
    page = client.get(reverse("mfa_activate_totp")).text
    secret = re.search(r"<code>([A-Z2-7]+)</code>", page)[1]
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("mfa_activate_totp"), {"code": code_now(secret)})
        client.post(reverse("mfa_generate_recovery_codes"))
        client.post(reverse("mfa_deactivate_totp"))

    assert sorted(set(kept(agent))) == [
        "add_second_factor",
        "make_recovery_codes",
        "remove_second_factor",
    ]
    assert kept(agent).count("make_recovery_codes") == 2
    assert sorted(told(agent)) == [
        "An authenticator app was set up",
        "New recovery codes were made",
        "Your authenticator app was switched off",
    ]
    assert secret not in "".join(message.body for message in mail.outbox)
    said = json.dumps(list(AuditEvent.objects.values_list("before", "after")))
    assert '"type": "totp"' in said
    assert secret not in said


def test_a_new_password_is_noted(client, agent, django_capture_on_commit_callbacks):
    sign_in(client, agent)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(
            reverse("account_change_password"),
            {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW},
        )
    assert kept(agent) == ["change_password"]
    assert told(agent) == ["Your password was changed"]
    assert "http://testserver/account/password/reset/" in mail.outbox[0].body
    assert NEW not in mail.outbox[0].body


def test_a_password_by_mail_is_noted(client, agent, django_capture_on_commit_callbacks):
    client.post(reverse("account_reset_password"), {"email": agent.email})
    link = re.search(r"http://testserver(/\S+)", mail.outbox.pop().body)[1]
    with django_capture_on_commit_callbacks(execute=True):
        client.post(client.get(link).url, {"password1": NEW, "password2": NEW})
    agent.refresh_from_db()
    assert agent.check_password(NEW)
    assert kept(agent) == ["reset_password"]
    assert told(agent) == ["A new password was chosen by a link in your mail"]


def test_somebody_whose_factors_were_taken_away_hears_of_it(
    agent, administrator, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        reset_factors(agent, by=administrator)
    assert told(agent) == []
    TOTP.activate(agent, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    with django_capture_on_commit_callbacks(execute=True):
        reset_factors(agent, by=administrator)
    assert told(agent) == ["An administrator took away your second factors"]


def test_windows_that_one_ended_are_noted(client, agent):
    sign_in(Client(), agent)
    sign_in(client, agent)
    client.post(reverse("sessions_end"))
    # Where none is listed there may be one that is not, and a link in the mail.
    client.post(reverse("sessions_end"))
    assert kept(agent) == ["end_windows", "end_windows"]
    rows = AuditEvent.objects.filter(action="end_windows").order_by("pk")
    assert [row.after for row in rows] == [{"ended": 1}, {"ended": 0}]


def test_a_password_set_by_an_administrator_is_noted(
    as_user, administrator, agent, django_capture_on_commit_callbacks
):
    said = {
        "email": agent.email,
        "first_name": agent.first_name,
        "last_name": agent.last_name,
        "is_active": "on",
        "time_zone": agent.time_zone,
        "language": agent.language,
    }
    address = reverse("wagtailusers_users:edit", args=[agent.pk])
    as_user(administrator).post(address, said)
    assert not AuditEvent.objects.filter(action="set_password").exists()
    with django_capture_on_commit_callbacks(execute=True):
        as_user(administrator).post(address, {**said, "password1": NEW, "password2": NEW})
    assert told(agent) == ["An administrator set a new password for you"]
    agent.refresh_from_db()
    assert agent.check_password(NEW)
    event = AuditEvent.objects.get(action="set_password")
    assert (event.actor, event.object_id) == (administrator, str(agent.pk))
