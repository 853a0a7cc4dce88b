"""What a password may be (NIST SP 800-63B-4)."""

import hashlib
import http.server
import threading

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from tests.factories.people import UserFactory


@pytest.fixture
def person(db):
    return UserFactory(email="noor.adan@example.org", first_name="Noor", last_name="Adan")


@pytest.mark.parametrize(
    "good",
    [
        "seven green kites fly",
        "only lower case letters",
        "пятнадцать слов о погоде",
        "x9" + "a quite long passphrase " * 5,
        "noor likes seven kites",
        "70394816205738194627",
        "noor 70394816205738194627",
        "🦊🌵🚲🎻🍋🧭🪁🐙🧊🎈🪴🐝🧶🥁🛶",
    ],
)
def test_long_ones_need_no_special_signs(person, good):
    validate_password(good, person)


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ("fourteen signs", "it needs 15"),
        ("a" * 201, "200 are enough"),
        ("111111111111111111", "repeats itself"),
        ("abcdefghijklmnopqrs", "row of letters"),
        ("12345678901234567890", "repeats itself"),
        ("98765432101234567", "row of letters"),
        ("qwertyqwertyqwerty", "repeats itself"),
        ("iloveyouiloveyou", "repeats itself"),
        ("PasswordPassword", "repeats itself"),
        ("qwertyuiopasdfghjkl", "row of letters"),
        ("1qaz2wsx3edc4rfv5tgb", "row of letters"),
        ("aaaabbbbccccddddeeee", "row of letters"),
        ("iloveyouforever1", "words that everybody tries"),
        ("Welcome-Administrator-1", "words that everybody tries"),
        ("Noor.Adan@Example.org", "your name"),
        ("evenhand-noor-2026!!", "your name"),
    ],
)
def test_what_anybody_would_guess_is_refused_in_words(person, bad, why):
    with pytest.raises(ValidationError, match=why):
        validate_password(bad, person)


@pytest.fixture
def leaked(settings):
    """A server on this machine that answers as the real one does: suffixes of digests with counts."""
    asked = []

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path.rsplit("/", 1)[1])
            digest = (
                hashlib.sha1(b"seven green kites fly", usedforsecurity=False).hexdigest().upper()
            )
            other = (
                hashlib.sha1(b"only lower case letters", usedforsecurity=False).hexdigest().upper()
            )
            self.send_response(200)
            self.end_headers()
            self.wfile.write(f"{digest[5:]}:3\r\n{other[5:]}:0\r\n".encode())

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.PWNED_PASSWORDS = True
    settings.PWNED_PASSWORDS_URL = f"http://127.0.0.1:{server.server_port}/range/"
    yield asked
    server.shutdown()
    server.server_close()


def test_leaked_ones_are_refused_and_only_five_signs_of_a_digest_are_sent(person, leaked):
    with pytest.raises(ValidationError, match="leaked"):
        validate_password("seven green kites fly", person)
    validate_password("eight green kites fly", person)
    assert [len(prefix) for prefix in leaked] == [5, 5]


def test_padding_is_no_leak(person, leaked):
    validate_password("only lower case letters", person)


def test_a_list_that_does_not_answer_locks_nobody_out(person, settings, caplog):
    settings.PWNED_PASSWORDS = True
    settings.PWNED_PASSWORDS_URL = "http://127.0.0.1:9/range/"
    validate_password("seven green kites fly", person)
    assert "did not answer" in caplog.text


def test_a_name_of_three_letters_counts(db):
    person = UserFactory(email="ann@lee.example", first_name="Ann", last_name="Lee")
    with pytest.raises(ValidationError, match="your name"):
        validate_password("ann.lee...2026.ann", person)


def test_a_list_that_answers_drop_by_drop_holds_nobody_up(person, settings, caplog):
    stop = threading.Event()

    class Drops(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            # Each read is in time, and the whole never ends.
            while not stop.wait(0.2):
                self.wfile.write(b"0")

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Drops)
    server.block_on_close = False
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.PWNED_PASSWORDS = True
    settings.PWNED_PASSWORDS_URL = f"http://127.0.0.1:{server.server_port}/range/"
    try:
        validate_password("seven green kites fly", person)
    finally:
        stop.set()
        server.shutdown()
        server.server_close()
    assert "too slow" in caplog.text
