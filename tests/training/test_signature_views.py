import csv
import datetime as dt
import io

import openpyxl
import pytest
from django.contrib.auth.models import Group
from wagtail.models import PageViewRestriction, Revision

from people.roles import Role
from tests.factories.people import MembershipFactory, UserFactory
from tests.factories.trust import change, newest, publish
from training.actions import sign
from training.models import Acknowledgement


def sign_address(page):
    return f"/training/signatures/{page.pk}/sign/"


@pytest.fixture
def page(agent, teammate):
    return publish(title="Refunds", purpose="Send a parcel")


@pytest.fixture
def changed(page, agent):
    """Ada has signed for "parcel"; now it is "letter"."""
    sign(agent, page, edition=1)
    return change(page, "Send a letter", note="Letters are cheaper.")


def test_agents_find_what_to_sign_on_their_start_page_and_in_training(as_user, agent, page):
    client = as_user(agent)
    for address in ("/", "/training/"):
        assert "Procedures to sign for (1)" in client.get(address).content.decode()


def test_the_page_shows_the_difference_since_one_signed(as_user, agent, changed):
    words = as_user(agent).get(changed.url).content.decode()
    assert "Changed since you signed on" in words
    assert "Letters are cheaper." in words
    assert "parcel" in words.split("<del>")[1].split("</del>")[0]
    assert "letter" in words.split("<ins>")[1].split("</ins>")[0]


def test_the_difference_survives_a_purge_of_the_signed_revision(as_user, agent, page):
    revision = page.live_revision_id
    sign(agent, page, edition=1)
    page = change(page, "Send a letter")
    Revision.objects.filter(pk=revision).delete()
    words = as_user(agent).get(page.url).content.decode()
    assert "parcel" in words.split("<del>")[1].split("</del>")[0]


def test_who_never_signed_is_asked_without_a_difference(as_user, teammate, page):
    words = as_user(teammate).get(page.url).content.decode()
    assert "Please read this procedure" in words
    assert "<del>" not in words


def test_nobody_else_sees_the_request(as_user, manager, page):
    assert "will follow it" not in as_user(manager).get(page.url).content.decode()


def test_signing_closes_the_request(as_user, agent, page):
    client = as_user(agent)
    response = client.post(sign_address(page), {"edition": "1"}, follow=True)
    assert "You have signed for “Refunds”" in response.content.decode()
    assert "will follow it" not in client.get(page.url).content.decode()
    assert "Refunds" in client.get("/training/signatures/?state=signed").content.decode()


@pytest.mark.parametrize("sent", ["1", "", "x", "9" * 40, "99"])
def test_another_edition_than_the_newest_is_refused_with_the_difference(
    as_user, agent, changed, sent
):
    response = as_user(agent).post(sign_address(changed), {"edition": sent})
    assert response.status_code == 409
    if sent == "1":
        assert "<del>" in response.content.decode()
        assert 'name="edition" value="2"' in response.content.decode()
    assert Acknowledgement.objects.open().filter(user=agent).exists()


def test_signing_twice_or_for_an_unpublished_page_is_said_and_no_error(as_user, agent, page):
    client = as_user(agent)
    client.post(sign_address(page), {"edition": "1"})
    again = client.post(sign_address(page), {"edition": "1"}, follow=True)
    assert "You have signed for “Refunds” already" in again.content.decode()
    page.unpublish()
    gone = client.post(sign_address(page), {"edition": "1"}, follow=True)
    assert gone.status_code == 200
    assert "not published any more" in gone.content.decode()


def test_a_page_closed_since_one_was_asked_is_neither_shown_nor_signed(as_user, agent, page):
    change(page, "Send a courier", kind="editorial")
    closed = PageViewRestriction.objects.create(page=page, restriction_type="groups")
    closed.groups.add(Group.objects.create(name="Few"))
    for edition in ("1", "2"):
        answer = as_user(agent).post(sign_address(page), {"edition": edition})
        assert answer.status_code == 404
        assert "courier" not in answer.content.decode()
    assert not Acknowledgement.objects.signed().exists()


