"""Five minutes a day: who is asked what, rating, undoing, and what a change of the manual does."""

import datetime as dt
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from content.models import ModulePage
from people.once import reading
from tests.factories.content import ProcedurePageFactory, SkillFactory
from tests.factories.refreshers import RefresherCardFactory, sign
from tests.factories.training import CompletionFactory
from training.actions import (
    CardGone,
    NotToBeUndone,
    RatedAlready,
    rate_refresher,
    undo_refresher,
)
from training.models import RefresherReview, RefresherState
from training.refresher_sessions import cards_for, in_words, plan_of, session_of

URL = "/training/refreshers/"
DAY = dt.date(2026, 11, 20)
GOOD = RefresherReview.Rating.GOOD


def answer(user, card, *, showing=0, rating=GOOD, day=DAY, **more):
    return rate_refresher(user, card.pk, showing=showing, rating=rating, day=day, **more)


@pytest.fixture
def returns(db):
    return ProcedurePageFactory(title="Returns")


@pytest.fixture
def card(returns, agent):
    sign(agent, returns)
    return RefresherCardFactory(procedure=returns, question="How many days?", answer="Thirty.")


# Who is asked ------------------------------------------------------------------------------------
def test_who_signed_for_the_procedure_is_asked(card, agent, teammate):
    assert list(cards_for(agent)) == [card]
    assert not cards_for(teammate)


def test_who_completed_a_module_that_teaches_the_skill_is_asked(agent, teammate, make_module):
    skill = SkillFactory(key="protocol")
    module = make_module().module
    module.skills = [skill]
    module.save()
    card = RefresherCardFactory(skill=skill)
    CompletionFactory(user=agent, page=module)
    assert list(cards_for(agent)) == [card]
    assert not cards_for(teammate)


def test_a_card_of_both_kinds_is_asked_once(card, agent, make_module):
    skill = SkillFactory(key="protocol")
    for title in ("One", "Two"):
        module = make_module(title).module
        module.skills = [skill]
        module.save()
        CompletionFactory(user=agent, page=module)
    card.skill = skill
    card.save()
    assert ModulePage.objects.filter(skills=skill).count() == 2
    assert list(cards_for(agent)) == [card]


@pytest.mark.parametrize("fields", [{"is_active": False}, {"retired_at": timezone.now()}])
def test_a_card_out_of_use_is_not_asked(card, agent, fields):
    for name, value in fields.items():
        setattr(card, name, value)
    card.save()
    assert not cards_for(agent)


def test_cards_of_an_unpublished_page_pause(card, returns, agent):
    answer(agent, card)
    returns.unpublish()
    assert plan_of(agent, on=DAY + dt.timedelta(days=9)).left == 0
    returns.save_revision().publish()
    assert plan_of(agent, on=DAY + dt.timedelta(days=9)).left == 1


def test_a_card_of_a_page_kept_from_the_reader_is_not_asked(card, returns, agent):
    from wagtail.models import PageViewRestriction

    PageViewRestriction.objects.create(page=returns, restriction_type=PageViewRestriction.GROUPS)
    assert not cards_for(agent)


# How much ----------------------------------------------------------------------------------------
def test_new_cards_are_limited_by_day(card, returns, agent, settings):
    settings.REFRESHER_NEW_PER_DAY = 3
    more = [RefresherCardFactory(procedure=returns) for _ in range(6)]
    assert plan_of(agent, on=DAY).left == 3
    for each in (card, *more[:2]):
        answer(agent, each, seconds=5)
    plan = plan_of(agent, on=DAY)
    assert (plan.done, plan.left, plan.total) == (3, 0, 3)
    assert plan_of(agent, on=DAY + dt.timedelta(days=1)).new == 3


def test_due_cards_come_before_new_ones_and_fit_into_five_minutes(agent, returns, settings):
    settings.REFRESHER_NEW_PER_DAY = 50
    sign(agent, returns)
    cards = [RefresherCardFactory(procedure=returns) for _ in range(40)]
    for each in cards[:20]:
        answer(agent, each, seconds=30)
    plan = plan_of(agent, on=DAY + dt.timedelta(days=5))
    # Thirty seconds each: ten in five minutes, all of them due ones.
    assert (plan.left, plan.new, plan.held_over, plan.minutes) == (10, 0, 10, 5)
    assert session_of(agent, on=DAY + dt.timedelta(days=5)).card == cards[0]


