"""When pages were published, by Wagtail's log."""

import datetime as dt

import pytest
from django.core.management import call_command
from django.utils import timezone
from wagtail.models import PageLogEntry

from content.history import published_anew
from content.models import ProcedureChannel
from tests.factories.content import ProcedurePageFactory

pytestmark = pytest.mark.django_db

SINCE = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
UNTIL = dt.datetime(2026, 4, 1, tzinfo=dt.UTC)


def publish(page, at: dt.datetime, purpose: str | None = None) -> None:
    """As an editor did at that time, with other words unless they are given."""
    page.purpose = f"As of {at}" if purpose is None else purpose
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


def test_the_same_words_published_again_are_no_change():
    page = ProcedurePageFactory()
    for day, purpose in ((2, "One"), (4, "One"), (6, "Two"), (8, "Two"), (10, "One")):
        publish(page, march(day), purpose)

    assert [at for _page, at in anew(page)] == [march(6), march(10)]


def test_a_change_of_its_rows_or_its_title_is_a_change():
    page = ProcedurePageFactory()
    publish(page, march(2), "One")
    page.channel_standards.add(ProcedureChannel(channel="chat"))
    publish(page, march(4), "One")
    publish(page, march(6), "One")
    page.title = "Another"
    publish(page, march(8), "One")
    page.slug = "another-address"
    publish(page, march(10), "One")

    assert [at for _page, at in anew(page)] == [march(4), march(8)]


def test_a_change_saved_before_it_is_published_is_a_change():
    page = ProcedurePageFactory()
    publish(page, march(2), "One")
    page.purpose = "Two"
    page.save_revision()
    publish(page, march(4), "Two")

    assert [at for _page, at in anew(page)] == [march(4)]


def test_an_edition_whose_revision_is_gone_counts_as_changed():
    page = ProcedurePageFactory()
    publish(page, march(2), "One")
    gone = page.latest_revision_id
    publish(page, march(4), "One")
    assert anew(page) == []
    page.revisions.filter(pk=gone).delete()

    assert [at for _page, at in anew(page)] == [march(4)]


def test_published_anew_takes_the_same_queries_for_one_and_for_three(count_queries):
    pages = [ProcedurePageFactory() for _page in range(3)]
    for page in pages:
        publish(page, march(2))
        publish(page, march(4))

    assert count_queries(lambda: anew(*pages)) == count_queries(lambda: anew(pages[0])) <= 3
