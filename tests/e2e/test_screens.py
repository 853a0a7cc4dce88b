"""Every main screen of every role: accessible in light and dark, and not too wide for a phone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page

from config.demo import logins
from tests.e2e.conftest import PHONE

SCREENS = {
    logins.NEW_HIRE: [
        "/",
        "/training/",
        "/learn/",
        "/learn/the-customers-side/",
        "/learn/the-customers-side/what-respect-sounds-like/",
        "/learn/the-customers-side/quiz/",
        "/manual/",
        "/manual/situations/late-delivery/",
        "/library/search/?q=refund",
        "/me/",
    ],
    logins.AGENT: ["/", "/scorecards/", "first:/scorecards/"],
    logins.REVIEWER: ["/", "/scorecards/queue/", "grade"],
    logins.MANAGER: ["/", "/team/", "first:/team/", "/training/team/", "/team/method/"],
    logins.EDITOR: ["/"],
    logins.ADMINISTRATOR: [
        "/",
        "/interactions/",
        "first:/interactions/",
        "/interactions/imports/",
        "/interactions/imports/new/",
        "/scorecards/assign/",
    ],
}


def visit(page: Page, screen: str) -> None:
    """Open a screen: an address, what the first row of a list leads to, or the grading screen."""
    if screen == "grade":
        page.goto("/scorecards/queue/")
        page.get_by_role("button", name="Grade next").click()
        page.wait_for_url("**/queue/scorecards/*/")
    elif screen.startswith("first:"):
        page.goto(screen.removeprefix("first:"))
        page.locator("table tbody tr a").first.click()
        page.wait_for_load_state()
    else:
        page.goto(screen)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("email", SCREENS)
def test_screens_are_accessible(sign_in: Callable, accessible: Callable, email: str, scheme: str):
    page = sign_in(email, scheme=scheme)
    for screen in SCREENS[email]:
        visit(page, screen)
        accessible(page)


@pytest.mark.parametrize("email", SCREENS)
def test_screens_fit_a_phone(sign_in: Callable, email: str):
    page = sign_in(email, viewport=PHONE)
    for screen in SCREENS[email]:
        visit(page, screen)
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= PHONE["width"], screen


def test_the_menu_opens_on_a_phone(sign_in: Callable):
    page = sign_in(logins.REVIEWER, viewport=PHONE)
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("link", name="Queue", exact=True).click()
    page.wait_for_url("**/scorecards/queue/")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_sign_in_page_is_accessible(
    site: str, browser: Browser, accessible: Callable, scheme: str
):
    page = browser.new_page(color_scheme=scheme)
    page.goto(f"{site}/account/login/")
    accessible(page)
    page.close()