def test_before_ten_answers_the_pace_is_guessed(card, agent):
    answer(agent, card, seconds=1)
    assert plan_of(agent, on=DAY).seconds_each == 20


def test_the_plan_takes_the_same_queries_for_many_cards(card, returns, agent, count_queries):
    def as_on_a_page():
        with reading():
            session_of(agent, on=DAY)

    one = count_queries(as_on_a_page)
    for _ in range(5):
        RefresherCardFactory(procedure=returns)
    assert count_queries(as_on_a_page) == one <= 8


# Answering ---------------------------------------------------------------------------------------
def test_the_page_asks_and_says_when_each_answer_leads_back(as_user, card, agent):
    html = as_user(agent).get(URL).content.decode()
    assert "How many days?" in html
    assert re.findall(r"next: ([^<]+)<", html) == ["1 day", "1 day", "2 days", "8 days"]
    assert f"/training/refreshers/{card.pk}/rate/" in html


def test_rating_leads_to_the_next_and_then_to_done(as_user, card, returns, agent):
    other = RefresherCardFactory(procedure=returns, question="Who pays?")
    client = as_user(agent)
    url = reverse("training:refresher_rate", args=[card.pk])
    response = client.post(url, {"rating": 3, "showing": 0, "seconds": "7"}, follow=True)
    assert "Who pays?" in response.content.decode()
    review = RefresherReview.objects.get()
    assert (review.rating, review.seconds, review.was_new) == (3, 7, True)
    today = timezone.localdate()
    assert RefresherState.objects.get().due_on == today + dt.timedelta(days=2)
    url = reverse("training:refresher_rate", args=[other.pk])
    html = client.post(url, {"rating": 4, "showing": 0}, follow=True).content.decode()
    assert "Done for today" in html
    assert RefresherReview.objects.get(card=other).seconds is None


def test_the_second_of_two_tabs_is_refused_without_harm(as_user, card, agent):
    client = as_user(agent)
    url = reverse("training:refresher_rate", args=[card.pk])
    assert client.post(url, {"rating": 4, "showing": 0}).status_code == 302
    before = RefresherState.objects.values().get()
    response = client.post(url, {"rating": 1, "showing": 0})
    assert response.status_code == 409
    assert "That answer stands" in response.content.decode()
    assert RefresherState.objects.values().get() == before
    assert RefresherReview.objects.count() == 1


def test_a_card_that_is_not_due_cannot_be_rated(card, agent):
    answer(agent, card)
    with pytest.raises(RatedAlready):
        answer(agent, card, showing=1)


def test_a_card_retired_meanwhile_is_not_rated(as_user, card, agent):
    card.retired_at = timezone.now()
    card.save()
    url = reverse("training:refresher_rate", args=[card.pk])
    response = as_user(agent).post(url, {"rating": 3, "showing": 0})
    assert response.status_code == 409
    assert not RefresherReview.objects.exists()
    with pytest.raises(CardGone):
        answer(agent, card)


def test_nobody_rates_the_cards_of_others(as_user, card, teammate):
    url = reverse("training:refresher_rate", args=[card.pk])
    assert as_user(teammate).post(url, {"rating": 3, "showing": 0}).status_code == 409
    assert not RefresherReview.objects.exists()


@pytest.mark.parametrize(
    "sent", [{}, {"rating": "5", "showing": "0"}, {"rating": "x"}, {"rating": 3, "showing": "-1"}]
)
def test_what_is_no_rating_is_refused(as_user, card, agent, sent):
    url = reverse("training:refresher_rate", args=[card.pk])
    response = as_user(agent).post(url, sent)
    assert response.status_code == 422
    assert "How many days?" in response.content.decode()


def test_a_senseless_clock_does_not_lose_the_answer(as_user, card, agent):
    url = reverse("training:refresher_rate", args=[card.pk])
    sent = {"rating": 3, "showing": 0, "seconds": "-4"}
    assert as_user(agent).post(url, sent).status_code == 302
    assert RefresherReview.objects.get().seconds is None


def test_the_page_is_read_with_get_and_rated_with_post(as_user, card, agent):
    client = as_user(agent)
    assert client.post(URL).status_code == 405
    assert client.head(URL).status_code == 200
    assert client.get(reverse("training:refresher_rate", args=[card.pk])).status_code == 405


