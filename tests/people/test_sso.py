"""Single sign-on by OpenID Connect, against a provider that really runs, on this machine."""

from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse
from environ import Env

from config.settings.signing_in import (
    form_origins,
    oidc_providers,
    role_names,
    saml_providers,
)
from people.models import AuditEvent, User
from tests.identity import Provider

LOGIN = reverse("openid_connect_login", args=["corp"])
CALLBACK = reverse("openid_connect_callback", args=["corp"])


@pytest.fixture
def provider(settings):
    made = Provider()
    settings.SOCIALACCOUNT_PROVIDERS = oidc_providers(
        type("E", (Env,), {"json": lambda *args, **kwargs: [made.said]})()
    )
    yield made
    made.close()


def come_in(client, provider, **person):
    provider.person = {"email_verified": True, **person}
    away = client.post(LOGIN)
    asked = parse_qs(urlsplit(away.url).query)
    assert away.url.startswith(f"{provider.url}/authorize")
    assert asked["code_challenge_method"] == ["S256"]
    provider.nonce = asked.get("nonce", [""])[0]
    return client.get(CALLBACK, {"code": "once", "state": asked["state"][0]})


def test_the_sign_in_page_offers_it_only_where_it_is_set_up(client, db, provider, settings):
    assert "Sign in by Corp" in client.get(reverse("account_login")).text
    settings.SOCIALACCOUNT_PROVIDERS = {}
    assert "Sign in by" not in client.get(reverse("account_login")).text


def test_somebody_who_was_added_comes_in_by_a_verified_address(client, agent, provider):
    answer = come_in(client, provider, sub="42", email="Agent@example.org")

    assert answer.url == "/"
    assert client.get("/me/").context["request"].user == agent
    # From now on by the id there, whatever their address is.
    client.logout()
    assert come_in(client, provider, sub="42", email="other@example.org").url == "/"
    assert SocialAccount.objects.get().user == agent


def test_an_address_that_nobody_verified_opens_nothing(client, agent, provider):
    page = come_in(client, provider, sub="42", email=agent.email, email_verified=False)
    assert page.status_code == 403
    assert client.get("/me/").status_code == 302


def test_somebody_unknown_is_told_so_and_not_made(client, agent, provider):
    page = come_in(client, provider, sub="7", email="stranger@example.org")
    assert page.status_code == 403
    assert "stranger@example.org" in page.text
    assert not User.objects.filter(email="stranger@example.org").exists()


def test_where_it_is_wanted_people_are_made_without_a_role(client, db, provider, settings):
    settings.SSO_CREATE_PEOPLE = True
    come_in(client, provider, sub="7", email="new@example.org", given_name="Noor")
    person = User.objects.get(email="new@example.org")
    assert not person.groups.exists()
    assert AuditEvent.objects.get(action="add_person").object_id == str(person.pk)


@pytest.mark.parametrize("said", [{}, {"email": "boss@example.org", "email_verified": False}])
def test_nobody_is_made_by_an_address_that_nobody_verified(client, db, provider, settings, said):
    settings.SSO_CREATE_PEOPLE = True
    assert come_in(client, provider, sub="7", **said).status_code == 403
    assert not User.objects.exists()


def test_nothing_is_attached_in_an_open_window(client, agent, provider):
    client.force_login(agent)
    provider.person = {"sub": "66", "email": agent.email, "email_verified": True}
    asked = parse_qs(urlsplit(client.post(f"{LOGIN}?process=connect").url).query)
    provider.nonce = asked.get("nonce", [""])[0]
    client.get(CALLBACK, {"code": "once", "state": asked["state"][0]})
    assert not SocialAccount.objects.exists()


def test_a_browser_may_follow_the_button(monkeypatch):
    monkeypatch.setenv("OIDC_PROVIDERS", '[{"id": "c", "issuer": "https://id.example.org/realm"}]')
    monkeypatch.setenv("SSO_FORM_ORIGINS", "https://login.example.org")
    assert form_origins(Env()) == ["https://id.example.org", "https://login.example.org"]


def test_who_was_deactivated_stays_outside(client, agent, provider):
    come_in(client, provider, sub="42", email=agent.email)
    client.logout()
    agent.is_active = False
    agent.save()
    come_in(client, provider, sub="42", email=agent.email)
    assert client.get("/me/").status_code == 302


def test_a_forged_answer_opens_nothing(client, agent, provider):
    come = {"code": "once", "state": "invented"}
    page = client.get(CALLBACK, come)
    assert "did not work" in page.text
    assert client.get("/me/").status_code == 302


def test_a_provider_that_is_away_has_a_page_that_says_so(client, db, provider):
    provider.close()
    answer = client.post(LOGIN)
    assert answer.status_code == 502
    assert "did not answer as it should" in answer.text


@pytest.mark.parametrize("nonsense", [[], {}, "no", {"issuer": 1}])
def test_a_provider_that_answers_nonsense_has_a_page_that_says_so(client, db, provider, nonsense):
    provider.get = lambda path: nonsense
    assert client.post(LOGIN).status_code == 502


def test_the_provider_counts_as_second_factor(client, manager, provider, settings):
    settings.MFA_REQUIRED_ROLES = ["Managers"]
    come_in(client, provider, sub="1", email=manager.email)
    assert client.get("/").status_code == 200


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("OIDC_PROVIDERS", "[{", "no JSON"),
        ("OIDC_PROVIDERS", "{}", "list of objects"),
        ("OIDC_PROVIDERS", '[{"id": "corp"}]', "name, client_id, secret, issuer missing in corp"),
        ("SAML_PROVIDERS", '[{"id": "corp", "name": "C"}]', "entity_id, metadata_url missing"),
    ],
)
def test_settings_that_do_not_fit_say_what_is_wrong(monkeypatch, name, value, why):
    monkeypatch.setenv(name, value)
    read = oidc_providers if name.startswith("OIDC") else saml_providers
    with pytest.raises(ImproperlyConfigured, match=why):
        read(Env())


def test_roles_that_there_are_not_stop_the_start():
    assert role_names(["Manager", " administrator"]) == ["Managers", "Administrators"]
    with pytest.raises(ImproperlyConfigured, match="boss"):
        role_names(["boss"])
