"""A customer answers on a phone without script, by the link that was mailed to them."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import PHONE

Accessible = Callable[..., None]


@pytest.fixture
def customer(browser: Browser, site: str):
    """`customer(scheme=…, script=…)` is the phone of somebody without an account."""
    contexts = []

    def phone(*, scheme: str = "light", script: bool = False) -> Page:
        context = browser.new_context(
            base_url=site, viewport=PHONE, color_scheme=scheme, java_script_enabled=script
        )
        contexts.append(context)
        return context.new_page()

    yield phone
    for context in contexts:
        context.close()


def test_a_customer_answers_on_a_phone_without_script(
    customer, prepared: dict[str, str], accessible: Accessible
):
    for scheme in ("light", "dark"):
        # Axe is a script, so it looks at the page in a browser that runs it.
        page = customer(scheme=scheme, script=True)
        page.goto(prepared["survey"])
        accessible(page, f"survey in {scheme}")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert page.context.cookies() == []
    for choice in page.locator(".survey__choice").all():
        box = choice.bounding_box()
        assert box["height"] >= 44
        assert box["width"] >= 44

    page = customer()
    page.goto(prepared["survey"])
    send = page.get_by_role("button", name="Send my answers")
    send.click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing is answered yet")
    satisfied = page.get_by_role("group", name=re.compile("satisfied"))
    # By keyboard as well.
    satisfied.get_by_role("radio").first.focus()
    page.keyboard.press("ArrowRight")
    expect(satisfied.get_by_role("radio", name="2", exact=True)).to_be_checked()
    satisfied.locator("label", has_text="4").click()
    page.get_by_role("group", name=re.compile("settled")).get_by_role("radio", name="No").check()
    page.get_by_label("What should we know?").fill("It took three letters.")
    send.click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()

    page.goto(prepared["survey"])
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    expect(page.get_by_role("button")).to_have_count(0)

    page.goto(prepared["survey stop"])
    page.get_by_role("button", name="Do not ask me again").click()
    expect(page.get_by_role("status")).to_contain_text("We will not ask you again")
