"""Files in a bucket instead of folders: a real server that speaks S3, on this machine."""

import gc
import io
import json
import urllib.error
import urllib.request
import warnings
import zipfile
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import models
from django.urls import reverse
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.images.tests.utils import get_test_image_file

from config.operations.health import check_storage
from config.settings.shared import bucket_origin, bucket_storages
from content import packages
from integrations.dumping.running import delete_expired, run_dump
from integrations.models import DataDump
from interactions.actions import attach_recording, start_import
from interactions.models import private_storage
from interactions.tasks import import_stored_file
from tests.factories.content import lesson_showing
from tests.factories.interactions import InteractionFactory
from tests.factories.packages import ScormPageFactory, package_12, stored
from tests.interactions.files import json_lines, row
from tests.interactions.sounds import wav
from tests.scale.buckets import BUCKET, bucket_options, bucket_server, empty_bucket
from training import actions


@pytest.fixture(autouse=True)
def buffers_end_here() -> Iterator[None]:
    """django-storages leaves the buffer of a file that it read to the garbage collector, whose warning
    would otherwise come up in whichever test runs then."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.fixture(scope="module")
def server():
    """Its address."""
    with bucket_server() as address:
        yield address


def private_fields() -> list[models.FileField]:
    """The fields whose files have no address; theirs is the storage as it was when they were made."""
    fields = [field for model in apps.get_models() for field in model._meta.get_fields()]
    files = [field for field in fields if isinstance(field, models.FileField)]
    return [field for field in files if _is_private(field)]


def _is_private(field: models.FileField) -> bool:
    return getattr(field, "_storage_callable", None) is private_storage


@pytest.fixture
def bucket(server, settings, monkeypatch):
    client, options = empty_bucket(server), bucket_options(server)
    settings.STORAGES = {**settings.STORAGES, **bucket_storages(options)}
    # A field asks for its storage once, when the house starts.
    for field in private_fields():
        monkeypatch.setattr(field, "storage", storages["private"])
    yield client
    for name in names_in(client):
        client.delete_object(Bucket=BUCKET, Key=name)
    client.delete_bucket(Bucket=BUCKET)


def names_in(client) -> list[str]:
    return [each["Key"] for each in client.list_objects_v2(Bucket=BUCKET).get("Contents", [])]


def fetch(address: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(address) as answer:  # noqa: S310
            return answer.status, answer.read()
    except urllib.error.HTTPError as refusal:
        return refusal.code, b""


def test_addresses_are_signed_and_expire(bucket, server):
    name = storages["default"].save("a.txt", ContentFile(b"for some"))
    address = storages["default"].url(name)
    assert address.startswith(f"{server}/{BUCKET}/media/a.txt?")
    assert "X-Amz-Expires=60" in address
    assert fetch(address) == (200, b"for some")


def test_what_is_private_lies_apart_and_nothing_is_public(bucket):
    storages["private"].save("secret.txt", ContentFile(b"words"))
    storages["default"].save("shown.txt", ContentFile(b"words"))
    assert names_in(bucket) == ["media/shown.txt", "private/secret.txt"]
    everybody = "http://acs.amazonaws.com/groups/global/AllUsers"
    for name in names_in(bucket):
        grants = bucket.get_object_acl(Bucket=BUCKET, Key=name)["Grants"]
        assert everybody not in [grant["Grantee"].get("URI") for grant in grants]


def test_a_second_file_of_the_same_name_overwrites_nothing(bucket):
    first = storages["private"].save("a.txt", ContentFile(b"one"))
    second = storages["private"].save("a.txt", ContentFile(b"two"))
    assert first != second
    with storages["private"].open(first) as file:
        assert file.read() == b"one"


def test_the_origin_for_the_policy_is_that_of_the_addresses():
    own = {"bucket_name": "b", "endpoint_url": "https://files.example.org:9000/x"}
    assert bucket_origin(own) == "https://files.example.org:9000"
    amazon = {
        "bucket_name": "our-files",
        "endpoint_url": None,
        "region_name": "eu-north-1",
        "access_key": "k",
        "secret_key": "s",
    }
    storage = storages.create_storage(bucket_storages(amazon)["default"])
    assert storage.url("a.png").startswith(f"{bucket_origin(amazon)}/media/a.png?")
    assert bucket_origin(amazon) == "https://our-files.s3.eu-north-1.amazonaws.com"


def test_ready_says_whether_the_bucket_answers(bucket, settings, db):
    check_storage()
    options = settings.STORAGES["private"]["OPTIONS"]
    gone = {**options, "endpoint_url": "http://127.0.0.1:9"}
    settings.STORAGES = {
        **settings.STORAGES,
        "private": {"BACKEND": "config.sharing.BucketStorage", "OPTIONS": gone},
    }
    with pytest.raises(Exception, match="Could not connect"):
        check_storage()


def close_files(answer) -> None:
    """As a server does; `answer.close()` would also take the tests' database away."""
    for close in answer._resource_closers:
        close()


