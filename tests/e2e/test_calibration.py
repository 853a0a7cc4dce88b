"""A calibration session: prepared, graded blind by two reviewers, compared."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from config.demo import logins
from tests.e2e.conftest import grade_all

SignIn = Callable[..., Page]
TITLE = "What is a full answer?"


def grade_in_session(page: Page, place: int) -> None:
    page.goto("/scorecards/queue/")
    page.get_by_role("link", name=TITLE).click()
    page.get_by_role("button", name=re.compile("^Grade")).click()
    page.wait_for_url(re.compile(r"/queue/scorecards/\d+/$"))
    grade_all(page, place)
    page.get_by_role("button", name="Submit and go on").click()
    page.wait_for_url(re.compile(r"/calibration/\d+/$"))


def test_two_reviewers_grade_blind_and_then_compare(sign_in: SignIn, prepared: dict[str, str]):
    lead = sign_in(logins.ADMINISTRATOR)
    lead.goto("/scorecards/calibration/new/")
    lead.get_by_label("Title").fill(TITLE)
    for name in ("Oskar Fenn", "Selin Yarrow"):
        lead.get_by_label(name).check()
    lead.get_by_role("searchbox").fill(prepared["unseen"])
    lead.get_by_role("button", name="Find").click()
    lead.get_by_role("list", name="Found").get_by_role("checkbox").first.check()
    lead.get_by_role("button", name="Save", exact=True).click()
    lead.wait_for_url(re.compile(r"/calibration/\d+/$"))
    session = lead.url
    lead.get_by_role("button", name="Open for grading").click()

    one = sign_in(logins.REVIEWER)
    grade_in_session(one, 2)
    expect(one.get_by_text("Your grades are all in")).to_be_visible()
    expect(one.get_by_role("link", name="Compare the grades")).to_have_count(0)
    assert one.request.get(f"{session}report/").status == 403

    other = sign_in(f"selin.yarrow@{logins.DOMAIN}")
    grade_in_session(other, 1)
    for page in (other, one, lead):
        page.goto(session)
        page.get_by_role("link", name="Compare the grades").click()
        expect(page.get_by_text("different in 1 of 1").first).to_be_visible()
        expect(page.get_by_role("main")).to_contain_text("Selin Yarrow")
