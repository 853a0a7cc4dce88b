"""Second factors, windows, invitations and what ends with a person: as they are met in the browser."""

import datetime as dt
import re
from smtplib import SMTPServerDisconnected
from typing import ClassVar

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.cache import cache
from django.core.mail.backends import locmem
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from integrations.models import ApiToken
from people.models import AuditEvent, Invitation, User
from people.signin import inviting
from people.signin.factors import reset_factors
from people.signin.sessions import device_of, shortened
from tests.factories.people import UserFactory

PASSWORD = "correct horse battery staple"
LOGIN, SECURITY = reverse("account_login"), reverse("mfa_index")
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def sign_in(client, user, password=PASSWORD, **headers):
    return client.post(LOGIN, {"login": user.email, "password": password}, **headers)


def confirm(client):
    """Before something of the sign-in is changed, the password is asked for again."""
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})


def code_now(secret: str) -> str:
    counter = next(iter(yield_hotp_counters_from_time()))
    return format_hotp_value(hotp_value(secret, counter))


def with_app(user) -> str:
    secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    TOTP.activate(user, secret)
    return secret


# Authenticator app ---------------------------------------------------------------------------------


def test_an_app_is_set_up_and_then_asked_for(client, agent):
    sign_in(client, agent)
    assert "account/reauthenticate" in client.get(reverse("mfa_activate_totp")).url
    confirm(client)
    page = client.get(reverse("mfa_activate_totp")).text
    secret = re.search(r"<code>([A-Z2-7]+)</code>", page)[1]
    assert client.post(reverse("mfa_activate_totp"), {"code": "000000"}).status_code == 422
    assert not Authenticator.objects.exists()

    answer = client.post(reverse("mfa_activate_totp"), {"code": code_now(secret)})

    # Ten recovery codes are shown at once.
    assert answer.url == reverse("mfa_view_recovery_codes")
    codes = re.findall(r"<code>(\d{8})</code>", client.get(answer.url).text)
    assert len(codes) == 10

    other = Client()
    assert sign_in(other, agent).url == reverse("mfa_authenticate")
    assert other.get("/me/").status_code == 302
    assert "Incorrect code" in other.post(reverse("mfa_authenticate"), {"code": "12345678"}).text
    assert other.post(reverse("mfa_authenticate"), {"code": codes[0]}).url == "/"
    assert other.get("/me/").status_code == 200
    # Each works once.
    third = Client()
    sign_in(third, agent)
    third.post(reverse("mfa_authenticate"), {"code": codes[0]})
    assert third.get("/me/").status_code == 302


def test_the_key_of_an_app_is_not_readable_in_the_database(agent):
    secret = with_app(agent)
    assert secret not in str(Authenticator.objects.get().data)


def test_an_app_survives_a_new_secret_key(client, agent, settings):
    secret = with_app(agent)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another-" * 8
    sign_in(client, agent)
    assert client.post(reverse("mfa_authenticate"), {"code": code_now(secret)}).url == "/"


def test_wagtails_own_login_leads_to_ours(client):
    assert client.get("/admin/login/").url.startswith(LOGIN)


def test_no_other_login_page_goes_past_the_second_factor(client, agent):
    with_app(agent)
    for address in ("/_util/login/", "/admin/login/"):
        client.post(address, {"username": agent.email, "password": PASSWORD})
        assert client.get(address).status_code == 302
    assert client.get("/me/").status_code == 302


# Forms ---------------------------------------------------------------------------------------------


def test_a_form_that_is_refused_is_422_and_says_what_each_field_is(client, agent):
    page = sign_in(client, agent, "wrong")
    assert page.status_code == 422
    assert page.text.count(reverse("account_reset_password")) == 1
    assert "placeholder" not in page.text
    sign_in(client, agent)
    address = reverse("account_change_password")
    page = client.get(address).text
    assert "At least 15 characters" in page
    assert not re.search(r"<li>\s*</li>", page)
    assert client.post(address, {"oldpassword": "wrong"}).status_code == 422
    reauthenticate = reverse("account_reauthenticate")
    assert client.post(reauthenticate, {"password": "wrong"}).status_code == 422


