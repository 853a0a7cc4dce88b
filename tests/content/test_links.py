"""Page links in rich text: looked up once, and never leading to "not found"."""

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from wagtail.models import PageViewRestriction

from tests.factories.content import ProcedurePageFactory

pytestmark = pytest.mark.django_db


def link(page, words="see there"):
    return f'<p><a linktype="page" id="{page.pk}">{words}</a></p>'


def procedure_linking_to(*pages):
    return ProcedurePageFactory(notes=[("text", link(page)) for page in pages])


def test_link_leads_to_the_page(agent, as_user):
    target = ProcedurePageFactory(slug="target")

    response = as_user(agent).get(procedure_linking_to(target).url)

    assert '<a href="/manual/target/">see there</a>' in response.content.decode()


def test_link_to_an_unpublished_or_deleted_page_keeps_only_its_words(agent, as_user):
    draft, gone = ProcedurePageFactory(live=False), ProcedurePageFactory()
    page = procedure_linking_to(draft, gone)
    gone.delete()

    response = as_user(agent).get(page.url)

    assert response.content.decode().count("<a>see there</a>") == 2


def test_link_to_a_page_closed_to_the_reader_keeps_only_its_words(agent, as_user, reviewer):
    target = ProcedurePageFactory(slug="target")
    few = Group.objects.create(name="Few")
    reviewer.groups.add(few)
    closed = PageViewRestriction.objects.create(page=target, restriction_type="groups")
    closed.groups.add(few)
    address = procedure_linking_to(target).url

    assert "<a>see there</a>" in as_user(agent).get(address).content.decode()
    shown = as_user(reviewer).get(address).content.decode()
    assert '<a href="/manual/target/">see there</a>' in shown


def test_links_cost_one_query_however_many(agent, as_user):
    targets = [ProcedurePageFactory() for _ in range(3)]
    few, many = procedure_linking_to(targets[0]), procedure_linking_to(*targets)
    none = ProcedurePageFactory(notes=[("text", "<p>Nothing.</p>")])
    browser = as_user(agent)

    counts = []
    for page in (none, few, many):
        # What kind of page lives at an address is asked when it is met first.
        browser.get(page.url)
        with CaptureQueriesContext(connection) as queries:
            browser.get(page.url)
        counts.append(len(queries))

    assert counts == [counts[0], counts[0] + 1, counts[0] + 1]


def test_link_is_looked_up_anew_in_the_next_request(agent, as_user):
    target = ProcedurePageFactory(slug="before")
    page = procedure_linking_to(target)
    browser = as_user(agent)
    browser.get(page.url)

    target.slug = "after"
    target.save()

    assert "/manual/after/" in browser.get(page.url).content.decode()
