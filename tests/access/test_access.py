"""Who gets where: every page of people against everybody, in `table.txt` to be read.

A new address fails this test until something is named to fill it with (`subjects.py`) and its row stands
in the table.
"""

import pytest
from django.urls import reverse

from tests.access.addresses import addresses, walk
from tests.access.house import CAST, browsers, on_one_database
from tests.access.subjects import subjects
from tests.access.tables import Table, of_a_page, of_everybody

# Rows in which nobody gets through, and why; what each says of everybody else still holds.
NOBODY = {
    "GET mfa_deactivate_totp": "none of the cast has an authenticator app",
    "POST mfa_deactivate_totp": "none of the cast has an authenticator app",
    "GET mfa_download_recovery_codes": "none of the cast has a second factor",
    "POST mfa_download_recovery_codes": "none of the cast has a second factor",
    "GET mfa_view_recovery_codes": "none of the cast has a second factor",
    "GET openid_connect_callback": "no provider is set up",
    "POST openid_connect_callback": "no provider is set up",
    "GET openid_connect_login": "no provider is set up",
    "POST openid_connect_login": "no provider is set up",
    "GET training:package_file": "its address holds a key that only an open window has",
    "POST scorecards:scorecard_undo": "minutes after the grade, by who gave it",
    "POST scorecards:calibration_grade": "who takes part is none of the cast",
    "POST training:package_keep": "without the name of a part there is no such part",
    "POST training:package_open": "without the name of a part there is no such part",
    "POST training:shadowing_sign": "the observer is none of the cast",
}
# These end the session that asks for them, or begin one: the same for everybody.
LEFT_OUT = {"account_logout", "account_login", "account_signup", "account_reset_password_from_key"}
# Addresses without a name: what answers "there is no such page", and what has a name elsewhere.
NAMELESS = {
    "training/packages/files/<str:key>/",
    "api/^",
    "scim/v2/^",
    "admin/login/",
    "_util/login/",
    "admin/password_reset/",
    "admin/test404/",
    "admin/api/main/pages/<int:pk>/action/<str:action_name>/",
    "admin/translation/submit/page/<int:page_id>/",
    "admin/^.*/$",
}
ABOVE = f"""\
# Who gets where, in the demo organisation. An address with something in it is about Ines: her grade, her
# attempt, a conversation of hers; or about Oskar's queue. Columns:
{CAST}\
# Cells: + gets through (perhaps to be told what is wrong with the form), - is told that they may not,
# . is told that there is no such page, ? is asked to sign in.
#
"""
TABLE = Table("table.txt", ABOVE, wide=45)


@pytest.mark.django_db
@on_one_database
def test_everybody_gets_where_the_table_says(house, unwritten_pages, nobody_works, settings):
    settings.SURVEY_RATE_LIMIT = 10**9
    clients = browsers()
    rows = []
    for name, has_arguments in addresses():
        if name in LEFT_OUT:
            continue
        url = reverse(name, args=subjects.of(name) if has_arguments else ())
        for method in ("GET", "POST"):
            cells = of_everybody(clients, method, url, of_a_page)
            rows.append(TABLE.row(f"{method:<4} {name}", cells))
    TABLE.hold(clients, rows)


def test_each_address_lets_somebody_in():
    assert len(TABLE.rows()) > 300
    assert TABLE.lets_nobody_in() == set(NOBODY)


def test_each_address_stands_in_one_of_the_tables():
    """What has no name is in none of them."""
    assert {route for name, route, _takes in walk() if not name} == NAMELESS
