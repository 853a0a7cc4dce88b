"""What a reviewer has entered is not lost: not with the tab, the session, the server, nor to a second
window."""

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from config.demo import logins
from tests.e2e.conftest import fill_in_sign_in, grade_all

SignIn = Callable[..., Page]
SAVED = re.compile(r"/criteria/\d+/$")


def open_draft(page: Page, address: str) -> Locator:
    """Its criteria."""
    page.goto(address)
    return page.locator("[data-criterion]:visible")


def level(criterion: Locator, place: int) -> Locator:
    return criterion.locator("input[type=radio]").nth(place)


def status(criterion: Locator) -> Locator:
    return criterion.locator("[data-form-status]")


def choose(criterion: Locator, place: int) -> None:
    """Choose a level, and wait until the server has answered."""
    with criterion.page.expect_response(SAVED):
        level(criterion, place).check()


def test_a_closed_tab_a_lost_server_and_a_lost_session_cost_nothing(
    sign_in: SignIn, prepared: dict[str, str]
):
    email = f"hugo.marchbank@{logins.DOMAIN}"
    page = sign_in(email)
    criteria = open_draft(page, prepared["draft 3 of Hugo"])
    address, context = page.url, page.context

    # The session ends, and the tab is closed in the middle of a sentence.
    context.clear_cookies(name="sessionid")
    criteria.nth(2).get_by_label("Comment for the agent").press_sequentially("Say who calls ba")
    page.close()
    page = context.new_page()
    page.goto(address)
    fill_in_sign_in(page, email)
    page.wait_for_url(address)
    criteria = page.locator("[data-criterion]:visible")
    kept = criteria.nth(2).get_by_role("status").filter(has_text="it was not saved")
    expect(kept).to_contain_text("Say who calls ba")
    with page.expect_response(SAVED):
        kept.get_by_role("button", name="Put it back").click()
    expect(kept).to_have_count(0)

    # The server is away for a while; a submission waits for it.
    page.route("**/criteria/**", lambda route: route.abort())
    level(criteria.nth(4), 1).check()
    expect(page.locator("#save-status")).to_contain_text("Not saved: the server did not answer")
    page.get_by_role("button", name="Submit and go on").click()
    expect(page.get_by_role("button", name="Submit and go on")).to_be_enabled()
    assert page.url == address
    page.unroute("**/criteria/**")
    choose(criteria.nth(5), 1)
    expect(status(criteria.nth(4))).to_contain_text("Saved")

    # Signed out in another tab, and back.
    other = context.new_page()
    other.goto("/account/logout/")
    other.get_by_role("main").get_by_role("button", name="Sign out").click()
    other.wait_for_url("**/account/login/")
    level(criteria.nth(6), 0).check()
    expect(page.get_by_role("alert").filter(has_text="You were signed out")).to_be_visible()
    fill_in_sign_in(other, email)
    other.wait_for_url("/")
    # It is sent again by itself, every ten seconds.
    expect(status(criteria.nth(6))).to_contain_text("Saved", timeout=20_000)
    expect(page.get_by_text("You were signed out")).to_have_count(0)

    page.reload()
    expect(criteria.nth(2).get_by_label("Comment for the agent")).to_have_value("Say who calls ba")
    for number, place in ((4, 1), (5, 1), (6, 0)):
        expect(level(criteria.nth(number), place)).to_be_checked()
    expect(page.get_by_text("it was not saved")).to_have_count(0)


def test_two_windows_choose_what_shall_stay(sign_in: SignIn, prepared: dict[str, str]):
    one = sign_in(f"selin.yarrow@{logins.DOMAIN}")
    mine = open_draft(one, prepared["draft 4 of Selin"]).nth(0)
    other = one.context.new_page()
    other.goto(one.url)
    theirs = other.locator("[data-criterion]:visible").nth(0)
    for window in (one, other):
        expect(window.get_by_text("is open in another window too").first).to_be_visible()

    choose(mine, 0)
    choose(theirs, 1)
    conflict = theirs.get_by_role("alert")
    expect(conflict).to_contain_text("choose which of the two shall stay")
    with other.expect_response(SAVED):
        conflict.get_by_role("button", name="Save what I entered here").click()
    expect(conflict).to_have_count(0)

    choose(mine, 2)
    conflict = mine.get_by_role("alert")
    expect(conflict).to_be_visible()
    # Undecided, it keeps the whole from being handed in.
    address = one.url
    one.get_by_role("button", name="Submit and go on").click()
    expect(one.locator("#save-status")).to_contain_text("one criterion is not saved yet")
    assert one.url == address
    with one.expect_response(SAVED):
        conflict.get_by_role("button", name="Take the one from the other window").click()
    expect(conflict).to_have_count(0)
    expect(level(mine, 1)).to_be_checked()
    one.reload()
    expect(level(mine, 1)).to_be_checked()


def test_submit_right_after_typing_takes_everything_along_and_can_be_undone(
    sign_in: SignIn, prepared: dict[str, str]
):
    page = sign_in(f"beatriz.amsel@{logins.DOMAIN}")
    criteria = open_draft(page, prepared["draft 2 of Beatriz"])
    address = page.url
    grade_all(page)
    criteria.nth(11).get_by_label("Comment for the agent").press_sequentially("The last word.")
    page.get_by_label("Summary for the agent").press_sequentially("On the whole: well.")
    page.get_by_role("button", name="Submit and go on").click()
    expect(page.get_by_text("Submitted:")).to_be_visible()
    assert page.url != address

    page.goto(address)
    page.wait_for_url(re.compile(r"/scorecards/\d+/$"))
    expect(page.get_by_text("The last word.")).to_be_visible()
    expect(page.get_by_text("On the whole: well.")).to_be_visible()
    page.get_by_role("button", name="Take back").click()
    page.wait_for_url(address)
    expect(page.get_by_text("this is your draft again")).to_be_visible()
    expect(page.locator("#running-result")).to_contain_text("12 of 12 graded")
    choose(criteria.nth(0), 0)
    page.get_by_role("button", name="Submit and go on").click()
    expect(page.get_by_text("Submitted:")).to_be_visible()


