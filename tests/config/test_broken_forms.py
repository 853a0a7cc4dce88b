"""Requests to Wagtail's editors that none of their forms sends."""

import pytest
from django.urls import reverse

from content.models import LearningPath
from content.models.paths import LearningPathForm
from tests.factories.content import LearningPathFactory, ModulePageFactory
from training.models import PathAssignment


@pytest.fixture
def path(db):
    return LearningPathFactory()


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("copy", {"new_title": "Copy"}),
        ("copy", {"new_title": "Copy", "new_slug": "copy", "new_parent_page": "3371375"}),
        ("move", {"new_parent_page": "{0}"}),
        ("delete", {"next": "-16093779875767"}),
        ("edit", {"title": "A", "body-count": "-1.5e16"}),
        ("edit", {"title": "A", "body-count": "0", "description": "no JSON"}),
        ("edit", {"title": "A", "body-count": "0", "description": "4.8e16"}),
    ],
)
def test_what_no_form_sends_is_answered_plainly_and_changes_nothing(as_user, editor, name, sent):
    page = ModulePageFactory(title="Calls")
    answer = as_user(editor).post(reverse(f"wagtailadmin_pages:{name}", args=[page.pk]), sent)

    assert answer.status_code < 500
    if answer.status_code == 400:
        assert "Nothing was saved." in answer.content.decode()
    page.refresh_from_db()
    assert page.title == "Calls"


def test_a_filter_that_is_no_number_of_this_world_is_answered_plainly(as_user, editor):
    page = ModulePageFactory()
    address = reverse("wagtailadmin_explore", args=[page.pk])
    assert as_user(editor).get(address, {"owner": "-" + "9" * 40}).status_code in (200, 400)


def test_a_form_without_the_count_of_its_rows_is_answered_plainly(as_user, editor, path):
    address = reverse("wagtailsnippets_content_learningpath:edit", args=[path.pk])
    rows = {"path_modules-TOTAL_FORMS": "3", "path_modules-INITIAL_FORMS": "3"}
    answer = as_user(editor).post(address, {"title": "Other", **rows})

    assert answer.status_code in (200, 400)
    path.refresh_from_db()
    assert path.title != "Other"


def test_what_people_were_assigned_to_is_not_deleted_and_says_so(
    as_user, administrator, agent, path, today
):
    PathAssignment.objects.create(path=path, user=agent, starts_on=today, assigned_by=administrator)
    address = reverse("wagtailsnippets_content_learningpath:delete", args=[path.pk])
    answer = as_user(administrator).post(address)

    assert answer.status_code == 409
    assert "Path assignments: 1" in answer.content.decode()
    assert LearningPath.objects.filter(pk=path.pk).exists()


def test_a_mistake_of_ours_is_not_called_a_broken_form(as_user, editor, path, monkeypatch):
    def wrong(form):
        raise ValueError("Ours.")

    monkeypatch.setattr(LearningPathForm, "is_valid", wrong)
    address = reverse("wagtailsnippets_content_learningpath:edit", args=[path.pk])
    with pytest.raises(ValueError, match="Ours"):
        as_user(editor).post(address, {"title": "A"})


@pytest.mark.parametrize(
    "address",
    [
        "/admin/choose-external-link/",
        "/admin/snippets/choose/content/skill/create/",
        "/admin/snippets/choose/content/question/create/",
    ],
)
def test_a_chooser_that_gets_an_empty_form_breaks_nothing(address, as_user, editor):
    assert as_user(editor).post(address).status_code == 400
