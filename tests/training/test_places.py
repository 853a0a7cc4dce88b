"""The place in a lesson, to the block, through changes of the lesson."""

import json
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from content.models import LessonPage
from tests.factories.content import LessonPageFactory, ModulePageFactory, ProcedurePageFactory
from tests.factories.training import CompletionFactory
from training.models import LessonPlace
from training.places import block_ids, reading_of, resume


@pytest.fixture
def lesson(db):
    parts = [("text", f"<p>Part {number}</p>") for number in range(1, 6)]
    page = LessonPageFactory(parent=ModulePageFactory(), body=parts)
    return LessonPage.objects.get(pk=page.pk)


def keep(client, lesson, **place):
    url = reverse("training:lesson_place", args=[lesson.pk])
    return client.post(url, {"place": json.dumps(place)})


def test_the_place_is_kept_and_offered(as_user, lesson, agent):
    client, ids = as_user(agent), block_ids(lesson)
    assert "Continue where you left off" not in client.get(lesson.url).content.decode()
    assert keep(client, lesson, block=ids[2], seen=ids[:3]).status_code == 204
    html = client.get(lesson.url).content.decode()
    assert f'href="#b-{ids[2]}"' in html
    assert f'id="b-{ids[2]}"' in html
    assert "3 of 5 parts seen" in html
    assert re.search(r"0 of 1 steps done, and 60\s?% of this lesson seen", html)


def test_what_was_seen_stays_seen_and_the_place_goes_back_with_the_reader(as_user, lesson, agent):
    client, ids = as_user(agent), block_ids(lesson)
    keep(client, lesson, block=ids[4], seen=ids[3:])
    keep(client, lesson, block=ids[1], seen=ids[:2])
    reading = reading_of(agent, lesson)
    assert (reading.seen, reading.block, reading.percent) == (4, ids[1], 80)


def test_a_place_whose_block_is_gone_is_the_nearest_before(as_user, lesson, agent):
    ids = block_ids(lesson)
    keep(as_user(agent), lesson, block=ids[3], seen=ids[:4])
    del lesson.body[3]
    del lesson.body[2]
    lesson.save()
    reading = reading_of(agent, LessonPage.objects.get(pk=lesson.pk))
    assert (reading.block, reading.seen, reading.total) == (ids[1], 2, 3)


@pytest.mark.parametrize(
    ("now", "block"),
    [
        ("abcd", "c"),
        ("xabcd", "c"),
        ("cab", ""),  # The place is the first block now: that is the beginning.
        ("abd", "b"),
        ("ad", ""),
        ("", ""),
    ],
)
def test_resuming(now, block):
    assert resume("abc", "abc", {"c": 3, "z": 4}, now).block == block


def test_where_a_player_stood_is_kept(as_user, lesson, agent):
    client, ids = as_user(agent), block_ids(lesson)
    keep(client, lesson, media={ids[1]: 42.5, "gone": 3})
    keep(client, lesson, block=ids[1], media={ids[2]: 7})
    assert reading_of(agent, lesson).media == {ids[1]: 42.5, ids[2]: 7.0}
    assert "lesson-media" in client.get(lesson.url).content.decode()


@pytest.mark.parametrize(
    "place",
    ["", "x", "[]", "3", '{"seen": 3}', '{"media": []}', '{"block": 4}', '{"seen": null}'],
)
def test_what_is_no_place_is_refused(as_user, lesson, agent, place):
    url = reverse("training:lesson_place", args=[lesson.pk])
    assert as_user(agent).post(url, {"place": place}).status_code == 400
    assert not LessonPlace.objects.exists()


def test_what_is_not_in_the_lesson_is_passed_over(as_user, lesson, agent):
    ids = block_ids(lesson)
    sent = {"block": "nowhere", "seen": ["x", 3, ids[0]], "media": {ids[0]: "1", ids[1]: -2}}
    assert keep(as_user(agent), lesson, **sent).status_code == 204
    place = LessonPlace.objects.get()
    assert (place.trail, place.seen, place.media) == ([], [ids[0]], {})


def test_places_are_ones_own(as_user, lesson, agent, teammate):
    ids = block_ids(lesson)
    keep(as_user(agent), lesson, block=ids[2], seen=ids[:3])
    assert reading_of(teammate, lesson).seen == 0
    url = reverse("training:lesson_place", args=[lesson.pk])
    assert as_user(agent).get(url).status_code == 405


def test_a_lesson_that_one_may_not_read_keeps_no_place(as_user, lesson, agent):
    from wagtail.models import PageViewRestriction

    PageViewRestriction.objects.create(page=lesson, restriction_type=PageViewRestriction.GROUPS)
    assert keep(as_user(agent), lesson, block=block_ids(lesson)[1]).status_code == 404


def test_a_procedure_that_changed_since_the_lesson_was_read_says_so(as_user, agent):
    procedure = ProcedurePageFactory(title="Returns")
    lesson = LessonPageFactory(body=[("procedure", {"procedure": procedure})])
    client, words = as_user(agent), "since you read this lesson"
    CompletionFactory(user=agent, page=lesson)
    assert words not in client.get(lesson.url).content.decode()
    procedure.last_published_at = timezone.now()
    procedure.save()
    html = client.get(lesson.url).content.decode()
    assert words in html
    assert "Always the current edition" in html


def test_nesting_without_end_is_not_understood(as_user, lesson, agent):
    url = reverse("training:lesson_place", args=[lesson.pk])
    assert as_user(agent).post(url, {"place": 100_000 * "["}).status_code == 400
