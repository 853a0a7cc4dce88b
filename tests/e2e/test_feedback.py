"""After the grade: a dispute up to its decision, and an override; the first grade is kept."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from config.demo import logins

SignIn = Callable[..., Page]
REASON = "I greeted her by name, in the first line."
EXPLANATION = "The first line says it: she was greeted by name."


def test_an_agent_disputes_and_another_reviewer_decides(sign_in: SignIn, prepared: dict[str, str]):
    agent = sign_in(logins.AGENT)
    agent.goto(prepared["to dispute"])
    before = agent.locator(".figure-number").inner_text()
    agent.get_by_role("link", name="Dispute", exact=True).click()
    disputed = agent.locator("details.disputed").first
    title = disputed.locator(".disputed__title").inner_text()
    disputed.locator("summary").first.click()
    proposal = disputed.get_by_label("Level you propose")
    wanted = proposal.locator("option").last.inner_text()
    proposal.select_option(wanted)
    # Without a reason it is not filed, and nothing is lost.
    agent.get_by_role("button", name="File the dispute").click()
    expect(agent.get_by_role("alert").first).to_be_visible()
    expect(proposal.locator("option:checked")).to_have_text(wanted)
    disputed.get_by_label("Why").fill(REASON)
    agent.get_by_role("button", name="File the dispute").click()
    agent.wait_for_url(re.compile(r"/scorecards/(disputes/)?\d+/$"))

    # Not by who graded it first.
    first = sign_in(f"hugo.marchbank@{logins.DOMAIN}")
    first.goto(prepared["to dispute"])
    first.get_by_role("link", name=re.compile("[Dd]ispute")).last.click()
    expect(first.get_by_role("button", name="Decide")).to_have_count(0)

    list_of_disputes = re.sub(r"\d+/$", "", first.url)
    decider = sign_in(f"selin.yarrow@{logins.DOMAIN}")
    decider.goto(first.url)
    expect(decider.get_by_text(REASON)).to_have_count(0)
    decider.goto(list_of_disputes)
    # The newest is the last.
    decider.get_by_role("button", name="Take it").last.click()
    expect(decider).to_have_url(first.url)
    expect(decider.get_by_text(REASON)).to_be_visible()
    decision = decider.get_by_role("group", name="Decision")
    decision.get_by_role("radio", name=re.compile(f"^{wanted}")).check()
    decider.get_by_label("Explain the decision").fill(EXPLANATION)
    # What is written already outlives a second grade that is asked for and given up.
    decider.get_by_text("Ask for a second grade").first.click()
    decider.get_by_label("Reviewer").select_option(index=1)
    decider.get_by_role("button", name="Ask for a second grade").click()
    expect(decider.get_by_text("A second grade is awaited")).to_be_visible()
    decider.get_by_role("button", name="Cancel the second grade").click()
    expect(decision.get_by_role("radio", name=re.compile(f"^{wanted}"))).to_be_checked()
    expect(decider.get_by_label("Explain the decision")).to_have_value(EXPLANATION)
    decider.get_by_role("button", name="Decide").click()
    expect(decider.get_by_text("Changed").first).to_be_visible()

    agent.goto(prepared["to dispute"])
    expect(agent.get_by_role("main")).to_contain_text(before)
    agent.goto(decider.url)
    expect(agent.get_by_text(EXPLANATION)).to_be_visible()
    expect(agent.get_by_role("heading", name=title)).to_be_visible()


def test_an_override_keeps_the_original(sign_in: SignIn, prepared: dict[str, str]):
    page = sign_in(logins.ADMINISTRATOR)
    page.goto(prepared["to override"])
    before = page.locator(".figure-number").inner_text()
    page.get_by_role("link", name="Change the grade").click()
    first = page.locator("fieldset").first
    title = first.locator("legend").inner_text()
    level = first.get_by_label("Level")
    was = level.locator("option:checked").inner_text()
    now = level.locator("option").first.inner_text()
    assert was != now
    level.select_option(now)
    page.get_by_label("Why the grade is changed").fill("The recording shows it.")
    page.get_by_role("button", name="Save the changed grade").click()
    expect(page.get_by_text("The grade was changed; the first one is kept.")).to_be_visible()
    changed = page.get_by_role("article").filter(has=page.get_by_role("heading", name=title))
    expect(changed.locator("s")).to_contain_text(was)
    expect(changed).to_contain_text(now)
    expect(page.get_by_text("The recording shows it.").first).to_be_visible()
    assert page.locator(".figure-number").inner_text() != before

    page.goto(prepared["to override"])
    expect(page.locator(".figure-number")).to_have_text(before)
    expect(changed.locator(".graded__level")).to_have_text(was)
