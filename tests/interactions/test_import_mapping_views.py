"""The mapping screen, saved mappings, and agents nobody knows, in the browser."""

import io
from dataclasses import replace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from interactions.importing import planning
from interactions.models import ImportMapping, ImportRun, Interaction
from people.models import AuditEvent, ExternalIdentity, User
from tests.factories.interactions import InteractionFactory
from tests.factories.people import UserFactory

pytestmark = pytest.mark.django_db
TABLE = (
    b"Ticket ID;Via;Created;Agent;Body\n"
    b"7;Email;31/03/2026 09:30;Ada;Where is it?\n"
    b"8;Fax;01/04/2026 10:00;Ben;Hi\n"
)


def url(name: str, *args) -> str:
    return reverse(f"interactions:{name}", args=args)


def upload(client, content: bytes = TABLE, name: str = "export.csv"):
    return client.post(url("import_create"), {"file": SimpleUploadedFile(name, content)})


def sent(response, **changes) -> dict:
    form = response.context["form"]
    data = {name: form[name].value() or "" for name in form.fields}
    data = {name: value for name, value in data.items() if value is not False}
    return {
        **data,
        **{field.name: field.value() for field in response.context["layout_form"]},
        **changes,
    }


def test_a_table_is_asked_about_previewed_imported_and_remembered(
    as_user, administrator, django_capture_on_commit_callbacks
):
    client = as_user(administrator)
    response = upload(client)
    run = ImportRun.objects.get()
    assert (run.state, response.url) == (ImportRun.State.DRAFT, url("import_mapping", run.pk))
    page = client.get(response.url)
    text = page.content.decode()
    assert "Columns are separated by: semicolon." in text
    assert "name no time zone" in text
    assert Interaction.objects.count() == 0

    refused = client.post(response.url, sent(page, do="import"))
    assert refused.status_code == 422
    assert "Source is missing" in refused.content.decode()

    said = sent(page, do="preview", source="desk", zone="Europe/Berlin", channel_1="")
    shown = client.post(response.url, said).content.decode()
    assert "desk: 7" in shown
    assert "would be rejected" in shown

    with django_capture_on_commit_callbacks(execute=True):
        client.post(response.url, {**said, "do": "import", "name": "Desk"})
    run.refresh_from_db()
    assert (run.state, run.created_count, run.rejected_count) == (ImportRun.State.DONE, 1, 1)
    assert run.mapping.name == "Desk"

    response = upload(client)
    assert "Filled in from the mapping “Desk”" in client.get(response.url).content.decode()
    client.post(url("import_discard", ImportRun.objects.first().pk))
    assert ImportRun.objects.count() == 1


def test_mappings_are_listed_changed_and_deleted(as_user, administrator, agent):
    plan = {
        "kind": "table",
        "mapping": {
            "columns": {"Id": "external_id"},
            "constants": {"source": "desk", "channel": "chat"},
        },
    }
    mapping = ImportMapping.objects.create(name="Desk", plan=plan)
    client = as_user(administrator)
    assert "Desk" in client.get(url("mapping_list")).content.decode()
    page = client.get(url("mapping_edit", mapping.pk))
    form = page.context["form"]
    data = {name: form[name].value() or "" for name in form.fields if form[name].value()}
    assert client.post(url("mapping_edit", mapping.pk), {**data, "name": "Help"}).status_code == 302
    mapping.refresh_from_db()
    assert (mapping.name, mapping.plan["mapping"]["columns"]) == ("Help", {"Id": "external_id"})

    assert as_user(agent).get(url("mapping_list")).status_code == 403
    assert as_user(agent).post(url("mapping_delete", mapping.pk)).status_code == 404
    as_user(administrator).post(url("mapping_delete", mapping.pk))
    assert not ImportMapping.objects.exists()


def test_rows_to_mend_are_for_administrators_and_can_be_forgotten(
    as_user, administrator, agent, django_capture_on_commit_callbacks
):
    client = as_user(administrator)
    with django_capture_on_commit_callbacks(execute=True):
        upload(client, b'{"source": "a", "external_id": 1, "messages": []}\n', "x.jsonl")
    run = ImportRun.objects.get()
    body = b"".join(client.get(url("import_rejected", run.pk)).streaming_content)
    assert b'"import_reason": "channel is null' in body
    assert as_user(agent).get(url("import_rejected", run.pk)).status_code == 404
    as_user(administrator).post(url("import_rejected_delete", run.pk))
    assert set(run.rejections.values_list("content", flat=True)) == {""}


def test_unknown_agents_are_proposed_matched_and_undone(as_user, administrator, agent):
    ada = UserFactory(first_name="Ada", last_name="Quist", email="ada.quist@example.org")
    people = User.objects.count()
    for number in range(3):
        InteractionFactory(
            agent=None, agent_reference="a1", agent_name="Quist, Ada", external_id=number
        )
    client = as_user(administrator)
    page = client.get(url("unknown_agents"), {"fill": "sure"})
    [row] = page.context["rows"]
    assert (row["count"], row["people"][0].person, row["chosen"]) == (3, ada, str(ada.pk))

    data = {
        "source_0": "desk",
        "reference_0": "a1",
        "person_0": "other",
        "other_0": "no@example.org",
    }
    refused = client.post(url("unknown_agents"), data)
    assert refused.status_code == 422
    client.post(url("unknown_agents"), {**data, "person_0": str(ada.pk)})
    assert Interaction.objects.filter(agent=ada).count() == 3
    identity = ExternalIdentity.objects.get()
    assert (identity.user, identity.external_id, User.objects.count()) == (ada, "a1", people)
    assert AuditEvent.objects.filter(action="match_agent").count() == 1

    client.post(url("unknown_agents"), {"undo": identity.pk})
    assert Interaction.objects.filter(agent=None).count() == 3
    assert not ExternalIdentity.objects.exists()
    assert as_user(agent).get(url("unknown_agents")).status_code == 403


def test_lists_take_the_same_queries_for_one_row_and_for_many(as_user, administrator):
    client = as_user(administrator)

    def queries(name: str) -> int:
        client.get(url(name))
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url(name)).status_code == 200
        return len(captured)

    def one_more(number: int) -> None:
        InteractionFactory(agent=None, agent_reference=f"a{number}", agent_name="Ada Quist")
        ImportMapping.objects.create(
            name=f"M{number}", plan={"kind": "table", "mapping": {}}, made_by=administrator
        )

    one_more(1)
    before = [queries(name) for name in ("mapping_list", "unknown_agents")]
    for number in range(2, 6):
        one_more(number)
    assert [queries(name) for name in ("mapping_list", "unknown_agents")] == before


def test_a_preview_goes_through_the_same_place_as_what_is_stored(monkeypatch):
    monkeypatch.setattr(planning, "prepared", lambda row: replace(row, subject="masked"))
    line = b'{"source": "s", "external_id": "1", "channel": "chat", "messages": [], "subject": "x"}'
    [shown] = planning.preview(io.BytesIO(line), {"kind": "native"})
    assert shown.row.subject == "masked"
