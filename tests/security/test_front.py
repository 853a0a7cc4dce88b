"""Files sent by nginx, with the site that is deployed: what a process said of a file goes with it, and
from outside nobody reaches one."""

import http.client
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.urls import reverse
from wagtail.documents import get_document_model

from interactions.actions import attach_recording
from tests.factories.content import lesson_showing
from tests.factories.interactions import InteractionFactory
from tests.interactions.sounds import wav
from tests.scale.proxy import NGINX, proxy_command

pytestmark = pytest.mark.skipif(
    NGINX is None, reason="nginx is not installed (Debian: nginx-light)"
)
SOUND = wav(list(range(5000)))


class Process(BaseHTTPRequestHandler):
    """Stands for a process of ours: says what one answered in the test."""

    answers: dict[str, object] = {}
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        answer = self.answers.get(self.path)
        self.send_response(200 if answer else 404)
        for name, value in answer.items() if answer else ():
            if name != "Content-Length":
                self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def front(tmp_path, settings) -> Iterator[int]:
    """The port of nginx, before one process."""
    settings.ACCEL_REDIRECT = "/_files"
    settings.MEDIA_ROOT = tmp_path / "media"
    options = {"location": tmp_path / "private", "base_url": None}
    settings.STORAGES = {
        **settings.STORAGES,
        "private": {**settings.STORAGES["private"], "OPTIONS": options},
    }
    behind = ThreadingHTTPServer(("127.0.0.1", 0), Process)
    threading.Thread(target=behind.serve_forever, daemon=True).start()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = proxy_command(tmp_path, port=port, servers=f"server 127.0.0.1:{behind.server_port};")
    nginx = subprocess.Popen(command)
    end = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            break
        except OSError:
            assert nginx.poll() is None, (tmp_path / "error.log").read_text()
            assert time.monotonic() < end, "nginx did not start"
            time.sleep(0.05)
    yield port
    nginx.terminate()
    nginx.wait()
    behind.shutdown()
    behind.server_close()
    Process.answers = {}


def ask(port: int, address: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", address, headers={"Host": "localhost", **headers})
    answer = connection.getresponse()
    found = answer.status, dict(answer.getheaders()), answer.read()
    connection.close()
    return found


def judged(client, address: str) -> str:
    """The signed address, for which the process says from now on what ours says now."""
    signed = client.get(address)["Location"]
    Process.answers = {**Process.answers, signed: dict(client.get(signed).items())}
    return signed


def test_a_recording_comes_from_nginx_in_pieces(front, as_user, agent, monkeypatch):
    # A field asks for its storage once, when the house starts.
    from interactions.models import Recording

    monkeypatch.setattr(Recording._meta.get_field("file"), "storage", storages["private"])
    call = InteractionFactory(agent=agent, channel="phone")
    attach_recording(call, ContentFile(SOUND, name="c.wav"), by=None)
    address = judged(as_user(agent), reverse("interactions:interaction_recording", args=[call.pk]))
    status, told, body = ask(front, address)
    assert (status, body, told["Content-Type"]) == (200, SOUND, "audio/wav")
    assert told["Content-Security-Policy"] == "default-src 'none'; media-src 'self'"
    assert told["X-Content-Type-Options"] == "nosniff"
    assert told["Content-Disposition"] == 'inline; filename="recording.wav"'
    assert told["Cache-Control"] == "private, no-cache"
    assert "X-Accel-Redirect" not in told
    status, told, body = ask(front, address, Range="bytes=100-199")
    assert (status, body) == (206, SOUND[100:200])
    assert told["Content-Range"] == f"bytes 100-199/{len(SOUND)}"
    assert ask(front, address, Range=f"bytes={len(SOUND)}-")[0] == 416


def test_a_page_under_another_name_is_kept_and_runs_nowhere(front, as_user, agent):
    content = b"<!doctype html><script>1</script>"
    name = "ä plan; (1).txt"
    document = get_document_model()(title="Plan")
    document.file.save(name, ContentFile(content))
    lesson_showing(document)
    status, told, body = ask(front, judged(as_user(agent), document.url))
    assert (status, body) == (200, content)
    assert told["Content-Type"] == "application/octet-stream"
    assert told["Content-Disposition"].startswith("attachment")
    assert told["Content-Security-Policy"] == "sandbox; default-src 'none'"


def test_from_outside_there_is_no_such_address(front, tmp_path):
    (tmp_path / "media/documents").mkdir(parents=True)
    (tmp_path / "media/documents/plan.pdf").write_bytes(b"%PDF-1.4")
    (tmp_path / "secret_key").write_text("secret")
    for address in (
        "/_files/media/documents/plan.pdf",
        "/_files/media/../secret_key",
        "/_files/media/%2e%2e/secret_key",
        "/_files/secret_key",
        "/_files/",
        "//_files/media/documents/plan.pdf",
        "/media/documents/plan.pdf",
    ):
        status, _told, body = ask(front, address)
        assert (status, b"PDF" in body, b"secret" in body) == (404, False, False), address


def test_a_link_in_the_folder_leads_nowhere(front, as_user, agent, tmp_path):
    document = get_document_model()(title="Plan")
    document.file.save("plan.pdf", ContentFile(b"%PDF-1.4"))
    lesson_showing(document)
    address = judged(as_user(agent), document.url)
    (tmp_path / "secret_key").write_text("secret")
    (tmp_path / "media" / document.file.name).unlink()
    (tmp_path / "media" / document.file.name).symlink_to(tmp_path / "secret_key")
    assert ask(front, address)[0] == 403
