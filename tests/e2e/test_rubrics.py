"""A rubric from nothing to its second version, by an editor with a keyboard."""

import re
from collections.abc import Callable

from playwright.sync_api import Dialog, Page, expect

from config.demo import logins

SignIn = Callable[..., Page]
LEVELS = [
    ("Not met", "0", "Does not say when it will be there."),
    ("Partly met", "1", "Says a day, not who sees to it."),
    ("Met", "2", "Says the day, and who sees to it."),
]


def add_criterion(page: Page, title: str) -> None:
    """To the first section, with three levels."""
    page.get_by_label(re.compile("criterion", re.I)).first.fill(title)
    page.get_by_role("button", name="Add criterion").first.click()
    page.wait_for_url(re.compile(r"/rubrics/criteria/\d+/$"))
    levels = page.locator(".edit-level")
    while levels.count() < len(LEVELS):
        count = levels.count()
        page.get_by_role("button", name="Add level").click()
        expect(levels).to_have_count(count + 1)
    for level, (label, points, descriptor) in zip(levels.all(), LEVELS, strict=True):
        level.locator("[name$=-label]").fill(label)
        level.locator("[name$=-points]").fill(points)
        level.locator("[name$=-descriptor]").fill(descriptor)
    page.get_by_role("button", name="Save criterion").click()
    page.wait_for_url(re.compile(r"/rubrics/versions/\d+/edit/"))


def test_an_editor_builds_orders_tries_and_publishes_a_rubric(sign_in: SignIn):
    page = sign_in(logins.EDITOR)
    page.goto("/scorecards/rubrics/")
    page.get_by_role("link", name="New rubric").click()
    page.get_by_label("Name").fill("Delivery calls")
    page.get_by_role("button", name="Start the draft").click()
    page.wait_for_url(re.compile(r"/versions/\d+/edit/$"))
    page.locator("form[action$='/sections/'] [name$=title]").fill("Clear promises")
    page.get_by_role("button", name="Add section").click()
    expect(page.locator("[data-section]")).to_have_count(1)
    add_criterion(page, "Names the day")
    add_criterion(page, "Names the person")

    rows = page.locator(".edit-row__title")
    expect(rows).to_have_text(["Names the day", "Names the person"])
    up = page.get_by_role("button", name="Move “Names the person” up")
    up.focus()
    page.keyboard.press("Enter")
    expect(rows).to_have_text(["Names the person", "Names the day"])
    expect(up).to_be_focused()

    page.get_by_role("link", name="Preview").click()
    expect(page.get_by_role("group", name="Names the day")).to_contain_text("Says the day, and who")
    page.get_by_role("group", name="Names the person").get_by_role("radio", name="Not met").check()
    page.get_by_role("group", name="Names the day").get_by_role(
        "radio", name=re.compile("^Met")
    ).check()
    expect(page.locator(".running")).to_contain_text("50 %")
    expect(page.locator(".running")).to_contain_text("2 of 2 graded")

    page.go_back()
    page.get_by_role("link", name="Publish…").click()
    page.get_by_role("button", name="Publish and freeze").click()
    page.wait_for_url(re.compile(r"/rubrics/(versions/)?\d+/$"))

    page.goto("/scorecards/rubrics/")
    page.get_by_role("link", name="Delivery calls").click()
    page.get_by_role("button", name="Start the next version").click()
    page.wait_for_url(re.compile(r"/versions/\d+/edit/$"))
    page.get_by_role("link", name="Names the day", exact=True).click()
    page.get_by_label("Weight").fill("3")
    page.get_by_role("button", name="Save criterion").click()
    page.wait_for_url(re.compile(r"/versions/\d+/edit/"))
    page.get_by_role("link", name="Publish…").click()
    expect(page.get_by_text("not comparable with the last version")).to_be_visible()
    page.get_by_role("button", name="Publish and freeze").click()
    expect(page.get_by_role("button", name="Publish and freeze")).to_be_visible()
    page.get_by_label("What changed, and why").fill("The day matters most to customers.")
    page.get_by_role("button", name="Publish and freeze").click()
    page.goto("/scorecards/rubrics/")
    page.get_by_role("link", name="Delivery calls").click()
    expect(page.get_by_role("row", name=re.compile("^Version 2"))).to_contain_text(
        "The day matters most to customers."
    )
    expect(page.get_by_role("row", name=re.compile("^Version 2"))).to_contain_text("starts anew")


def test_what_is_not_saved_is_not_lost_without_a_word(sign_in: SignIn, prepared: dict[str, str]):
    page = sign_in(logins.EDITOR)
    asked = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.goto(prepared["criterion"])
    bar = page.locator(".save-state")
    expect(bar.get_by_text("No changes")).to_be_visible()
    title = page.get_by_label("Title", exact=True)
    title.fill("Says who calls back")
    expect(bar.get_by_text("Not saved yet")).to_be_visible()
    levels = page.locator(".edit-level")
    count = levels.count()
    page.get_by_role("button", name="Add level").click()
    expect(levels).to_have_count(count + 1)
    expect(bar.get_by_text("Not saved yet")).to_be_visible()
    levels.last.get_by_label("Remove").check()
    page.get_by_role("link", name="Cancel").click()
    expect(title).to_have_value("Says who calls back")
    assert asked == ["beforeunload"]
    title.press("Enter")
    page.wait_for_url(re.compile(r"/versions/\d+/edit/"))
    expect(page.get_by_text("Saved: Says who calls back")).to_be_visible()
    assert asked == ["beforeunload"]

    weights = page.locator("[data-section] [name=weight]")
    status = page.locator("#edit-status")
    weights.first.fill("-5")
    weights.first.press("Tab")
    expect(status).to_contain_text("Not saved: Weight of")
    weights.last.fill("7")
    expect(status).to_have_text("Not saved yet: leave the field to save it.")
    weights.last.press("Tab")
    expect(status).to_have_text("Saved.")
    expect(page.get_by_text("What is marked is not saved")).to_be_visible()
    error = page.locator(".row-error", has_text="Weight: Ensure this value")
    row = page.locator(".edit-section__head").first
    assert error.bounding_box()["width"] > 0.8 * row.bounding_box()["width"]
    page.get_by_role("link", name="Preview").click()
    expect(weights.first).to_have_value("-5")
    assert asked == ["beforeunload", "beforeunload"]
    weights.first.fill("5")
    weights.first.press("Enter")
    expect(error).to_have_count(0)
    expect(page.get_by_text("What is marked is not saved")).to_be_hidden()
    page.get_by_role("link", name="Preview").click()
    page.wait_for_url(re.compile("/preview/"))
    assert asked == ["beforeunload", "beforeunload"]
