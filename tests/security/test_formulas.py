"""No file that people take along holds a text that their spreadsheet would compute."""

import ast
import csv
import io
from pathlib import Path

import pytest
from django.conf import settings
from django.core.signals import request_finished
from django.db import close_old_connections
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from interactions.importing.rejected import rejected_file
from people.models import AuditEvent
from tests.access.addresses import addresses
from tests.factories.coaching import ActionItemFactory
from tests.factories.content import ReplyTemplateFactory, SkillFactory
from tests.factories.interactions import InteractionFactory
from tests.factories.scorecards import RubricVersionFactory, ScorecardFactory
from tests.interactions.test_import_formats import imported
from ui.exports import FORMULA, csv_response, xlsx_response

STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
HOSTILE = '=HYPERLINK("https://evil.example/";"Look")'
# Modules that write tables -> all others call these.
WRITERS = {"ui.exports", "ui.workbook", "interactions.importing.rejected", "config.demo.refreshers"}


def is_computed(cell: object) -> bool:
    """Whether a spreadsheet would: a number with its sign is a number."""
    if not isinstance(cell, str) or not cell.startswith(STARTS):
        return False
    try:
        float(cell)
    except ValueError:
        return True
    return False


def cells_of(response) -> list[object]:
    content = b"".join(response.streaming_content)
    if response["Content-Type"].startswith("text/csv"):
        return [
            cell for row in csv.reader(io.StringIO(content.decode("utf-8-sig"))) for cell in row
        ]
    book = load_workbook(io.BytesIO(content))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert all(cell.data_type != "f" for cell in cells)
    return [cell.value for cell in cells]


def shut(response) -> None:
    """Without the end of a request, which would close the connection and lose what was prepared."""
    request_finished.disconnect(close_old_connections)
    response.close()


def test_what_begins_a_formula_is_known_everywhere():
    assert set(STARTS) <= set(FORMULA)


@pytest.mark.django_db
@pytest.mark.parametrize("respond", [csv_response, xlsx_response])
def test_no_cell_and_no_title_is_computed(respond):
    hostile = [f"{start}1+1" for start in STARTS]
    response = respond("x", hostile, [hostile])
    cells = cells_of(response)
    response.close()

    assert len(cells) == 2 * len(STARTS)
    assert [cell for cell in cells if is_computed(cell)] == []
    assert all(str(cell).startswith("'") for cell in cells)


def test_tables_are_written_in_few_places():
    base = Path(settings.BASE_DIR)
    rooms = {path.parent.name for path in base.glob("*/__init__.py")} - {"tests"}
    found = set()
    for path in (path for room in rooms for path in (base / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in (
                "csv.writer",
                "csv.DictWriter",
                "Workbook",
                "openpyxl.Workbook",
                "workbook",
            ):
                found.add(".".join(path.relative_to(base).with_suffix("").parts))
    assert found | {"ui.workbook"} == WRITERS


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_no_list_hands_out_a_formula(form, agent, reviewer, administrator, as_user, team):
    """What people call themselves, write and send, on its way through each list that has an address
    of its own."""
    for user in (agent, reviewer, administrator):
        user.first_name, user.last_name = HOSTILE[:30], "@x"
        user.save()
    team.name = HOSTILE
    team.save()
    version = RubricVersionFactory()
    type(version.rubric).objects.update(name=HOSTILE)
    InteractionFactory(agent=agent)
    ScorecardFactory(agent=agent, reviewer=reviewer, submitted=True, submitted_at=timezone.now())
    SkillFactory(name=HOSTILE)
    ReplyTemplateFactory(title=HOSTILE, body=HOSTILE)
    ActionItemFactory(agent=agent, owner=agent, text=HOSTILE)
    client = as_user(administrator)
    files, hostile = 0, 0
    for name, has_arguments in addresses():
        if has_arguments or name.startswith("account_"):
            continue
        response = client.post(reverse(name), {"format": form})
        said = response.headers.get("Content-Disposition", "")
        if not response.streaming or not said.endswith(f'.{form}"'):
            shut(response)
            continue
        cells = cells_of(response)
        shut(response)
        assert [cell for cell in cells if is_computed(cell)] == [], name
        files += 1
        hostile += any(isinstance(cell, str) and cell.startswith("'=") for cell in cells)
    assert files > 15
    assert hostile > 3
    assert AuditEvent.objects.filter(action="export_list").count() >= files - 1


@pytest.mark.django_db
@pytest.mark.parametrize("start", STARTS)
def test_rejected_rows_hold_no_formula_and_come_back_as_they_were(start):
    """The one file that an importer of ours reads again."""
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(["id", "channel", "created", "body", "=SUM(A1)"])
    rows.writerow(["1", "email", "soon", f"{start}1+1", f"{start}2"])
    run = imported(out.getvalue(), source="desk")
    text = "".join(rejected_file(run).lines)
    header, cells = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""))

    assert header[4] == "'=SUM(A1)"
    assert [cell for cell in (*header, *cells) if is_computed(cell)] == []

    again = imported(text, source="desk")
    columns = again.plan["layout"]["columns"]
    assert columns == ["id", "channel", "created", "body", "=SUM(A1)"]
    second = "".join(rejected_file(again).lines)
    assert [*csv.reader(io.StringIO(second, newline=""))][1][:5] == cells[:5]