def test_without_cards_the_page_says_where_they_come_from(as_user, agent):
    assert "Cards come to you when" in as_user(agent).get(URL).content.decode()


# Days --------------------------------------------------------------------------------------------
def test_the_readers_zone_decides_the_day(as_user, card, agent, monkeypatch):
    """Late in the evening in UTC it is tomorrow already in Auckland."""
    evening = dt.datetime(2026, 11, 20, 22, 0, tzinfo=dt.UTC)
    monkeypatch.setattr(timezone, "now", lambda: evening)
    agent.time_zone = "Pacific/Auckland"
    agent.save()
    url = reverse("training:refresher_rate", args=[card.pk])
    as_user(agent).post(url, {"rating": 3, "showing": 0})
    assert RefresherReview.objects.get().day == dt.date(2026, 11, 21)
    assert RefresherState.objects.get().due_on == dt.date(2026, 11, 23)


def test_who_flies_west_can_answer_on_the_day_that_comes_twice(card, agent):
    answer(agent, card, day=DAY)
    state = RefresherState.objects.get()
    state.due_on = DAY - dt.timedelta(days=1)
    state.save()
    answer(agent, card, showing=1, day=DAY - dt.timedelta(days=1))
    assert RefresherState.objects.get().due_on > DAY


# Taking back -------------------------------------------------------------------------------------
def test_an_answer_can_be_taken_back_and_given_again(as_user, card, agent):
    client = as_user(agent)
    url = reverse("training:refresher_rate", args=[card.pk])
    client.post(url, {"rating": 4, "showing": 0})
    review = RefresherReview.objects.get()
    page = client.get(URL).content.decode()
    assert "Take back my last answer (Easy)" in page
    undo = reverse("training:refresher_undo", args=[review.pk])
    html = client.post(undo, follow=True).content.decode()
    assert "How many days?" in html
    assert 'name="showing" value="2"' in html
    assert client.post(url, {"rating": 1, "showing": 2}).status_code == 302
    plan = plan_of(agent, on=timezone.localdate())
    assert (plan.done, plan.left) == (1, 0)
    # The log keeps all three.
    ratings = RefresherReview.objects.order_by("pk").values_list("rating", flat=True)
    assert list(ratings) == [4, None, 1]


def test_taking_back_restores_what_was_known(card, agent):
    answer(agent, card)
    before = RefresherState.objects.values("memory", "due_on", "last_review").get()
    later = DAY + dt.timedelta(days=2)
    review = answer(agent, card, showing=1, rating=1, day=later)
    undo_refresher(agent, review.pk, day=later)
    assert RefresherState.objects.values("memory", "due_on", "last_review").get() == before


def test_an_answer_is_taken_back_once_and_only_by_its_person(as_user, card, agent, teammate):
    review = answer(agent, card)
    with pytest.raises(NotToBeUndone):
        undo_refresher(teammate, review.pk, day=DAY)
    undo_refresher(agent, review.pk, day=DAY)
    with pytest.raises(NotToBeUndone):
        undo_refresher(agent, review.pk, day=DAY)
    url = reverse("training:refresher_undo", args=[review.pk])
    assert as_user(agent).post(url).status_code == 409


def test_an_answer_of_yesterday_stays(card, agent):
    review = answer(agent, card)
    with pytest.raises(NotToBeUndone):
        undo_refresher(agent, review.pk, day=DAY + dt.timedelta(days=1))


# Where they are announced --------------------------------------------------------------------------
@pytest.mark.parametrize("url", ["/", "/training/"])
def test_the_start_page_and_the_learners_page_announce_them(as_user, card, agent, url):
    html = as_user(agent).get(url).content.decode()
    assert "1 card to refresh" in html
    assert "about 1 minute" in html


@pytest.mark.parametrize(
    ("days", "text"),
    [(0, "today again"), (1, "1 day"), (60, "60 days"), (61, "2 months"), (731, "2 years")],
)
def test_intervals_are_said_in_words(days, text):
    assert in_words(days) == text


def test_with_fuzz_an_interval_is_only_about_right(settings):
    settings.REFRESHER_FUZZ = True
    assert in_words(12) == "about 12 days"