def test_a_passkey_signs_in_alone_unless_one_says_otherwise(client, agent):
    sign_in(client, agent)
    confirm(client)
    form = client.get(reverse("mfa_add_webauthn")).context["form"]
    assert form["passwordless"].value() is True
    assert "without a password" in str(form["passwordless"].label)
    # A name by which they know it again.
    page = client.get(reverse("mfa_add_webauthn"), headers={"User-Agent": FIREFOX})
    assert page.context["form"]["name"].value() == "Firefox, Linux"


# Where a role needs one ----------------------------------------------------------------------------


@pytest.fixture
def needed_by_managers(settings):
    settings.MFA_REQUIRED_ROLES = ["Managers"]


def test_a_role_that_needs_a_factor_gets_nowhere_without(
    client, manager, agent, needed_by_managers
):
    sign_in(client, manager)
    assert client.get("/").url == SECURITY
    assert client.get("/admin/").url == SECURITY
    assert client.get("/", headers={"HX-Request": "true"}).status_code == 403
    assert client.post("/me/").status_code == 403
    assert "Your role needs a second factor" in client.get(SECURITY).text
    confirm(client)
    assert client.get(reverse("mfa_activate_totp")).status_code == 200

    with_app(manager)
    assert client.get("/").status_code == 200
    other = Client()
    sign_in(other, agent)
    assert other.get("/").status_code == 200


def test_the_last_factor_stays_where_a_role_needs_one(client, manager, needed_by_managers):
    sign_in(client, manager)
    with_app(manager)
    confirm(client)

    client.post(reverse("mfa_deactivate_totp"))

    assert Authenticator.objects.filter(type="totp").exists()


def test_an_administrator_takes_away_a_lost_factor(as_user, client, administrator, manager):
    secret = with_app(manager)
    sign_in(client, manager)
    client.post(reverse("mfa_authenticate"), {"code": code_now(secret)})
    assert client.get("/me/").status_code == 200
    address = reverse("people:factors_reset", args=[manager.pk])
    assert as_user(manager).get(address).status_code == 403

    as_user(administrator).post(address)

    assert not Authenticator.objects.exists()
    assert client.get("/me/").status_code == 302
    assert AuditEvent.objects.get(action="reset_second_factors").actor == administrator
    assert sign_in(client, manager).url == "/"


def test_nobody_takes_their_own_factor_away_without_the_password(as_user, administrator):
    with_app(administrator)
    answer = as_user(administrator).post(
        reverse("people:factors_reset", args=[administrator.pk]), follow=True
    )
    assert "Your own second factors are looked after on this page" in answer.text
    assert Authenticator.objects.filter(user=administrator).exists()


# Windows -------------------------------------------------------------------------------------------


def test_windows_are_listed_and_ended(client, agent):
    other = Client(headers={"User-Agent": FIREFOX})
    sign_in(client, agent)
    sign_in(other, agent)

    page = client.get(SECURITY).text
    assert "Firefox, Linux" in page
    assert "127.0.0…" in page
    client.post(reverse("sessions_end"))

    assert other.get("/me/").status_code == 302
    assert client.get("/me/").status_code == 200
    assert Session.objects.count() == 1


def test_nobody_ends_anothers_window(client, agent, manager):
    sign_in(client, manager)
    theirs = manager.usersession_set.get().pk
    other = Client()
    sign_in(other, agent)

    other.post(reverse("session_end", args=[theirs]))

    assert client.get("/me/").status_code == 200


def without_a_row(client, user) -> None:
    """A window from before windows were listed."""
    sign_in(client, user)
    UserSession.objects.all().delete()
    cache.clear()


def test_a_window_without_a_row_is_listed_when_it_is_used(client, agent):
    without_a_row(client, agent)
    page = client.get(SECURITY)
    (window,) = page.context["windows"]
    assert window.is_this
    client.get("/me/")
    assert UserSession.objects.get().session_key == client.session.session_key


def test_a_window_without_a_row_ends_with_all_others(client, agent):
    other = Client()
    without_a_row(other, agent)
    sign_in(client, agent)
    before = client.session.session_key

    client.post(reverse("sessions_end"))

    assert client.get("/me/").status_code == 200
    assert other.get("/me/").status_code == 302
    # Who saw the key of this window has nothing of it, either.
    assert client.session.session_key != before
    (window,) = client.get(SECURITY).context["windows"]
    assert window.is_this


