"""What is taken as a SCORM package, what is refused, and that a refusal leaves nothing behind."""

import io
import os
import signal
import stat
import subprocess
import sys
import time
import warnings
from pathlib import Path
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZipFile, ZipInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from content import packages
from content.models import Package
from content.packages import Limits, RefusedPackage
from tests.factories.packages import (
    MANIFEST_12,
    ScormPageFactory,
    package_12,
    package_2004,
    stored,
    zipped,
)

SMALL = Limits(upload=200_000, files=20, total=3_000_000, file=2_500_000, ratio=100)
GOOD = {"imsmanifest.xml": "", "one/index.html": "<p>Hello</p>"}


@pytest.fixture(autouse=True)
def private(settings, tmp_path) -> Path:
    """An empty private folder; what is in it afterwards is what an upload left."""
    settings.STORAGES = {
        **settings.STORAGES,
        "private": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path, "base_url": None},
        },
    }
    return tmp_path


def files_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def good_manifest() -> str:
    with ZipFile(io.BytesIO(package_12())) as archive:
        return archive.read("imsmanifest.xml").decode()


def with_member(name: str, content: bytes = b"x", **attributes) -> bytes:
    """A good package with one more member, written as it stands."""
    buffer = io.BytesIO(package_12())
    with ZipFile(buffer, "a", ZIP_DEFLATED) as archive:
        info = ZipInfo("placeholder")
        info.filename = name
        info.compress_type = attributes.pop("compress_type", ZIP_DEFLATED)
        for key, value in attributes.items():
            setattr(info, key, value)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # It warns of the very thing that is asked for.
            archive.writestr(info, content)
    return buffer.getvalue()


def encrypted() -> bytes:
    """The flag for "encrypted" set on every member, in both of the zip's directories."""
    data = bytearray(package_12())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(mark)
        while at >= 0:
            data[at + offset] |= 1
            at = data.find(mark, at + 4)
    return bytes(data)


def damaged() -> bytes:
    data = bytearray(zipped({"imsmanifest.xml": good_manifest(), "one/index.html": "secret" * 99}))
    at = data.find(b"one/index.html") + len("one/index.html")
    data[at + 2] ^= 0xFF
    return bytes(data)


def damaged_manifest() -> bytes:
    data = bytearray(zipped({"imsmanifest.xml": good_manifest(), "one/index.html": "x"}))
    at = data.find(b"imsmanifest.xml") + len("imsmanifest.xml")
    data[at : at + 40] = b"\xff" * 40
    return bytes(data)


def starting(address: str) -> bytes:
    manifest = good_manifest().replace('href="one/index.html"', f'href="{address}"')
    return zipped({"imsmanifest.xml": manifest, "one/index.html": "x"})


