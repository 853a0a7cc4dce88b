"""The imports in the browser."""

import csv
import datetime as dt
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from interactions import forms
from interactions.models import ImportRejection, ImportRun
from tests.factories.interactions import ImportRunFactory, InteractionFactory
from tests.interactions.files import json_lines, row

pytestmark = pytest.mark.django_db
State = ImportRun.State
HTMX = {"HX-Request": "true"}
OTHERS = ["agent", "reviewer", "manager", "editor"]


def url(name: str, *args) -> str:
    return reverse(f"interactions:{name}", args=args)


def upload(content: bytes | None = None) -> dict:
    content = json_lines(row()) if content is None else content
    return {"file": SimpleUploadedFile("contacts.jsonl", content)}


@pytest.mark.parametrize("person", OTHERS)
@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("import_list", 403),
        ("import_create", 403),
        ("import_detail", 404),
    ],
)
def test_imports_are_for_administrators(request, as_user, person, name, status):
    args = [ImportRunFactory().pk] if status == 404 else []
    client = as_user(request.getfixturevalue(person))
    assert client.get(url(name, *args)).status_code == status


@pytest.mark.parametrize("person", OTHERS)
def test_only_administrators_change_imports(request, as_user, person):
    client = as_user(request.getfixturevalue(person))
    run = ImportRunFactory(state=State.RUNNING)
    assert client.post(url("import_create"), upload()).status_code == 403
    assert client.post(url("import_stop", run.pk)).status_code == 404
    assert client.post(url("import_resume", run.pk)).status_code == 404
    run.refresh_from_db()
    assert not run.stop_requested
    assert ImportRun.objects.count() == 1


def test_imports_need_a_login(client):
    response = client.get(url("import_list"))
    assert response.status_code == 302
    assert response.url.startswith(reverse("account_login"))


def test_wrong_methods_are_refused(as_user, administrator):
    client = as_user(administrator)
    run = ImportRunFactory()
    for name in ("import_list", "import_detail"):
        args = [] if name == "import_list" else [run.pk]
        assert client.post(url(name, *args)).status_code == 405
    for name in ("import_stop", "import_resume"):
        assert client.get(url(name, run.pk)).status_code == 405


def test_upload_imports_and_leads_to_the_report(
    as_user, administrator, django_capture_on_commit_callbacks
):
    client = as_user(administrator)
    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(
            url("import_create"), upload(json_lines(row(1), row(2, channel="<b>")))
        )
    run = ImportRun.objects.get()
    assert response.status_code == 302
    assert response.url == url("import_detail", run.pk)
    assert (run.started_by, run.file_name) == (administrator, "contacts.jsonl")

    page = client.get(response.url).content.decode()
    assert "100 %" in page
    assert "channel is &quot;&lt;b&gt;&quot;; expected phone" in page
    assert f"{url('interaction_list')}?run={run.pk}" in page
    assert "data-hx-trigger" not in page


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "The file is empty."),
        (b"PK\x03\x04rest", "The ZIP archive is damaged or was not copied completely."),
        (b"[\n", "The JSON breaks off"),
    ],
)
def test_upload_of_what_cannot_be_read_is_refused_at_once(as_user, administrator, content, message):
    response = as_user(administrator).post(url("import_create"), upload(content))
    assert response.status_code == 422
    assert message in response.content.decode()
    assert ImportRun.objects.count() == 0


def test_upload_needs_a_file_of_sensible_size(as_user, administrator, monkeypatch):
    client = as_user(administrator)
    response = client.post(url("import_create"), {})
    assert response.status_code == 422
    assert "This field is required." in response.content.decode()

    monkeypatch.setattr(forms.ImportForm.base_fields["file"], "most", 10)
    response = client.post(url("import_create"), upload())
    assert response.status_code == 422
    assert "larger than 10\xa0bytes" in response.content.decode()


def test_upload_form_names_format_and_limit(as_user, administrator):
    page = as_user(administrator).get(url("import_create")).content.decode()
    assert "at most 200 MB" in page
    assert 'enctype="multipart/form-data"' in page
    assert 'type="file"' in page


def test_history_lists_imports_and_leads_on_when_empty(as_user, administrator):
    client = as_user(administrator)
    page = client.get(url("import_list")).content.decode()
    assert "Nothing imported yet" in page
    assert url("import_create") in page

    run = ImportRunFactory(state=State.STOPPED, started_by=administrator)
    page = client.get(url("import_list")).content.decode()
    assert url("import_detail", run.pk) in page
    assert "Stopped" in page


def test_history_has_pages(as_user, administrator):
    ImportRunFactory.create_batch(26)
    page = as_user(administrator).get(url("import_list"), {"page": 2}).content.decode()
    assert page.count('<th scope="row">') == 1
    assert "Page 2 of 2" in page


