"""The site as `make demo` serves it, with many people at once: throughput, waiting times, the memory of
each process, and what a first visit loads."""

import http.client
import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from config.demo.logins import ADMINISTRATOR, AGENT, MANAGER, NEW_HIRE, REVIEWER

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 15.0
CROWDS = (8, 64)
UP_WITHIN = 60.0
_ASSET = re.compile(r"""<(?:link|script|img)\b[^>]*?\b(?:href|src)="([^"]+)"[^>]*>""")
_LOADED = {"stylesheet", "modulepreload", "preload", "icon"}
_LINK_REL = re.compile(r'rel="([^"]+)"')
_IMPORT = re.compile(r"""(?:import|from)\s*\(?\s*["']([^"']+\.js)["']""")
_FONT = re.compile(r"""url\(["']?([^"')]+)["']?\)""")


@dataclass(slots=True)
class Visitor:
    session: str
    pages: tuple[str, ...]


@dataclass(slots=True)
class Seen:
    seconds: list[float] = field(default_factory=list)
    wrong: int = 0


def crowd() -> dict[str, Any]:
    visitors, hello = _visitors(), _session(ADMINISTRATOR)
    with _served() as (port, server, worker):
        found: dict[str, Any] = {"weights": _weights(port), "crowds": []}
        for people in CROWDS:
            for name, chosen in (
                ("yardstick: one query and a template", [Visitor(hello, ("/bench/plain/",))]),
                ("mixed script", visitors),
            ):
                found["crowds"].append(
                    {"people": people, "script": name, **_run(port, chosen, people)}
                )
        found["memory_mb"] = {
            f"{name}, process {number} of {len(peaks)}": peak
            for name, peaks in (("web server", _memory(server)), ("worker", _memory(worker)))
            for number, peak in enumerate(peaks, 1)
        }
    return found


def _session(email: str) -> str:
    from django.conf import settings

    from tests.bench.pages import browser

    name = settings.SESSION_COOKIE_NAME
    return f"{name}={browser(email).cookies[name].value}"


def _visitors() -> list[Visitor]:
    """Of a hundred: 70 agents, 20 reviewers, 8 managers, an editor's manual and an administrator's lists.
    What they open in turn is what they would in a day."""
    from tests.bench.pages import main_pages

    pages = {page.label: page.address for page in main_pages()}
    learner = tuple(
        pages[name]
        for name in ("Today", "Procedure", "Lesson", "My training", "Scorecards", "Manual")
    )
    grader = tuple(pages[name] for name in ("Today", "Queue", "Grading", "Procedure"))
    leader = tuple(
        pages[name] for name in ("Today", "Team", "Person", "Scorecards", "Training of the team")
    )
    runs = tuple(pages[name] for name in ("Interactions", "Search of the manual", "Scorecards"))
    agents = [_session(AGENT), _session(NEW_HIRE)]
    rows = [Visitor(agents[place % 2], learner) for place in range(70)]
    rows += [Visitor(_session(REVIEWER), grader)] * 20
    rows += [Visitor(_session(MANAGER), leader)] * 8
    rows += [Visitor(_session(ADMINISTRATOR), runs)] * 2
    random.Random(5).shuffle(rows)
    return rows


