"""A recording and its transcript, together."""

from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from config.demo import logins


def played_up_to(audio: Locator, seconds: float) -> float:
    """Where it is, as soon as that is at `seconds` or after."""
    return audio.evaluate(
        """(audio, seconds) => new Promise(done => {
            const look = () => {
                if (audio.duration && audio.currentTime >= seconds) done(audio.currentTime);
            };
            for (const name of ["loadedmetadata", "timeupdate"]) audio.addEventListener(name, look);
            look();
        })""",
        seconds,
    )


def message_of(line: Locator) -> Locator:
    return line.locator("xpath=ancestor::*[@data-message-id]")


def test_a_line_plays_from_where_it_was_said(
    sign_in: Callable[..., Page], prepared: dict[str, str]
):
    page = sign_in(logins.REVIEWER)
    page.goto(prepared["recording"])
    audio = page.locator("audio")
    assert played_up_to(audio, 0) == 0
    assert audio.evaluate("audio => audio.duration") == 120
    lines = page.locator("[data-seek]")
    times = [float(line.get_attribute("data-seek")) for line in lines.all()]
    place = next(number for number, start in enumerate(times) if start > 10)

    lines.nth(place).click()
    expect(message_of(lines.nth(place))).to_have_attribute("aria-current", "true")
    assert played_up_to(audio, times[place] + 0.2) > times[place]
    assert audio.evaluate("audio => audio.paused") is False
    audio.evaluate("audio => audio.pause()")

    # By the keyboard: one stop for Tab, arrows between the lines, Enter plays.
    page.keyboard.press("ArrowDown")
    expect(lines.nth(place + 1)).to_be_focused()
    page.keyboard.press("Enter")
    expect(message_of(lines.nth(place + 1))).to_have_attribute("aria-current", "true")
    expect(page.locator("[data-message-id][aria-current]")).to_have_count(1)

    # Without the sound the transcript is complete.
    page.route("**/recording/", lambda route: route.abort())
    page.reload()
    expect(page.locator("[data-player-error]")).to_contain_text("cannot be played")
    expect(page.locator("[data-message-text]").first).to_be_visible()
