"""The main job, role by role, as people do it."""

import gzip
import json
import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from config.demo import logins
from tests.e2e.conftest import fill_in_sign_in

SignIn = Callable[..., Page]


def test_a_new_hire_learns_and_is_marked(sign_in: SignIn):
    page = sign_in(logins.NEW_HIRE)
    page.get_by_role("link", name="Training", exact=True).first.click()
    expect(page.get_by_role("heading", name="Your first two weeks")).to_be_visible()
    page.get_by_role("link", name="Open the lesson").first.click()
    while page.get_by_role("button", name=re.compile("Mark as read")).count():
        page.get_by_role("button", name=re.compile("Mark as read")).click()
        page.wait_for_load_state()
    page.get_by_role("button", name=re.compile("Start")).click()
    page.wait_for_url(re.compile(r"/training/attempts/\d+/"))
    for question in page.locator("fieldset").all():
        with page.expect_response(re.compile("/training/attempts/")):
            question.locator("input").first.check()
    page.get_by_role("button", name=re.compile("Hand in")).click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_text(re.compile(r"\d+ %")).first).to_be_visible()


def test_a_new_hire_signs_for_a_procedure(sign_in: SignIn):
    page = sign_in(logins.NEW_HIRE)
    page.goto("/training/signatures/")
    page.get_by_role("link", name="Answering calls").click()
    page.get_by_role("button", name="I have read this and will follow it").click()
    expect(page.get_by_text("You have signed for")).to_be_visible()
    page.goto("/training/signatures/")
    expect(page.get_by_role("link", name="Writing e-mails")).to_be_visible()
    expect(page.get_by_role("link", name="Answering calls")).to_have_count(0)


def test_a_quiz_outlasts_its_session(sign_in: SignIn):
    page = sign_in(logins.AGENT)
    page.goto("/learn/the-customers-side/quiz/")
    page.get_by_role("button", name="Take it again").click()
    page.wait_for_url(re.compile(r"/training/attempts/\d+/"))
    address = page.url
    first = page.locator("fieldset").first
    other = page.context.new_page()
    other.goto("/account/logout/")
    other.get_by_role("main").get_by_role("button", name="Sign out").click()
    other.wait_for_url("**/account/login/")
    first.locator("input").first.check()
    expect(first.get_by_role("status")).to_contain_text("Not saved: you are signed out")
    page.get_by_role("button", name="Hand in").click()
    expect(first.get_by_role("status")).to_contain_text("Not saved: you are signed out")
    assert page.url == address
    fill_in_sign_in(other, logins.AGENT)
    other.wait_for_url("/")
    page.get_by_role("button", name="Hand in").click()
    expect(first.get_by_role("status")).to_contain_text("Saved")
    page.reload()
    expect(first.locator("input").first).to_be_checked()


def test_a_new_hire_finds_a_procedure_by_tree_and_by_search(sign_in: SignIn):
    page = sign_in(logins.NEW_HIRE)
    page.get_by_role("link", name="Manual", exact=True).first.click()
    page.get_by_role("main").get_by_role("link", name="A delivery is late").first.click()
    expect(page.get_by_role("heading", name="A delivery is late", level=1)).to_be_visible()

    page.get_by_role("link", name="Search the manual").click()
    page.get_by_role("searchbox").first.fill("escalations")
    page.get_by_role("searchbox").first.press("Enter")
    expect(page.get_by_role("link", name="Complaints and escalation").first).to_be_visible()


