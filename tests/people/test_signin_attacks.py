"""What an attacker would try at the door."""

import re

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.core import mail
from django.test import Client
from django.urls import reverse

from people.models import AuditEvent, User
from people.signin import inviting
from tests.access.addresses import addresses
from tests.factories.people import UserFactory
from tests.people.test_signin import LOGIN, PASSWORD, SECURITY, code_now, sign_in, with_app
from tests.people.test_sso import come_in, provider  # noqa: F401 (a fixture)

NEW = "quite another long phrase"
RESET = reverse("account_reset_password")


def is_in(client: Client) -> bool:
    return client.get("/me/").status_code == 200


def set_inactive(user: User) -> None:
    user.is_active = False
    user.save(update_fields=["is_active"])


# Who is here? --------------------------------------------------------------------------------------


@pytest.fixture
def people(db) -> dict[str, str]:
    """Addresses of one who has a password, one who was never here, one who left, and of nobody."""
    never = UserFactory(email="never@example.org")
    never.set_unusable_password()
    never.save()
    set_inactive(UserFactory(email="left@example.org"))
    UserFactory(email="here@example.org")
    return {name: f"{name}@example.org" for name in ("here", "never", "left", "nobody")}


def without_what_differs(page: str, address: str) -> str:
    """Without the address that was typed, and what is new in each answer."""
    page = page.replace(address, "")
    return re.sub(r'(csrfmiddlewaretoken" value|x-csrftoken"|nonce)[^>]*', "", page)


def test_the_sign_in_answers_alike_whoever_is_named(people):
    pages = set()
    for address in people.values():
        answer = Client().post(LOGIN, {"login": address, "password": "not this one"})
        pages.add((answer.status_code, without_what_differs(answer.text, address)))
    assert len(pages) == 1


def test_tries_are_counted_alike_whoever_is_named(people):
    for address in people.values():
        for _try in range(5):
            Client().post(LOGIN, {"login": address, "password": "not this one"})
        answer = Client().post(LOGIN, {"login": address, "password": "not this one"})
        assert "Too many failed login attempts" in answer.text


def test_asking_for_a_link_answers_alike_whoever_is_named_and_sends_a_mail_each(people):
    answers = set()
    for address in people.values():
        client = Client()
        answer = client.post(RESET, {"email": address})
        page = client.get(answer.url)
        answers.add((answer.status_code, answer.url, without_what_differs(page.text, address)))
    assert len(answers) == 1
    assert [message.to for message in mail.outbox] == [[each] for each in people.values()]
    subjects = [message.subject for message in mail.outbox]
    assert subjects[2] == subjects[3] == "No account at this address"


@pytest.mark.parametrize(
    "written",
    ["TESS@example.org", " tess@example.org", "te\u017fs@example.org", "tess@EXAMPLE.org "],
)
def test_another_spelling_of_an_address_gives_no_new_tries(client, db, written):
    tess = UserFactory(email="tess@example.org")
    for _try in range(5):
        sign_in(client, tess, "wrong")
    answer = client.post(LOGIN, {"login": written, "password": PASSWORD})
    assert "Too many failed login attempts" in answer.text
    assert not is_in(client)


# A session that somebody else knows ------------------------------------------------------------------


def by_password(client, user, capture):
    sign_in(client, user)


def by_invitation(client, user, capture):
    User.objects.filter(pk=user.pk).update(last_login=None)
    with capture(execute=True):
        inviting.invite(User.objects.get(pk=user.pk), by=user)
    link = re.search(r"http://testserver(/account/invitation/\S+)", mail.outbox[-1].body)[1]
    client.post(link, {"password": NEW})


@pytest.mark.parametrize("way", [by_password, by_invitation])
def test_a_session_from_before_the_sign_in_opens_nothing(
    client, agent, way, django_capture_on_commit_callbacks
):
    session = client.session
    session["planted"] = True
    session.save()
    before = session.session_key
    client.cookies["sessionid"] = before

    way(client, agent, django_capture_on_commit_callbacks)

    assert is_in(client)
    assert client.session.session_key != before
    other = Client()
    other.cookies["sessionid"] = before
    assert not is_in(other)


def test_a_session_from_before_single_sign_on_opens_nothing(client, agent, provider):  # noqa: F811
    client.get(LOGIN)
    come_in(client, provider, sub="42", email=agent.email)
    assert is_in(client)
    after = client.session.session_key
    client.logout()
    other = Client()
    other.cookies["sessionid"] = after
    assert not is_in(other)