# What the rooms keep there ------------------------------------------------------------------------


def test_a_recording_is_played_in_pieces_and_only_the_piece_is_fetched(
    bucket, server, as_user, agent, teammate, administrator, settings
):
    settings.FILE_ADDRESS_SECONDS = 90
    content = wav(list(range(5000)))
    call = InteractionFactory(agent=agent, channel="phone", external_id="call-1")
    recording = attach_recording(call, ContentFile(content, name="c.wav"), by=administrator)
    assert names_in(bucket) == [f"private/{recording.file.name}"]
    address = reverse("interactions:interaction_recording", args=[call.pk])
    assert as_user(teammate).get(address).status_code == 404
    client = as_user(agent)
    ours = client.get(address)["Location"]
    assert as_user(teammate).get(ours).status_code == 404
    sent = client.get(ours)
    assert sent.status_code == 302
    assert "no-store" in sent["Cache-Control"]
    theirs = sent["Location"]
    assert theirs.startswith(f"{server}/{BUCKET}/private/{recording.file.name}?")
    assert "X-Amz-Expires=90" in theirs
    assert got(theirs) == (200, content, "audio/wav", 'inline; filename="recording.wav"')
    assert got(theirs, "bytes=1000-1999")[:2] == (206, content[1000:2000])
    assert got(theirs, "bytes=-10")[:2] == (206, content[-10:])
    assert got(theirs, f"bytes={len(content)}-")[0] == 416


def got(address: str, asked: str = "") -> tuple[int, bytes, str, str]:
    headers = {"Range": asked} if asked else {}
    request = urllib.request.Request(address, headers=headers)  # noqa: S310
    try:
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            told = answer.headers
            return answer.status, answer.read(), told["Content-Type"], told["Content-Disposition"]
    except urllib.error.HTTPError as refusal:
        return refusal.code, b"", "", ""


def test_an_uploaded_file_is_imported_and_then_gone_from_the_bucket(
    bucket, as_user, administrator, django_capture_on_commit_callbacks
):
    file = ContentFile(json_lines(row(1), row(2), "{"), name="chats.jsonl")
    with django_capture_on_commit_callbacks(execute=False):
        run = start_import(file, file_name="chats.jsonl", size=file.size, by=administrator)
    assert names_in(bucket) == [f"private/{run.file.name}"]
    with django_capture_on_commit_callbacks(execute=True):
        import_stored_file.call(run.pk)
    run.refresh_from_db()
    assert (run.state, run.created_count, run.rejected_count) == ("done", 2, 1)
    assert names_in(bucket) == []


def test_a_dump_lies_in_the_bucket_and_goes_from_it(bucket, as_user, administrator):
    dump = DataDump.objects.create(started_by=administrator, tables_total=3)
    run_dump(dump)
    dump.refresh_from_db()
    assert (dump.state, names_in(bucket)) == ("done", [f"private/{dump.file.name}"])
    address = reverse("integrations:dump_download", args=[dump.pk])
    answer = as_user(administrator).post(address)
    package = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
    close_files(answer)
    assert json.loads(package.read("manifest.json"))
    assert dump.size == bucket.head_object(Bucket=BUCKET, Key=names_in(bucket)[0])["ContentLength"]
    delete_expired(at=dump.expires_at)
    assert DataDump.objects.get().state == "deleted"


