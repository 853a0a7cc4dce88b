"""Public reviews: who sees which, and what becomes of one until it is closed."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from wagtail import hooks

from interactions.models import Interaction, PublicReview
from interactions.public_reviews import NotAllowed, close_review, reply_to_review, save_review
from people.models import AuditEvent
from tests.factories.interactions import CustomerFactory, InteractionFactory
from tests.factories.surveys import PublicReviewFactory

pytestmark = pytest.mark.django_db
LIST = reverse("interactions:review_list")
NEW = reverse("interactions:review_create")
State = PublicReview.State


def url(name: str, review) -> str:
    return reverse(f"interactions:review_{name}", args=[review.pk])


def form(**given):
    return {
        "kind": "review",
        "site": "Trustpages",
        "posted_on": "2026-09-20",
        "rating": "4.5",
        "highest": "5",
        "text": "Quick and kind.",
        **given,
    }


def test_everybody_sees_what_is_theirs_to_see(
    agent, teammate, manager, other_manager, reviewer, editor, administrator
):
    of_ada = PublicReviewFactory(agent=agent)
    closed = PublicReviewFactory(
        agent=agent, state=State.CLOSED, closed_at=dt.datetime(2026, 10, 1, tzinfo=dt.UTC)
    )
    of_nobody = PublicReviewFactory()

    def seen(user):
        return set(PublicReview.objects.visible_to(user))

    assert seen(administrator) == {of_ada, closed, of_nobody}
    assert seen(manager) == {of_ada, closed, of_nobody}
    assert seen(other_manager) == {of_nobody}
    assert seen(agent) == {closed}
    for user in (teammate, reviewer, editor):
        assert seen(user) == set()


def test_a_review_of_what_one_still_has_to_grade_is_withheld(administrator):
    review = PublicReviewFactory(interaction=InteractionFactory())
    ids = Interaction.objects.values("pk")
    with hooks.register_temporarily("rating_withheld_from", lambda user: ids):
        assert not PublicReview.objects.visible_to(administrator).exists()
    assert PublicReview.objects.visible_to(administrator).get() == review


def test_a_manager_records_one_and_it_is_matched_by_the_interaction(as_user, manager, agent):
    contact = InteractionFactory(agent=agent, external_id="T-17")
    client = as_user(manager)
    page = client.get(NEW, {"interaction": contact.pk}).content.decode()
    assert 'value="T-17"' in page

    answer = client.post(NEW, form(contact="T-17", owner=manager.pk, url="example.org/r/1"))

    review = PublicReview.objects.get()
    assert answer["Location"] == review.get_absolute_url()
    assert (review.interaction, review.customer, review.agent) == (contact, contact.customer, agent)
    assert review.state == State.TAKEN
    assert review.url == "https://example.org/r/1"
    assert AuditEvent.objects.get(action="record_review").after["rating"] == "4.5"
    address = f"http://testserver/interactions/{contact.pk}/"
    assert client.post(url("edit", review), form(contact=address)).status_code == 302
    assert AuditEvent.objects.filter(action="change_review").count() == 1


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"rating": "6"}, "cannot lie above it"),
        ({"highest": ""}, "needs the best of its scale"),
        ({"rating": "", "highest": "", "text": ""}, "a rating, a text or both"),
        ({"posted_on": "2999-01-01"}, "still to come"),
        ({"posted_on": "soon"}, "valid date"),
        ({"contact": "no-such"}, "no-such"),
        ({"contact": "/interactions/99999999999999999999/"}, "known as"),
        ({"served": "x\x00y"}, "Null characters"),
        ({"url": "javascript:alert(1)"}, "valid URL"),
    ],
)
def test_what_does_not_fit_is_said_and_kept(as_user, manager, given, words):
    answer = as_user(manager).post(NEW, form(title="Kept", **given))
    assert answer.status_code == 422
    page = answer.content.decode()
    assert words in page
    assert 'value="Kept"' in page
    assert not PublicReview.objects.exists()


def test_what_one_cannot_see_is_not_found_by_its_id(as_user, manager):
    InteractionFactory(external_id="secret")
    page = as_user(manager).post(NEW, form(contact="secret"))
    assert page.status_code == 422


def test_a_customer_of_several_with_one_name_is_asked_for(as_user, manager, agent):
    for number in (1, 2):
        customer = CustomerFactory(name="Kim Doe", external_id=f"k{number}")
        InteractionFactory(agent=agent, customer=customer)
    client = as_user(manager)
    assert "Several are known" in client.post(NEW, form(served="kim doe")).content.decode()
    assert client.post(NEW, form(served="k2")).status_code == 302
    assert PublicReview.objects.get().customer.external_id == "k2"


def test_a_review_is_followed_until_it_is_closed_and_opened_again(as_user, manager, agent):
    review = PublicReviewFactory(agent=agent)
    client = as_user(manager)

    client.post(url("take", review))
    client.post(url("note", review), {"note": "Asked the depot."})
    assert client.post(url("reply", review), {"reply": " "}).status_code == 422
    client.post(url("reply", review), {"reply": "We are sorry."})
    review.refresh_from_db()
    assert (review.state, review.owner, review.reply) == (State.ANSWERED, manager, "We are sorry.")
    client.post(url("close", review), {"note": ""})
    review.refresh_from_db()
    assert (review.state, review.closed_by) == (State.CLOSED, manager)
    for name, data in (("reply", {"reply": "More"}), ("take", {}), ("close", {"note": "x"})):
        assert client.post(url(name, review), data).status_code == 422
    assert client.post(url("edit", review), form()).status_code == 422

    page = as_user(agent).get(url("detail", review)).content.decode()
    assert "We are sorry." in page
    assert "Asked the depot." not in page
    client.post(url("reopen", review))
    review.refresh_from_db()
    assert review.state == State.ANSWERED
    assert as_user(agent).get(url("detail", review)).status_code == 404
    actions = list(AuditEvent.objects.order_by("pk").values_list("action", flat=True))
    assert actions[-4:] == ["take_review", "reply_to_review", "close_review", "reopen_review"]


def test_without_a_reply_closing_needs_a_reason(as_user, manager):
    review = PublicReviewFactory()
    client = as_user(manager)
    refused = client.post(url("close", review), {"note": ""})
    assert refused.status_code == 422
    assert "Say in a note why" in refused.content.decode()
    assert client.post(url("close", review), {"note": "Not about us."}).status_code == 302
    assert review.notes.get().text == "Not about us."


def test_only_who_handles_reviews_changes_them(as_user, agent, reviewer, editor, manager):
    closed = PublicReviewFactory(
        agent=agent, state=State.CLOSED, closed_at=dt.datetime(2026, 10, 1, tzinfo=dt.UTC)
    )
    for name in ("take", "reply", "note", "close", "reopen", "delete"):
        assert as_user(agent).post(url(name, closed)).status_code == 403
        assert as_user(reviewer).post(url(name, closed)).status_code == 404
        assert as_user(manager).get(url(name, closed)).status_code == 405
    assert as_user(agent).get(url("edit", closed)).status_code == 403
    assert as_user(editor).get(NEW).status_code == 403
    assert as_user(agent).get(NEW).status_code == 403


def test_nobody_looks_after_what_is_said_about_themself(as_user, manager):
    own = PublicReviewFactory(agent=manager, owner=manager)
    assert as_user(manager).post(url("close", own), {"note": "Fine."}).status_code == 403


def test_a_mistake_is_deleted_and_the_log_keeps_its_rating(as_user, administrator):
    review = PublicReviewFactory(rating="2.50")
    as_user(administrator).post(url("delete", review))
    assert not PublicReview.objects.exists()
    kept = AuditEvent.objects.get(action="delete_review").before
    assert kept["text"] == f"{len(review.text)} characters"
    assert review.author not in str(kept)
    assert kept["rating"] == "2.5"


def test_the_list_is_narrowed_down_sorted_and_taken_along(as_user, manager, today):
    PublicReviewFactory(title="Late", due_on=today - dt.timedelta(days=1), owner=manager)
    PublicReviewFactory(title="Nice", rating=9, highest=10, site="Maps", may_quote=True)
    PublicReviewFactory(title="Plain", rating=None, highest=None)
    done = PublicReviewFactory(title="Done")
    close_review(done, note="No.", by=manager)
    client = as_user(manager)

    def listed(**filters):
        page = client.get(LIST, filters).content.decode()
        return [each for each in ("Late", "Nice", "Plain", "Done") if f">{each}</a>" in page]

    assert listed() == ["Late", "Nice", "Plain"]
    assert listed(show="overdue") == ["Late"]
    assert listed(show="closed") == ["Done"]
    assert listed(show="all", rating="low") == ["Late", "Done"]
    assert listed(rating="quote") == ["Nice"]
    assert listed(site="Maps") == ["Nice"]
    assert listed(owner="me") == ["Late"]
    assert listed(owner="nobody") == ["Nice", "Plain"]
    assert listed(q="pLAIN") == ["Plain"]
    assert listed(q="nothing\x00such") == []
    page = client.get(LIST, {"sort": "worst"}).content.decode()
    assert page.index(">Late<") < page.index(">Nice<") < page.index(">Plain<")
    assert client.get(LIST, {"sort": "due"}).status_code == 200
    file = client.post(LIST + "?show=all&sort=oldest", {"format": "csv"})
    assert len(b"".join(file.streaming_content).decode().strip().splitlines()) == 5
    assert client.post(LIST).status_code == 405


def test_the_pages_take_as_many_queries_for_many(as_user, manager, agent, count_queries):
    client = as_user(manager)
    review = PublicReviewFactory(agent=agent, owner=manager)
    client.get(LIST)
    one = count_queries(lambda: client.get(LIST))
    PublicReviewFactory.create_batch(3, agent=agent, owner=manager)
    assert count_queries(lambda: client.get(LIST)) == one
    for text in "abc":
        review.notes.create(text=text, written_by=manager)
    assert client.get(url("detail", review)).status_code == 200


def test_an_empty_list_says_what_to_do(as_user, manager, agent):
    assert "Record a review" in as_user(manager).get(LIST).content.decode()
    assert "appears here when it is closed" in as_user(agent).get(LIST).content.decode()


def test_another_window_s_reply_outlives_an_edit(manager):
    review = PublicReviewFactory()
    stale = PublicReview.objects.get()
    reply_to_review(review, "Sorry!", by=manager)
    stale.title = "New title"
    save_review(stale, by=manager)
    review.refresh_from_db()
    assert (review.title, review.reply, review.state) == ("New title", "Sorry!", State.ANSWERED)
    close_review(review, by=manager)
    with pytest.raises(NotAllowed):
        save_review(stale, by=manager)


def test_the_database_refuses_a_rating_above_its_scale():
    with pytest.raises(IntegrityError), transaction.atomic():
        PublicReviewFactory(rating=6, highest=5)


def test_the_interaction_shows_its_reviews_and_leads_to_a_new_one(as_user, manager, agent):
    contact = InteractionFactory(agent=agent)
    PublicReviewFactory(interaction=contact, agent=agent, title="Seen in public")
    page = reverse("interactions:interaction_detail", args=[contact.pk])
    assert "Seen in public" in as_user(manager).get(page).content.decode()
    assert f"?interaction={contact.pk}" in as_user(manager).get(page).content.decode()
    assert "Seen in public" not in as_user(agent).get(page).content.decode()
