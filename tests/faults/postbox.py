"""A mail server on loopback that keeps what it gets, and may hold its greeting or its answer to a mail
back, or refuse for now."""

import re
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Postbox(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        # (address, subject) of each mail, as soon as all of it is here.
        self.mails: list[tuple[str, str]] = []
        self.answers = threading.Event()
        self.answers.set()
        self.greets = threading.Event()
        self.greets.set()
        self.is_busy = False
        # Who came and has not been greeted yet, or was.
        self.callers = 0

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def handle_error(self, request: object, client_address: object) -> None:
        """Who is killed hangs up in the middle."""


class _Talk(socketserver.StreamRequestHandler):
    server: Postbox

    def say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())

    def handle(self) -> None:
        address = ""
        self.server.callers += 1
        self.server.greets.wait()
        self.say("220 postbox")
        for line in self.rfile:
            verb = line[:4].upper()
            if verb == b"RCPT" and self.server.is_busy:
                self.say("451 come again")
                continue
            if verb == b"RCPT":
                address = re.search(r"<(.*?)>", line.decode())[1]
            if verb == b"DATA":
                self.say("354 go on")
                text = b"".join(iter(self.rfile.readline, b".\r\n")).decode()
                subject = re.search(r"^Subject: (.*?)\r$", text, re.MULTILINE)[1]
                self.server.mails.append((address, subject))
                self.server.answers.wait()
            self.say("221 bye" if verb == b"QUIT" else "250 ok")
            if verb == b"QUIT":
                return


@contextmanager
def postbox() -> Iterator[Postbox]:
    with Postbox() as box:
        threading.Thread(target=box.serve_forever, daemon=True).start()
        try:
            yield box
        finally:
            box.answers.set()
            box.greets.set()
            box.shutdown()
