import datetime as dt
import io

import openpyxl
import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.core.management import call_command
from django.utils import timezone
from wagtail.models import PageViewRestriction

from content.governance import mark_reviewed, set_governance, switch_off, switch_on
from content.models import ContingencyNote, Governance, OwnerReminder, ProcedurePage
from content.reminders import Every, remind_owners
from people.models import AuditEvent
from tests.factories.content import ManualSectionPageFactory, ProcedurePageFactory
from tests.factories.trust import edit_form, publish

LONG_AGO = dt.date(2020, 1, 31)


@pytest.fixture
def overdue_page(manager):
    page = publish(title="Old ways")
    set_governance(page, by=None, owner=manager, reviewed_on=LONG_AGO)
    return page


def test_review_is_due_after_the_interval_and_by_hand_before_it(db):
    page = ProcedurePageFactory()
    governance = set_governance(
        page, by=None, reviewed_on=dt.date(2016, 8, 31), review_every_months=6
    )
    assert governance.review_by == dt.date(2017, 2, 28)
    governance = set_governance(page, by=None, review_by_hand=dt.date(2016, 10, 1))
    assert governance.review_by == dt.date(2016, 10, 1)


def test_a_new_review_takes_back_the_date_set_by_hand(editor):
    page = publish(by=editor)
    set_governance(page, by=None, reviewed_on=LONG_AGO, review_by_hand=dt.date(2020, 3, 1))
    governance = mark_reviewed(page, by=editor)
    assert governance.review_by_hand is None
    assert governance.review_by > timezone.localdate()


def test_every_new_page_has_an_owner_row(editor):
    section = ManualSectionPageFactory(owner=editor)
    assert Governance.objects.get(page_id=section.pk).owner == editor


def test_nothing_is_written_where_nothing_changed(editor):
    page = publish(by=editor)
    set_governance(page, by=editor, owner=editor)
    count = AuditEvent.objects.filter(action="set_governance").count()
    set_governance(page, by=editor, owner=editor)
    assert AuditEvent.objects.filter(action="set_governance").count() == count


@pytest.mark.parametrize(("who", "status"), [("manager", 302), ("editor", 302), ("agent", 403)])
def test_owner_and_editors_mark_a_page_as_reviewed(
    request, as_user, overdue_page, today, who, status
):
    person = request.getfixturevalue(who)
    response = as_user(person).post(f"/library/pages/{overdue_page.pk}/reviewed/")
    assert response.status_code == status
    reviewed_on = Governance.objects.get(page=overdue_page).reviewed_on
    assert reviewed_on == (today if status == 302 else LONG_AGO)


def test_marking_as_reviewed_is_a_post_and_goes_nowhere_else(as_user, editor, overdue_page):
    client = as_user(editor)
    address = f"/library/pages/{overdue_page.pk}/reviewed/"
    assert client.get(address).status_code == 405
    assert client.post(address, {"next": "https://evil.example/"}).url == overdue_page.url
    overdue_page.unpublish()
    assert client.post(address).status_code == 409


def test_the_page_shows_owner_and_that_its_review_is_overdue(as_user, agent, overdue_page):
    words = as_user(agent).get(overdue_page.url).content.decode()
    assert "Mona Example" in words
    assert "overdue" in words
    assert "Mark as reviewed" not in words


def test_the_editor_saves_owner_and_review_with_a_draft(as_user, editor, overdue_page):
    data = edit_form(
        overdue_page, review_owner=editor.pk, reviewed_on="2026-01-31", review_every_months="1"
    )
    response = as_user(editor).post(f"/admin/pages/{overdue_page.pk}/edit/", data)
    assert response.status_code == 302
    governance = Governance.objects.get(page=overdue_page)
    assert (governance.owner, governance.review_by) == (editor, dt.date(2026, 2, 28))


def test_publishing_again_asks_for_kind_and_note_and_a_draft_does_not(as_user, editor):
    page = publish(by=editor)
    client, address = as_user(editor), f"/admin/pages/{page.pk}/edit/"
    refused = client.post(address, edit_form(page, purpose="New", **{"action-publish": "1"}))
    assert refused.status_code == 200
    errors = refused.context["form"].errors
    assert set(errors) == {"change_kind", "change_note"}
    assert ProcedurePage.objects.get(pk=page.pk).purpose != "New"
    assert client.post(address, edit_form(page, purpose="New")).status_code == 302
    data = edit_form(page, purpose="New", change_kind="editorial", change_note="Shorter.")
    assert client.post(address, data | {"action-publish": "1"}).status_code == 302
    edition = page.editions.order_by("-number").first()
    assert (edition.number, edition.kind, edition.note) == (2, "editorial", "Shorter.")
    form = client.get(address).context["form"]
    assert (form["change_kind"].value(), form["change_note"].value()) == ("", "")


