"""The pool: what one reviewer gives back, another takes, and only one."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from config.demo import logins

SignIn = Callable[..., Page]


def test_what_is_given_back_is_taken_by_one(sign_in: SignIn, prepared: dict[str, str]):
    giver = sign_in(f"beatriz.amsel@{logins.DOMAIN}")
    giver.goto(prepared["to give back"])
    title = giver.locator(".page-head .lead").inner_text()
    giver.get_by_role("button", name="Give it back").click()
    expect(giver.get_by_text("any other reviewer can take it now")).to_be_visible()

    takers = [sign_in(f"{name}@{logins.DOMAIN}") for name in ("selin.yarrow", "hugo.marchbank")]
    for page in takers:
        page.goto("/scorecards/queue/")
    first, late = takers
    claim = prepared["to give back"].replace("/skip/", "/claim/")
    buttons = [
        page.locator(f"form[action='{claim}']").get_by_role("button", name="Take it")
        for page in takers
    ]
    buttons[0].click()
    first.wait_for_url(re.compile(r"/queue/scorecards/\d+/$"))
    expect(first.get_by_role("heading", level=1)).to_have_text(title)

    buttons[1].click()
    expect(late.get_by_role("alert")).to_have_text(
        "Somebody else has taken this one meanwhile. Choose another."
    )
    late.get_by_role("link", name="Back").click()
    late.wait_for_url("**/scorecards/queue/")
    expect(buttons[1]).to_have_count(0)
