"""A tree of Markdown files into the manual, again, and out again."""

import datetime as dt
import io
import struct
import zipfile
import zlib
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.urls import reverse
from wagtail.images import get_image_model

from content.markdown.reading import Unreadable
from content.markdown.run import run_import
from content.markdown.sources import open_zip
from content.models import (
    ManualFile,
    ManualImport,
    ManualImportFile,
    ManualIndexPage,
    ManualSectionPage,
    ProcedurePage,
)
from people.roles import Role
from tests.factories.content import ProcedurePageFactory, ReplyTemplateFactory, SkillFactory
from tests.factories.people import UserFactory

pytestmark = pytest.mark.django_db
REAL = Path(settings.BASE_DIR).parent / "shared/data/manual-18f/pages"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c63f8cf"
    "c0f01f00050001ff89993d1d0000000049454e44ae426082"
)


def lay(root: Path, files: dict[str, str | bytes]) -> Path:
    for path, contents in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(contents if isinstance(contents, bytes) else contents.encode())
    return root


def bring_in(root: Path, *args: str) -> dict[str, str]:
    """Outcome by path."""
    call_command("import_manual", root, "--name", "tree", *args, stdout=io.StringIO())
    run = ManualImport.objects.first()
    return dict(run.files.values_list("path", "outcome"))


def remarks(path: str) -> list[tuple[int, str]]:
    row = ManualImportFile.objects.filter(path=path).order_by("-run__pk").first()
    return [(remark["line"], remark["text"]) for remark in row.remarks]


@pytest.fixture
def small(tmp_path):
    return lay(
        tmp_path / "tree",
        {
            "index.md": "---\ntitle: Welcome\n---\nHello.",
            "refunds/index.md": "---\ntitle: Refunds\npurpose: Money back.\n---\nFirst words.",
            "refunds/late.md": (
                "---\ntitle: A late parcel\npurpose: They can plan.\nchannels: [phone, email]\n"
                "skills: empathy\n---\nSee [damage](damage.md) and [the list](../lists/a.md#two)."
            ),
            "refunds/damage.md": "---\ntitle: Damage\n---\n## Look\n\n[Late](late.md) [gone](no.md)",
            "lists/a.md": "# Lists\n\n## Two\n\nWords.",
            "lists/c.md": "# Pictures\n\n![Dot](../img/dot.png)",
            "img/dot.png": PNG,
        },
    )


def test_folders_become_sections_and_files_procedures(small):
    SkillFactory(key="empathy")
    assert set(bring_in(small).values()) == {"created"}

    refunds = ManualSectionPage.objects.get(title="Refunds")
    assert (refunds.introduction, refunds.live) == ("Money back.", True)
    assert refunds.get_parent().specific == ManualIndexPage.objects.get()
    late = ProcedurePage.objects.child_of(refunds).get(title="A late parcel")
    assert (late.purpose, late.slug, late.live) == ("They can plan.", "late", True)
    assert late.channels == ["phone", "email"]
    assert [skill.key for skill in late.skills.all()] == ["empathy"]
    assert ManualSectionPage.objects.get(title="Lists").live


def test_links_between_files_follow_the_pages(small, client):
    bring_in(small)
    damage, lists = (ProcedurePage.objects.get(title=title) for title in ("Damage", "Lists"))
    late = ProcedurePage.objects.get(title="A late parcel")
    words = str(late.notes[0].value.source)
    assert f'<a linktype="page" id="{damage.pk}">damage</a>' in words
    assert f'href="{lists.url}#two"' in words
    assert remarks("refunds/damage.md") == [
        (6, "The link to “no.md” leads to nothing in this tree; its words stay.")
    ]
    client.force_login(UserFactory(roles=[Role.EDITOR]))
    assert 'id="two"' in client.get(lists.url).content.decode()