@pytest.mark.parametrize("how", ["saved", "factors reset"])
def test_a_window_without_a_row_ends_with_what_ends_everything(client, agent, administrator, how):
    without_a_row(client, agent)
    fresh = User.objects.get(pk=agent.pk)
    if how == "saved":
        for fresh.is_active in (False, True):
            fresh.save(update_fields=["is_active"])
    else:
        reset_factors(fresh, by=administrator)
    assert client.get("/me/").status_code == 302
    assert sign_in(client, agent).url == "/"
    assert client.get("/me/").status_code == 200


def test_signing_out_everywhere_else_closes_a_link_that_was_mailed(client, agent):
    link = reset_link(agent)
    sign_in(client, agent)
    assert not opens(link)  # Signing in does so already.
    link = reset_link(agent)
    client.post(reverse("sessions_end"))
    assert not opens(link)


def test_a_window_that_came_by_invitation_is_listed(
    client, newcomer, administrator, django_capture_on_commit_callbacks
):
    link = invited(newcomer, administrator, django_capture_on_commit_callbacks)
    client.post(link, {"password": "seven green kites fly"})
    (window,) = client.get(SECURITY).context["windows"]
    assert window.is_this


def test_a_new_secret_key_signs_nobody_out_as_long_as_the_old_one_stays(client, agent, settings):
    User.objects.filter(pk=agent.pk).update(signed_out_at=timezone.now())
    sign_in(client, agent)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another-" * 8
    assert client.get("/me/").status_code == 200


def test_who_comes_from_an_address_that_is_none_signs_in_and_sees_their_windows(client, agent):
    # A socket of this machine, and nobody said that a proxy stands before it.
    assert sign_in(client, agent, REMOTE_ADDR="").url == "/"
    assert "Unknown address" in client.get(SECURITY, REMOTE_ADDR="").text


def test_a_new_password_ends_other_windows(client, agent):
    other = Client()
    sign_in(other, agent)
    sign_in(client, agent)
    new = "quite another long phrase"

    client.post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORD, "password1": new, "password2": new},
    )

    assert client.get("/me/").status_code == 200
    assert other.get("/me/").status_code == 302


@pytest.mark.parametrize(
    ("said", "device"),
    [
        (FIREFOX, "Firefox, Linux"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 "
            "(KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
            "Safari, iPhone",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
            "Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
            "Edge, Windows",
        ),
        ("curl/8", "Unknown device"),
    ],
)
def test_a_device_is_named_by_what_it_says_of_itself(said, device):
    assert device_of(said) == device


def test_addresses_are_shortened():
    assert shortened("203.0.113.77") == "203.0.113…"
    assert shortened("2001:db8:1:2::3") == "2001:db8:1…"


# Throttling ----------------------------------------------------------------------------------------


def test_the_sixth_wrong_password_is_not_even_looked_at(client, agent):
    for _try in range(5):
        assert "not correct" in sign_in(client, agent, "wrong").text
    assert "Too many failed login attempts" in sign_in(client, agent).text
    assert client.get("/me/").status_code == 302


