"""The procedure beside the grading screen. Search has a module of its own."""

import pytest
from django.urls import reverse

from people.channels import Channel
from tests.factories.content import ProcedurePageFactory

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def address(procedure):
    return reverse("content:procedure_panel", args=[procedure.pk])


def test_procedure_panel_is_a_fragment_with_all_the_procedure_says(
    rich_procedure, reviewer, as_user
):
    response = as_user(reviewer).get(address(rich_procedure), headers=HTMX)

    content = response.content.decode()
    assert response.status_code == 200
    assert "<html" not in content
    assert "<h1" not in content
    assert content.count("<h2") == 2  # its title, and one inside the editors' own text
    for words in (rich_procedure.title, "within 24 hours", "Find the order", "Is it really late?"):
        assert words in content


def test_procedure_panel_marks_the_channel_of_the_contact(reviewer, as_user):
    procedure = ProcedurePageFactory(channels=[Channel.EMAIL, Channel.CHAT])

    def marks(channel):
        response = as_user(reviewer).get(address(procedure), {"channel": channel}, headers=HTMX)
        return response.content.decode().count("This contact")

    assert [marks("chat"), marks("phone"), marks("fax")] == [1, 0, 0]


def test_procedure_panel_without_htmx_leads_to_the_page(rich_procedure, reviewer, as_user):
    response = as_user(reviewer).get(address(rich_procedure))

    assert (response.status_code, response["Location"]) == (302, rich_procedure.url)


def test_procedure_panel_is_not_found_for_drafts_and_other_groups(
    reviewer, editor, as_user, restrict
):
    draft, secret = ProcedurePageFactory(live=False), ProcedurePageFactory()
    restrict(secret, editor.groups.get())

    for procedure in (draft, secret):
        assert as_user(reviewer).get(address(procedure), headers=HTMX).status_code == 404
    assert as_user(editor).get(address(secret), headers=HTMX).status_code == 200


def test_procedure_panel_asks_a_stranger_to_sign_in(rich_procedure, client):
    assert client.get(address(rich_procedure)).status_code == 302


def test_procedure_panel_is_for_reading_only(rich_procedure, reviewer, as_user):
    assert as_user(reviewer).post(address(rich_procedure)).status_code == 405


def test_procedure_panel_costs_the_same_for_a_long_procedure_as_for_a_short_one(
    rich_procedure, reviewer, as_user, django_assert_max_num_queries
):
    browser = as_user(reviewer)
    browser.get(address(rich_procedure), headers=HTMX)

    with django_assert_max_num_queries(10):
        browser.get(address(rich_procedure), headers=HTMX)