def test_an_editor_changes_previews_and_publishes_a_procedure(sign_in: SignIn):
    page = sign_in(logins.EDITOR)
    page.goto("/manual/situations/late-delivery/")
    page.get_by_role("link", name="Edit", exact=True).click()
    page.wait_for_url(re.compile(r"/admin/pages/\d+/edit/"))
    page.locator("[name=title]").fill("A delivery is late or lost")
    page.locator("[name=change_kind]").first.select_option("editorial")
    page.locator("[name=change_note]").fill("The title names lost parcels too.")
    page.get_by_role("button", name="Toggle preview").click()
    frame = page.frame_locator("#w-preview-iframe, iframe[data-preview-iframe]").first
    expect(frame.get_by_role("heading", level=1)).to_have_text("A delivery is late or lost")
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("button", name="Publish").click()
    page.wait_for_load_state()
    page.goto("/manual/situations/late-delivery/")
    expect(page.get_by_role("heading", level=1)).to_have_text("A delivery is late or lost")


def test_a_reviewer_grades_with_the_keyboard_alone(sign_in: SignIn):
    page = sign_in("beatriz.amsel@" + logins.DOMAIN)
    page.goto("/scorecards/queue/")
    page.get_by_role("button", name="Grade next").press("Enter")
    page.wait_for_url(re.compile(r"/scorecards/queue/scorecards/\d+/"))
    first = page.url
    criteria = page.locator("[data-criterion]")
    total = criteria.count()
    assert total == 12
    page.keyboard.press("k")
    for _back in range(total):
        page.keyboard.press("k")
    for number in range(total):
        with page.expect_response(re.compile(r"/criteria/\d+/$")):
            page.keyboard.press("2")
        if number + 1 < total:
            page.keyboard.press("j")
    expect(page.locator("#running-result")).to_contain_text("12 of 12 graded")

    page.keyboard.press("]")
    with page.expect_response(re.compile("/evidence/")):
        page.keyboard.press("e")
    expect(page.locator("[data-evidence]")).to_have_count(1)
    page.keyboard.press("c")
    with page.expect_response(re.compile(r"/criteria/\d+/$")):
        page.keyboard.type("Please say who calls back, and when.")
    page.keyboard.press("Escape")
    page.keyboard.press("p")
    expect(page.locator("#procedure-panel")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#procedure-panel")).to_be_hidden()

    page.keyboard.press("s")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: url != first)
    expect(page.get_by_text("The agent was")).to_be_visible()
    expect(page.locator("[data-criterion]")).to_have_count(12)


def test_a_reviewer_quotes_selected_words(sign_in: SignIn):
    page = sign_in("hugo.marchbank@" + logins.DOMAIN)
    page.goto("/scorecards/queue/")
    page.get_by_role("button", name="Grade next").click()
    expect(page.get_by_text("Agent hidden until you submit")).to_be_visible()
    page.locator("[data-criterion] legend").nth(1).click()
    words = page.locator("[data-message-text]").first
    words.click(click_count=3)
    with page.expect_response(re.compile("/evidence/")):
        page.get_by_role("button", name=re.compile("Use as evidence for")).click()
    quotation = page.locator("[data-evidence] .evidence__quote").first
    assert quotation.inner_text() == words.inner_text()
    with page.expect_response(re.compile("/evidence/")):
        page.get_by_role("button", name=re.compile("Remove the quotation")).click()
    expect(page.locator("[data-evidence]")).to_have_count(0)


def test_a_reviewer_quotes_only_what_the_conversation_says_now(sign_in: SignIn):
    page = sign_in("hugo.marchbank@" + logins.DOMAIN)
    page.goto("/scorecards/queue/")
    page.get_by_role("button", name="Grade next").click()
    page.wait_for_url(re.compile(r"/queue/scorecards/\d+/$"))
    page.locator("[data-criterion] legend").first.click()
    # What the window shows is no longer what the server has.
    page.locator("[data-message-text]").first.evaluate("it => it.prepend('Earlier words. ')")

    page.keyboard.press("]")
    with page.expect_response(re.compile("/evidence/")) as answer:
        page.keyboard.press("e")
    assert answer.value.status == 409
    expect(page.get_by_text("The conversation has changed since you opened it.")).to_be_visible()
    expect(page.locator("[data-evidence]")).to_have_count(0)

    page.reload()
    page.locator("[data-criterion] legend").first.click()
    page.keyboard.press("]")
    with page.expect_response(re.compile("/evidence/")) as answer:
        page.keyboard.press("e")
    assert answer.value.status == 200
    with page.expect_response(re.compile("/evidence/")):
        page.get_by_role("button", name=re.compile("Remove the quotation")).click()


