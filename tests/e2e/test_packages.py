"""Packages in a real browser: a journey through one, and hostile ones that get nowhere."""

import json
import re
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import PHONE, fill_in_sign_in
from tests.factories.packages import zipped

TITLE = "A parcel is wet: what now?"
LEARNER = "nia.brook@harbour-and-pine.example"
SECOND_LEARNER = "ines.calder@harbour-and-pine.example"

PROBE = """<!doctype html><html><head><title>Probe</title></head><body><pre id="found"></pre><script>
const found = {};
const attempt = async (name, act) => {
  try { found[name] = String(await act()); } catch (error) { found[name] = "refused: " + error.name; }
};
(async () => {
  await attempt("read", async () => (await fetch("/me/", { credentials: "include" })).status);
  await attempt("post", async () => (await fetch("/account/logout/",
    { method: "POST", credentials: "include", mode: "no-cors" })).type);
  await attempt("xhr", () => new Promise((done, fail) => {
    const request = new XMLHttpRequest();
    request.open("GET", "/me/");
    request.withCredentials = true;
    request.onload = () => done(request.status);
    request.onerror = () => fail(new Error("network"));
    request.send();
  }));
  await attempt("image", () => new Promise((done, fail) => {
    const image = new Image();
    image.onload = () => done("loaded");
    image.onerror = () => fail(new Error("image"));
    image.src = "/static/img/mark.svg";
  }));
  await attempt("beacon", async () => (await fetch("https://elsewhere.example/?x=1")).status);
  await attempt("document", () => window.top.document.title);
  await attempt("location", () => window.top.location.href);
  await attempt("navigate", () => { window.top.location = "/account/logout/"; return "gone"; });
  await attempt("popup", () => window.open("/me/") ? "opened" : "refused: none");
  await attempt("frame", () => new Promise((done, fail) => {
    const frame = document.createElement("iframe");
    frame.onload = () => done(frame.contentDocument ? "readable" : "refused: blank");
    frame.onerror = () => fail(new Error("frame"));
    frame.src = "/me/";
    document.body.append(frame);
  }));
  await attempt("cookie", () => Object.getOwnPropertyDescriptor(Document.prototype, "cookie")
    .get.call(document));
  await attempt("storage", () => localStorage.getItem("ours") === null ? "refused: empty" : "read");
  await attempt("worker", async () => (await navigator.serviceWorker.register("sw.js")).scope);
  await attempt("own", async () => (await (await fetch("data.json")).json()).own);
  await attempt("form", () => { const form = document.createElement("form"); form.method = "post";
    form.action = "/account/logout/"; document.body.append(form); form.submit(); return "sent"; });
  found.origin = window.origin;
  document.getElementById("found").textContent = JSON.stringify(found);
})();
</script></body></html>"""

MANIFEST = """<manifest xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2"><metadata>
<schemaversion>{edition}</schemaversion></metadata><organizations><organization identifier="o">
<title>{title}</title><item identifier="i" identifierref="r"><title>{title}</title></item></organization>
</organizations><resources><resource identifier="r" adlcp:scormtype="sco" href="index.html"/></resources>
</manifest>"""


def start(page: Page, name: str = "Start") -> None:
    page.goto("/learn/damaged-on-the-way/a-parcel-is-wet/")
    page.get_by_role("button", name=name).click()
    page.wait_for_url(re.compile(r"/packages/runs/\d+/"))


def test_learner_launches_answers_leaves_resumes_and_finishes(sign_in, accessible):
    page = sign_in(LEARNER)
    start(page)
    scene = page.frame_locator(".package__frame")
    expect(scene.get_by_text("Scene 1 of 4")).to_be_visible()
    scene.get_by_role("button", name="Next").click()
    scene.get_by_label("That you are sorry about the lamp").check()
    expect(page.locator("[data-package-status]")).to_have_text("Saved")
    accessible(page, "a package")
    scene.get_by_role("button", name="Next").click()
    expect(scene.get_by_text("Scene 3 of 4")).to_be_visible()
    page.get_by_role("link", name="Save and leave").click()

    page.get_by_role("button", name="Go on").click()
    expect(scene.get_by_text("Scene 3 of 4")).to_be_visible()
    scene.get_by_label("No, not at all").check()
    scene.get_by_role("button", name="Next").click()
    scene.get_by_role("button", name="Finish").click()
    state = page.locator("[data-package-state]")
    expect(state.get_by_text("Passed")).to_be_visible()
    expect(state.get_by_text("100 %")).to_be_visible()
    page.get_by_role("link", name="Save and leave").click()
    expect(page.get_by_text("Look at it again")).to_be_visible()
    expect(page.locator(".page-meta").get_by_text("Done")).to_be_visible()
    accessible(page, "the page of a package")


def test_second_window_is_told_and_the_first_when_it_is_taken_over(sign_in):
    first = sign_in(SECOND_LEARNER, viewport=PHONE)
    start(first)
    expect(first.frame_locator(".package__frame").get_by_text("Scene 1 of 4")).to_be_visible()
    second = first.context.new_page()
    second.goto(first.url)
    expect(second.get_by_text("This is open in another window already.")).to_be_visible()
    second.get_by_role("button", name="Go on here").click()
    expect(second.frame_locator(".package__frame").get_by_text("Scene 1 of 4")).to_be_visible()
    first.frame_locator(".package__frame").get_by_role("button", name="Next").click()
    expect(first.get_by_text("This went on in another window.")).to_be_visible()


