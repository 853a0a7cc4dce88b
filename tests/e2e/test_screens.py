"""Every main screen of every role: accessible in light and dark, and not too wide for a phone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page

from config.demo import logins
from tests.e2e.conftest import PHONE, WIDE, begin_grading

SECOND_REVIEWER = f"beatriz.amsel@{logins.DOMAIN}"
SCREENS = {
    logins.NEW_HIRE: [
        "/",
        "/training/",
        "/learn/",
        "/learn/the-customers-side/",
        "/learn/the-customers-side/what-respect-sounds-like/",
        "/learn/the-customers-side/quiz/",
        "/learn/your-first-contacts/",
        "link:Say what you think of this module:/learn/the-customers-side/",
        "begin:/learn/check-what-you-know/every-kind/",
        "begin:/learn/check-what-you-know/how-sure/",
        "begin:/learn/check-what-you-know/against-the-clock/",
        "/learn/practise-it/the-second-call/",
        "begin:/learn/practise-it/the-second-call/",
        "/learn/damaged-on-the-way/a-parcel-is-wet/",
        "begin:/learn/damaged-on-the-way/a-parcel-is-wet/",
        "begin:/learn/practise-it/grade-a-sample/",
        "/learn/hard-conversations/afternoon/",
        "/training/refreshers/",
        "/training/signatures/",
        "/training/certificates/",
        "/training/reminders/",
        "/manual/",
        "/manual/situations/late-delivery/",
        "/library/search/?q=refund",
        "/me/",
    ],
    logins.AGENT: [
        "/",
        "/manual/situations/late-delivery/?channel=phone",
        "follow",
        "/library/replies/",
        "/library/replies/late-delivery-new-date/",
        "/library/manual/print/",
        "/library/search/?q=refnud",
        "/manual/situations/returns-and-refunds/",
        "link:Editions:/manual/situations/returns-and-refunds/",
        "/sv/manual/foundations/opening-and-closing/",
        "/training/",
        "/training/signatures/?state=signed",
        "/learn/how-good-help-sounds/listen-then-look/",
        "prepared:quiz result",
        "prepared:certainty result",
        "first:/learn/practise-it/where-is-my-crib/",
        "first:/learn/practise-it/grade-a-sample/",
        "/training/sessions/",
        "list:/training/sessions/",
        "list:/training/shadowings/",
        "/training/certificates/",
        "link:Address to check it:/training/certificates/",
        "/scorecards/",
        "first:/scorecards/",
        "prepared:disputed",
        "prepared:dispute form",
        "prepared:dispute",
        "/scorecards/disputes/",
        "/interactions/customers/",
        "first:/interactions/customers/",
        "/interactions/reviews/",
    ],
    logins.REVIEWER: [
        "/",
        "/scorecards/queue/",
        "grade",
        "conflict",
        "prepared:recording",
        "prepared:skip",
        "/scorecards/disputes/",
        "prepared:dispute",
        "/scorecards/calibration/",
        "prepared:key result",
    ],
    SECOND_REVIEWER: ["/scorecards/queue/", "prepared:dispute", "prepared:calibration"],
    logins.MANAGER: [
        "/",
        "/team/",
        "first:/team/",
        "/training/team/",
        "/training/signatures/team/",
        "/training/sessions/",
        "list:/training/sessions/",
        "link:New session:/learn/hard-conversations/afternoon/",
        "/training/shadowings/",
        "list:/training/shadowings/",
        "/training/certificates/team/",
        "/training/practice/",
        "/training/reminders/",
        "link:How its questions do:/learn/the-customers-side/quiz/",
        "/team/method/",
        "/team/service/",
        "/team/hours/",
        "/scorecards/release/",
        "prepared:held",
        "/scorecards/disputes/",
        "/team/verdicts/",
        "/team/verdicts/conversations/",
        "/interactions/reviews/",
        "/interactions/reviews/new/",
        "list:/interactions/reviews/",
        "link:Edit:/interactions/reviews/1/",
    ],
    logins.EDITOR: [
        "/",
        "/page-health/",
        "link:Editions:/manual/situations/returns-and-refunds/",
        "/library/refreshers/retired/",
        "link:How its questions do:/learn/the-customers-side/quiz/",
        "link:What trainees think:/learn/the-customers-side/",
        "link:Rubric it is graded by:/learn/practise-it/the-second-call/",
        "link:Samples and their keys:/learn/practise-it/grade-a-sample/",
        "/scorecards/rubrics/",
        "/scorecards/rubrics/new/",
        "/scorecards/rubrics/import/",
        "prepared:rubric",
        "prepared:rubric version",
        "prepared:rubric edit",
        "prepared:rubric preview",
        "prepared:rubric publish",
        "prepared:rubric discard",
        "prepared:criterion",
        "prepared:criterion delete",
        "/team/verdicts/queue/",
        "first:/team/verdicts/queue/",
    ],
    logins.ADMINISTRATOR: [
        "/",
        "/interactions/",
        "first:/interactions/",
        "prepared:interaction with recording",
        "/training/statements/",
        "/interactions/imports/",
        "/interactions/imports/new/",
        "/interactions/imports/agents/",
        "/interactions/imports/mappings/",
        "/interactions/?words=refund",
        "/integrations/tokens/",
        "/integrations/tokens/new/",
        "/integrations/reference/",
        "/integrations/webhooks/",
        "first:/integrations/webhooks/",
        "/integrations/webhooks/new/",
        "/integrations/directory/",
        "first:/integrations/directory/",
        "/integrations/dumps/",
        "/integrations/my-data/",
        "/team/hours/",
        "first:/team/hours/",
        "/interactions/surveys/",
        "first:/interactions/customers/?sort=most",
        "/interactions/privacy/",
        "/interactions/privacy/rules/new/",
        "first:/interactions/privacy/",
        "/interactions/privacy/retention/",
        "/interactions/privacy/retention/rules/new/",
        "first:/interactions/privacy/retention/",
        "/interactions/privacy/erasure/?q=Umberto",
        "first:/interactions/privacy/erasure/?q=Umberto",
        "prepared:original",
        "/scorecards/assign/",
        "/scorecards/sampling/",
        "/scorecards/sampling/new/",
        "prepared:plan",
        "prepared:plan edit",
        "prepared:picks",
        "prepared:pick",
        "prepared:override form",
        "/scorecards/calibration/",
        "/scorecards/calibration/new/",
        "prepared:calibration",
        "prepared:report",
        "/scorecards/calibration/keys/",
        "/scorecards/calibration/keys/new/",
        "prepared:key",
        "prepared:key seed",
    ],
}


def visit(page: Page, screen: str, prepared: dict[str, str]) -> None:
    """Open a screen: an address, or the name of a prepared one, what the first row of a list leads to,
    a link or the main button of a page, the grading screen, or the choice between two grades that there
    is without scripts."""
    if screen == "grade":
        begin_grading(page)
    elif screen == "conflict":
        begin_grading(page)
        form = page.locator("[data-grade-form]").first
        with page.expect_response("**/criteria/*/"):
            form.locator("input[type=radio]:not(:checked)").first.check()
        form.evaluate("""form => {
            form.elements.window.value = "b".repeat(16);
            form.elements.seen.value = "";
            form.querySelector("input[type=radio]:not(:checked)").checked = true;
            form.submit();
        }""")
        page.get_by_role("button", name="Save this one").wait_for()
    elif screen == "follow":
        page.goto("/manual/situations/late-delivery/")
        page.get_by_role("link", name="Follow step by step").click()
        page.locator("[data-follow] h2").first.wait_for()
        if page.locator(".follow__start").count():
            page.get_by_role("button", name="Phone", exact=True).click()
        page.locator(".follow__step").wait_for()
    elif screen.startswith("first:"):
        page.goto(screen.removeprefix("first:"))
        page.locator("table tbody tr a").first.click()
        page.wait_for_load_state()
    elif screen.startswith("list:"):
        page.goto(screen.removeprefix("list:"))
        page.locator(".card-list a").first.click()
        page.wait_for_load_state()
    elif screen.startswith("link:"):
        _, name, address = screen.split(":", 2)
        page.goto(address)
        page.get_by_role("main").get_by_role("link", name=name).first.click()
        page.wait_for_load_state()
    elif screen.startswith("begin:"):
        page.goto(screen.removeprefix("begin:"))
        page.locator("main .card .button--primary").first.click()
        page.wait_for_load_state()
    else:
        address = prepared.get(screen.removeprefix("prepared:"), screen)
        response = page.goto(address)
        assert response.status == 200, (screen, response.status)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("email", SCREENS)
def test_screens_are_accessible_and_fit_a_phone(
    sign_in: Callable, accessible: Callable, prepared: dict[str, str], email: str, scheme: str
):
    page = sign_in(email, scheme=scheme)
    for screen in SCREENS[email]:
        visit(page, screen, prepared)
        accessible(page, screen)
        if scheme == "light":
            page.set_viewport_size(PHONE)
            width = page.evaluate("document.documentElement.scrollWidth")
            assert width <= PHONE["width"], screen
            page.set_viewport_size(WIDE)


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
