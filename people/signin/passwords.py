"""What a password may be, by NIST SP 800-63B-4, section 3.1.1.2: long, not among those that leaked or
that anybody would guess, and nothing about which signs it holds or how old it is."""

import hashlib
import http.client
import logging
import queue
import re
import threading
import unicodedata
import urllib.error
import urllib.request
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

logger = logging.getLogger("evenhand.passwords")
LONGEST = 200
SHORTEST_WORD = 3
# What has to be left of a password without words that anybody knows: some letters, or many other signs.
LETTERS_LEFT, SIGNS_LEFT = 4, 10
# What counts of a password in which keys side by side count once.
KEYS_LEFT = 8
# A repeated part that is as long would do as a password alone.
LONGEST_UNIT = 14
SECONDS = 2.0
# Words of lists of what is tried first that make long passwords when put together.
_TRIED_FIRST = (
    "admin administrator baseball changeme dragon evenhand football forever iloveyou letmein login "
    "master monkey passphrase passwort password princess qwerty secret sunshine trustno1 welcome"
).split()
_ROWS = (
    "1234567890 0123456789 abcdefghijklmnopqrstuvwxyz "
    "qwertyuiop asdfghjkl zxcvbnm qwertzuiop yxcvbnm azertyuiop qsdfghjklm wxcvbn "
    "1qaz 2wsx 3edc 4rfv 5tgb 6yhn 7ujm 8ik 9ol 0p"
).split()
_SIDE_BY_SIDE = {
    pair for row in _ROWS for left, right in pairwise(row) for pair in (left + right, right + left)
}


class LengthValidator:
    """From `shortest` to `LONGEST` signs; a limit at all, because hashing a novel takes a while."""

    def __init__(self, shortest: int) -> None:
        self.shortest = shortest

    def validate(self, password: str, user: Any = None) -> None:
        length = len(password)
        if length < self.shortest:
            raise ValidationError(
                _("This password has %(length)d characters; it needs %(shortest)d."),
                params={"length": length, "shortest": self.shortest},
            )
        if length > LONGEST:
            raise ValidationError(
                _("This password has %(length)d characters; %(longest)d are enough."),
                params={"length": length, "longest": LONGEST},
            )

    def get_help_text(self) -> str:
        return _(
            "At least %d characters. Some words that have nothing to do with each other are easy to "
            "remember; spaces are welcome, and no sign has to be in it."
        ) % (self.shortest)


class GuessValidator:
    """Not made of what anybody knows: one's name and address, the organisation's, ours, the words that
    are tried first, something short over and over, or keys that lie side by side."""

    def validate(self, password: str, user: Any = None) -> None:
        plain = _plain(password)
        if len(set(plain)) < 5 or _repeats(plain):
            raise ValidationError(_("This password repeats itself; anybody would try it."))
        if _without_runs(plain) < KEYS_LEFT:
            raise ValidationError(
                _("This password is a row of letters, digits or keys; anybody would try it.")
            )
        left = plain
        for word in sorted(set(_words(user)), key=len, reverse=True):
            left = left.replace(word, "")
        if left != plain and not _is_enough(left):
            raise ValidationError(
                _(
                    "This password is made of your name, your address or words that everybody tries, "
                    "and little else."
                )
            )

    def get_help_text(self) -> str:
        return _("Not your name or address, nor abcdef, qwerty or the same over and over.")


class LeakedValidator:
    """Asks Pwned Passwords whether the password is among those that leaked, if `PWNED_PASSWORDS` is on.

    Only the first five signs of its SHA-1 leave the house (k-anonymity, as the service documents it).
    If it has not answered wholly within two seconds, the password passes: nobody is locked out because
    of it, or waits longer. Not to be called inside of a transaction.
    """

    def validate(self, password: str, user: Any = None) -> None:
        if not settings.PWNED_PASSWORDS:
            return
        digest = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()
        if digest[5:] in self._leaked(digest[:5]):
            raise ValidationError(
                _("This password is in a list of leaked ones, which attackers try first.")
            )

    def get_help_text(self) -> str:
        return _("None that leaked anywhere.") if settings.PWNED_PASSWORDS else ""

    def _leaked(self, prefix: str) -> set[str]:
        # A time limit of urllib's is for each read, and finding the address has none at all.
        answers: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        threading.Thread(target=lambda: answers.put(_ask(prefix)), daemon=True).start()
        try:
            said = answers.get(timeout=SECONDS)
        except queue.Empty:
            logger.warning("Pwned Passwords did not answer: too slow")
            return set()
        # Padding has a count of 0.
        lines = (said or "").splitlines()
        return {line.split(":")[0] for line in lines if not line.rstrip().endswith(":0")}


def _ask(prefix: str) -> str | None:
    asked = urllib.request.Request(  # noqa: S310 (a fixed https address)
        f"{settings.PWNED_PASSWORDS_URL}{prefix}", headers={"Add-Padding": "true"}
    )
    try:
        with urllib.request.urlopen(asked, timeout=SECONDS) as answer:  # noqa: S310
            return str(answer.read(1_000_000).decode("ascii", "replace"))
    except (urllib.error.URLError, OSError, http.client.HTTPException) as error:
        logger.warning("Pwned Passwords did not answer: %s", type(error).__name__)
        return None


def _words(user: Any) -> Iterator[str]:
    said = [*_TRIED_FIRST, settings.BASE_URL]
    if user is not None:
        said += [user.email, user.first_name, user.last_name]
    for each in said:
        for word in re.split(r"[\W_]+", _plain(each)):
            if len(word) >= SHORTEST_WORD:
                yield word


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _is_enough(left: str) -> bool:
    letters = len(re.sub(r"[\W\d_]", "", left))
    return letters >= LETTERS_LEFT or len(re.sub(r"[\s._@-]", "", left)) >= SIGNS_LEFT


def _repeats(text: str) -> bool:
    """Whether it is one short part over and over, the last time perhaps not whole: "qwertyqwertyqwe"."""
    longest = min(LONGEST_UNIT, len(text) // 2)
    return any(text[unit:] == text[:-unit] for unit in range(1, longest + 1))


def _without_runs(text: str) -> int:
    """How many signs there are if those that follow from the one before count once: from three on in a
    row of the alphabet, of digits or of keys, "abc" or "qwe"."""
    counted = run = 1
    for left, right in pairwise(text):
        run = run + 1 if _follows(left, right) else 1
        counted += 1
        if run >= 3:
            counted -= 2 if run == 3 else 1
    return counted if text else 0


def _follows(left: str, right: str) -> bool:
    if left + right in _SIDE_BY_SIDE or left == right:
        return True
    return left.isalpha() and right.isalpha() and abs(ord(left) - ord(right)) == 1
