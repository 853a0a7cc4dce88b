"""Who gets where in the editors' area: every address of Wagtail's against everybody, in
`table_wagtail.txt` to be read.

A new address, a new kind of page or snippet, or another release of Wagtail with more of them, fails this
test until something is named to fill it with (`subjects_wagtail.py`) and its row stands in the table.
"""

from typing import Any

import pytest
from django.contrib.messages import constants
from django.urls import reverse

from content.models import ProcedurePage
from tests.access.addresses import WAGTAIL, addresses
from tests.access.house import CAST, browsers, on_one_database
from tests.access.subjects import procedure
from tests.access.subjects_wagtail import bulk_actions, document, picture, subjects, superuser
from tests.access.tables import Table, of_a_page, of_everybody

# Ends the session that asks for it; and one that breaks on purpose, to try how errors are reported.
LEFT_OUT = {"wagtailadmin_logout", "wagtailadmin_error_test"}
REASONS = {
    "wagtailadmin_api:pages:action": "pages are changed by the editors' forms alone",
    "wagtailadmin_password_reset_": "Wagtail's own are off, and ours stand in their place",
    "wagtailimages:url_generator": "a picture has the sizes that pages show it in",
    "wagtailsnippets:index": "each kind of snippet has its own place in the menu",
    "wagtailusers_users:delete a superuser": "nobody deletes themself, and there is one superuser",
    "simple_translation:submit_snippet_translation": "no snippet is translated",
}
ABOVE = f"""\
# Who gets where in the editors' area, in the demo organisation. Pages and revisions are those of one
# procedure, which Edda has changed and submitted; people are Ines and a superuser. Columns:
{CAST}\
#   u superuser, made on the command line
# Cells: + gets through (perhaps to be told what is wrong with the form), - is told that they may not,
# . is told that there is no such page, ? is asked to sign in.
#
"""
# What an address asks for in its query.
QUERIES = {
    "wagtailadmin_api:pages:find": lambda: f"id={procedure().pk}",
    "wagtailadmin_api:documents:find": lambda: f"id={document()}",
    "wagtailadmin_api:images:find": lambda: f"id={picture().pk}",
    "wagtailadmin_block_preview": lambda: f"id={block_id()}",
}
TABLE = Table("table_wagtail.txt", ABOVE, wide=68)


def block_id() -> str:
    return (
        ProcedurePage._meta.get_field("steps").stream_block.child_blocks["step"].definition_prefix
    )


def of_an_editor(response: Any) -> str:
    """Wagtail tells who may not by a message on the editors' first page, and sends who has no business
    in the area at all to a page of ours that tells them."""
    location = response.get("Location", "")
    if location == reverse("wagtailadmin_home") and _is_refused(response.wsgi_request):
        return "-"
    if location.startswith(reverse("content:admin_sign_in")):
        user = response.wsgi_request.user
        is_kept_out = user.is_authenticated and not user.has_perm("wagtailadmin.access_admin")
        return "-" if is_kept_out else "+" if user.is_authenticated else "?"
    return of_a_page(response)


def _is_refused(request: Any) -> bool:
    return any(each.level == constants.ERROR for each in request._messages._queued_messages)


def tried() -> list[tuple[str, str]]:
    """(what the row is called, address)."""
    found = []
    for name, has_arguments in addresses(*WAGTAIL):
        if name == "wagtail_bulk_action":
            for label, (*arguments, subject) in bulk_actions().items():
                url = reverse(name, args=arguments)
                found.append((f"{name} {label}", f"{url}?id={getattr(subject, 'pk', subject)}"))
        elif name not in LEFT_OUT:
            for label, arguments in subjects.each_of(name).items() if has_arguments else [("", ())]:
                query = f"?{QUERIES[name]()}" if name in QUERIES else ""
                found.append((f"{name} {label}".strip(), reverse(name, args=arguments) + query))
    return found


@pytest.mark.django_db
@on_one_database
# Wagtail leaves the buffers that it writes pictures to for the garbage collector to close.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_everybody_gets_where_the_table_says(house, unwritten_pages, nobody_works):
    clients = browsers(u=superuser())
    rows = []
    for label, url in tried():
        for method in ("GET", "POST"):
            cells = of_everybody(clients, method, url, of_an_editor)
            rows.append(TABLE.row(f"{method:<4} {label}", cells))
    TABLE.hold(clients, rows)


def test_each_address_lets_somebody_in_or_says_why_not():
    assert len(TABLE.rows()) > 500
    without = {label.split(" ", 1)[1] for label in TABLE.lets_nobody_in()}
    assert {label for label in without if not label.startswith(tuple(REASONS))} == set()
    assert {start for start in REASONS if any(each.startswith(start) for each in without)} == set(
        REASONS
    )