def test_what_was_submitted_in_another_window_does_not_change(
    sign_in: SignIn, prepared: dict[str, str]
):
    page = sign_in(f"selin.yarrow@{logins.DOMAIN}")
    open_draft(page, prepared["draft 5 of Selin"])
    second = page.context.new_page()
    criteria = open_draft(second, prepared["draft 5 of Selin"])
    page.bring_to_front()
    grade_all(page)
    page.get_by_role("button", name="Submit and go on").click()
    expect(page.get_by_text("Submitted:")).to_be_visible()

    second.bring_to_front()
    level(criteria.nth(0), 0).check()
    expect(second.locator("#notice")).to_contain_text("submitted already")


def test_an_unanswered_offer_keeps_the_whole_from_being_handed_in(
    sign_in: SignIn, prepared: dict[str, str]
):
    email = f"hugo.marchbank@{logins.DOMAIN}"
    page = sign_in(email)
    criteria = open_draft(page, prepared["draft 6 of Hugo"])
    address, context = page.url, page.context
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    for number in range(12):
        if number not in (2, 3):
            choose(criteria.nth(number), 1)
    context.clear_cookies(name="sessionid")
    level(criteria.nth(2), 1).check()
    level(criteria.nth(3), 0).check()
    criteria.nth(3).get_by_label("Comment for the agent").press_sequentially("Say who calls ba")
    titles = [criteria.nth(number).get_attribute("data-title") for number in (2, 3)]
    page.close()

    page = context.new_page()
    page.goto(address)
    fill_in_sign_in(page, email)
    page.wait_for_url(address)
    criteria = page.locator("[data-criterion]:visible")
    waiting = page.locator("#draft-notice").get_by_role("link")
    expect(waiting).to_have_text(titles)
    # What is entered instead does not answer for it.
    choose(criteria.nth(2), 0)
    choose(criteria.nth(3), 2)
    page.get_by_role("button", name="Submit and go on").click()
    expect(page.locator("#save-status")).to_contain_text("one criterion is not saved yet")
    expect(criteria.nth(2).get_by_role("button", name="Put it back")).to_be_focused()
    page.reload()
    assert page.url == address
    expect(waiting).to_have_text(titles)

    waiting.last.click()
    expect(criteria.nth(3).get_by_role("button", name="Put it back")).to_be_focused()
    with page.expect_response(SAVED):
        page.keyboard.press("Enter")
    expect(level(criteria.nth(3), 0)).to_be_focused()
    expect(waiting).to_have_text(titles[:1])
    criteria.nth(2).get_by_role("button", name="Throw it away").click()
    expect(waiting).to_have_count(0)
    expect(level(criteria.nth(2), 0)).to_be_focused()
    page.get_by_role("button", name="Submit and go on").click()
    expect(page.get_by_text("Submitted:")).to_be_visible()
    page.goto(address)
    page.wait_for_url(re.compile(r"/scorecards/\d+/$"))
    expect(page.get_by_text("Say who calls ba")).to_be_visible()


def test_the_words_of_a_draft_that_is_gone_can_be_copied(sign_in: SignIn, prepared: dict[str, str]):
    page = sign_in(f"hugo.marchbank@{logins.DOMAIN}")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    criteria = open_draft(page, prepared["draft 7 of Hugo"])
    address = page.url
    other = page.context.new_page()
    other.goto(prepared["skip 7"])
    other.get_by_role("button", name="Give it back").click()
    other.wait_for_url("**/queue/")

    page.bring_to_front()
    criteria.nth(1).get_by_label("Comment for the agent").fill("These words are mine")
    gone = page.get_by_role("alert").filter(has_text="This draft no longer exists")
    expect(gone).to_be_focused()
    words = gone.get_by_role("textbox")
    expect(words).to_have_value(re.compile("These words are mine"))
    page.get_by_label("Summary for the agent").fill("On the whole: well.")
    expect(words).to_have_value(re.compile("mine\n\nOn the whole: well."))
    gone.get_by_role("button", name="Copy").click()
    expect(gone.get_by_text("Copied.")).to_be_visible()
    assert "These words are mine" in page.evaluate("navigator.clipboard.readText()")
    page.get_by_role("button", name="Submit and go on").click()
    expect(gone).to_be_focused()
    assert page.url == address


def test_the_bar_keeps_its_height_and_a_key_too_many_is_explained(
    sign_in: SignIn, prepared: dict[str, str]
):
    page = sign_in(f"selin.yarrow@{logins.DOMAIN}")
    criteria = open_draft(page, prepared["draft 4 of Selin"])
    bar, said = page.locator(".grading__bar"), page.locator("#save-status")
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 844})
        said.evaluate("it => it.replaceChildren()")
        height = bar.bounding_box()["height"]
        level(criteria.nth(1), 0).focus()
        page.keyboard.press("9")
        expect(said).to_have_text("This criterion has 4 levels")
        assert bar.bounding_box()["height"] == height
        said.evaluate(
            "it => { it.textContent = 'Not saved: the server did not answer. '.repeat(5) }"
        )
        assert bar.bounding_box()["height"] == height