def test_image_is_uploaded_once(small):
    bring_in(small)
    lay(small, {"lists/b.md": "![Same](../img/dot.png)\n\n![None](../img/none.png)"})
    bring_in(small)
    image = get_image_model().objects.get()
    page = ProcedurePage.objects.get(title="B")
    assert [block.value["image"] for block in page.notes if block.block_type == "image"] == [image]
    assert remarks("lists/b.md") == [(3, "The image “../img/none.png” is not in this tree.")]


def test_second_import_changes_nothing(small):
    bring_in(small)
    before = {page.pk: page.latest_revision_id for page in ProcedurePage.objects.all()}
    assert set(bring_in(small).values()) == {"unchanged"}
    assert {page.pk: page.latest_revision_id for page in ProcedurePage.objects.all()} == before


def test_only_what_changed_is_written(small):
    bring_in(small)
    lay(small, {"refunds/damage.md": "---\ntitle: Broken goods\n---\nNew."})
    found = bring_in(small)
    assert found["refunds/damage.md"] == "updated"
    assert [path for path, outcome in found.items() if outcome != "unchanged"] == [
        "refunds/damage.md"
    ]
    assert ProcedurePage.objects.get(title="Broken goods").slug == "damage"


def test_what_was_edited_here_is_kept_unless_told_otherwise(small):
    bring_in(small)
    page = ProcedurePage.objects.get(title="Damage")
    page.purpose = "Edited here."
    page.save_revision().publish()
    lay(small, {"refunds/damage.md": "---\ntitle: Damage\npurpose: From the file.\n---\nNew."})
    assert bring_in(small)["refunds/damage.md"] == "kept"
    page.refresh_from_db()
    assert page.purpose == "Edited here."
    assert bring_in(small, "--overwrite")["refunds/damage.md"] == "updated"
    page.refresh_from_db()
    assert page.purpose == "From the file."


def test_file_that_left_the_tree_keeps_its_page(small):
    bring_in(small)
    (small / "refunds/late.md").unlink()
    assert bring_in(small)["refunds/late.md"] == "gone"
    assert ProcedurePage.objects.get(title="A late parcel").live


def test_deleted_page_stays_away(small):
    bring_in(small)
    ProcedurePage.objects.get(title="A late parcel").delete()
    assert bring_in(small)["refunds/late.md"] == "kept"
    assert not ProcedurePage.objects.filter(title="A late parcel").exists()
    assert bring_in(small, "--overwrite")["refunds/late.md"] == "created"


def test_broken_file_is_refused_and_the_rest_is_imported(small):
    lay(small, {"refunds/bad.md": b"caf\xe9", "refunds/worse.md": "---\ntitle: [\n---\nText"})
    found = bring_in(small)
    assert {path for path, outcome in found.items() if outcome == "refused"} == {
        "refunds/bad.md",
        "refunds/worse.md",
    }
    assert not ProcedurePage.objects.filter(slug__in=["bad", "worse"]).exists()
    assert not ManualFile.objects.filter(path="refunds/bad.md").exists()


@pytest.mark.parametrize(
    ("front", "reason"),
    [
        ("created: 2026-02-30", "day is out of range for month"),
        ("order: " + 5000 * "9", "4300 digits"),
        ("a: " + 200_000 * "[", "larger or deeper"),
        ("a: &a [1, 2]\nb: *a", "alias “*a”"),
        ('purpose: "a\\0b"', "signs that are no text (line 2)"),
        ('purpose: "\\ud800"', "signs that are no text (line 2)"),
    ],
)
def test_impossible_front_matter_costs_only_its_file(small, front, reason):
    lay(small, {"refunds/bad.md": f"---\n{front}\n---\nText"})
    found = bring_in(small)
    assert [path for path, outcome in found.items() if outcome == "refused"] == ["refunds/bad.md"]
    assert reason in ManualImportFile.objects.get(outcome="refused").reason