def test_an_invented_forwarded_address_does_not_help(client, agent, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 0
    for number in range(6):
        page = sign_in(client, agent, "wrong", headers={"X-Forwarded-For": f"198.51.100.{number}"})
    assert "Too many failed login attempts" in page.text


def test_who_is_throttled_is_told_how_long(client, db):
    address = reverse("account_reset_password")
    for _try in range(6):
        answer = client.post(address, {"email": "somebody@example.org"})
    assert (answer.status_code, answer["Retry-After"]) == (429, "60")
    assert "Wait 60 seconds" in answer.text
    assert "css/base.css" in answer.text


def test_a_way_around_the_proxies_is_counted_and_no_error(client, agent, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 2
    header = {"X-Forwarded-For": "198.51.100.7"}
    assert "not correct" in sign_in(client, agent, "wrong", headers=header).text


def test_whether_there_is_somebody_is_not_told(client, agent):
    known = client.post(reverse("account_reset_password"), {"email": agent.email})
    unknown = client.post(reverse("account_reset_password"), {"email": "nobody@example.org"})
    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)


def test_mails_about_a_forgotten_password_are_in_our_words(client, agent):
    address = reverse("account_reset_password")
    client.post(address, {"email": "nobody@example.org"})
    client.post(address, {"email": agent.email})
    unknown, known = mail.outbox
    assert "No account at this address" in unknown.subject
    assert "nobody works here under this address" in unknown.body
    assert "http" not in unknown.body
    assert "Choose a new Evenhand password" in known.subject
    assert "http://testserver/account/password/reset/key/" in known.body


# Answers that no browser gives ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        "{}",
        "[]",
        "1",
        '"x"',
        "null",
        "no JSON",
        '{"id": 1}',
        '{"id": "a", "rawId": "a", "type": "public-key", "response": {}}',
        '{"id":"a","rawId":"%%","type":"public-key","response":{"clientDataJSON":"e30","userHandle":7}}',
        '{"id":"YQ","rawId":"YQ","type":"public-key","response":{"clientDataJSON":"e30",'
        '"authenticatorData":"YQ","signature":"YQ","userHandle":"OTk5OTk5OTk5OTk5OTk5OTk5OTk5OQ"}}',
    ],
)
def test_a_passkeys_answer_that_is_none_opens_nothing_and_breaks_nothing(client, agent, answer):
    assert client.post(reverse("mfa_login_webauthn"), {"credential": answer}).status_code in (
        200,
        302,
    )
    assert client.get("/me/").status_code == 302
    sign_in(client, agent)
    confirm(client)
    client.get(reverse("mfa_add_webauthn"))
    page = client.post(reverse("mfa_add_webauthn"), {"credential": answer, "name": "Key"})
    assert page.status_code < 500
    assert not Authenticator.objects.filter(user=agent).exists()


def test_a_lost_key_of_the_installation_says_whom_to_ask(client, agent, settings):
    secret = with_app(agent)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another key " * 5, []
    sign_in(client, agent)
    page = client.post(reverse("mfa_authenticate"), {"code": code_now(secret)})
    assert page.status_code == 422
    assert "Ask an administrator to take it away" in page.text
    assert client.get("/me/").status_code == 302


def test_codes_that_cannot_be_read_say_so_and_leave_the_page_whole(client, agent):
    with_app(agent)
    RecoveryCodes.activate(agent)
    client.force_login(agent)
    assert "codes are left" in client.get(SECURITY).text
    Authenticator.objects.update(data={"seed": "gAAAAAB" + "x" * 40, "used_mask": 0})
    assert "Ask an administrator to take it away" in client.get(SECURITY).text
    confirm(client)
    assert client.get(reverse("mfa_view_recovery_codes")).status_code in (302, 409)


# Invitations ---------------------------------------------------------------------------------------


@pytest.fixture
def newcomer(db) -> User:
    user = UserFactory(email="new@example.org", first_name="Noor")
    user.set_unusable_password()
    user.save()
    return user


def invited(user, by, capture, at=None) -> str:
    with capture(execute=True):
        inviting.invite(user, by=by, at=at)
    link = re.search(r"http://testserver(/account/invitation/\S+)", mail.outbox[-1].body)
    return link[1]


def test_an_invitation_lets_in_once(
    client, newcomer, administrator, django_capture_on_commit_callbacks
):
    link = invited(newcomer, administrator, django_capture_on_commit_callbacks)
    assert mail.outbox[-1].to == ["new@example.org"]
    assert "At least 15 characters" in client.get(link).text
    refused = client.post(link, {"password": "short"})
    assert refused.status_code == 422
    assert "it needs 15" in refused.text

    assert client.post(link, {"password": "seven green kites fly"}).url == "/"

    assert client.get("/me/").status_code == 200
    other = Client()
    assert other.get(link).status_code == 410
    assert other.post(link, {"password": "another one of these"}).status_code == 410
    newcomer.refresh_from_db()
    assert newcomer.check_password("seven green kites fly")
    assert AuditEvent.objects.filter(action="accept_invitation").count() == 1


class NotesTransactions:
    depths: ClassVar[list[int]] = []

    def validate(self, password, user=None):
        self.depths.append(len(connection.atomic_blocks))

    def get_help_text(self):
        return ""


def test_a_password_is_looked_up_without_a_transaction(
    client, newcomer, administrator, settings, django_capture_on_commit_callbacks
):
    link = invited(newcomer, administrator, django_capture_on_commit_callbacks)
    settings.AUTH_PASSWORD_VALIDATORS = [{"NAME": f"{__name__}.NotesTransactions"}]
    NotesTransactions.depths.clear()
    assert client.post(link, {"password": "seven green kites fly"}).url == "/"
    assert NotesTransactions.depths == [len(connection.atomic_blocks)]