def test_a_draft_keeps_the_note_that_was_begun(as_user, editor):
    page = publish(by=editor)
    client, address = as_user(editor), f"/admin/pages/{page.pk}/edit/"
    client.post(address, edit_form(page, purpose="New", change_note="Half a sen"))
    assert client.get(address).context["form"]["change_note"].value() == "Half a sen"


def test_a_draft_without_note_cannot_be_published_in_bulk(as_user, editor):
    page = publish(by=editor)
    page.purpose = "New"
    page.save_revision(user=editor)
    as_user(editor).post(f"/admin/bulk/wagtailcore/page/publish/?id={page.pk}&next=/admin/")
    assert ProcedurePage.objects.get(pk=page.pk).purpose != "New"


def test_the_report_lists_filters_sorts_and_exports(as_user, editor, overdue_page, agent):
    publish(title="Fresh ways")
    client, address = as_user(editor), "/admin/reports/manual-reviews/"
    titles = [page.title for page in client.get(address).context["object_list"]]
    assert titles[:2] == ["Old ways", "Fresh ways"]
    late = client.get(address, {"state": "overdue"}).context["object_list"]
    assert [page.title for page in late] == ["Old ways"]
    back = client.get(address, {"ordering": "-title"}).context["object_list"]
    assert next(page.title for page in back) == "Old ways"
    csv = b"".join(client.get(address, {"export": "csv"}).streaming_content).decode()
    assert "Old ways" in csv
    assert "Mona Example" in csv
    book = client.get(address, {"export": "xlsx"})
    content = b"".join(book.streaming_content) if book.streaming else book.content
    rows = list(openpyxl.load_workbook(io.BytesIO(content)).active.values)
    assert rows[1][0] == "Old ways"
    assert as_user(agent).get(address).status_code in (302, 403)


def test_the_report_takes_the_same_queries_for_few_and_many(as_user, editor, count_queries):
    publish()
    client, address = as_user(editor), "/admin/reports/manual-reviews/"
    client.get(address)
    few = count_queries(lambda: client.get(address))
    publish(), publish()
    assert count_queries(lambda: client.get(address)) == few


def test_start_pages_of_the_editor_say_what_is_overdue(as_user, editor, overdue_page):
    client = as_user(editor)
    assert "1 page waits for its review" in client.get("/").content.decode()
    assert "1 page waits for its review" in client.get("/admin/").content.decode()


def test_owners_get_one_mail_for_all_their_pages_once_a_week(overdue_page, manager):
    second = publish(title="Older ways")
    set_governance(second, by=None, owner=manager, reviewed_on=LONG_AGO)
    monday = dt.date(2026, 11, 16)
    assert remind_owners(on=monday).sent == 1
    [message] = mail.outbox
    assert message.to == [manager.email]
    assert message.subject.startswith("2 pages")
    assert "Old ways" in message.body
    assert "http://testserver/manual/" in message.body
    again = remind_owners(on=monday + dt.timedelta(days=6))
    assert (again.sent, again.already) == (0, 1)
    assert remind_owners(on=monday + dt.timedelta(days=7)).sent == 1


def test_pages_that_nobody_owns_go_to_every_editor(overdue_page, manager, editor):
    manager.is_active = False
    manager.save()
    call_command("remind_owners", every="day", stdout=io.StringIO())
    assert [message.to for message in mail.outbox] == [[editor.email]]
    assert "nobody owns it" in mail.outbox[0].body or "Old ways" in mail.outbox[0].body