def test_a_withdrawn_request_stays_to_be_seen(as_user, agent, page):
    page.unpublish()
    client = as_user(agent)
    assert "Nothing to sign" in client.get("/training/signatures/").content.decode()
    words = client.get("/training/signatures/?state=withdrawn").content.decode()
    assert "not published any more" in words


def test_signing_is_a_post_for_pages_there_are(as_user, agent, page):
    client = as_user(agent)
    assert client.get(sign_address(page)).status_code == 405
    assert client.post("/training/signatures/999999/sign/").status_code == 404


def test_managers_see_their_people_and_editors_everybody(
    as_user, manager, other_manager, editor, agent, page
):
    address = "/training/signatures/team/"
    assert "Ada Example" in as_user(manager).get(address).content.decode()
    assert "Ada Example" in as_user(editor).get(address).content.decode()
    assert "Ada Example" not in as_user(other_manager).get(address).content.decode()
    assert as_user(agent).get(address).status_code == 403


def test_the_table_narrows(as_user, editor, agent, teammate, page, other_team):
    sign(agent, page, edition=1)
    Acknowledgement.objects.open().update(due_on=dt.date(2020, 1, 1))
    client = as_user(editor)

    def people(query):
        rows = client.get("/training/signatures/team/" + query).context["page"].object_list
        return {row.user for row in rows}

    assert people("") == {agent, teammate}
    assert people("?state=signed") == {agent}
    assert people("?state=overdue") == people("?state=open") == {teammate}
    assert people("?q=ada") == {agent}
    assert people(f"?page_id={page.pk}") == {agent, teammate}
    assert people(f"?team={other_team.pk}") == set()
    assert people("?team=x&state=y&page=zz&q=%00") == {agent, teammate}


def test_everything_the_filter_leaves_is_exported(as_user, manager, agent, teammate, page):
    sign(agent, page, edition=1)
    client = as_user(manager)
    sent = client.post("/training/signatures/team/?state=signed", {"format": "csv"})
    assert sent.streaming
    content = b"".join(sent.streaming_content).decode("utf-8-sig")
    [row] = csv.DictReader(io.StringIO(content))
    assert (row["e-mail"], row["page"], row["state"]) == (agent.email, "Refunds", "Signed")
    assert row["signed revision"] == str(newest(page).revision_number)
    assert row["signed"][:4] == str(Acknowledgement.objects.signed().get().signed_at.year)
    sent = client.post("/training/signatures/team/", {"format": "xlsx"})
    book = openpyxl.load_workbook(io.BytesIO(b"".join(sent.streaming_content)))
    assert {row[1] for row in list(book.active.values)[1:]} == {agent.email, teammate.email}


def test_what_somebody_typed_is_no_formula_in_the_export(as_user, editor, agent):
    publish(title="=1+1")
    sent = as_user(editor).post("/training/signatures/team/", {"format": "csv"})
    assert "'=1+1" in b"".join(sent.streaming_content).decode()


@pytest.mark.parametrize("address", ["/training/signatures/", "/training/signatures/team/"])
def test_lists_take_the_same_queries_for_few_and_many(
    as_user, editor, agent, page, count_queries, address, team
):
    client = as_user(agent if "team" not in address else editor)
    client.get(address)
    few = count_queries(lambda: client.get(address))
    for n in range(3):
        publish(title=f"More {n}")
    MembershipFactory(user=UserFactory(roles=[Role.AGENT]), team=team)
    assert count_queries(lambda: client.get(address)) == few


def test_a_page_people_were_asked_about_cannot_be_deleted(as_user, editor, page):
    client = as_user(editor)
    response = client.post(f"/admin/pages/{page.pk}/delete/", follow=True)
    assert "Unpublish it instead" in response.content.decode()
    page.refresh_from_db()