# Forms of other sites ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "of"),
    [
        ("sessions_end", None),
        ("session_end", "window"),
        ("people:invite_all", None),
        ("people:invite", "person"),
        ("people:invitation_withdraw", "person"),
        ("people:factors_reset", "person"),
        ("account_logout", None),
        ("mfa_deactivate_totp", None),
        ("mfa_generate_recovery_codes", None),
    ],
)
def test_another_site_changes_nothing_here(administrator, agent, name, of):
    client = Client(enforce_csrf_checks=True)
    page = client.get(LOGIN)
    token = re.search(r'csrfmiddlewaretoken" value="([^"]+)', page.text)[1]
    sign_in_with = {"login": administrator.email, "password": PASSWORD}
    client.post(LOGIN, {**sign_in_with, "csrfmiddlewaretoken": token})
    assert is_in(client)
    TOTP.activate(agent, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    events = AuditEvent.objects.count()
    windows = administrator.usersession_set
    pks = {"window": [windows.get().pk], "person": [agent.pk], None: []}
    address = reverse(name, args=pks[of])

    assert client.post(address).status_code == 403
    # Nor does a link do what a form does.
    client.get(address)

    assert is_in(client)
    assert windows.count() == 1
    assert AuditEvent.objects.count() == events
    assert not mail.outbox


# Around the second factor -------------------------------------------------------------------------


def test_a_link_for_a_new_password_does_not_sign_in_past_the_factor(client, agent):
    secret = with_app(agent)
    client.post(RESET, {"email": agent.email})
    link = re.search(r"http://testserver(/\S+key/\S+)", mail.outbox[-1].body)[1]
    client.post(client.get(link).url, {"password1": NEW, "password2": NEW})
    assert not is_in(client)
    assert sign_in(client, agent, NEW).url == reverse("mfa_authenticate")
    assert not is_in(client)
    client.post(reverse("mfa_authenticate"), {"code": code_now(secret)})
    assert is_in(client)


def test_single_sign_on_does_not_go_past_a_factor_of_ours(client, agent, provider):  # noqa: F811
    secret = with_app(agent)
    answer = come_in(client, provider, sub="42", email=agent.email)
    assert answer.url.startswith(reverse("mfa_authenticate"))
    assert not is_in(client)
    client.post(reverse("mfa_authenticate"), {"code": code_now(secret)})
    assert is_in(client)


def test_an_invitation_is_none_for_who_was_here(
    client, agent, administrator, django_capture_on_commit_callbacks
):
    """Else whoever reads their mail would need no second factor."""
    User.objects.filter(pk=agent.pk).update(last_login=None)
    agent.refresh_from_db()
    with django_capture_on_commit_callbacks(execute=True):
        inviting.invite(agent, by=administrator)
    link = re.search(r"http://testserver(/account/invitation/\S+)", mail.outbox[-1].body)[1]
    with_app(agent)
    other = Client()
    sign_in(other, agent)
    other.post(reverse("mfa_authenticate"), {"code": code_now("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")})
    assert is_in(other)
    assert client.post(link, {"password": NEW}).status_code == 410
    assert not is_in(client)


def test_who_is_deactivated_between_password_and_factor_stays_outside(client, agent):
    secret = with_app(agent)
    assert sign_in(client, agent).url == reverse("mfa_authenticate")
    set_inactive(agent)
    client.post(reverse("mfa_authenticate"), {"code": code_now(secret)})
    assert not is_in(client)


def test_who_gets_a_new_password_between_password_and_factor_starts_anew(client, agent):
    secret = with_app(agent)
    assert sign_in(client, agent).url == reverse("mfa_authenticate")
    agent.set_password(NEW)
    agent.save()
    answer = client.post(reverse("mfa_authenticate"), {"code": code_now(secret)}, follow=True)
    assert "Something changed meanwhile. Sign in again." in answer.text
    assert not is_in(client)
    assert sign_in(client, agent, NEW).url == reverse("mfa_authenticate")


def test_a_code_of_the_app_opens_once(client, agent):
    secret = with_app(agent)
    code = code_now(secret)
    sign_in(client, agent)
    client.post(reverse("mfa_authenticate"), {"code": code})
    assert is_in(client)
    other = Client()
    sign_in(other, agent)
    other.post(reverse("mfa_authenticate"), {"code": code})
    assert not is_in(other)


def test_codes_cannot_be_guessed_one_after_the_other(client, agent):
    secret = with_app(agent)
    sign_in(client, agent)
    for number in range(6):
        page = client.post(reverse("mfa_authenticate"), {"code": f"{number:06}"})
    assert "Too many" in page.text
    client.post(reverse("mfa_authenticate"), {"code": code_now(secret)})
    assert not is_in(client)


# Where a role needs a factor, by every address ----------------------------------------------------

# What one needs to set a factor up, and what is no page of a person.
OPEN = {"account_logout", "account_reauthenticate", "healthz", "readyz", "metrics"}


def test_no_address_goes_past_a_factor_that_a_role_needs(client, manager, settings):
    settings.MFA_REQUIRED_ROLES = ["Managers"]
    client.force_login(manager)
    gone_past = []
    for name, has_arguments in addresses():
        if has_arguments:
            continue
        address = reverse(name)
        if name in OPEN or address.startswith(SECURITY):
            continue
        answer = client.get(address)
        if (answer.status_code, answer.get("Location")) != (302, SECURITY):
            gone_past.append((name, answer.status_code))
        assert client.post(address).status_code == 403
    assert gone_past == []


@pytest.mark.parametrize(
    "address",
    [
        "/admin/",
        "/admin/users/",
        "/documents/1/a.pdf",
        "/media/a.png",
        "/people/1/invite/",
        "/account/securit",
        "//account/security/",
        "/x/account/security/",
        "/account/security/../../people/invitations/",
        "/account/security/%2e%2e/%2e%2e/people/invitations/",
        "/api/v1/people",
    ],
)
def test_no_spelling_of_an_address_goes_past_it_either(client, manager, settings, address):
    settings.MFA_REQUIRED_ROLES = ["Managers"]
    client.force_login(manager)
    answer = client.get(address)
    assert answer.status_code in (302, 401, 404)
    if answer.status_code == 302:
        assert answer.url == SECURITY