@pytest.mark.parametrize(
    ("front", "left_away"),
    [
        ("channels: [{channel: phone, first_response_minutes: 3000000000}]", "channels"),
        ("channels: [{channel: phone, tone: {warm: very}}]", "channels"),
        ("escalation: [{when: a, contact: b, within_minutes: 99999999999999999999}]", "escalation"),
        ("steps: [{title: [1], answers: [1, 2]}]", "steps"),
        ("reviewed_on: 2026-01-01\nreview_in: 9999 years", "review_in"),
        ("reviewed_on: 9999-12-31\nreview_in: 9 weeks", "reviewed_on"),
    ],
)
def test_front_matter_beyond_all_bounds_is_left_away_and_named(small, front, left_away):
    lay(small, {"refunds/odd.md": f"---\n{front}\n---\nText"})
    assert bring_in(small)["refunds/odd.md"] == "created"
    (said,) = remarks("refunds/odd.md")
    assert said[1].startswith(f"“{left_away}” was left away")


def test_order_beyond_all_numbers_comes_last(tmp_path):
    files = {f"{name}.md": f"---\norder: {order}\n---\nText" for name, order in
             [("a", 400 * "9"), ("b", ".nan"), ("c", "2"), ("d", "1")]}  # fmt: skip
    bring_in(lay(tmp_path / "t", files))
    found = ManualFile.objects.exclude(path__endswith="/").order_by("page__path")
    assert list(found.values_list("path", flat=True)) == ["d.md", "c.md", "a.md", "b.md"]


def test_addresses_that_are_none_lead_nowhere(small, client):
    text = "<a href='//[bad'>one</a> [two](http://[bad) ![three](<//[x.png>)"
    lay(small, {"refunds/odd.md": f"# Odd\n\n{text}"})
    assert bring_in(small)["refunds/odd.md"] == "created"
    client.force_login(UserFactory())
    page = ProcedurePage.objects.get(title="Odd")
    assert "one" in client.get(page.get_url()).content.decode()
    assert client.get(reverse("content:procedure_pdf", args=[page.pk])).status_code == 200


def test_image_that_would_fill_the_memory_is_called_damaged(small):
    header = PNG[:16] + struct.pack(">II", 40_000, 40_000) + PNG[24:29]
    bomb = header + struct.pack(">I", zlib.crc32(header[12:])) + PNG[33:]
    lay(small, {"lists/c.md": "# Pictures\n\n![Dot](../img/big.png)", "img/big.png": bomb})
    assert bring_in(small)["lists/c.md"] == "created"
    assert remarks("lists/c.md") == [(3, "The image “../img/big.png” is damaged.")]


def test_damaged_member_of_an_archive_costs_only_itself(small):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("good.md", "# Good")
        archive.writestr("bad.md", "# Bad\n" + "words " * 500)
    data = bytearray(packed.getvalue())
    place = data.index(b"bad.md") + len("bad.md")
    data[place : place + 20] = 20 * b"\xff"
    with open_zip(io.BytesIO(data)) as source:
        assert source.read("good.md") == b"# Good"
        with pytest.raises(Unreadable, match="damaged"):
            source.read("bad.md")


def test_drafts_stay_unpublished(small):
    bring_in(small, "--draft")
    page = ProcedurePage.objects.get(title="Damage")
    assert not page.live
    assert page.has_unpublished_changes


def test_file_beside_its_folder_speaks_for_it(tmp_path):
    bring_in(lay(tmp_path / "t", {"tools.md": "# All tools", "tools/phone.md": "# The phone"}))
    phone = ProcedurePage.objects.get(title="The phone")
    assert phone.get_parent().title == "All tools"


def test_unknown_front_matter_values_are_named(tmp_path):
    front = "---\ntitle: T\nchannels: [pigeon]\nskills: [flying]\nreview_by: soon\n---\nText"
    bring_in(lay(tmp_path / "t", {"a.md": front}))
    said = " ".join(text for _line, text in remarks("a.md"))
    assert "“channels” was left away" in said
    assert "there is no flying here" in said
    assert "“review_by” was left away: a date such as 2026-03-01 was expected" in said