@contextmanager
def _served() -> Iterator[tuple[int, int, int]]:
    """Port, and the process ids of server and worker."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    quiet = subprocess.DEVNULL
    # As in production, style sheets and scripts are compressed once and served so.
    folder = str(Path(os.environ["VAR_DIR"]) / "static")
    env = {**os.environ, "STATIC_FROM_SOURCE": "0", "STATIC_ROOT": folder}
    subprocess.run(
        [sys.executable, "manage.py", "collectstatic", "--noinput", "--clear", "-v0"],
        cwd=ROOT,
        env=env,
        check=True,
    )
    worker = subprocess.Popen(
        [sys.executable, "manage.py", "db_worker", "--backend", "bulk", "--no-startup-delay"],
        cwd=ROOT, stdout=quiet, stderr=quiet, start_new_session=True, env=env,
    )  # fmt: skip
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1"),
            *("--port", str(port), "--workers", "1", "--blocking-threads", "4"),
            *("--workers-kill-timeout", "5", "--log-level", "warning", "config.wsgi:application"),
        ],
        cwd=ROOT, stdout=quiet, stderr=quiet, start_new_session=True, env=env,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + UP_WITHIN
        while not _is_up(port):
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("The server did not come up.")
            time.sleep(0.2)
        yield port, server.pid, worker.pid
    finally:
        for process in (worker, server):
            os.killpg(process.pid, signal.SIGTERM)
        for process in (worker, server):
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _is_up(port: int) -> bool:
    try:
        return (
            _get(http.client.HTTPConnection("127.0.0.1", port, timeout=5), "/bench/hello/")[0]
            == 200
        )
    except OSError:
        return False


def _get(
    connection: http.client.HTTPConnection, path: str, session: str = ""
) -> tuple[int, bytes, str]:
    """Status, the body as it came over the wire, and how it is encoded."""
    headers = {"Host": "localhost", "Accept-Encoding": "br, gzip"}
    if session:
        headers["Cookie"] = session
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    return answer.status, answer.read(), answer.getheader("Content-Encoding", "")


def _run(port: int, visitors: list[Visitor], people: int) -> dict[str, Any]:
    """Each of `people` asks for one page after the other without a pause, for some seconds."""
    seen = [Seen() for _person in range(people)]
    until = time.monotonic() + SECONDS

    def visit(place: int) -> None:
        chance = random.Random(place)
        visitor = visitors[place % len(visitors)]
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while time.monotonic() < until:
            path = chance.choice(visitor.pages)
            begun = time.perf_counter()
            try:
                status, _body, _encoding = _get(connection, path, visitor.session)
            except (OSError, http.client.HTTPException):
                seen[place].wrong += 1
                connection.close()
                continue
            seen[place].seconds.append(time.perf_counter() - begun)
            seen[place].wrong += status != 200

    threads = [threading.Thread(target=visit, args=(place,)) for place in range(people)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    over = time.perf_counter() - begun
    waits = sorted(second for one in seen for second in one.seconds)
    return {
        "requests": len(waits),
        "per_second": len(waits) / over,
        "median": 1000 * waits[len(waits) // 2],
        "p95": 1000 * waits[int(len(waits) * 0.95)],
        "errors": sum(one.wrong for one in seen),
    }


def _memory(pid: int) -> list[float]:
    """The most that a process and each of those it started have held, in MB."""
    peaks = []
    for process in [pid, *_children(pid)]:
        status = Path(f"/proc/{process}/status")
        if not status.exists():
            continue
        if peak := re.search(r"VmHWM:\s+(\d+) kB", status.read_text()):
            peaks.append(int(peak[1]) / 1024)
    return peaks


def _children(pid: int) -> list[int]:
    path = Path(f"/proc/{pid}/task/{pid}/children")
    own = [int(each) for each in path.read_text().split()] if path.exists() else []
    return own + [one for child in own for one in _children(child)]


def _weights(port: int) -> list[dict[str, Any]]:
    """What the first page that somebody opens brings along: HTML, style sheets with their fonts,
    scripts with what these import, pictures, each once, as sent to a browser that takes gzip."""
    from tests.bench.pages import main_pages

    wanted = {"Today": AGENT, "Procedure": AGENT, "Lesson": AGENT, "Scorecard": AGENT}
    wanted |= {"Grading": REVIEWER, "Queue": REVIEWER, "Team": MANAGER, "Person": MANAGER}
    wanted |= {"Interactions": ADMINISTRATOR}
    rows = []
    for page in main_pages():
        if page.label not in wanted:
            continue
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        session = _session(wanted[page.label])
        status, body, encoding = _get(connection, page.address, session)
        if status != 200:
            raise RuntimeError(f"{page.address} was answered with {status}.")
        sizes = {"html": len(body), "css": 0, "js": 0, "other": 0}
        waiting = _named(_text(body, encoding))
        known: set[str] = set()
        while waiting:
            path = waiting.pop()
            if path in known or path.startswith("data:") or urlsplit(path).netloc:
                continue
            known.add(path)
            _status, body, encoding = _get(connection, path, session)
            kind = {".css": "css", ".js": "js"}.get(Path(urlsplit(path).path).suffix, "other")
            sizes[kind] += len(body)
            pattern = {"css": _FONT, "js": _IMPORT}.get(kind)
            if pattern:
                found = pattern.findall(_text(body, encoding))
                waiting += [urljoin(path, one) for one in found if one[:1] in "./" or kind == "css"]
        total = sum(sizes.values())
        rows.append({"label": page.label, **sizes, "total": total, "files": len(known)})
    return rows


def _text(body: bytes, encoding: str) -> str:
    import gzip

    return (gzip.decompress(body) if encoding == "gzip" else body).decode()


def _named(html: str) -> list[str]:
    found = []
    for match in _ASSET.finditer(html):
        rel = _LINK_REL.search(match[0])
        if match[0].startswith("<link") and not _LOADED & set(rel[1].split() if rel else ()):
            continue
        if not match[1].startswith(("data:", "http")):
            found.append(match[1].replace("&amp;", "&"))
    return found