@pytest.mark.parametrize(
    ("fields", "expected", "absent"),
    [
        ({"state": State.WAITING}, ["Waiting for the worker."], ["db_worker", "Resume"]),
        ({"state": State.RUNNING, "bytes_done": 40}, ["40 %", "Stop"], ["Resume"]),
        (
            {"state": State.RUNNING, "stop_requested": True},
            ["Stopping after the rows at hand."],
            ['id="stop-import"'],
        ),
        ({"state": State.STOPPED, "file": "x"}, ["Stopped after line 1,234", "Resume"], ["hx-get"]),
        (
            {"state": State.STOPPED, "pk": 4321},
            ["import_interactions FILE --resume 4321<"],
            ["resume-import"],
        ),
        (
            {"state": State.FAILED, "failure": "It broke <off>.", "created_count": 1},
            ["It broke &lt;off&gt;.", "What was imported before is kept."],
            ["hx-get", "resume"],
        ),
        ({"state": State.DONE, "created_count": 5}, ["100 %", "No row was rejected."], ["hx-get"]),
    ],
)
def test_an_import_says_how_it_stands(as_user, administrator, fields, expected, absent):
    run = ImportRunFactory(bytes_total=100, lines_done=1234, **fields)
    page = as_user(administrator).get(url("import_detail", run.pk)).content.decode()
    for text in expected:
        assert text in page
    main = page[page.index("<main") :]
    for text in absent:
        assert text not in main


@pytest.mark.parametrize(
    ("state", "expected"),
    [(State.RUNNING, "No progress since"), (State.WAITING, "manage.py db_worker --backend bulk")],
)
def test_an_abandoned_import_is_noticed_after_a_minute(as_user, administrator, state, expected):
    client = as_user(administrator)
    moment = timezone.now() - dt.timedelta(seconds=55)
    run = ImportRunFactory(state=state, progress_at=moment, file="x")
    assert expected not in client.get(url("import_detail", run.pk)).content.decode()

    ImportRun.objects.update(progress_at=moment - dt.timedelta(seconds=6))
    page = client.get(url("import_detail", run.pk)).content.decode()
    assert expected in page
    assert 'id="resume-import"' in page


def test_a_live_import_asks_for_its_status_every_second(as_user, administrator):
    client = as_user(administrator)
    run = ImportRunFactory(state=State.RUNNING, bytes_total=10, bytes_done=3)
    assert 'data-hx-trigger="every 1s"' in client.get(url("import_detail", run.pk)).content.decode()

    response = client.get(url("import_detail", run.pk), headers=HTMX)
    fragment = response.content.decode()
    assert fragment.strip().startswith('<section class="card" id="import-status"')
    assert "30 %" in fragment
    assert "<html" not in fragment

    ImportRun.objects.update(state=State.DONE)
    response = client.get(url("import_detail", run.pk), headers=HTMX)
    assert response.headers["HX-Refresh"] == "true"


def test_stop_and_resume(as_user, administrator, django_capture_on_commit_callbacks):
    client = as_user(administrator)
    with django_capture_on_commit_callbacks():
        client.post(url("import_create"), upload())
    run = ImportRun.objects.get()

    response = client.post(url("import_stop", run.pk), follow=True)
    assert "Stopped after line 0" in response.content.decode()
    response = client.post(url("import_stop", run.pk), follow=True)
    assert "This import is not running any more." in response.content.decode()

    with django_capture_on_commit_callbacks(execute=True):
        client.post(url("import_resume", run.pk))
    run.refresh_from_db()
    assert (run.state, run.created_count) == (State.DONE, 1)
    response = client.post(url("import_resume", run.pk), follow=True)
    assert "This import is done." in response.content.decode()


def test_rejections_come_as_csv_that_no_spreadsheet_runs(as_user, administrator):
    run = ImportRunFactory()
    rows = [(1, "=1+1", '+channel is "fax"'), (2, "-2", "@x"), (3, "\tx", "ä; b")]
    for line, external_id, reason in rows:
        ImportRejection.objects.create(run=run, line=line, external_id=external_id, reason=reason)
    ImportRejection.objects.create(run=ImportRunFactory(), line=9, reason="another run's")

    response = as_user(administrator).post(url("import_detail", run.pk), {"format": "csv"})
    content = b"".join(response.streaming_content).decode("utf-8-sig")

    assert response["Content-Disposition"] == (
        f'attachment; filename="import-{run.pk}-rejected.csv"'
    )
    assert list(csv.reader(io.StringIO(content))) == [
        ["Line", "Id", "Reason"],
        ["1", "'=1+1", '\'+channel is "fax"'],
        ["2", "'-2", "'@x"],
        ["3", "'\tx", "ä; b"],
    ]


def queries(client, address) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_the_pages_take_the_same_number_of_queries_for_few_and_many_rows(as_user, administrator):
    client = as_user(administrator)
    run = ImportRunFactory(started_by=administrator)
    ImportRejection.objects.create(run=run, line=1, reason="x")
    InteractionFactory(import_run=run)
    pages = [url("import_list"), url("import_detail", run.pk)]
    before = [queries(client, page) for page in pages]

    ImportRunFactory.create_batch(2, started_by=administrator)
    for line in (2, 3):
        ImportRejection.objects.create(run=run, line=line, reason="x")
    assert [queries(client, page) for page in pages] == before
