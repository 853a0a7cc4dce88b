"""A procedure that a rubric rests on cannot be deleted under it."""

import pytest
from django.db import connection
from django.urls import reverse

from content.models import ProcedurePage
from scorecards.freezing import thawed
from tests.factories.content import ProcedurePageFactory


@pytest.fixture
def procedure(criteria):
    page = ProcedurePageFactory(title="Greeting")
    criterion = criteria["tone"]
    criterion.procedure = page
    with thawed(connection):
        criterion.save()
    return page


def test_deleting_it_is_refused_with_the_reason(as_user, editor, procedure):
    response = as_user(editor).post(
        reverse("wagtailadmin_pages:delete", args=[procedure.pk]), follow=True
    )

    assert "“Greeting” cannot be deleted: the criterion" in response.text
    assert ProcedurePage.objects.filter(pk=procedure.pk).exists()


def test_deleting_in_bulk_is_refused_too(as_user, editor, procedure):
    address = f"/admin/bulk/wagtailcore/page/delete/?id={procedure.pk}&next=/admin/"

    response = as_user(editor).post(address, follow=True)

    assert response.status_code == 200
    assert ProcedurePage.objects.filter(pk=procedure.pk).exists()


def test_another_page_goes(as_user, editor, procedure):
    other = ProcedurePageFactory()

    as_user(editor).post(reverse("wagtailadmin_pages:delete", args=[other.pk]))

    assert not ProcedurePage.objects.filter(pk=other.pk).exists()