def test_a_link_that_was_replaced_withdrawn_or_is_too_old_opens_nothing(
    client, newcomer, administrator, django_capture_on_commit_callbacks
):
    capture = django_capture_on_commit_callbacks
    first = invited(newcomer, administrator, capture)
    second = invited(newcomer, administrator, capture)
    assert client.get(first).status_code == 410
    assert client.get(second).status_code == 200
    inviting.withdraw(newcomer, by=administrator)
    assert client.get(second).status_code == 410
    old = invited(
        newcomer, administrator, capture, at=timezone.now() - dt.timedelta(days=8, hours=1)
    )
    assert client.get(old).status_code == 410
    assert client.get(f"{second[:-5]}abcd/").status_code == 410


def test_who_is_added_without_a_password_is_invited(
    as_user, administrator, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        as_user(administrator).post(
            reverse("wagtailusers_users:add"),
            {
                "email": "noor@example.org",
                "first_name": "Noor",
                "last_name": "Adan",
                "is_active": "on",
            },
        )
    person = User.objects.get(email="noor@example.org")
    assert not person.has_usable_password()
    assert Invitation.objects.get(user=person).state(at=timezone.now()) == "sent"
    (message,) = mail.outbox
    assert message.to == ["noor@example.org"]


def test_invitations_are_listed_sent_again_and_withdrawn(
    as_user, administrator, manager, newcomer, django_capture_on_commit_callbacks
):
    client = as_user(administrator)
    page = client.get(reverse("people:invitation_list")).text
    assert "never invited" in page
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("people:invite", args=[newcomer.pk]))
    assert len(mail.outbox) == 1
    assert "works until" in client.get(reverse("people:invitation_list"), {"q": "noor"}).text
    client.post(reverse("people:invitation_withdraw", args=[newcomer.pk]))
    assert "withdrawn" in client.get(reverse("people:invitation_list")).text
    assert as_user(manager).get(reverse("people:invitation_list")).status_code == 403
    assert as_user(manager).post(reverse("people:invite", args=[newcomer.pk])).status_code == 403


def test_the_list_of_invitations_costs_the_same_for_many(
    as_user, administrator, newcomer, django_assert_max_num_queries
):
    client = as_user(administrator)
    client.get(reverse("people:invitation_list"))
    UserFactory.create_batch(5, last_login=None)
    with django_assert_max_num_queries(12):
        client.get(reverse("people:invitation_list"))


ALL = reverse("people:invite_all")


@pytest.fixture
def never_here(db) -> dict[str, User]:
    """Of five who never came in, two are to be invited: one never was, and of one it got too old."""
    made = {
        name: UserFactory(email=f"{name}@example.org")
        for name in ("none", "old", "open", "withdrawn", "gone")
    }
    now = timezone.now()
    for name, days in (("old", 8), ("open", 1), ("withdrawn", 1)):
        Invitation.objects.create(
            user=made[name],
            nonce=name,
            invited_at=now - dt.timedelta(days=days),
            expires_at=now + Invitation.LASTS - dt.timedelta(days=days),
            sent_at=now,
            withdrawn_at=now if name == "withdrawn" else None,
        )
    made["gone"].is_active = False
    made["gone"].save()
    UserFactory(email="here@example.org", last_login=now)
    return made


def recipients() -> list[str]:
    return sorted(address for message in mail.outbox for address in message.to)


def test_all_who_never_came_in_are_invited_at_once_and_nobody_twice(
    as_user, administrator, never_here, django_capture_on_commit_callbacks
):
    User.objects.filter(pk=administrator.pk).update(last_login=timezone.now())
    client = as_user(administrator)
    assert "Invite all 2 who have none" in client.get(reverse("people:invitation_list")).text
    page = client.get(ALL)
    assert "Invite 2 people" in page.text
    assert {person.email for person in page.context["some"]} == {
        "none@example.org",
        "old@example.org",
    }
    assert not mail.outbox

    for _click in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            client.post(ALL)

    assert recipients() == ["none@example.org", "old@example.org"]
    events = AuditEvent.objects.filter(action="invite_person", actor=administrator)
    assert {event.object_id for event in events} == {
        str(never_here["none"].pk),
        str(never_here["old"].pk),
    }
    assert events.count() == 2
    link = re.search(r"http://testserver(/account/invitation/\S+)", mail.outbox[0].body)[1]
    assert Client().get(link).status_code == 200
    assert "Invite all" not in client.get(reverse("people:invitation_list")).text