def test_a_package_is_whole_or_not_there_and_plays_from_the_bucket(bucket, agent, client):
    step = ScormPageFactory(package=stored(package_12()))
    sha256 = step.package.sha256
    assert names_in(bucket) == [
        f"private/packages/{sha256}/files/imsmanifest.xml",
        f"private/packages/{sha256}/files/one/index.html",
        f"private/packages/{sha256}/files/shared/style.css",
        f"private/packages/{sha256}/package.zip",
    ]
    part = actions.open_part(actions.start_run(agent, step), "one", by=agent)

    def get(name: str):
        return client.get(reverse("training:package_file", args=[part.key, name]))

    page = get("one/index.html")
    assert page.status_code == 200
    assert b"~evenhand/runtime.js" in page.content
    style = get("shared/style.css")
    assert (style.status_code, style["Content-Type"]) == (200, "text/css")
    assert get("shared/none.css").status_code == 404
    for name in ("../package.zip", "one/../../package.zip", "/etc/passwd", "", "one\\x", "."):
        assert packages.file_name(sha256, name) is None


def test_a_package_that_was_half_sent_is_sent_again(bucket):
    data = package_12()
    sha256 = packages.store(io.BytesIO(data)).sha256
    whole = names_in(bucket)
    for name in (f"private/packages/{sha256}/package.zip", whole[1]):
        bucket.delete_object(Bucket=BUCKET, Key=name)
    packages.store(io.BytesIO(data))
    assert names_in(bucket) == whole
    packages.remove(sha256)
    assert names_in(bucket) == []


def test_documents_and_pictures_have_addresses_that_say_what_they_are(
    bucket, as_user, agent, server
):
    def shown(name: str, content: bytes):
        document = get_document_model()(title=name)
        document.file.save(name, ContentFile(content))
        lesson_showing(document)
        ours = as_user(agent).get(document.url)["Location"]
        return as_user(agent).get(ours)

    plan = shown("plan.pdf", b"%PDF-1.4 words")["Location"]
    assert got(plan) == (200, b"%PDF-1.4 words", "application/pdf", 'inline; filename="plan.pdf"')
    page = shown("plan.txt", b"<!doctype html><script>1</script>")["Location"]
    kept = ("application/octet-stream", 'attachment; filename="plan.txt"')
    assert got(page) == (200, b"<!doctype html><script>1</script>", *kept)
    empty = shown("none.pdf", b"")["Location"]
    assert got(empty)[2:] == ("application/octet-stream", 'attachment; filename="none.pdf"')
    image = get_image_model().objects.create(title="Door", file=get_test_image_file())
    address = image.get_rendition("width-100").url
    assert address.startswith(f"{server}/{BUCKET}/media/images/")
    assert fetch(address)[0] == 200


def test_captions_come_from_us_because_browsers_take_them_from_nowhere_else(bucket, as_user, agent):
    words = b"WEBVTT\n\n00:01.000 --> 00:04.000\nGood morning.\n"
    captions = get_document_model()(title="Captions")
    captions.file.save("film.vtt", ContentFile(words))
    lesson_showing(captions)
    client = as_user(agent)
    answer = client.get(captions.url, follow=True)
    assert (answer.status_code, b"".join(answer.streaming_content)) == (200, words)
    piece = client.get(captions.url, follow=True, headers={"Range": "bytes=2-5"})
    assert (piece.status_code, b"".join(piece.streaming_content)) == (206, words[2:6])
    bucket.delete_object(Bucket=BUCKET, Key=f"media/{captions.file.name}")
    assert client.get(captions.url, follow=True).status_code == 404