def test_owner_and_review_come_with_the_file(tmp_path):
    owner = UserFactory(email="ann@example.org", roles=[Role.EDITOR])
    front = (
        "---\ntitle: T\nowner: ANN@example.org\nlast_reviewed_on: 2016-01-01\n"
        "review_in: 6 months\n---\nX"
    )
    bring_in(
        lay(tmp_path / "t", {"a.md": front, "b.md": "---\ntitle: U\nowner: Nobody Here\n---\nX"})
    )
    governance = ProcedurePage.objects.get(title="T").governance
    assert (governance.owner, governance.review_by) == (owner, dt.date(2016, 7, 1))
    assert remarks("b.md") == [(1, "“owner”: nobody here is called Nobody Here.")]


@pytest.mark.parametrize(("args", "kind"), [([], "editorial"), (["--ask-signatures"], "material")])
def test_signatures_are_asked_only_if_wanted(small, args, kind):
    bring_in(small, *args)
    edition = ProcedurePage.objects.get(title="Damage").editions.get()
    assert (edition.kind, edition.note) == (kind, "Imported from “tree”.")


@pytest.mark.parametrize("files", [{}, {"a.txt": "x"}])
def test_tree_without_markdown(tmp_path, files):
    root = lay(tmp_path / "t", files)
    root.mkdir(exist_ok=True)
    with pytest.raises(CommandError, match="no Markdown file"):
        bring_in(root)


def test_links_out_of_the_tree_are_not_followed(tmp_path):
    (tmp_path / "secret.md").write_text("# Secret")
    root = lay(tmp_path / "t", {"a.md": "# A\n\n[up](../secret.md)"})
    (root / "b.md").symlink_to(tmp_path / "secret.md")
    assert bring_in(root) == {"a.md": "created"}
    assert not ProcedurePage.objects.filter(title="Secret").exists()