def launch(page: Page, home: Path, files: dict, *, title: str, edition: str = "1.2") -> None:
    """Put a package into the demo as `tests.e2e.packaging` does, and open it."""
    data = zipped({"imsmanifest.xml": MANIFEST.format(edition=edition, title=title), **files})
    path = home / f"{title}.zip"
    path.write_bytes(data)
    made = subprocess.run(
        [sys.executable, "-m", "tests.e2e.packaging", str(home), str(path), title],
        check=True,
        stdout=subprocess.PIPE,
    )
    page.goto(made.stdout.decode().strip())
    page.get_by_role("button", name="Start").click()
    page.wait_for_url(re.compile(r"/packages/runs/\d+/"))


def test_hostile_package_gets_nowhere(site: str, home: Path, browser: Browser):
    context = browser.new_context(base_url=site)
    page = context.new_page()
    page.goto("/account/login/")
    fill_in_sign_in(page, LEARNER)
    page.wait_for_url("/")
    page.evaluate("localStorage.setItem('ours', 'secret')")
    launch(
        page,
        home,
        {"index.html": PROBE, "data.json": '{"own": "mine"}', "sw.js": ""},
        title="Probe",
    )
    here = page.url
    output = page.frame_locator(".package__frame").locator("#found")
    expect(output).to_contain_text("origin", timeout=20_000)
    found = json.loads(output.inner_text())
    assert found.pop("origin") == "null"
    assert found.pop("own") == "mine"
    found.pop("form")
    got_through = {
        name: result for name, result in found.items() if not result.startswith("refused")
    }
    assert got_through == {}
    assert page.url == here
    assert len(context.pages) == 1
    # Nothing of what it tried has signed the person out.
    page.goto("/me/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert "/account/login" not in page.url
    context.close()


def test_address_of_a_package_file_opened_alone_has_no_origin_either(sign_in):
    page = sign_in("oskar.fenn@harbour-and-pine.example")
    start(page)
    frame = page.locator(".package__frame")
    expect(frame).to_have_attribute("src", re.compile("index.html"))
    alone = page.context.new_page()
    alone.goto(frame.get_attribute("src"))
    assert alone.evaluate("window.origin") == "null"


CASES_2004 = """<!doctype html><html><head></head><body><pre id="found"></pre><script>
function scan(win) { let hops = 0; while (win.API_1484_11 == null && win.parent != null
  && win.parent != win && hops < 10) { hops += 1; win = win.parent; } return win.API_1484_11; }
const api = scan(window.parent);
const log = [];
const say = (...args) => { const [call, ...rest] = args; log.push([args, api[call](...rest),
  api.GetLastError()]); };
say("GetValue", "cmi.location");
say("SetValue", "cmi.location", "1");
say("Commit", "");
say("Terminate", "");
say("Initialize", "x");
say("Initialize", "");
say("Initialize", "");
say("GetValue", "cmi.location");
say("GetValue", "cmi.nothing");
say("GetValue", "cmi.exit");
say("GetValue", "cmi.interactions._count");
say("SetValue", "cmi.learner_id", "1");
say("SetValue", "cmi.score.scaled", "2");
say("SetValue", "cmi.score.scaled", "x");
say("SetValue", "cmi.interactions.1.id", "a");
say("SetValue", "cmi.interactions.0.type", "choice");
say("SetValue", "cmi.interactions.0.id", "a");
say("SetValue", "cmi.interactions.0.type", "choice");
say("GetValue", "cmi.interactions._count");
say("GetValue", "cmi.interactions.1.id");
say("GetValue", "cmi.location._children");
say("SetValue", "cmi.completion_status", "completed");
say("SetValue", "cmi.score.scaled", "0.9");
say("SetValue", "cmi.success_status", "passed");
say("SetValue", "cmi.session_time", "PT2M");
say("Commit", "");
say("Terminate", "");
say("GetValue", "cmi.location");
say("Terminate", "");
document.getElementById("found").textContent = JSON.stringify(log.map((each) => each.slice(1)));
</script></body></html>"""


def test_run_time_of_2004_answers_as_the_standard_says(sign_in, home):
    page = sign_in(LEARNER)
    files = {"index.html": CASES_2004}
    launch(page, home, files, title="Conformance", edition="2004 4th Edition")
    output = page.frame_locator(".package__frame").locator("#found")
    expect(output).to_contain_text("[")
    assert json.loads(output.inner_text()) == [
        ["", "122"],
        ["false", "132"],
        ["false", "142"],
        ["false", "112"],
        ["false", "201"],
        ["true", "0"],
        ["false", "103"],
        ["", "403"],
        ["", "401"],
        ["", "405"],
        ["0", "0"],
        ["false", "404"],
        ["false", "407"],
        ["false", "406"],
        ["false", "351"],
        ["false", "408"],
        ["true", "0"],
        ["true", "0"],
        ["1", "0"],
        ["", "301"],
        ["", "301"],
        ["true", "0"],
        ["true", "0"],
        ["true", "0"],
        ["true", "0"],
        ["true", "0"],
        ["true", "0"],
        ["", "123"],
        ["false", "113"],
    ]
    state = page.locator("[data-package-state]")
    expect(state.get_by_text("Passed")).to_be_visible()
    expect(state.get_by_text("90 %")).to_be_visible()
