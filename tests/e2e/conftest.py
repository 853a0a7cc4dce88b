"""The product as somebody runs it: `python -m config.demo` in a scratch folder, seen by chromium."""

import fcntl
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page

from config.demo.logins import DEMO_PASSWORD
from tests.identity import Provider

ROOT = Path(__file__).parents[2]
STARTS_WITHIN = 180  # seconds: migrating and loading the demo on a slow machine

WIDE = {"width": 1280, "height": 860}
PHONE = {"width": 390, "height": 844}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(item.fspath).parent == Path(__file__).parent:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict) -> dict:
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.exit(
            "There is no chromium on this machine. On Debian: apt-get install chromium",
            returncode=1,
        )
    # Chromium's own sandbox does not work for root, which is who CI is.
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {**browser_type_launch_args, "executable_path": path, "args": sandbox}


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Where the demo keeps everything: a copy of what the first process of the suite loaded for all, or
    of E2E_HOME, where this checkout's `python -m config.demo --home … --prepare` did so today."""
    base = tmp_path_factory.getbasetemp()
    loaded = (base if worker_id == "master" else base.parent) / "loaded"
    key = Path(os.environ.get("E2E_HOME", loaded)) / "secret_key"
    if key.exists() and time.time() // 86_400 == key.stat().st_mtime // 86_400:
        loaded = key.parent
    with loaded.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not loaded.exists():
            half = loaded.with_suffix(".half")
            subprocess.run(
                [sys.executable, "-m", "config.demo", "--home", str(half), "--prepare"],
                cwd=ROOT,
                check=True,
                stdout=subprocess.DEVNULL,
            )
            half.rename(loaded)
    return shutil.copytree(loaded, tmp_path_factory.mktemp("demo"), dirs_exist_ok=True)


@pytest.fixture(scope="session")
def provider() -> Iterator[Provider]:
    """Where the demo's people may sign in as well."""
    made = Provider()
    yield made
    made.close()


@pytest.fixture(scope="session")
def site(home: Path, provider: Provider) -> Iterator[str]:
    """The address of a fresh demo with its worker."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = home / "server.log"
    with log.open("w") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "config.demo", "--home", str(home), "--port", str(port)],
            cwd=ROOT,
            env={**os.environ, "OIDC_PROVIDERS": json.dumps([provider.said])},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        address = f"http://localhost:{port}"
        try:
            _wait_for(address, server, log)
            yield address
        finally:
            server.terminate()
            server.wait(timeout=60)


@pytest.fixture(scope="session")
def prepared(site: str, home: Path) -> dict[str, str]:
    """Addresses of what `preparing.py` adds to the demo, by name."""
    made = subprocess.run(
        [sys.executable, "-m", "tests.e2e.preparing", str(home)],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
    )
    return json.loads(made.stdout)


def _wait_for(address: str, server: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"{address}/account/login/", timeout=5)  # noqa: S310 (our own server)
            return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            pass
        try:
            server.wait(timeout=0.2)
            break  # It ended instead of serving.
        except subprocess.TimeoutExpired:
            pass
    pytest.fail(f"The demo did not start:\n{log.read_text()}")


def fill_in_sign_in(page: Page, email: str) -> None:
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(DEMO_PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def begin_grading(page: Page) -> Locator:
    """Open what is first in the queue; its criteria."""
    page.goto("/scorecards/queue/")
    page.get_by_role("button", name="Grade next").click()
    page.wait_for_url(re.compile(r"/queue/scorecards/\d+/$"))
    return page.locator("[data-criterion]:visible")


def grade_all(page: Page, place: int = 1) -> None:
    """Choose that level of each criterion, counted from the top, or its last; waits for nothing."""
    for criterion in page.locator("[data-criterion]:visible").all():
        levels = criterion.locator("input[type=radio]:not([value=na])")
        levels.nth(min(place, levels.count() - 1)).check()


@pytest.fixture
def sign_in(site: str, browser: Browser) -> Iterator[Callable[..., Page]]:
    """`sign_in(email)` is a window in which that person has just signed in.

    Whatever the browser complains about, a script error or a broken policy, fails the test.
    """
    contexts = []
    complaints: list[str] = []

    def listen(page: Page) -> None:
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda message: (
                complaints.append(message.text)
                if "Content Security Policy" in message.text
                else None
            ),
        )

    def sign_in(email: str, *, viewport: dict = WIDE, scheme: str = "light") -> Page:
        context = browser.new_context(base_url=site, viewport=viewport, color_scheme=scheme)
        contexts.append(context)
        context.on("page", listen)
        page = context.new_page()
        page.goto("/account/login/")
        fill_in_sign_in(page, email)
        page.wait_for_url("/")
        return page

    yield sign_in
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def accessible() -> Callable[..., None]:
    """`accessible(page)` fails when axe finds a violation of WCAG 2.2 A or AA on it; the `name` is for
    the message."""
    axe = Axe()
    rules = {
        "runOnly": {
            "type": "tag",
            "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
        }
    }

    def check(page: Page, name: str = "") -> None:
        found = axe.run(page, options=rules)
        assert found.violations_count == 0, f"{name or page.url}\n{found.generate_report()}"

    return check
