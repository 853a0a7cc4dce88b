"""Every door by which a file comes in, and what hostile people bring to it. Each is told so in words, and
nothing is kept."""

import inspect
import io
import json
import resource
import stat
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse
from PIL import Image
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import Collection, UploadedFile

import content
import integrations
import interactions
import people
import scorecards
import training
from content.models import ManualImport, ManualIndexPage, Package, Question
from integrations.models import DirectoryRun
from interactions.importing.planning import propose
from interactions.importing.run import run_import
from interactions.models import ImportRun, Interaction
from scorecards.models import Rubric
from tests.factories.interactions import ImportRunFactory, InteractionFactory
from tests.factories.packages import package_12
from tests.interactions.files import json_lines, row
from tests.interactions.sounds import wav
from ui.uploads import UploadField, check_upload

# Wagtail leaves the buffer that it writes a picture's size to for the garbage collector to close.
pytestmark = pytest.mark.filterwarnings("ignore:Unclosed file <tempfile:ResourceWarning")

PAGE = b"<!doctype html><html><script>alert(document.domain)</script></html>"
DRAWING = (
    b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
)
PROGRAM = b"MZ\x90\x00\x03" + b"\x00" * 200
PDF = b"%PDF-1.4\n1 0 obj << >> endobj\ntrailer << >>\n%%EOF\n"


def picture(kind: str = "png", size: tuple[int, int] = (4, 4), **options: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, kind, **options)
    return out.getvalue()


def noise() -> bytes:
    out = io.BytesIO()
    Image.effect_noise((300, 300), 80).save(out, "png")
    return out.getvalue()


