"""One POST to an address that was judged: no redirect is followed, and it ends in time whatever the other
side does."""

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

from integrations.webhooks.addresses import Forbidden, check_url, resolve

READ_MOST = 2000
EXCERPT = 1000


@dataclass(frozen=True, slots=True)
class Answer:
    """`status` is None where nobody answered, and `text` says why."""

    status: int | None
    milliseconds: int
    text: str
    retry_after: str = ""

    @property
    def is_success(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def post(url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Send `body`; the answer's first characters are kept, for people to look at."""
    begun = time.monotonic()

    def took() -> int:
        return round((time.monotonic() - begun) * 1000)

    try:
        check_url(url)
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = parts.port or (443 if parts.scheme == "https" else 80)
        family, address = resolve(host, port)[0]
    except (Forbidden, OSError, UnicodeError) as problem:
        return Answer(None, took(), str(problem)[:EXCERPT])
    connection = _connection(parts.scheme, host, port, family, address)
    # A socket's own timeout begins anew with each byte; this one does not.
    alarm = threading.Timer(settings.WEBHOOK_TIMEOUT, _cut, [connection])
    alarm.daemon = True
    alarm.start()
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, body=body, headers=dict(headers))
        response = connection.getresponse()
        said = response.read(READ_MOST).decode("utf-8", "replace").replace("\x00", "")
        return Answer(
            response.status, took(), said[:EXCERPT], response.headers.get("Retry-After", "")
        )
    except (OSError, http.client.HTTPException, ValueError, AttributeError) as problem:
        return Answer(None, took(), f"{type(problem).__name__}: {problem}"[:EXCERPT])
    finally:
        alarm.cancel()
        connection.close()


def _connection(
    scheme: str, host: str, port: int, family: socket.AddressFamily, address: str
) -> http.client.HTTPConnection:
    """To `address`, whatever the name means by now; the certificate is still asked for by the name."""
    timeout = settings.WEBHOOK_TIMEOUT
    context = ssl.create_default_context() if scheme == "https" else None

    class Pinned(http.client.HTTPConnection):
        default_port = 443 if context else 80

        def connect(self) -> None:
            sock = socket.socket(family, socket.SOCK_STREAM)
            self.sock = sock
            sock.settimeout(timeout)
            sock.connect((address, port))
            if context is not None:
                self.sock = context.wrap_socket(sock, server_hostname=host)

    return Pinned(host, port, timeout=timeout)


def _cut(connection: http.client.HTTPConnection) -> None:
    sock = connection.sock
    if sock is not None:
        try:
            sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            sock.close()