def test_a_mail_that_failed_is_sent_by_the_next_run(overdue_page, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    day = dt.date(2026, 11, 16)
    assert len(remind_owners(on=day, every=Every.DAY).failed) == 1
    assert not OwnerReminder.objects.exists()
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert remind_owners(on=day, every=Every.DAY).sent == 1


# --- Contingency notes -------------------------------------------------------------------------------
@pytest.fixture
def note(db):
    return ContingencyNote.objects.create(title="The lines are full", text="Offer a call back.")


def on_now(note, by, hours=2):
    now = timezone.now()
    switch_on(
        note,
        by=by,
        starts_at=now - dt.timedelta(hours=1),
        ends_at=now + dt.timedelta(hours=hours),
    )


def test_a_note_stands_on_procedure_front_and_start_page_until_its_time_is_over(
    as_user, agent, editor, note
):
    page = publish()
    client = as_user(agent)
    addresses = [page.url, "/manual/", "/"]
    assert not any("Offer a call back" in client.get(a).content.decode() for a in addresses)
    on_now(note, editor)
    assert all("Offer a call back" in client.get(a).content.decode() for a in addresses)
    ContingencyNote.objects.update(ends_at=timezone.now())
    assert not any("Offer a call back" in client.get(a).content.decode() for a in addresses)


def test_a_note_stands_only_where_it_concerns(as_user, agent, editor, note):
    chosen, other = publish(channels=["phone"]), publish(channels=["phone"])
    note.pages = [chosen]
    note.save()
    on_now(note, editor)
    client = as_user(agent)
    assert "Offer a call back" in client.get(chosen.url).content.decode()
    assert "Offer a call back" not in client.get(other.url).content.decode()
    ContingencyNote.objects.update(channels=["chat"])
    assert "Offer a call back" not in client.get(chosen.url).content.decode()


def test_a_note_on_closed_procedures_is_for_their_readers_alone(
    as_user, agent, reviewer, editor, note, count_queries
):
    few = Group.objects.create(name="Few")
    reviewer.groups.add(few)
    secret = publish(title="Fraud")
    closed = PageViewRestriction.objects.create(page=secret, restriction_type="groups")
    closed.groups.add(few)
    note.pages = [secret]
    note.save()
    on_now(note, editor)
    for address in ("/", "/manual/"):
        assert "Offer a call back" not in as_user(agent).get(address).content.decode()
        assert "Offer a call back" in as_user(reviewer).get(address).content.decode()
    client = as_user(reviewer)
    one = count_queries(lambda: client.get("/"))
    note.pages = [secret, publish(), publish()]
    note.save()
    assert count_queries(lambda: client.get("/")) == one
    assert "Offer a call back" in as_user(agent).get("/").content.decode()


def test_an_editor_switches_on_and_off_in_the_admin(as_user, editor, note):
    client, address = as_user(editor), f"/admin/contingency/{note.pk}/switch/"
    assert client.get(address).status_code == 200
    dates = {"starts_at": "2026-01-01 10:00", "ends_at": "2099-01-01 10:00"}
    assert client.post(address, dates).status_code == 302
    note.refresh_from_db()
    assert note.is_on(at=timezone.now())
    assert note.switched_by == editor
    listing = client.get("/admin/snippets/content/contingencynote/").content.decode()
    assert "Switch off" in listing
    assert client.post(address, {"off": "1"}).status_code == 302
    note.refresh_from_db()
    assert not note.is_on(at=timezone.now())
    actions = AuditEvent.objects.filter(object_id=str(note.pk)).values_list("action", flat=True)
    assert {"switch_on_note", "switch_off_note"} <= set(actions)


def test_who_has_written_a_note_is_offered_to_switch_it_on(as_user, editor):
    sent = {"title": "Chat is slow", "kind": "outage", "text": "Offer a call back."}
    response = as_user(editor).post(
        "/admin/snippets/content/contingencynote/add/", sent, follow=True
    )
    note = ContingencyNote.objects.get()
    said = str(next(iter(response.context["messages"])))
    assert f'href="/admin/contingency/{note.pk}/switch/"' in said
    assert "Switch on…" in said


@pytest.mark.parametrize(
    ("start", "end"),
    [("2099-01-02 10:00", "2099-01-01 10:00"), ("", ""), ("2020-01-01 10:00", "2020-01-02 10:00")],
)
def test_dates_that_make_no_sense_are_refused_and_kept(as_user, editor, note, start, end):
    response = as_user(editor).post(
        f"/admin/contingency/{note.pk}/switch/", {"starts_at": start, "ends_at": end}
    )
    assert response.status_code == 422
    assert start in response.content.decode()


def test_only_editors_switch(as_user, agent, note):
    response = as_user(agent).post(f"/admin/contingency/{note.pk}/switch/", {"off": "1"})
    assert response.status_code in (302, 403)


def test_switching_off_what_is_off_changes_nothing(editor, note):
    switch_off(note, by=editor)
    assert not AuditEvent.objects.filter(action="switch_off_note").exists()
