"""Where the server asks other servers: nobody makes it ask its own network for them."""

import ast
import http.server
import socket
import threading
from pathlib import Path

import pytest
from django.conf import settings

from integrations.webhooks.addresses import Forbidden, check_url, resolve
from integrations.webhooks.posting import post

# Modules that open connections -> who chooses the address.
KNOWN = {
    "config.demo.__main__": "tries whether a port of its own machine is free",
    "integrations.webhooks.addresses": "a person: the only way out whose address is typed in a form",
    "integrations.webhooks.posting": "the same",
    "people.signin.passwords": "a setting of the server",
    "training.sending": "a setting of the server",
}
WAYS_OUT = {"socket", "http.client", "urllib.request", "requests", "httpx", "aiohttp", "ftplib"}
ROOMS = (
    "config",
    "people",
    "ui",
    "measurement",
    "content",
    "interactions",
    "scorecards",
    "training",
    "coaching",
    "insights",
    "integrations",
)


def imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = {alias.name for alias in node.names}
            # Exceptions alone open nothing.
            if not all(name.endswith(("Exception", "Error")) for name in names):
                found |= {node.module, *(f"{node.module}.{name}" for name in names)}
    return found


def test_every_way_out_is_known():
    base = Path(settings.BASE_DIR)
    found = {
        ".".join(path.relative_to(base).with_suffix("").parts)
        for room in ROOMS
        for path in (base / room).rglob("*.py")
        if imported(path) & WAYS_OUT
    }
    assert found == set(KNOWN)


def test_pages_fetch_nothing_to_show_it():
    """Wagtail's embeds would have the server ask whatever address an editor pastes."""
    assert "wagtail.embeds" not in settings.INSTALLED_APPS


PRIVATE = [
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0177.0.0.1",
    "0x7f.0.0.1",
    "0x7f000001",
    "0",
    "0.0.0.0",  # noqa: S104
    "10.0.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "169.254.169.254",
    "2852039166",
    "100.64.0.1",
    "198.18.0.1",
    "240.0.0.1",
    "[::]",
    "[::1]",
    "[::127.0.0.1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:a9fe:a9fe]",
    "[64:ff9b::10.0.0.1]",
    "[2002:a00:1::]",
    "[2001:0:4136:e378:8000:63bf:f5ff:fffe]",
    "[fe80::1]",
    "[fc00::1]",
    "[ff02::1]",
    "localhost",
]


@pytest.fixture
def server():
    """A real server on loopback, with the requests it got; it sends everybody on to itself."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            asked.append((self.client_address[0], self.path))
            self.send_response(302 if self.path == "/on" else 200)
            if self.path == "/on":
                self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/within")
            self.end_headers()

        do_GET = do_POST

        def log_message(self, *args):
            """Nothing on the screen."""

    listening = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listening.asked = asked
    thread = threading.Thread(target=listening.serve_forever, daemon=True)
    thread.start()
    yield listening
    listening.shutdown()
    listening.server_close()
    thread.join()


@pytest.mark.parametrize("host", PRIVATE)
def test_no_spelling_of_a_private_address_is_asked(host, server, settings):
    settings.WEBHOOK_ALLOW_PRIVATE = False
    answer = post(f"https://{host}:{server.server_port}/", b"{}", {})

    assert answer.status is None
    assert "private" in answer.text
    assert server.asked == []


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/",
        "HTTP://example.org/",
        "https://example.org@127.0.0.1/",
        "https://127.0.0.1#@example.org/",
        "https://example.org:80@[::1]/",
        "file:///etc/passwd",
        "gopher://example.org/",
        "dict://127.0.0.1:11211/",
        "//127.0.0.1/",
        "https:127.0.0.1",
        "javascript:alert(1)",
        "https://[::1",
        "",
    ],
)
def test_no_other_address_passes_either(url, settings):
    settings.WEBHOOK_ALLOW_PRIVATE = False
    with pytest.raises(Forbidden):
        check_url(url)


def test_a_name_with_one_private_address_among_others_is_refused(settings, monkeypatch):
    settings.WEBHOOK_ALLOW_PRIVATE = False
    places = [("93.184.216.34", 443), ("10.0.0.1", 443)]
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda *args, **kwargs: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", p) for p in places],
    )
    with pytest.raises(Forbidden, match=r"10\.0\.0\.1"):
        resolve("example.org", 443)


def test_the_address_that_was_judged_is_the_one_that_is_asked(server, settings, monkeypatch):
    """A name that is another machine when asked a second time gains nothing: nobody asks again."""
    settings.WEBHOOK_ALLOW_PRIVATE = True
    answers = [("127.0.0.1", server.server_port), ("127.0.0.1", 1)]
    asked = []

    def rebinding(host, *args, **kwargs):
        asked.append(host)
        place = answers[min(len(asked), len(answers)) - 1]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", place)]

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    answer = post(f"http://hook.example:{server.server_port}/in", b"{}", {})

    assert answer.status == 200
    assert asked == ["hook.example"]


def test_a_redirect_is_not_followed(server, settings):
    settings.WEBHOOK_ALLOW_PRIVATE = True
    answer = post(f"http://127.0.0.1:{server.server_port}/on", b"{}", {})

    assert answer.status == 302
    assert [path for _who, path in server.asked] == ["/on"]


def test_the_record_store_sends_no_password_on(server, settings, db):
    from training.models.statements import OutgoingStatement
    from training.sending import put

    row = OutgoingStatement(statement={})

    class Sent(http.server.BaseHTTPRequestHandler):
        """Sends whatever comes on to `server`."""

        def do_PUT(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(302)
            self.send_header("Location", f"http://127.0.0.1:{server.server_port}/within")
            self.end_headers()

        def log_message(self, *args):
            """Nothing on the screen."""

    with http.server.HTTPServer(("127.0.0.1", 0), Sent) as sending_on:
        thread = threading.Thread(target=sending_on.handle_request)
        thread.start()
        settings.XAPI_ENDPOINT = f"http://127.0.0.1:{sending_on.server_port}"
        answer = put(row)
        thread.join()

    assert not answer.is_there
    assert "302" in answer.text
    assert server.asked == []
