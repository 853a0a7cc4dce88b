"""A file of somebody else's making comes in: what is what, what is rejected, and who the agents are."""

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from config.demo import logins
from tests.e2e.conftest import PHONE

SignIn = Callable[..., Page]
Accessible = Callable[..., None]

TABLE = """Case number;Via;Created;Solved at;Requester;Customer email;Handled by;Body
7001;Chat;31/03/2026 09:30;31/03/2026 11:00;Odile;odile@mail.example;Tamsin Roe;Where is my lamp?
7002;Letter;01/04/2026 10:00;;Piet;;Tamsin Roe;The lamp is broken.
7003;Chat;02/04/2026 10:00;;Quin;;Tamsin Roe;Thank you.
"""


def upload(page: Page, file: Path) -> None:
    page.goto("/interactions/imports/new/")
    page.get_by_label("File").set_input_files(file)
    page.get_by_role("button", name="Import", exact=True).click()
    page.wait_for_url(re.compile(r"/interactions/imports/\d+/mapping/$"))


def begin(page: Page) -> None:
    page.get_by_role("button", name="Import", exact=True).click()
    page.wait_for_url(re.compile(r"/interactions/imports/\d+/$"))
    expect(page.locator("#import-status")).to_contain_text("Done", timeout=30_000)


def test_a_table_is_mapped_mended_and_known_the_next_time(
    sign_in: SignIn, accessible: Accessible, tmp_path: Path
):
    file = tmp_path / "lamps.csv"
    file.write_text(TABLE)
    page = sign_in(logins.ADMINISTRATOR)
    upload(page, file)

    # What the columns are is guessed; what nobody can know is asked, and the rows are shown before.
    questions = page.get_by_role("alert")
    expect(questions).to_contain_text("Source is missing")
    expect(questions).to_contain_text("name no time zone")
    expect(page.get_by_label("Case number", exact=True)).to_have_value("external_id")
    expect(page.get_by_label("Solved at", exact=True)).to_have_value("resolved_at")
    preview = page.get_by_role("region", name=re.compile("as they would be imported"))
    expect(preview).to_contain_text("Where is my lamp?")
    expect(preview.get_by_text("would be rejected")).to_have_count(1)
    accessible(page, "mapping screen")
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]

    page.get_by_label("Source").fill("lamps")
    page.get_by_label("Handled by", exact=True).select_option("agent_name")
    page.get_by_label("Time zone of times that name none").select_option("Europe/Berlin")
    page.get_by_label("Keep as").fill("Lamp desk")
    page.get_by_role("button", name="Show the preview anew").click()
    expect(questions).to_have_count(0)
    expect(preview).to_contain_text("2026-03-31 07:30:00")
    expect(preview).to_contain_text("Tamsin Roe")
    begin(page)

    # The row that was rejected is taken along, mended, and comes in by the mapping that was kept.
    expect(page.get_by_role("table")).to_contain_text('“Via” is "Letter"')
    with page.expect_download() as download:
        page.get_by_role("link", name="Rows to mend").click()
    mended = tmp_path / "mended.csv"
    download.value.save_as(mended)
    mended.write_text(mended.read_text().replace("Letter", "Chat", 1))
    upload(page, mended)
    expect(page.get_by_label("Source")).to_have_value("lamps")
    expect(page.get_by_text("Filled in from the mapping “Lamp desk”")).to_be_visible()
    begin(page)
    expect(page.get_by_text("No row was rejected.")).to_be_visible()

    # An agent nobody knows is matched to somebody who is here, and let go again.
    page.goto("/interactions/imports/agents/")
    unknown = page.get_by_role("row").filter(has_text="Tamsin Roe")
    unknown.get_by_label("E-mail address of somebody else").fill(logins.AGENT)
    unknown.get_by_role("radio", name="somebody else:").check()
    page.get_by_role("button", name="Match those chosen").click()
    undo = page.get_by_role("button", name=re.compile("^Undo.*Tamsin Roe"))
    undo.click()
    expect(undo).to_have_count(0)
    expect(page.get_by_text("3 interactions have no agent again")).to_be_visible()
