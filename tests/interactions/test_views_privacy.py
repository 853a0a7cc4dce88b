"""The pages of privacy, for administrators only."""

import re

import pytest
from django.urls import reverse

from interactions.models import (
    Customer,
    Erasure,
    Interaction,
    RedactionRule,
    RetentionRule,
    RetentionRun,
    Transcript,
)
from interactions.privacy.redacting import redact_stored
from people.models import AuditEvent
from tests.factories.interactions import CustomerFactory, InteractionFactory

pytestmark = pytest.mark.django_db
PLACES = ["privacy", "redaction_rule_create", "retention", "retention_rule_create", "erasure"]


def url(name, *args):
    return reverse(f"interactions:{name}", args=args)


@pytest.fixture
def admin(as_user, administrator):
    return as_user(administrator)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("who", ["agent", "reviewer", "manager", "editor"])
def test_privacy_is_for_administrators(as_user, request, who, place):
    client = as_user(request.getfixturevalue(who))

    assert client.get(url(place)).status_code == 403
    assert client.post(url(place)).status_code in {403, 405}


@pytest.mark.parametrize("place", PLACES)
def test_pages_open_when_there_is_nothing_yet(admin, place):
    assert admin.get(url(place)).status_code == 200
    assert admin.head(url(place)).status_code == 200


def test_a_new_rule_begins_with_every_kind(admin):
    page = admin.get(reverse("interactions:redaction_rule_create")).content.decode()
    boxes = re.findall(r'<input type="checkbox" name="kinds"[^>]*>', page)
    assert len(boxes) == len(RedactionRule.Kind)
    assert all("checked" in box for box in boxes)


def test_a_rule_is_made_changed_and_deleted(admin):
    data = {"name": "All", "kinds": ["email", "card"], "words": "CASE-####", "is_on": "on"}
    assert admin.post(url("redaction_rule_create"), data).status_code == 302
    rule = RedactionRule.objects.get()
    assert rule.kinds == ["email", "card"]

    page = admin.post(url("redaction_rule", rule.pk), {**data, "kinds": ["email"]}, follow=True)
    assert "redact_interactions" in page.text
    assert admin.post(url("redaction_rule_delete", rule.pk)).status_code == 302
    assert not RedactionRule.objects.exists()
    actions = AuditEvent.objects.values_list("action", flat=True)
    assert sorted(actions) == ["delete_redactionrule", "save_redactionrule", "save_redactionrule"]
    assert "CASE" not in str(list(AuditEvent.objects.values()))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"name": "x"}, "Choose at least one kind"),
        ({"name": "x", "words": "a*b*c*d"}, "too many stars"),
        ({"name": "x", "words": "*"}, "needs two signs"),
        ({"name": "x", "kinds": ["email"], "keeps_original": "on"}, "PRIVACY_KEYS"),
        ({"name": "", "kinds": ["email"]}, "required"),
    ],
)
def test_a_bad_rule_is_refused_with_its_input(admin, settings, data, said):
    settings.PRIVACY_KEYS = []
    page = admin.post(url("redaction_rule_create"), data)

    assert page.status_code == 422
    assert said in page.text
    assert data.get("words", "") in page.text


def test_the_try_it_box_masks_and_keeps_nothing(admin):
    RedactionRule.objects.create(name="Mail", kinds=["email"])
    page = admin.post(url("privacy"), {"text": "<b>jo@example.org</b>"})

    assert "&lt;b&gt;██████████████&lt;/b&gt;" in page.text
    assert "E-mail addresses: 1" in page.text
    assert admin.post(url("privacy"), {"text": ""}).status_code == 422


def test_a_retention_rule_is_previewed_before_it_is_saved(admin):
    InteractionFactory()
    data = {"name": "Short", "days": "1", "parts": ["words"], "is_on": "on"}

    page = admin.post(url("retention_rule_create"), {**data, "preview": "1"})
    assert "1 interaction" in page.text
    assert not RetentionRule.objects.exists()
    assert admin.post(url("retention_rule_create"), data).status_code == 302
    assert "1 interaction" in admin.get(url("retention")).text
    assert Transcript.objects.get().text, "looking removes nothing"
    assert (
        admin.post(url("retention_rule_delete", RetentionRule.objects.get().pk)).status_code == 302
    )


