"""A table of who gets where: filled cell by cell, and held against the file that is read by people.

`ACCESS_TABLE=write pytest tests/access` writes the files as the house is; read the difference before you
commit it.
"""

import copy
import difflib
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.cache import cache
from django.core.signals import request_finished
from django.db import close_old_connections, transaction
from django.http import HttpResponseBase
from django.test import Client

Cell = Callable[[Any], str]
NO_SUCH_METHOD = " "


def asked(client: Client, method: str, url: str, read: Cell, **sent: Any) -> str:
    """What `read` makes of the answer; nothing of the request stays."""
    # What nobody reads would be sent along by every request after.
    client.cookies.pop("messages", None)
    # Signing out everywhere else gives this window a new session, which is taken back with all else.
    cookies = copy.copy(client.cookies)
    with transaction.atomic():
        response = getattr(client, method.lower())(url, **sent)
        cell = "!" if response.status_code >= 500 else read(response)
        # Closing it would close the connection as well, and lose all that was prepared.
        request_finished.disconnect(close_old_connections)
        response.close()
        transaction.set_rollback(True)
    client.cookies = cookies
    return cell


def of_everybody(
    clients: Mapping[str, Client], method: str, url: str, read: Cell, **sent: Any
) -> str:
    """A row's cells; none where there is no such method. Who may most comes last and is asked first:
    which methods a view has is nothing that it decides by who asks.

    What is kept in the cache for one of them, the next finds there: nobody may get further by that."""
    cache.clear()
    *others, most = clients.values()
    last = asked(most, method, url, read, **sent)
    if last == NO_SUCH_METHOD:
        return ""
    return "".join(asked(client, method, url, read, **sent) for client in others) + last


def of_a_page(response: HttpResponseBase) -> str:
    if response.status_code == 302 and "/account/login/" in response["Location"]:
        return "?"
    return {403: "-", 404: ".", 405: NO_SUCH_METHOD}.get(response.status_code, "+")


@dataclass(frozen=True)
class Table:
    """`name` of the file, what is said `above` it, how `wide` the names are."""

    name: str
    above: str
    wide: int

    @property
    def path(self) -> Path:
        return Path(__file__).with_name(self.name)

    def row(self, label: str, cells: str) -> str:
        """A line of the table; none where nobody could be let in."""
        return f"{label:<{self.wide}} {cells}\n" if cells.strip(" ?") else ""

    def hold(self, letters: Iterable[str], rows: Iterable[str]) -> None:
        """Fail where the house and the file are at odds, or the server broke."""
        lines = [line for line in rows if line]
        assert [line for line in lines if "!" in line[self.wide :]] == [], "an error of the server"
        found = f"{self.above}{'':<{self.wide}} {''.join(letters)}\n" + "".join(lines)
        if os.environ.get("ACCESS_TABLE") == "write":
            self.path.write_text(found)
        written = self.path.read_text()
        assert found == written, "".join(
            difflib.unified_diff(
                written.splitlines(True), found.splitlines(True), self.name, "the house", n=0
            )
        )

    def rows(self) -> dict[str, str]:
        """Of the file: cells by what stands before them, with one space between words."""
        lines = self.path.read_text().splitlines()
        return {
            " ".join(line[: self.wide].split()): line[self.wide + 1 :]
            for line in lines
            if line[:1].isupper()
        }

    def letters(self) -> str:
        lines = self.path.read_text().splitlines()
        return next(line.strip() for line in lines if line.startswith(" "))

    def lets_nobody_in(self) -> set[str]:
        """Such a row proves nothing: its subject is wrong, or nobody needs the address."""
        return {label for label, cells in self.rows().items() if not set(cells) & set("+o")}