REFUSED = {
    "a path that leaves": (lambda: with_member("../../evil.html"), "points outside"),
    "a path that leaves deeper down": (lambda: with_member("a/../../evil.html"), "points outside"),
    "an absolute path": (lambda: with_member("/etc/evil.html"), "points outside"),
    "a backslash": (lambda: with_member("..\\evil.html"), "points outside"),
    "a drive": (lambda: with_member("C:evil.html"), "points outside"),
    "a line break in a name": (lambda: with_member("ev\nil.html"), "signs that no file name has"),
    "a link": (
        lambda: with_member("link", b"/etc/passwd", external_attr=(stat.S_IFLNK | 0o777) << 16),
        "is a link",
    ),
    "a member twice": (lambda: with_member("one/index.html"), "twice"),
    "a file that is a folder": (lambda: with_member("one/index.html/x"), "a file as well"),
    "an encrypted member": (encrypted, "encrypted"),
    "a way of packing we do not read": (
        lambda: with_member("b.bin", b"abc" * 99, compress_type=ZIP_BZIP2),
        "SCORM does not allow",
    ),
    "a damaged member": (damaged, "damaged"),
    "a damaged manifest": (damaged_manifest, "imsmanifest.xml in the package is damaged"),
    "an address that is none": (lambda: starting("http://[x"), "which is not in the package"),
    "a page elsewhere": (lambda: starting("//example.org/x.html"), "which is not in the package"),
    "a bomb": (lambda: with_member("bomb.bin", b"\0" * 2_400_000), "times its size"),
    "a file that is too large": (
        lambda: with_member("big.bin", b"\0" * 2_600_000),
        "a single file",
    ),
    "too many files": (
        lambda: zipped({f"f{n}": "" for n in range(25)}),
        "25 files; at most 20",
    ),
    "an upload that is too large": (lambda: with_member("r", os.urandom(300_000)), "larger than"),
    "no manifest": (lambda: zipped({"index.html": "x"}), "no imsmanifest.xml"),
    "a manifest in a folder": (
        lambda: zipped({"course/imsmanifest.xml": good_manifest(), "course/one/index.html": "x"}),
        "in the folder “course”",
    ),
    "no zip": (lambda: b"%PDF-1.4 this is no zip", "no zip file"),
    "nothing": (lambda: b"", "no zip file"),
    "a zip that lost its beginning": (lambda: package_12()[40:], "damaged"),
    "a zip of little but its end": (
        lambda: (data := package_12())[data.rindex(b"PK\x01\x02") :],
        "no zip file",
    ),
    "half a zip": (lambda: package_12()[:-40], "no zip file"),
    "a page that is not there": (
        lambda: zipped({"imsmanifest.xml": good_manifest()}),
        "starts “one/index.html”, which is not in the package",
    ),
    "nothing to start": (
        lambda: zipped({"imsmanifest.xml": MANIFEST_12.format(title="T", items="", resources="")}),
        "nothing that can be started",
    ),
    "broken XML": (lambda: zipped({"imsmanifest.xml": "<manifest><a></manifest>"}), "well-formed"),
    "another XML": (lambda: zipped({"imsmanifest.xml": "<html/>"}), "begins with “html”"),
    "entities": (
        lambda: zipped(
            {
                "imsmanifest.xml": '<!DOCTYPE m [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
                + good_manifest().split("?>", 1)[1].replace("Parcels", "&b;")
            }
        ),
        "entities of its own",
    ),
    "an entity from a file": (
        lambda: zipped(
            {
                "imsmanifest.xml": '<!DOCTYPE m [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
                + good_manifest().split("?>", 1)[1].replace("Parcels", "&a;")
            }
        ),
        "entities of its own",
    ),
    "a depth without end": (
        lambda: zipped(
            {"imsmanifest.xml": "<manifest>" + "<a>" * 500 + "</a>" * 500 + "</manifest>"}
        ),
        "larger or deeper",
    ),
    "another edition": (
        lambda: zipped({"imsmanifest.xml": good_manifest().replace(">1.2<", ">AICC 4<")}),
        "“AICC 4”",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_package_with_a_fault_is_refused_with_a_reason_and_leaves_nothing(name, private):
    make, reason = REFUSED[name]
    with pytest.raises(RefusedPackage, match=reason):
        packages.store(io.BytesIO(make()), limits=SMALL)
    assert files_in(private) == []
    assert list(private.glob("packages/*")) == []


def test_total_over_the_limit_is_refused(private):
    # Each file alone is small enough, and random enough to be no bomb.
    data = zipped({**{f"f{n}.txt": os.urandom(20_000).hex() for n in range(4)}})
    limits = Limits(upload=10**7, files=99, total=100_000, file=50_000, ratio=1000)
    with pytest.raises(RefusedPackage, match="Unpacked, the package would take"):
        packages.store(io.BytesIO(data), limits=limits)
    assert files_in(private) == []


def test_package_is_put_away_whole_and_once(private):
    data = package_12()
    first = packages.store(io.BytesIO(data))
    second = packages.store(io.BytesIO(data))
    assert first == second
    folder = f"packages/{first.sha256}"
    assert files_in(private) == sorted(
        f"{folder}/{name}"
        for name in (
            "package.zip",
            "files/imsmanifest.xml",
            "files/one/index.html",
            "files/shared/style.css",
        )
    )
    assert (private / folder / "package.zip").read_bytes() == data


def test_upload_killed_half_way_leaves_nothing_that_is_taken_for_a_package(private):
    """The folder gets its name last; what lay half-way is swept away by a later upload."""
    program = f"""
import io, os, sys
import django
django.setup()
from pathlib import Path
from content.packages import storing
from tests.factories.packages import package_12
def wait(*args):
    print("here", flush=True)
    sys.stdin.read()
storing._root = lambda: Path({str(private)!r}) / "packages"
storing.shutil.copyfileobj = wait
storing.store(io.BytesIO(package_12()))
"""
    worker = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings.test"},
    )
    assert worker.stdout.readline() == b"here\n"
    os.kill(worker.pid, signal.SIGKILL)
    worker.communicate()
    left = list((private / "packages").iterdir())
    assert [path.name.startswith(".incoming-") for path in left] == [True]
    old = time.time() - 7 * 60 * 60
    os.utime(left[0], (old, old))
    found = packages.store(io.BytesIO(package_12()))
    assert [path.name for path in (private / "packages").iterdir()] == [found.sha256]


def test_manifest_of_2004_says_what_is_asked_of_each_part():
    sequencing = """<adlcp:dataFromLMS>colour=teal</adlcp:dataFromLMS>
      <adlcp:completionThreshold minProgressMeasure="0.75"/>
      <imsss:sequencing><imsss:objectives><imsss:primaryObjective satisfiedByMeasure="true">
      <imsss:minNormalizedMeasure>0.8</imsss:minNormalizedMeasure></imsss:primaryObjective>
      </imsss:objectives><imsss:deliveryControls completionSetByContent="true"/></imsss:sequencing>"""
    found = packages.store(
        io.BytesIO(package_2004(more=sequencing, edition="2004 3rd Edition"))
    ).manifest
    (item,) = found.items
    assert (found.edition, found.edition_text) == ("2004", "2004 3rd Edition")
    assert (item.passing, item.threshold, item.launch_data) == ("0.8", "0.75", "colour=teal")
    assert item.sets_completion


def test_manifest_of_12_with_bases_parameters_and_several_parts():
    manifest = """<manifest xml:base="course/" xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2">
      <metadata><schemaversion>1.2</schemaversion></metadata>
      <organizations default="B">
        <organization identifier="A"><title>No</title></organization>
        <organization identifier="B"><title>Yes</title>
          <item identifier="chapter"><title>Chapter</title>
            <item identifier="i1" identifierref="r1" parameters="?mode=a&amp;x=1"><title>First</title>
              <adlcp:masteryscore>80</adlcp:masteryscore></item>
            <item identifier="i2" identifierref="r2" parameters="#top"><title>Second</title></item>
          </item></organization></organizations>
      <resources xml:base="pages/">
        <resource identifier="r1" adlcp:scormtype="sco" href="a%20b.html?lang=en"/>
        <resource identifier="r2" adlcp:scormtype="asset" xml:base="deep/" href="c.html"/>
      </resources></manifest>"""
    data = zipped(
        {
            "imsmanifest.xml": manifest,
            "course/pages/a b.html": "x",
            "course/pages/deep/c.html": "x",
        }
    )
    found = packages.store(io.BytesIO(data)).manifest
    assert found.title == "Yes"
    first, second = found.items
    assert (first.href, first.query) == ("course/pages/a b.html", "?lang=en&mode=a&x=1")
    assert (first.mastery_score, first.is_sco) == ("80", True)
    assert (second.href, second.query, second.is_sco) == ("course/pages/deep/c.html", "#top", False)


def upload(client, data: bytes, **fields):
    file = SimpleUploadedFile("parcels.zip", data, content_type="application/zip")
    return client.post(
        reverse(Package.snippet_viewset.get_url_name("add")), {"file": file, **fields}
    )


def test_editor_uploads_a_package(as_user, editor, private):
    response = upload(as_user(editor), package_2004(title="Parcels abroad"))
    assert response.status_code == 302
    package = Package.objects.get()
    assert (package.title, package.edition, package.uploaded_by) == (
        "Parcels abroad",
        "2004",
        editor,
    )
    assert (packages.folder_of(package.sha256) / "files/one/index.html").is_file()


def test_refused_upload_says_why_and_makes_nothing(as_user, editor, private):
    response = upload(as_user(editor), with_member("../evil.html"))
    assert "points outside of it" in response.content.decode()
    assert not Package.objects.exists()
    assert files_in(private) == []


def test_package_is_uploaded_once(as_user, editor):
    stored(package_12(title="Parcels"))
    response = upload(as_user(editor), package_12(title="Parcels"))
    assert "here already, as “Parcels”" in response.content.decode()
    assert Package.objects.count() == 1


@pytest.mark.parametrize("person", ["agent", "reviewer", "manager"])
def test_others_cannot_upload(person, as_user, request, private):
    response = upload(as_user(request.getfixturevalue(person)), package_12())
    assert response.status_code == 302
    assert not Package.objects.exists()
    assert files_in(private) == []


def test_files_go_with_the_package(private, django_capture_on_commit_callbacks, db):
    package = stored(package_12())
    with django_capture_on_commit_callbacks(execute=True):
        package.delete()
    assert files_in(private) == []


@pytest.mark.reference_index
def test_package_that_a_page_shows_is_kept(as_user, editor):
    page = ScormPageFactory()
    url = reverse(Package.snippet_viewset.get_url_name("delete"), args=[page.package.pk])
    as_user(editor).post(url)
    assert Package.objects.filter(pk=page.package_id).exists()


def test_editor_puts_a_package_into_a_module(as_user, editor):
    page = ScormPageFactory()
    client = as_user(editor)
    assert client.get(reverse("wagtailadmin_pages:edit", args=[page.pk])).status_code == 200
    page.mastery_rule, page.mastery_score = "score", None
    with pytest.raises(Exception, match="Say which score is needed"):
        page.full_clean()