@pytest.mark.parametrize(
    "data",
    [
        {"name": "x", "days": "0", "parts": ["words"]},
        {"name": "x", "days": "5"},
        {"name": "x", "days": "5", "parts": ["words"], "value": "vip"},
        {"name": "x", "days": "99999999999", "parts": ["words"]},
    ],
)
def test_a_bad_retention_rule_is_refused(admin, data):
    assert admin.post(url("retention_rule_create"), data).status_code == 422


def test_a_customer_is_found_and_erased(admin):
    interaction = InteractionFactory(customer__name="Carla Customer", customer__external_id="c-100")
    same = CustomerFactory(name="Carla Customer", source="shop", external_id="s-200")
    other = CustomerFactory(name="Olaf", external_id="o-300")
    page = admin.get(url("erasure"), {"q": "carla"})
    address = url("erasure_customer", interaction.customer_id)
    assert address in page.text
    assert address in admin.get(url("erasure"), {"q": interaction.external_id}).text
    assert "Nobody is found" in admin.get(url("erasure"), {"q": "zzz\x00"}).text

    shown = admin.get(address)
    assert "s-200" in shown.text
    assert "Olaf" not in shown.text
    assert admin.post(address, {"reason": "Request"}).status_code == 422
    assert admin.post(address, {"reason": "of Carla Customer", "is_sure": "on"}).status_code == 422
    done = admin.post(
        address, {"reason": "Request of May", "is_sure": "on", "also": [same.pk]}, follow=True
    )

    assert "Erased, with what was said in 1 interaction." in done.text
    assert "Request of May" in done.text
    assert Erasure.objects.get().counts["interactions"] == 1
    assert list(Customer.objects.exclude(name="")) == [other]
    assert admin.get(address).status_code == 404
    detail = admin.get(url("interaction_detail", interaction.pk))
    assert "because the customer asked for it" in detail.text
    assert "Where is my order?" not in detail.text


def test_the_original_is_shown_for_a_reason(admin, as_user, agent, settings):
    from cryptography.fernet import Fernet

    settings.PRIVACY_KEYS = [Fernet.generate_key().decode()]
    interaction = InteractionFactory(subject="jo@example.org", agent=agent)
    RedactionRule.objects.create(name="Mail", kinds=["email"], keeps_original=True)
    redact_stored()
    address = url("interaction_original", interaction.pk)

    detail = admin.get(url("interaction_detail", interaction.pk))
    assert "E-mail addresses: 1" in detail.text
    assert address in detail.text
    assert "jo@example.org" not in admin.get(address).text
    assert admin.post(address, {"reason": " "}).status_code == 422
    shown = admin.post(address, {"reason": "A complaint"})
    assert "jo@example.org" in shown.text
    assert "no-store" in shown["Cache-Control"]
    assert AuditEvent.objects.get(action="read_original").after == {"reason": "A complaint"}
    assert as_user(agent).post(address, {"reason": "mine"}).status_code == 403
    assert address not in as_user(agent).get(url("interaction_detail", interaction.pk)).text


def test_an_original_that_was_not_kept_says_so(admin):
    page = admin.post(url("interaction_original", InteractionFactory().pk), {"reason": "why"})

    assert page.status_code == 422
    assert "was not kept" in page.text


def test_lists_take_the_same_queries_for_one_and_three(admin, count_queries):
    def visit():
        for place in ("privacy", "erasure"):
            admin.get(url(place), {"q": "Carla"})

    def fill(count):
        for _number in range(count):
            CustomerFactory()
            RedactionRule.objects.create(name=str(RedactionRule.objects.count()), kinds=["email"])

    fill(1)
    one = count_queries(visit)
    fill(2)
    assert count_queries(visit) == one
    assert Interaction.objects.count() == 0


def test_what_was_removed_and_erased_is_taken_along(admin, as_user, manager, administrator):
    RetentionRun.objects.create(words_count=3, counts={"Chats": {"words": 3}})
    Erasure.objects.create(
        reason="Request of 3 March", by=administrator, counts={"interactions": 2}
    )

    def lines(place):
        file = admin.post(url(place), {"format": "csv"})
        return b"".join(file.streaming_content).decode("utf-8-sig").splitlines()

    head, run = lines("retention")
    assert head == "Started (UTC),Finished (UTC),Recordings,Conversations,Customers,By which rules"
    assert run.endswith(",,0,3,0,Chats")
    head, erasure = lines("erasure")
    assert head.startswith("When (UTC),Reason,Interactions,")
    assert "Request of 3 March,2," in erasure
    for place in ("retention", "erasure"):
        assert admin.post(url(place)).status_code == 405
        assert as_user(manager).post(url(place), {"format": "csv"}).status_code == 403