def huge_png(width: int, height: int) -> bytes:
    """The header of a picture that would fill the memory, with no points behind it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))
        )

    header = struct.pack(">LLBBBBB", width, height, 8, 2, 0, 0, 0)
    points = zlib.compress(b"\x00" * 1000)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", points) + chunk(b"IEND", b"")
    )


def long_animation() -> bytes:
    frames = [Image.new("P", (1000, 1000), number) for number in range(40)]
    out = io.BytesIO()
    frames[0].save(out, "gif", save_all=True, append_images=frames[1:])
    return out.getvalue()


def packed(*members: tuple[str, bytes], mode: int = 0) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            info = zipfile.ZipInfo("x")
            # Not by the constructor, which mends it.
            info.filename = info.orig_filename = name
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = mode << 16
            archive.writestr(info, data)
    return out.getvalue()


def bomb() -> bytes:
    return packed(("zeros.csv", b"\x00" * 300_000_000))


def nested(times: int = 4) -> bytes:
    data = packed(("zeros.bin", b"\x00" * 5_000_000))
    for number in range(times):
        data = packed(*((f"{number}-{each}.zip", data) for each in range(4)))
    return data


def overlapping() -> bytes:
    """Two thousand members that are the same bytes."""
    data = packed(("a.txt", bytes(range(256)) * 4000))
    end = data.rfind(b"PK\x05\x06")
    at = struct.unpack("<L", data[end + 16 : end + 20])[0]
    entry = data[at:end]
    directory = entry * 2000
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 2000, 2000, len(directory), at, 0)
    return data[:at] + directory + tail


def many_members(is_64: bool = False) -> bytes:
    """A directory of 20,000 files; with `is_64` counted where large archives count them."""
    data = packed(("a.txt", b""))
    end = data.rfind(b"PK\x05\x06")
    at = struct.unpack("<L", data[end + 16 : end + 20])[0]
    directory = data[at:end] * 20_000
    count, more = 20_000, b""
    if is_64:
        record = (b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, len(directory), at)
        locator = (b"PK\x06\x07", 0, at + len(directory), 1)
        more = struct.pack("<4sQ2H2L4Q", *record) + struct.pack("<4sLQL", *locator)
        count = 1
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(directory), at, 0)
    return data[:at] + directory + more + tail


LINK = stat.S_IFLNK | 0o777
ARCHIVES: dict[str, Callable[[], bytes]] = {
    "a path upwards": lambda: packed(("../../evil.txt", b"x"), ("a.md", b"# A")),
    "an absolute path": lambda: packed(("/etc/cron.d/evil", b"x"), ("a.md", b"# A")),
    "a drive": lambda: packed(("C:/evil.txt", b"x"), ("a.md", b"# A")),
    "a path of Windows": lambda: packed(("..\\..\\evil.txt", b"x"), ("a.md", b"# A")),
    "a link": lambda: packed(("passwd", b"/etc/passwd"), ("a.md", b"# A"), mode=LINK),
    "a bomb": bomb,
    "a bomb in shared bytes": overlapping,
    "a directory without end": many_members,
    "a directory without end, counted large": lambda: many_members(is_64=True),
    "half of it": lambda: packed(("a.txt", bytes(range(256)) * 40))[:-30],
    "only its beginning": lambda: b"PK\x03\x04",
}
ANYWHERE: dict[str, Callable[[], bytes]] = {
    "a page": lambda: PAGE,
    "a page behind blanks": lambda: b"\xef\xbb\xbf \n" + PAGE,
    "a drawing": lambda: DRAWING,
    "a program": lambda: PROGRAM,
    "nothing": lambda: b"",
}
PICTURES: dict[str, Callable[[], bytes]] = {
    "a bomb of 50,000 by 50,000": lambda: huge_png(50_000, 50_000),
    "12,000 by 12,000, which Pillow would take": lambda: huge_png(12_000, 12_000),
    "more than we take": lambda: huge_png(6_000, 6_000),
    "a header and no more": lambda: picture()[:40],
    "half of it": lambda: noise()[:30_000],
    "a picture with a page in it": lambda: picture() + PAGE,
    "a picture with a program in it": lambda: picture() + b"<?php system($_GET['c']); ?>",
    "a picture with an archive behind it": lambda: picture() + packed(("evil.class", b"x")),
    "a jpeg under another name": lambda: picture("jpeg"),
    "a document": lambda: PDF,
}
DOCUMENTS: dict[str, Callable[[], bytes]] = {
    "a picture": picture,
    "a document with an archive behind it": lambda: PDF + packed(("evil.class", b"x")),
    "a document with a page in it": lambda: b"%PDF-1.4\n" + PAGE,
    "a document behind a page": lambda: PAGE + PDF,
    "words": lambda: b"Only words.",
}


# The doors ----------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Door:
    name: str
    address: Callable[[], str]
    ending: str
    hostile: dict[str, Callable[[], bytes]]
    good: Callable[[], bytes]
    file: str = "file"
    more: Callable[[], dict[str, object]] = dict
    is_json: bool = False
    has_kinds: bool = False
    limit: tuple[str, ...] = field(default=())


def collection() -> dict[str, object]:
    return {"title": "A", "collection": Collection.get_first_root_node().pk, "tags": ""}


def prefixed(prefix: str) -> Callable[[], dict[str, object]]:
    return lambda: {f"{prefix}-{name}": value for name, value in collection().items()}


def existing(
    model: Callable[[], type], name: str, content: Callable[[], bytes]
) -> Callable[[], int]:
    def made() -> int:
        first = model().objects.filter(title="Before").first()
        first = first or model().objects.create(
            title="Before", file=ContentFile(content(), name=name)
        )
        return first.pk

    return made


the_document = existing(get_document_model, "before.pdf", lambda: PDF)
the_image = existing(get_image_model, "before.png", picture)


def manual() -> dict[str, object]:
    return {"tree": "tree", "below": ManualIndexPage.objects.first().pk, "publish": "on"}


def workbook() -> bytes:
    from tests.fuzz.files import CONVERSATIONS

    return CONVERSATIONS["a.xlsx"]


WAGTAIL = {"has_kinds": True}
AN_IMAGE = {"ending": "png", "hostile": ANYWHERE | PICTURES, "good": picture, **WAGTAIL}
A_PDF = {"ending": "pdf", "hostile": ANYWHERE | DOCUMENTS, "good": lambda: PDF, **WAGTAIL}
A_ZIP = {
    "ending": "zip",
    "hostile": ANYWHERE
    | ARCHIVES
    | {"an archive in an archive": nested, "a document": lambda: PDF},
    "good": lambda: packed(("a.txt", b"x")),
    **WAGTAIL,
}
DOORS = [
    Door("an image", lambda: reverse("wagtailimages:add"), more=collection, **AN_IMAGE),
    Door(
        "many images",
        lambda: reverse("wagtailimages:add_multiple"),
        file="files[]",
        more=collection,
        is_json=True,
        **AN_IMAGE,
    ),
    Door(
        "an image while choosing",
        lambda: reverse("wagtailimages_chooser:create"),
        file="image-chooser-upload-file",
        more=prefixed("image-chooser-upload"),
        is_json=True,
        **AN_IMAGE,
    ),
    Door(
        "an image in the place of another",
        lambda: reverse("wagtailimages:edit", args=[the_image()]),
        more=collection,
        **AN_IMAGE,
    ),
    Door("a document", lambda: reverse("wagtaildocs:add"), more=collection, **A_PDF),
    Door("an archive", lambda: reverse("wagtaildocs:add"), more=collection, **A_ZIP),
    Door(
        "many documents",
        lambda: reverse("wagtaildocs:add_multiple"),
        file="files[]",
        more=collection,
        is_json=True,
        **A_PDF,
    ),
    Door(
        "a document while choosing",
        lambda: reverse("wagtaildocs_chooser:create"),
        file="document-chooser-upload-file",
        more=prefixed("document-chooser-upload"),
        is_json=True,
        **A_PDF,
    ),
    Door(
        "a document in the place of another",
        lambda: reverse("wagtaildocs:edit", args=[the_document()]),
        more=collection,
        **A_PDF,
    ),
    Door(
        "a tree of the manual",
        lambda: reverse("content_manual_files"),
        "zip",
        ANYWHERE | ARCHIVES | {"a document": lambda: PDF, "a picture": picture},
        lambda: packed(("a.md", b"# A\n\nWords.")),
        more=manual,
    ),
    Door(
        "questions",
        lambda: reverse("content_gift_import"),
        "txt",
        ANYWHERE | {"a document": lambda: PDF, "a picture": picture},
        lambda: b"::Q:: Which? {=one ~two}",
    ),
    Door(
        "a package",
        lambda: reverse("wagtailsnippets_content_package:add"),
        "zip",
        ANYWHERE | ARCHIVES | {"a document": lambda: PDF, "a picture": picture},
        package_12,
    ),
    Door(
        "interactions, packed",
        lambda: reverse("interactions:import_create"),
        "zip",
        ANYWHERE | ARCHIVES | {"a document": lambda: PDF, "an archive in an archive": nested},
        lambda: packed(("a.jsonl", json_lines(row(1)))),
    ),
    Door(
        "interactions",
        lambda: reverse("interactions:import_create"),
        "jsonl",
        ANYWHERE | {"a document": lambda: PDF, "a picture": picture},
        lambda: json_lines(row(1)),
    ),
    Door(
        "interactions in a workbook",
        lambda: reverse("interactions:import_create"),
        "xlsx",
        ANYWHERE | {"a bomb": bomb, "a directory without end": many_members},
        workbook,
    ),
    Door(
        "people",
        lambda: reverse("integrations:directory"),
        "csv",
        ANYWHERE | {"a picture": picture, "an archive": bomb, "zeros": lambda: b"\x00" * 999},
        lambda: b"email,first_name\nnia@example.org,Nia\n",
    ),
    Door(
        "a rubric",
        lambda: reverse("scorecards:rubric_import"),
        "json",
        ANYWHERE
        | {
            "a picture": picture,
            "an archive": bomb,
            "depth without end": lambda: b"[" * 900_000,
            "a number without end": lambda: b'{"key": ' + b"9" * 900_000 + b"}",
        },
        lambda: json.dumps({"format": "evenhand-rubric"}).encode(),
    ),
]
KEPT = (
    *(get_document_model(), get_image_model(), UploadedFile, Package),
    *(ManualImport, Question, ImportRun, Interaction, DirectoryRun, Rubric),
)


@pytest.fixture(autouse=True)
def media_root(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def kept() -> dict[str, object]:
    """All rows that an upload makes, and all files."""
    places = [Path(storages[name].location) for name in ("default", "private")]
    return {
        **{model.__name__: sorted(model.objects.values_list("pk", flat=True)) for model in KEPT},
        "before": [
            (each.title, each.file.name, each.file.size)
            for model in (get_document_model(), get_image_model())
            for each in model.objects.order_by("pk")
        ],
        "files": sorted(
            str(path)
            for place in places
            for path in place.rglob("*")
            # The sizes of pictures that are there already are made when they are shown.
            if path.is_file() and path.parent.name != "images"
        ),
    }


def bring(client, door: Door, name: str, content: bytes, kind: str = "application/octet-stream"):
    upload = SimpleUploadedFile("x", content, content_type=kind)
    # The name as the browser sends it; the object would mend it.
    upload._name = name
    headers = {"X-Requested-With": "XMLHttpRequest"} if door.is_json else {}
    return client.post(door.address(), {**door.more(), door.file: upload}, headers=headers)


def words_of(door: Door, answer) -> str:
    """What the person is told; a wrong answer fails here."""
    if door.is_json:
        told = answer.json()
        assert told.get("success") is False or told.get("step") == "reshow_creation_form", told
        return " ".join(str(each) for each in told.values())
    # Django itself answers 400 where a header of the form is longer than any name.
    assert answer.status_code in (200, 400, 422), answer.status_code
    return answer.text


@pytest.fixture
def somebody(as_user, administrator, editor):
    """Who may bring most things: an administrator who is an editor too."""
    administrator.groups.add(*editor.groups.all())
    return as_user(administrator)


CASES = [
    pytest.param(door, what, id=f"{door.name}: {what}") for door in DOORS for what in door.hostile
]


@pytest.mark.parametrize(("door", "what"), CASES)
def test_a_hostile_file_is_refused_in_words_and_nothing_is_kept(somebody, door, what):
    door.address()
    before = kept()
    answer = bring(somebody, door, f"plan.{door.ending}", door.hostile[what](), "image/png")
    told = words_of(door, answer)
    assert any(word in told.lower() for word in ("error", "file", "picture", "page"))
    assert "Traceback" not in told
    assert kept() == before


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
def test_a_good_file_comes_in(somebody, door, django_capture_on_commit_callbacks):
    door.address()
    before = kept()
    answer = bring(somebody, door, f"plan.{door.ending}", door.good())
    assert answer.status_code in (200, 302, 422)
    # A rubric needs more than a few words to be one: that it got as far as its reader is enough.
    assert kept() != before or "not a rubric" in answer.text or door.name == "a rubric"


NAMES = {
    "many signs": "a" * 240,
    "a device": "con",
    "a device with a dot": "NUL.plan",
    "hidden": ".plan",
}


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
@pytest.mark.parametrize("what", NAMES)
def test_a_name_that_makes_trouble_is_refused(somebody, door, what):
    door.address()
    before = kept()
    answer = bring(somebody, door, f"{NAMES[what]}.{door.ending}", door.good())
    assert "name" in words_of(door, answer)
    assert kept() == before


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
def test_a_name_of_a_thousand_signs_is_no_request(somebody, door):
    door.address()
    before = kept()
    assert bring(somebody, door, f"{'a' * 1000}.{door.ending}", door.good()).status_code == 400
    assert kept() == before


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
@pytest.mark.parametrize(
    "name",
    [
        "\u202egnp.plan",
        "pl\x00an",
        "../../etc/plan",
        "C:\\plan",
        "pl\r\nX-Evil: 1\r\nan",
        "\u2066ü",
    ],
)
def test_a_name_that_deceives_comes_in_as_what_is_left_of_it(somebody, door, name):
    door.address()
    before = set(kept()["files"])
    answer = bring(somebody, door, f"{name}.{door.ending}", door.good())
    assert answer.status_code in (200, 302, 422)
    for path in set(kept()["files"]) - before:
        assert Path(path).resolve().is_relative_to(Path(path).anchor)
        assert Path(path).name.isprintable()
        assert any(
            Path(path).is_relative_to(storages[each].location) for each in ("default", "private")
        )


@pytest.mark.parametrize(
    "door", [each for each in DOORS if each.has_kinds], ids=lambda door: door.name
)
@pytest.mark.parametrize("ending", ["html", "svg", "xhtml", "js", "exe", "php", "pdf.html", ""])
def test_other_kinds_are_not_taken_whatever_is_in_them(somebody, door, ending):
    door.address()
    before = kept()
    words_of(door, bring(somebody, door, f"plan.{ending}", door.good(), "application/pdf"))
    assert kept() == before


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
def test_a_file_that_is_too_large_is_refused(somebody, door, settings, monkeypatch):
    door.address()
    settings.WAGTAILDOCS_MAX_UPLOAD_SIZE = settings.WAGTAILIMAGES_MAX_UPLOAD_SIZE = 10
    for form in own_forms():
        for each in form.base_fields.values():
            if isinstance(each, UploadField):
                monkeypatch.setattr(each, "most", 10)
    before = kept()
    told = words_of(door, bring(somebody, door, f"plan.{door.ending}", door.good()))
    assert "larger than" in told or "too big" in told
    assert kept() == before


def own_forms() -> list[type[forms.BaseForm]]:
    found: set[type[forms.BaseForm]] = set()
    for package in (content, integrations, interactions, people, scorecards, training):
        for module in walk_packages(package.__path__, f"{package.__name__}."):
            if ".migrations." in module.name or ".management." in module.name:
                continue
            for _name, each in inspect.getmembers(import_module(module.name), inspect.isclass):
                if issubclass(each, forms.BaseForm) and each.__module__ == module.name:
                    found.add(each)
    return sorted(found, key=lambda each: each.__qualname__)


def test_every_form_with_a_file_looks_at_it():
    """A new form with a plain field for files fails here, and then needs a door above."""
    fields = {
        f"{form.__module__}.{form.__name__}": each
        for form in own_forms()
        for each in getattr(form, "base_fields", {}).values()
        if isinstance(each, forms.FileField)
    }
    assert [name for name, each in fields.items() if not isinstance(each, UploadField)] == []
    assert set(fields) == {
        "content.hooks_packages.PackageForm",
        "content.markdown.forms.ManualImportForm",
        "content.question_views.GiftForm",
        "integrations.forms.DirectoryForm",
        "interactions.forms.ImportForm",
        "scorecards.forms_rubrics.ImportForm",
    }


def test_nobody_uploads_a_portrait(somebody):
    address = reverse("wagtailadmin_account")
    assert 'type="file"' not in somebody.get(address).text
    before = kept()
    portrait = SimpleUploadedFile("me.png", picture())
    somebody.post(address, {"avatar-avatar": portrait})
    assert kept() == before


# Documents of every kind --------------------------------------------------------------------------
KINDS = {
    "csv": b"a,b\n1,2\n",
    "docx": packed(("[Content_Types].xml", b"<x/>"), ("word/document.xml", b"<x/>")),
    "key": packed(("Index/Document.iwa", b"x")),
    "mp3": b"ID3\x04\x00" + b"\x00" * 20,
    "mp4": b"\x00\x00\x00\x18ftypmp42" + b"\x00" * 20,
    "odt": packed(("mimetype", b"application/vnd.oasis.opendocument.text")),
    "ogg": b"OggS" + b"\x00" * 30,
    "pdf": PDF,
    "pptx": packed(("[Content_Types].xml", b"<x/>"), ("ppt/presentation.xml", b"<x/>")),
    "rtf": b"{\\rtf1 words}",
    "txt": "Wörter".encode(),
    "vtt": b"WEBVTT\n\n00:01.000 --> 00:02.000\nHi\n",
    "wav": wav([0, 9]),
    "webm": b"\x1a\x45\xdf\xa3" + b"\x00" * 20,
    "xlsx": packed(("[Content_Types].xml", b"<x/>"), ("xl/workbook.xml", b"<x/>")),
    "zip": packed(("a.txt", b"x")),
}


@pytest.mark.parametrize("name", KINDS)
def test_each_kind_of_document_is_known_by_its_content(settings, name):
    assert set(KINDS) == set(settings.WAGTAILDOCS_EXTENSIONS)
    for other, data in KINDS.items():
        file = ContentFile(data, name=f"plan.{name}")
        are_words = {other, name} <= {"csv", "txt", "vtt"}
        # The two that may have anything in them.
        is_any_zip = name in ("key", "zip") and data.startswith(b"PK")
        fits = other == name or are_words or is_any_zip
        if fits:
            check_upload(file, kinds=settings.WAGTAILDOCS_EXTENSIONS, most=10**6)
        else:
            with pytest.raises(ValidationError):
                check_upload(file, kinds=settings.WAGTAILDOCS_EXTENSIONS, most=10**6)


@pytest.mark.parametrize("kind", ["avif", "gif", "jpeg", "png", "webp"])
def test_each_kind_of_picture_is_taken(settings, kind):
    file = ContentFile(picture(kind, (60, 60)), name=f"door.{kind}")
    check_upload(file, kinds=settings.WAGTAILIMAGES_EXTENSIONS, most=10**6)


def test_a_long_animation_counts_all_its_points(settings):
    with pytest.raises(ValidationError, match="million points"):
        check_upload(ContentFile(long_animation(), name="film.gif"), kinds=["gif"], most=10_000_000)


# The one member of a zip that holds conversations --------------------------------------------------
NAMED = [
    "../x.jsonl",
    "../../x.jsonl",
    "/{folder}/x.jsonl",
    "..\\x.jsonl",
    "C:/x.jsonl",
    "x\n.jsonl",
]


@pytest.mark.django_db
@pytest.mark.parametrize("name", NAMED)
def test_what_a_member_calls_itself_leads_nowhere(monkeypatch, tmp_path, name):
    """It is read out of the archive and never written, so that its rows come in, and no file anywhere."""
    inside = tmp_path / "one/two"
    inside.mkdir(parents=True)
    monkeypatch.chdir(inside)
    before = {*tmp_path.rglob("*")}
    data = packed((name.format(folder=tmp_path), json_lines(row(1))))
    source = io.BytesIO(data)
    run = run_import(ImportRunFactory(plan=propose(source, "chats.zip").plan), stream=source)
    assert (run.state, run.created_count) == (ImportRun.State.DONE, 1)
    assert {*tmp_path.rglob("*")} == before
    assert name.format(folder=tmp_path) not in f"{run.file_name} {run.plan} {run.notes}"


@pytest.mark.django_db
def test_a_member_that_is_a_link_is_its_own_few_letters(somebody, tmp_path):
    secret = tmp_path / "chats.jsonl"
    secret.write_bytes(json_lines(row(1)))
    data = packed(("x.jsonl", str(secret).encode()), mode=LINK)
    door = next(each for each in DOORS if each.name == "interactions, packed")
    before = kept()
    answer = bring(somebody, door, "chats.zip", data)
    assert answer.status_code == 422
    assert Interaction.objects.count() == 0
    assert kept() == before


# Recordings come by a command ---------------------------------------------------------------------
@pytest.mark.parametrize("content", [PAGE, DRAWING, PROGRAM, b"", picture(), PDF])
@pytest.mark.parametrize("ending", ["wav", "mp3", "m4a", "ogg", "opus", "flac", "webm"])
def test_a_recording_that_is_none_is_not_attached(db, tmp_path, content, ending):
    call = InteractionFactory(channel="phone")
    file = tmp_path / f"call.{ending}"
    file.write_bytes(content)
    before = kept()
    with pytest.raises(CommandError):
        call_command("import_recording", str(call.pk), audio=file)
    assert kept() == before


# Memory -------------------------------------------------------------------------------------------
MEASURE = """
import os, resource, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings.test"
import django
django.setup()
from django.core.exceptions import ValidationError
from django.core.files import File
from ui.uploads import check_upload
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with open(sys.argv[1], "rb") as stream:
    file = File(stream, name="plan." + sys.argv[1].rsplit(".")[-1])
    try:
        check_upload(file, kinds=["mp4", "zip", "png"], most=10**12)
        print("taken")
    except ValidationError:
        print("refused")
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="counts memory as Linux does")
@pytest.mark.parametrize("what", ["a film", "a directory", "a picture"])
def test_a_large_file_is_looked_at_in_little_memory(tmp_path, what):
    assert resource.getpagesize()
    if what == "a film":
        file, word = tmp_path / "a.mp4", "taken"
        with file.open("wb") as stream:
            stream.write(KINDS["mp4"])
            stream.truncate(400_000_000)
    elif what == "a directory":
        file, word = tmp_path / "a.zip", "refused"
        entry = packed(("a.txt", b""))
        end = entry.rfind(b"PK\x05\x06")
        at = struct.unpack("<L", entry[end + 16 : end + 20])[0]
        directory = entry[at:end] * 1_500_000
        tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 9, 9, len(directory), at, 0)
        file.write_bytes(entry[:at] + directory + tail)
    else:
        file, word = tmp_path / "a.png", "refused"
        file.write_bytes(huge_png(50_000, 50_000))
    answer = subprocess.run(
        [sys.executable, "-c", MEASURE, str(file)], capture_output=True, text=True, check=True
    )
    outcome, megabytes = answer.stdout.split()
    assert outcome == word
    assert int(megabytes) < 40
