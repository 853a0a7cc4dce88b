"""Single sign-on by SAML, against an identity provider of our own whose key is made here."""

import base64
import datetime as dt
import http.server
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import parse_qs, quote_plus, urlsplit
from xml.etree import ElementTree

import pytest
import xmlsec
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers import registry
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from django.utils.crypto import get_random_string
from environ import Env
from onelogin.saml2.constants import OneLogin_Saml2_Constants
from onelogin.saml2.utils import OneLogin_Saml2_Utils

from config.settings.signing_in import saml_providers
from people.models import AuditEvent, User
from people.signin.saml import OnceOnlyProvider

ENTITY = "https://id.example.org/saml"
HOST = "evenhand.example.org"  # SAML takes no name of one word.
OURS = f"http://{HOST}/account/sso/saml/corp"
AUDIENCE, ACS = f"{OURS}/metadata/", f"{OURS}/acs/"
MAIL, SUBJECT = "urn:oid:0.9.2342.19200300.100.1.3", "urn:oasis:names:tc:SAML:attribute:subject-id"


def key_and_certificate() -> tuple[str, str]:
    """Both as PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "id.example.org")])
    now = timezone.now()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return pem.decode(), certificate.public_bytes(serialization.Encoding.PEM).decode()


def stamp(moment: dt.datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


class Provider:
    """Metadata that are really fetched, and answers as its sign-in page would send them."""

    def __init__(self) -> None:
        self.key, self.certificate = key_and_certificate()
        provider = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                data = provider.metadata().encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/samlmetadata+xml")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def metadata(self) -> str:
        body = "".join(self.certificate.strip().splitlines()[1:-1])
        return f"""<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata"
            xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="{ENTITY}"><md:IDPSSODescriptor
            protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><md:KeyDescriptor
            use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{body}</ds:X509Certificate>
            </ds:X509Data></ds:KeyInfo></md:KeyDescriptor><md:SingleLogoutService
            Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="{self.url}/out"/>
            <md:SingleSignOnService
            Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="{self.url}/sso"/>
            </md:IDPSSODescriptor></md:EntityDescriptor>"""

    def assertion(
        self,
        asked: str,
        email: str,
        *,
        subject: str = "77@example.org",
        audiences: Sequence[str] = (AUDIENCE,),
        at: dt.datetime | None = None,
        key: tuple[str, str] | None = None,
        repeats: bool = True,
    ) -> str:
        """Signed with `key`, or not at all where it is ("", "")."""
        at = at or timezone.now()
        soon, before = stamp(at + dt.timedelta(minutes=5)), stamp(at - dt.timedelta(minutes=1))
        to = f'InResponseTo="{asked}" ' if repeats else ""
        meant = "".join(
            f"<saml:AudienceRestriction><saml:Audience>{each}</saml:Audience></saml:AudienceRestriction>"
            for each in audiences
        )
        text = f"""<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"
            xmlns:xs="http://www.w3.org/2001/XMLSchema" ID="_{get_random_string(20)}" Version="2.0"
            IssueInstant="{stamp(at)}"><saml:Issuer>{ENTITY}</saml:Issuer><saml:Subject><saml:NameID
            Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">{subject}</saml:NameID>
            <saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">
            <saml:SubjectConfirmationData {to}Recipient="{ACS}" NotOnOrAfter="{soon}"/>
            </saml:SubjectConfirmation></saml:Subject><saml:Conditions NotBefore="{before}"
            NotOnOrAfter="{soon}">{meant}</saml:Conditions><saml:AuthnStatement
            AuthnInstant="{stamp(at)}" SessionIndex="_1"><saml:AuthnContext><saml:AuthnContextClassRef>
            urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef>
            </saml:AuthnContext></saml:AuthnStatement><saml:AttributeStatement>
            <saml:Attribute Name="{SUBJECT}"><saml:AttributeValue>{subject}</saml:AttributeValue>
            </saml:Attribute><saml:Attribute Name="{MAIL}"><saml:AttributeValue>{email}
            </saml:AttributeValue></saml:Attribute></saml:AttributeStatement></saml:Assertion>"""
        text = " ".join(text.split()).replace("> ", ">").replace(" <", "<")
        private, public = (self.key, self.certificate) if key is None else key
        if not private:
            return text
        return OneLogin_Saml2_Utils.add_sign(text, private, public).decode()

    def answer(self, asked: str, assertion: str) -> str:
        to = f'InResponseTo="{asked}" ' if asked else ""
        text = (
            f'<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" '
            f'ID="_{get_random_string(20)}" Version="2.0" IssueInstant="{stamp(timezone.now())}" '
            f'{to}Destination="{ACS}"><saml:Issuer '
            f'xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">{ENTITY}</saml:Issuer><samlp:Status>'
            f'<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>'
            f"{assertion}</samlp:Response>"
        )
        return base64.b64encode(text.encode()).decode()


@pytest.fixture
def provider(settings, monkeypatch):
    made = Provider()
    said = [{"id": "corp", "name": "Corp", "entity_id": ENTITY, "metadata_url": made.url}]
    settings.SOCIALACCOUNT_PROVIDERS = saml_providers(
        type("E", (Env,), {"json": lambda *args, **kwargs: said})()
    )
    settings.ALLOWED_HOSTS = [HOST]
    settings.ROOT_URLCONF = "tests.people.saml_urls"
    registry.load()
    monkeypatch.setitem(registry.provider_map, "saml", OnceOnlyProvider)
    yield made
    made.server.shutdown()
    made.server.server_close()


def browser() -> Client:
    return Client(headers={"Host": HOST})


@pytest.fixture
def client() -> Client:
    return browser()


def asked_by(client: Client) -> str:
    """The id of the request with which the button leads away."""
    away = client.post("/account/sso/saml/corp/login/")
    said = parse_qs(urlsplit(away.url).query)["SAMLRequest"][0]
    request = OneLogin_Saml2_Utils.decode_base64_and_inflate(said)
    return ElementTree.fromstring(request).attrib["ID"]  # noqa: S314 (what we have just made)


def bring(client: Client, answer: str):
    """The browser posts it from another site, so without our cookies, and is led on with them."""
    kept = client.cookies.copy()
    client.cookies.clear()
    away = client.post("/account/sso/saml/corp/acs/", {"SAMLResponse": answer})
    client.cookies.update(kept)
    return client.get(away.url)


def come_in(client: Client, provider: Provider, email: str, **said):
    asked = asked_by(client)
    return bring(client, provider.answer(asked, provider.assertion(asked, email, **said)))


def is_in(client: Client) -> bool:
    return client.get("/me/").status_code == 200


def assert_refused(client: Client, page) -> None:
    assert page.status_code == 403
    assert "Signing in did not work" in page.text
    assert not is_in(client)
    assert not SocialAccount.objects.exists()


def test_a_good_assertion_signs_in_who_was_added(client, agent, provider):
    answer = come_in(client, provider, "Agent@example.org")
    assert answer.url == "/"
    assert client.get("/me/").context["request"].user == agent
    # From now on by the id there, whatever their address is.
    other = browser()
    assert come_in(other, provider, "other@example.org").url == "/"
    assert other.get("/me/").context["request"].user == agent
    assert SocialAccount.objects.get().uid == "77@example.org"


def test_a_second_factor_is_the_providers_business(client, manager, provider, settings):
    settings.MFA_REQUIRED_ROLES = ["Managers"]
    come_in(client, provider, manager.email)
    assert client.get("/").status_code == 200


ELSEWHERE = "https://another.example.org/metadata"
SOMEBODY_ELSES = key_and_certificate()


@pytest.mark.parametrize(
    "said",
    [
        {"audiences": [ELSEWHERE]},
        {"audiences": [AUDIENCE, ELSEWHERE]},
        {"audiences": []},
        {"audiences": [""]},
        {"key": SOMEBODY_ELSES},
        {"key": ("", "")},
        {"at": timezone.now() - dt.timedelta(hours=1)},
        {"at": timezone.now() + dt.timedelta(hours=1)},
    ],
    ids=[
        *("wrong audience", "also for somebody else", "for nobody", "for an empty name"),
        *("key of somebody else", "not signed", "expired", "not yet valid"),
    ],
)
def test_an_assertion_that_is_not_for_us_now_is_refused(client, agent, provider, said):
    assert_refused(client, come_in(client, provider, agent.email, **said))


def test_an_assertion_that_was_changed_is_refused(client, agent, administrator, provider):
    asked = asked_by(client)
    changed = provider.assertion(asked, agent.email).replace(agent.email, administrator.email)
    assert_refused(client, bring(client, provider.answer(asked, changed)))


def test_an_unsigned_assertion_beside_a_signed_one_is_refused(
    client, agent, administrator, provider
):
    asked = asked_by(client)
    signed = provider.assertion(asked, agent.email)
    forged = provider.assertion(asked, administrator.email, key=("", ""), subject="1@example.org")
    for both in (forged + signed, signed + forged):
        assert_refused(client, bring(client, provider.answer(asked, both)))


def test_an_answer_that_nobody_asked_for_is_refused(client, agent, provider):
    told = provider.assertion("_invented", agent.email)
    assert_refused(client, bring(client, provider.answer("_invented", told)))
    unasked = provider.assertion("", agent.email, repeats=False)
    assert_refused(client, bring(client, provider.answer("", unasked)))
    assert_refused(client, bring(client, "no base64"))
    assert_refused(client, bring(client, base64.b64encode(b"<a/>").decode()))


def test_nothing_is_kept_of_what_is_no_answer(client, db, provider):
    kept = Session.objects.count()
    assert client.post(ACS, {"SAMLResponse": "a" * 300_001}).status_code == 403
    assert client.post(ACS, {"other": "a"}).status_code == 403
    assert client.get(ACS).status_code == 405
    elsewhere = ACS.replace("/corp/", "/another/")
    assert client.post(elsewhere, {"SAMLResponse": "a"}).status_code == 404
    assert Session.objects.count() == kept


def test_who_brings_too_many_answers_waits_and_nothing_is_kept(client, db, provider):
    for _answer in range(120):
        assert client.post(ACS, {"other": "a"}).status_code == 403
    kept = Session.objects.count()
    answer = client.post(ACS, {"SAMLResponse": "a"})
    assert (answer.status_code, answer["Retry-After"]) == (429, "60")
    assert Session.objects.count() == kept
    # Somebody at another address does not wait.
    assert client.post(ACS, {"SAMLResponse": "a"}, REMOTE_ADDR="198.51.100.7").status_code == 302


def _as_it_was(provider: Provider, asked: str, mine: str, told: str) -> str:
    return provider.answer(asked, told)


def _wrapped_anew(provider: Provider, asked: str, mine: str, told: str) -> str:
    """What it answers stands outside of what is signed."""
    return provider.answer(mine, told)


@pytest.mark.parametrize("again", [_as_it_was, _wrapped_anew])
@pytest.mark.parametrize("repeats", [True, False])
def test_an_assertion_opens_once(
    agent, provider, again: Callable[..., str], repeats, client, django_user_model
):
    asked = asked_by(client)
    told = provider.assertion(asked, agent.email, repeats=repeats)
    assert bring(client, provider.answer(asked, told)).url == "/"
    client.logout()
    SocialAccount.objects.all().delete()

    assert_refused(client, bring(client, provider.answer(asked, told)))
    thief = browser()
    mine = asked_by(thief)
    assert_refused(thief, bring(thief, again(provider, asked, mine, told)))


def test_somebody_unknown_is_told_so_and_not_made(client, agent, provider):
    page = come_in(client, provider, "stranger@example.org")
    assert page.status_code == 403
    assert "stranger@example.org" in page.text
    assert not is_in(client)
    assert not User.objects.filter(email="stranger@example.org").exists()


def test_where_it_is_wanted_people_are_made_without_a_role(client, db, provider, settings):
    settings.SSO_CREATE_PEOPLE = True
    come_in(client, provider, "new@example.org")
    person = User.objects.get(email="new@example.org")
    assert not person.groups.exists()
    assert AuditEvent.objects.get(action="add_person").object_id == str(person.pk)


def test_who_was_deactivated_stays_outside_and_is_told_so(client, agent, provider):
    come_in(client, provider, agent.email)
    client.logout()
    agent.is_active = False
    agent.save()
    answer = come_in(client, provider, agent.email)
    assert "This account is closed" in client.get(answer.url).text
    assert not is_in(client)


def sign_out_request() -> dict[str, str]:
    said = f"""<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_1"
        xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" Version="2.0"
        IssueInstant="{stamp(timezone.now())}" Destination="{OURS}/sls/">
        <saml:Issuer>{ENTITY}</saml:Issuer><saml:NameID>77@example.org</saml:NameID>
        </samlp:LogoutRequest>"""
    return {
        "SAMLRequest": OneLogin_Saml2_Utils.deflate_and_base64_encode(said),
        "SigAlg": OneLogin_Saml2_Constants.RSA_SHA256,
    }


def signature_of(said: dict[str, str], key: str) -> str:
    query = "&".join(f"{name}={quote_plus(value)}" for name, value in said.items())
    signed = OneLogin_Saml2_Utils.sign_binary(query, key, xmlsec.Transform.RSA_SHA256)
    return base64.b64encode(signed).decode()


def test_only_the_provider_says_that_somebody_signed_out(client, agent, provider):
    come_in(client, provider, agent.email)
    address, said = f"{OURS}/sls/", sign_out_request()
    assert client.get(address, said).status_code == 403
    assert client.get(address, {"SAMLResponse": said["SAMLRequest"]}).status_code == 403
    forged = signature_of(said, SOMEBODY_ELSES[0])
    assert client.get(address, {**said, "Signature": forged}).status_code == 400
    assert client.post(address, said).status_code == 405
    assert is_in(client)

    client.get(address, {**said, "Signature": signature_of(said, provider.key)})

    assert not is_in(client)


def test_our_metadata_name_where_answers_go(client, db, provider):
    said = client.get("/account/sso/saml/corp/metadata/")
    assert said.status_code == 200
    assert f'entityID="{AUDIENCE}"' in said.text
    assert f'Location="{ACS}"' in said.text


def test_a_provider_whose_metadata_are_out_of_reach_has_a_page_that_says_so(client, db, provider):
    provider.server.shutdown()
    provider.server.server_close()
    answer = client.post("/account/sso/saml/corp/login/")
    assert answer.status_code == 502
    assert "did not answer as it should" in answer.text


def test_the_setting_alone_makes_its_addresses_and_its_button(tmp_path):
    """As an installation starts, which reads the setting once."""
    script = """
import django
django.setup()
from allauth.socialaccount.providers import registry
from django.urls import reverse
registry.load()
print(reverse("saml_acs", args=["corp"]), registry.get_class("saml").__name__)
"""
    said = '[{"id": "corp", "name": "Corp", "entity_id": "e", "metadata_url": "https://id.example.org"}]'
    known = {**os.environ, "SAML_PROVIDERS": said, "DJANGO_SETTINGS_MODULE": "config.settings.test"}
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=Path(__file__).parents[2],
        env=known,
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.split() == ["/account/sso/saml/corp/acs/", "OnceOnlyProvider"]
