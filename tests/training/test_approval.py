"""The workflow "Approval", from the draft to the request to sign."""

import pytest
from django.urls import reverse
from wagtail.models import Workflow

from content.approval import start_approval
from content.models import ManualIndexPage, ProcedureChannel, ProcedurePage, SecondPersonTask
from people.roles import Role
from tests.factories.people import UserFactory
from tests.factories.trust import edit_form, newest, publish
from training.actions import sign
from training.models import Acknowledgement


@pytest.fixture
def second_editor(db):
    return UserFactory(first_name="Elsa", roles=[Role.EDITOR])


@pytest.fixture
def submitted(as_user, editor, agent):
    page = publish(by=editor)
    sign(agent, page, edition=1)
    data = edit_form(
        page, purpose="New words", change_kind="material", change_note="Do it differently."
    )
    response = as_user(editor).post(f"/admin/pages/{page.pk}/edit/", data | {"action-submit": "1"})
    assert response.status_code == 302
    return ProcedurePage.objects.get(pk=page.pk)


def approve(client, page):
    state = page.current_workflow_state.current_task_state
    address = reverse("wagtailadmin_pages:workflow_action", args=[page.pk, "approve", state.pk])
    return client.post(address, {"comment": "Good."})


def test_the_manual_has_the_workflow_and_starting_it_again_makes_no_second(db):
    assert ManualIndexPage.objects.get().get_workflow().name == "Approval"
    assert start_approval() is None
    assert SecondPersonTask.objects.count() == 1
    Workflow.objects.get(name="Approval").workflow_pages.all().delete()
    assert start_approval() is None
    assert ManualIndexPage.objects.get().get_workflow() is None


def test_a_second_person_approves_and_the_concerned_are_asked(
    as_user, submitted, second_editor, editor, agent
):
    assert not Acknowledgement.objects.open().exists()
    assert submitted.workflow_in_progress
    assert approve(as_user(second_editor), submitted).status_code in (200, 302)
    page = ProcedurePage.objects.get(pk=submitted.pk)
    assert page.purpose == "New words"
    edition = newest(page)
    assert (edition.kind, edition.author, edition.approved_by) == (
        "material",
        editor,
        second_editor,
    )
    assert Acknowledgement.objects.open().get(user=agent).edition == edition


def in_the_editor(page, **changed):
    """What the page editor posts for "Approve and Publish", with what stands in its form."""
    draft = page.get_latest_revision_as_object()
    kept = {"change_kind": draft.change_kind, "change_note": draft.change_note}
    action = {"action-workflow-action": "true", "workflow-action-name": "approve"}
    return edit_form(draft, **kept) | action | changed


def test_approving_in_the_editor_leaves_the_words_their_author(
    as_user, editor, second_editor, agent
):
    page = publish(by=editor)
    page.channel_standards.add(ProcedureChannel(channel="phone", first_response_minutes=2))
    page.save()
    standard = page.channel_standards.get()
    rows = {
        "channel_standards-TOTAL_FORMS": "1",
        "channel_standards-INITIAL_FORMS": "1",
        "channel_standards-0-id": str(standard.pk),
        "channel_standards-0-ORDER": "1",
        "channel_standards-0-channel": "phone",
        "channel_standards-0-first_response_minutes": "2",
        "channel_standards-0-first_response_minutes_unit": "1",
        "channel_standards-0-resolution_minutes": "",
        "channel_standards-0-resolution_minutes_unit": "1",
    }
    note = {"change_kind": "material", "change_note": "Do it differently."}
    address = f"/admin/pages/{page.pk}/edit/"
    sent = edit_form(page, purpose="New words", **note) | rows | {"action-submit": "1"}
    assert as_user(editor).post(address, sent).status_code == 302
    page = ProcedurePage.objects.get(pk=page.pk)
    assert as_user(second_editor).post(address, in_the_editor(page) | rows).status_code == 302
    edition = newest(page)
    assert (edition.author, edition.approved_by) == (editor, second_editor)


def test_who_changes_the_words_while_approving_them_does_not_publish_them(
    as_user, submitted, second_editor
):
    data = in_the_editor(submitted, purpose="The approver's own words")
    response = as_user(second_editor).post(f"/admin/pages/{submitted.pk}/edit/", data, follow=True)
    assert "somebody else has to approve it" in response.content.decode()
    page = ProcedurePage.objects.get(pk=submitted.pk)
    assert page.purpose != "The approver's own words"
    assert page.get_latest_revision_as_object().purpose == "The approver's own words"
    assert page.workflow_in_progress


def test_nobody_approves_what_they_wrote(as_user, submitted, editor):
    approve(as_user(editor), submitted)
    assert ProcedurePage.objects.get(pk=submitted.pk).purpose != "New words"


def test_the_author_does_not_find_it_among_what_waits_for_them(submitted, editor, second_editor):
    task = SecondPersonTask.objects.get()
    assert not task.get_task_states_user_can_moderate(editor).exists()
    assert task.get_task_states_user_can_moderate(second_editor).count() == 1


def test_submitting_asks_for_the_change_note(as_user, editor):
    page = publish(by=editor)
    response = as_user(editor).post(
        f"/admin/pages/{page.pk}/edit/", edit_form(page) | {"action-submit": "1"}
    )
    assert set(response.context["form"].errors) == {"change_kind", "change_note"}


def test_where_approval_is_required_nobody_publishes_alone(as_user, editor, settings):
    page = publish(by=editor)
    settings.REQUIRE_APPROVAL = True
    data = edit_form(page, purpose="Mine", change_kind="material", change_note="So.")
    client = as_user(editor)
    client.post(f"/admin/pages/{page.pk}/edit/", data | {"action-publish": "1"})
    assert ProcedurePage.objects.get(pk=page.pk).purpose != "Mine"
    assert "action-publish" not in client.get(f"/admin/pages/{page.pk}/edit/").content.decode()
    client.post(f"/admin/bulk/wagtailcore/page/publish/?id={page.pk}&next=/admin/")
    assert ProcedurePage.objects.get(pk=page.pk).purpose != "Mine"