def test_only_those_who_were_looked_for_are_invited(
    as_user, administrator, never_here, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        answer = as_user(administrator).post(ALL, {"q": "none@"})
    assert answer.url.endswith("?q=none%40")
    assert recipients() == ["none@example.org"]


def test_two_who_invite_all_at_once_send_one_mail_each(
    administrator, never_here, django_capture_on_commit_callbacks
):
    other = UserFactory(email="boss@example.org", last_login=timezone.now())
    people = User.objects.filter(pk__in=[never_here["none"].pk, never_here["old"].pk])

    class LateRead(type(people)):
        """What the second read before the first wrote."""

        def uninvited(self, *, at):
            return User.objects.filter(pk__in=[person.pk for person in stale])

    stale = list(people)
    late = LateRead(User).filter(pk__in=[person.pk for person in stale])
    with django_capture_on_commit_callbacks(execute=True):
        assert inviting.invite_all(people, by=administrator) == 2
    with django_capture_on_commit_callbacks(execute=True):
        assert inviting.invite_all(late, by=other) == 0
    assert recipients() == ["none@example.org", "old@example.org"]


def test_inviting_many_costs_hardly_more_than_inviting_one(
    administrator, django_assert_max_num_queries, django_capture_on_commit_callbacks
):
    UserFactory.create_batch(40, last_login=None)
    people = User.objects.never_here().exclude(pk=administrator.pk)
    with django_assert_max_num_queries(12):
        assert inviting.invite_all(people, by=administrator) == 40


class Refusing(locmem.EmailBackend):
    """A mail server that refuses some."""

    refused: ClassVar[set[str]] = set()

    def send_messages(self, messages):
        if self.refused & {address for message in messages for address in message.to}:
            raise SMTPServerDisconnected
        return super().send_messages(messages)


def test_mails_that_a_server_refuses_wait_and_go_out_later(
    as_user, administrator, never_here, settings, django_capture_on_commit_callbacks
):
    settings.EMAIL_BACKEND = f"{__name__}.Refusing"
    Refusing.refused = {"none@example.org"}
    User.objects.filter(pk=administrator.pk).update(last_login=timezone.now())
    client = as_user(administrator)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(ALL)
    assert recipients() == ["old@example.org"]
    address = reverse("people:invitation_list")
    page = client.get(address)
    assert page.context["sending"]["waiting"] == 1
    assert "2 of 3 open invitations are sent" in page.text
    part = client.get(address, headers={"HX-Request": "true"})
    assert "2 of 3 open invitations are sent" in part.text
    assert "HX-Refresh" not in part
    Invitation.objects.filter(sent_at=None).update(
        invited_at=timezone.now() - dt.timedelta(minutes=11)
    )
    assert "Is the worker running" in client.get(address).text

    Refusing.refused = set()
    with django_capture_on_commit_callbacks(execute=True):
        client.post(ALL)

    assert recipients() == ["none@example.org", "old@example.org"]
    part = client.get(address, headers={"HX-Request": "true"})
    assert (part["HX-Refresh"], part.text.strip()) == ("true", "")


def test_a_mail_server_that_refuses_all_is_given_a_rest(never_here, settings):
    settings.EMAIL_BACKEND = f"{__name__}.Refusing"
    people = UserFactory.create_batch(5, last_login=None)
    Refusing.refused = {person.email for person in people}
    now = timezone.now()
    for person in people:
        Invitation.objects.create(
            user=person, nonce="n", invited_at=now, expires_at=now + Invitation.LASTS
        )
    with pytest.raises(SMTPServerDisconnected):
        inviting.send_waiting()
    Refusing.refused = set()
    assert inviting.send_waiting() == 5
    assert recipients() == sorted(person.email for person in people)


def test_who_came_in_another_way_gets_no_mail_that_waited(never_here, administrator):
    Invitation.objects.filter(user=never_here["open"]).update(sent_at=None)
    User.objects.filter(pk=never_here["open"].pk).update(last_login=timezone.now())
    assert inviting.send_waiting() == 0
    assert not mail.outbox


def test_only_administrators_invite_all(as_user, manager, never_here):
    client = as_user(manager)
    assert client.get(ALL).status_code == 403
    assert client.post(ALL).status_code == 403
    assert client.put(ALL).status_code == 405
    assert not mail.outbox


def test_an_open_invitation_ends_when_somebody_came_in_or_has_another_address(
    client, newcomer, administrator, django_capture_on_commit_callbacks
):
    link = invited(newcomer, administrator, django_capture_on_commit_callbacks)
    User.objects.filter(pk=newcomer.pk).update(email="right@example.org")
    assert client.get(link).status_code == 410
    User.objects.filter(pk=newcomer.pk).update(email="new@example.org", last_login=timezone.now())
    assert client.get(link).status_code == 410


def test_an_administrator_does_not_become_a_superuser(as_user, administrator, agent):
    User.objects.filter(pk=agent.pk).update(is_superuser=True)
    address = reverse("wagtailusers_users:edit", args=[agent.pk])
    said = {"email": "mine@example.org", "first_name": "A", "last_name": "B", "is_active": "on"}

    as_user(administrator).post(address, {**said, "password1": PASSWORD, "password2": PASSWORD})

    agent.refresh_from_db()
    assert agent.email == "agent@example.org"


def test_who_was_here_already_is_not_invited(newcomer, administrator):
    newcomer.last_login = timezone.now()
    newcomer.save()
    with pytest.raises(inviting.NotInvitable):
        inviting.invite(newcomer, by=administrator)
    assert not mail.outbox


# Leaving -------------------------------------------------------------------------------------------


def test_deactivation_ends_windows_tokens_invitations_and_links(
    as_user, client, agent, administrator, django_capture_on_commit_callbacks
):
    sign_in(client, agent)
    client.post(reverse("account_reset_password"), {"email": agent.email})
    link = re.search(r"http://testserver(\S+key/\S+)", mail.outbox[-1].body)[1]
    token = ApiToken.objects.create(name="Mine", owner=agent, prefix="eh_x", digest="0" * 64)

    agent.is_active = False
    agent.save()

    assert not Session.objects.exists()
    token.refresh_from_db()
    assert token.revoked_at
    assert "used already or is too old" in Client().get(link, follow=True).text
    # Whoever comes back signs in anew.
    agent.is_active = True
    agent.save()
    assert client.get("/me/").status_code == 302
    assert User.objects.filter(pk=agent.pk).exists()


def reset_link(user) -> str:
    Client().post(reverse("account_reset_password"), {"email": user.email})
    return re.search(r"http://testserver(\S+key/\S+)", mail.outbox[-1].body)[1]


def opens(link: str) -> bool:
    return "used already or is too old" not in Client().get(link, follow=True).text


def by_saving(user, is_active: bool) -> None:
    fresh = User.objects.get(pk=user.pk)
    fresh.is_active = is_active
    fresh.save(update_fields=["is_active"])


def in_bulk(user, is_active: bool) -> None:
    """As Wagtail's list of people does it, past every signal."""
    boss = Client()
    boss.force_login(User.objects.get(email="admin@example.org"))
    address = reverse("wagtail_bulk_action", args=["people", "user", "set_active_state"])
    boss.post(
        f"{address}?id={user.pk}&next=/admin/", {"mark_as_active": str(is_active), "id": user.pk}
    )


@pytest.mark.parametrize("switch", [by_saving, in_bulk])
def test_a_link_from_before_a_deactivation_stays_closed_for_who_came_back(
    agent, administrator, switch
):
    old = reset_link(agent)
    assert opens(old)

    switch(agent, False)
    assert not opens(old)
    switch(agent, True)

    assert not opens(old)
    agent.refresh_from_db()
    assert agent.is_active
    second = reset_link(agent)
    assert opens(second)
    # The second time as the first.
    switch(agent, False)
    switch(agent, True)
    assert not opens(second)


def test_deactivating_many_at_once_ends_their_windows_too(as_user, client, agent, administrator):
    sign_in(client, agent)
    address = reverse("wagtail_bulk_action", args=["people", "user", "set_active_state"])

    as_user(administrator).post(
        f"{address}?id={agent.pk}&next=/admin/", {"mark_as_active": "False", "id": agent.pk}
    )

    agent.refresh_from_db()
    assert not agent.is_active
    assert not agent.usersession_set.exists()
