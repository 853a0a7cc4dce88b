"""When pages were published, by Wagtail's log."""

import datetime as dt

import pytest
from django.core.management import call_command
from django.utils import timezone
from wagtail.models import PageLogEntry

from content.history import published_anew
from tests.factories.content import ProcedurePageFactory

pytestmark = pytest.mark.django_db

SINCE = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
UNTIL = dt.datetime(2026, 4, 1, tzinfo=dt.UTC)


def publish(page, at: dt.datetime) -> None:
    """As an editor did at that time."""
    page.save_revision().publish()
    entry = PageLogEntry.objects.filter(page=page, action="wagtail.publish").latest("pk")
    PageLogEntry.objects.filter(pk=entry.pk).update(timestamp=at)


def march(day: int) -> dt.datetime:
    return dt.datetime(2026, 3, day, 12, tzinfo=dt.UTC)


def anew(*pages):
    return published_anew([page.pk for page in pages], since=SINCE, until=UNTIL)


def test_the_first_publication_is_none_anew_and_each_later_one_is():
    page, other = ProcedurePageFactory(), ProcedurePageFactory()
    publish(page, march(2))
    publish(other, march(3))
    assert anew(page, other) == []

    publish(page, march(9))
    publish(other, march(5))
    publish(page, march(20))

    assert anew(page, other) == [
        (other.pk, march(5)),
        (page.pk, march(9)),
        (page.pk, march(20)),
    ]
    assert anew(other) == [(other.pk, march(5))]
    assert anew() == []


def test_only_what_lies_in_between_counts_but_what_came_before_is_known():
    page = ProcedurePageFactory()
    for at in (march(1) - dt.timedelta(days=200), SINCE, UNTIL - dt.timedelta(seconds=1), UNTIL):
        publish(page, at)

    assert [at for _page, at in anew(page)] == [SINCE, UNTIL - dt.timedelta(seconds=1)]


def test_drafts_and_taking_a_page_away_are_no_publication():
    page = ProcedurePageFactory()
    publish(page, march(2))
    page.save_revision(log_action=True)
    page.unpublish()
    PageLogEntry.objects.exclude(action="wagtail.publish").update(timestamp=march(3))

    assert anew(page) == []


def test_a_scheduled_publication_counts():
    page = ProcedurePageFactory()
    publish(page, march(2))
    page.title = "As of tomorrow"
    page.go_live_at = timezone.now() + dt.timedelta(days=1)
    page.save_revision().publish()
    assert anew(page) == []
    revision = page.revisions.latest("created_at")
    revision.approved_go_live_at = timezone.now() - dt.timedelta(minutes=1)
    content = {**revision.content, "go_live_at": "2026-01-01T00:00:00Z"}
    type(revision).objects.filter(pk=revision.pk).update(
        approved_go_live_at=revision.approved_go_live_at, content=content
    )

    call_command("publish_scheduled")
    PageLogEntry.objects.filter(action="wagtail.publish.scheduled").update(timestamp=march(10))

    assert anew(page) == [(page.pk, march(10))]


def test_a_page_that_was_public_before_the_log_begins_is_published_anew_at_once():
    page = ProcedurePageFactory(first_published_at=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
    publish(page, march(2))

    assert anew(page) == [(page.pk, march(2))]


def test_published_anew_takes_one_query(count_queries):
    pages = [ProcedurePageFactory() for _page in range(3)]
    for page in pages:
        publish(page, march(2))
        publish(page, march(4))

    assert count_queries(lambda: anew(*pages)) == 1