def files_in(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def test_export_and_import_give_the_same_pages(small, tmp_path, rich_procedure):
    editor = UserFactory(roles=[Role.EDITOR])
    SkillFactory(key="empathy")
    rich_procedure.topics = "late_parcel\nwhere is it"
    rich_procedure.save_revision().publish()
    bring_in(small)
    out = tmp_path / "out"
    call_command("export_manual", out, "--as", editor.email, stdout=io.StringIO())
    first = {path.relative_to(out): path.read_bytes() for path in files_in(out)}
    before = {
        page.title: (page.purpose, page.notes.get_prep_value(), page.steps.get_prep_value())
        for page in ProcedurePage.objects.all()
    }
    ManualIndexPage.objects.get().get_children().delete()
    ManualFile.objects.all().delete()
    get_image_model().objects.all().delete()
    call_command("import_manual", out, "--name", "back", stdout=io.StringIO())
    after = {
        page.title: (page.purpose, page.notes.get_prep_value(), page.steps.get_prep_value())
        for page in ProcedurePage.objects.all()
    }
    assert after.keys() == before.keys()
    assert after["A delivery is late"][0] == before["A delivery is late"][0]
    assert after["A delivery is late"][2] == before["A delivery is late"][2]
    page = ProcedurePage.objects.get(title="A delivery is late")
    assert page.topics == "late_parcel\nwhere is it"
    assert [level.contact for level in page.escalation_levels.all()] == ["Shift supervisor"]
    assert [reply.key for reply in page.reply_templates.all()] == ["new-date"]
    again = tmp_path / "again"
    call_command("export_manual", again, "--as", editor.email, stdout=io.StringIO())
    assert {path.relative_to(again): path.read_bytes() for path in files_in(again)} == first


def test_export_holds_only_what_its_reader_may_read(tmp_path, restrict):
    page = ProcedurePageFactory(title="For a few")
    restrict(page, Group.objects.create(name="few"))
    out = tmp_path / "out"
    call_command(
        "export_manual", out, "--as", UserFactory(roles=[Role.EDITOR]).email, stdout=io.StringIO()
    )
    assert not list(out.rglob("for-a-few*"))


def test_export_refuses_a_folder_with_files(tmp_path):
    (tmp_path / "mine.md").write_text("mine")
    with pytest.raises(CommandError, match="not an empty folder"):
        call_command("export_manual", tmp_path, "--as", UserFactory(roles=[Role.EDITOR]).email)
    assert (tmp_path / "mine.md").read_text() == "mine"


@pytest.mark.skipif(not REAL.is_dir(), reason=f"the sample manual is not at {REAL}")
def test_real_manual_of_242_pages(client):
    found = bring_in(REAL)
    assert len(found) == 242
    assert set(found.values()) == {"created"}
    leave = ProcedurePage.objects.get(title="Leave types")
    assert leave.get_parent().title == "Travel and leave"
    client.force_login(UserFactory(roles=[Role.EDITOR]))
    assert 'id="annual-leave"' in client.get(leave.url).content.decode()
    answer = client.get(reverse("content:manual_search"), {"q": "bereavement leave"})
    assert leave.url in answer.content.decode()


def zipped(files: dict[str, str | bytes]) -> io.BytesIO:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, contents in files.items():
            archive.writestr(path, contents)
    packed.seek(0)
    packed.name = "tree.zip"
    return packed


@pytest.fixture
def editing(client):
    client.force_login(UserFactory(roles=[Role.EDITOR]))
    return client


def upload(client, file, **data):
    data = {
        "file": file,
        "tree": "tree",
        "below": ManualIndexPage.objects.get().pk,
        "publish": "on",
        **data,
    }
    return client.post("/admin/manual-files/", data)


def test_upload_in_the_editing_area(editing, django_capture_on_commit_callbacks, settings):
    with django_capture_on_commit_callbacks(execute=True):
        answer = upload(editing, zipped({"repo/a.md": "# One\n\n[x](no.md)", "repo/b.md": "# Two"}))
    assert answer.status_code == 302
    run = ManualImport.objects.get()
    assert answer.url == f"/admin/manual-files/{run.pk}/"
    run_import(run)
    run.refresh_from_db()
    assert run.state == "done"
    assert not run.file
    page = editing.get(answer.url).content.decode()
    assert "New (2)" in page
    assert "leads to nothing in this tree" in page
    assert ProcedurePage.objects.get(title="One").get_parent().specific == (
        ManualIndexPage.objects.get()
    )
    narrowed = editing.get(answer.url, {"outcome": "remarks"}).content.decode()
    assert "a.md" in narrowed
    assert "b.md" not in narrowed


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (lambda: zipped({"../a.md": "x"}), "leads out of the archive"),
        (lambda: zipped({"/etc/a.md": "x"}), "leads out of the archive"),
        (lambda: zipped({"a.md": b"0" * 30_000_000}), "grows more than 200 times"),
        (lambda: named(io.BytesIO(b"no zip")), "This is not a zip file"),
    ],
)
def test_upload_that_is_not_to_be_trusted(editing, file, words):
    answer = upload(editing, file())
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not ManualImport.objects.exists()


def named(file):
    file.name = "tree.zip"
    return file


def test_agent_is_refused(client):
    client.force_login(UserFactory(roles=[Role.AGENT]))
    assert client.get("/admin/manual-files/").status_code in (302, 403)
    assert client.get("/admin/manual-files/export/").status_code in (302, 403)


def test_download(editing):
    ProcedurePageFactory(title="Here", slug="here")
    ReplyTemplateFactory()
    answer = editing.get("/admin/manual-files/export/")
    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as archive:
        assert "here.md" in archive.namelist()
        assert archive.read("here.md").startswith(b"---\ntitle: Here\n")


def test_an_archive_that_lost_bytes_before_its_directory_is_told_as_damaged():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.md", "# A")
    data = packed.getvalue()
    with open_zip(io.BytesIO(data[:4] + data[8:])) as source, pytest.raises(Unreadable):
        source.read("a.md")
