"""Second factors by real clicks: an authenticator app, and a passkey of a virtual key."""

import re
from collections.abc import Callable

from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from playwright.sync_api import Browser, Page, expect

from config.demo import logins
from config.demo.logins import DEMO_PASSWORD, DOMAIN
from tests.e2e.conftest import PHONE
from tests.identity import Provider

SignIn = Callable[..., Page]
# Nobody else's test signs in as they.
SSO_USER = f"noel.tashford@{DOMAIN}"
APP_USER, KEY_USER = f"leo.asterman@{DOMAIN}", f"mira.stroudley@{DOMAIN}"


def code_now(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def test_an_authenticator_app_is_set_up_asked_for_and_switched_off(sign_in: SignIn):
    page = sign_in(APP_USER)
    page.goto("/me/")
    page.get_by_role("link", name="Sign-in and security").click()
    page.get_by_role("link", name="Set up").click()
    page.get_by_label("Password").fill(DEMO_PASSWORD)
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_label("Password")).to_have_attribute("type", "text")
    page.get_by_role("button", name="Confirm").click()
    picture = page.get_by_role("img", name="The key as a QR code")
    assert picture.evaluate("image => image.complete && image.naturalWidth > 0")
    secret = re.search(r"[A-Z2-7]{32,}", page.get_by_role("main").inner_text())[0]
    page.get_by_label("Authenticator code").fill("000000")
    page.get_by_role("button", name="Switch it on").click()
    expect(page.get_by_text("Incorrect code")).to_be_visible()
    page.get_by_label("Authenticator code").fill(code_now(secret))
    page.get_by_role("button", name="Switch it on").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    codes = page.get_by_role("list", name="Codes that are left").get_by_role("listitem")
    recovery = codes.first.inner_text()
    assert codes.count() == 10

    page.context.clear_cookies()
    page.goto("/account/login/")
    page.get_by_label("Email").fill(APP_USER)
    page.get_by_label("Password").fill(DEMO_PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Your second factor")).to_be_visible()
    page.get_by_label("Code").fill(recovery)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("/")

    page.goto("/account/security/")
    expect(page.get_by_text("9 codes are left.")).to_be_visible()
    page.get_by_role("link", name="Switch off").click()
    page.get_by_label("Password").fill(DEMO_PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    page.get_by_role("button", name="Switch it off").click()
    expect(page.get_by_role("link", name="Set up")).to_be_visible()


def test_a_passkey_is_added_and_signs_in_without_a_password(browser: Browser, site: str):
    # A passkey belongs to a name; browsers make none for a number.
    context = browser.new_context(base_url=site.replace("127.0.0.1", "localhost"), viewport=PHONE)
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    page.goto("/account/login/")
    page.get_by_label("Email").fill(KEY_USER)
    page.get_by_label("Password").fill(DEMO_PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("/")
    page.goto("/account/security/")
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Password").fill(DEMO_PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    page.get_by_label("Name").fill("Phone of Mira")
    expect(page.get_by_label("Sign in with it alone")).to_be_checked()
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()

    context.clear_cookies()
    page.goto("/account/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("/")
    page.goto("/account/security/")
    expect(page.get_by_text("Phone of Mira", exact=True)).to_be_visible()
    # A key that is cancelled says so and does not leave one alone with a dead button.
    context.clear_cookies()
    page.goto("/account/login/")
    devtools.send("WebAuthn.disable")
    page.evaluate(
        """() => {
            navigator.credentials.get = async () => { throw new DOMException("", "NotAllowedError") }
        }"""
    )
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("That was cancelled")
    context.close()


def test_the_button_of_a_provider_leads_there_and_back_in(
    browser: Browser, site: str, provider: Provider, accessible: Callable[..., None]
):
    context = browser.new_context(base_url=site, viewport=PHONE)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    provider.person = {"sub": "42", "email": SSO_USER, "email_verified": True}
    # Where one wanted to go is not forgotten on the way.
    page.goto("/account/security/")
    accessible(page)
    page.get_by_role("button", name="Sign in by Corp").click()
    expect(page.get_by_role("heading", name="Sign in to Corp")).to_be_visible()
    page.get_by_role("link", name="Go on").click()
    page.wait_for_url("**/account/security/")
    expect(page.get_by_role("heading", name="Sign-in and security")).to_be_visible()
    expect(page.get_by_text("here", exact=True)).to_be_visible()

    context.clear_cookies()
    provider.person = {"sub": "7", "email": "stranger@example.org", "email_verified": True}
    page.goto("/account/login/")
    page.get_by_role("button", name="Sign in by Corp").click()
    page.get_by_role("link", name="Go on").click()
    expect(page.get_by_role("heading", name="Nobody here has this address")).to_be_visible()
    accessible(page)
    assert not [each for each in complaints if "Content Security Policy" in each]
    context.close()


def test_everybody_who_never_came_in_is_invited_by_two_clicks(
    sign_in: SignIn, accessible: Callable[..., None]
):
    page = sign_in(logins.ADMINISTRATOR)
    page.goto("/people/invitations/?q=wrenfield")
    page.get_by_role("link", name="Invite 1 who has no invitation").click()
    expect(page.get_by_role("heading", name="Invite 1 person")).to_be_visible()
    accessible(page)
    page.get_by_role("button", name="Send the invitations").click()
    expect(page.get_by_text("1 person is invited.")).to_be_visible()
    # The worker sends it, and the page follows by itself.
    row = page.get_by_role("row", name="Tomas Wrenfield")
    expect(row.get_by_text("sent", exact=True)).to_be_visible(timeout=30_000)
    expect(page.get_by_role("link", name="who has no invitation")).to_have_count(0)
    accessible(page)