def test_a_reviewer_is_told_what_is_missing(sign_in: SignIn):
    page = sign_in("selin.yarrow@" + logins.DOMAIN)
    page.goto("/scorecards/queue/")
    page.get_by_role("button", name="Grade next").click()
    page.get_by_label("Summary for the agent").fill("Not lost.")
    page.get_by_role("button", name="Submit and go on").click()
    expect(
        page.get_by_role("alert").filter(has_text="some criteria have no answer")
    ).to_be_focused()
    expect(page.get_by_label("Summary for the agent")).to_have_value("Not lost.")


def test_an_agent_reads_and_acknowledges(sign_in: SignIn):
    page = sign_in(logins.AGENT)
    page.goto("/scorecards/?unread=1")
    page.get_by_role("row").nth(1).get_by_role("link").first.click()
    expect(page.get_by_role("heading", name="Conversation")).to_be_visible()
    page.get_by_role("button", name="I have read this").click()
    expect(page.get_by_text("Read by the agent on")).to_be_visible()


def test_a_manager_opens_what_lies_behind_a_point(sign_in: SignIn):
    page = sign_in(logins.MANAGER)
    page.get_by_role("link", name="Team", exact=True).first.click()
    page.get_by_role("rowheader").get_by_role("link", name="Ines Calder").click()
    expect(page.get_by_role("heading", name="Empathy")).to_be_visible()
    page.locator(".chart__target").first.click()
    page.wait_for_url(re.compile(r"/scorecards/\?.*month=\d{4}-\d{2}"))
    page.get_by_role("row").nth(1).get_by_role("link").first.click()
    expect(page.get_by_role("heading", name="Conversation")).to_be_visible()


def test_an_administrator_imports_sends_to_review_and_imports_again(sign_in: SignIn, tmp_path):
    good = {
        "source": "e2e",
        "channel": "chat",
        "started_at": "2026-09-14T10:00:00Z",
        "subject": "Brought in by the browser",
        "messages": [
            {"speaker": "customer", "text": "Hello?", "offset_seconds": 0},
            {"speaker": "agent", "text": "Hello! How can I help?", "offset_seconds": 9},
        ],
    }
    lines = [json.dumps({**good, "external_id": str(number)}) for number in range(40)]
    lines.insert(3, "{broken")
    file = tmp_path / "contacts.jsonl.gz"
    file.write_bytes(gzip.compress("\n".join(lines).encode()))

    page = sign_in(logins.ADMINISTRATOR)
    for created in ("40", "0"):
        page.goto("/interactions/imports/new/")
        page.locator("input[type=file]").set_input_files(file)
        page.get_by_role("button", name=re.compile("[Ii]mport")).first.click()
        page.wait_for_url(re.compile(r"/interactions/imports/\d+/"))
        expect(page.get_by_role("main")).to_contain_text("Done", timeout=30_000)
        expect(page.get_by_role("main")).to_contain_text(created)
        expect(page.get_by_role("main").get_by_text(re.compile("JSON")).first).to_be_visible()

    page.goto("/interactions/?q=Brought+in")
    page.locator("input[type=checkbox][name=interaction]").first.check()
    page.get_by_role("button", name=re.compile("Send to review")).click()
    page.get_by_label("Customer conversation").or_(page.get_by_label("Rubric")).first.select_option(
        label="Customer conversation"
    )
    page.get_by_label("Oskar Fenn").check()
    page.get_by_role("button", name="Send to review").click()
    expect(page.get_by_text("1 interaction was sent to review.")).to_be_visible()
