"""Masking on import and afterwards, retention, erasure: what goes, and what stays."""

import datetime as dt
import io
from io import StringIO

import pytest
from cryptography.fernet import Fernet
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from interactions.actions import NotAllowed, attach_recording, import_transcript
from interactions.importing.planning import preview, propose
from interactions.importing.run import run_import
from interactions.models import (
    Customer,
    Erasure,
    ImportRejection,
    Interaction,
    PublicReview,
    PublicReviewNote,
    Recording,
    Redaction,
    RedactionRule,
    RetentionRule,
    RetentionRun,
    SurveyAnswer,
    SurveyInvitation,
    SurveyRefusal,
    Transcript,
    digest_of,
    private_storage,
)
from interactions.privacy.erasing import (
    NotErasable,
    erase_customers,
    extent,
    found_customers,
    same_elsewhere,
)
from interactions.privacy.redacting import NotReadable, read_original, redact_stored, rotate_keys
from interactions.privacy.retention import apply_retention, due
from interactions.public_reviews import (
    delete_review,
    note_on_review,
    reply_to_review,
    save_review,
)
from interactions.search import parse, saying
from interactions.subtitles import Cue
from interactions.surveys.answering import refuse_surveys
from interactions.surveys.links import token_of
from people.models import AuditEvent
from tests.factories.interactions import ImportRunFactory, InteractionFactory
from tests.factories.surveys import ADDRESS, PublicReviewFactory, SurveyInvitationFactory
from tests.interactions.files import json_lines, row, stream_of

pytestmark = pytest.mark.django_db
ALL = list(RedactionRule.Kind.values)
AT = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)


def private_row(external_id="1", **changes):
    return row(
        external_id,
        subject=changes.pop("subject", "Mail me: jo@example.org"),
        labels={"note": "card 4111 1111 1111 1111", "tags": ["vip"], "phone": 3336761234},
        messages=[
            {"speaker": "customer", "text": "I am Carla, jo@example.org", "offset_seconds": 0},
            {
                "speaker": "system",
                "text": None,
                "action": {"name": "verify", "phone": "3336761234", "order": "10482233"},
            },
            {"speaker": "agent", "text": "Thank you, Carla.", "offset_seconds": 30},
        ],
        answers=[{"kind": "comment", "text": "Call +44 20 7946 0958"}],
        **changes,
    )


def imported(*rows):
    return run_import(ImportRunFactory(), stream=stream_of(*rows))


def rule(**values) -> RedactionRule:
    return RedactionRule.objects.create(**{"name": "All", "kinds": ALL, **values})


def find(words: str) -> list[Interaction]:
    return list(saying(Interaction.objects.all(), parse(words)))


def everything_stored() -> str:
    """All that the database holds of interactions, as one text."""
    tables = (Interaction, Transcript, SurveyAnswer, Customer, ImportRejection, Redaction)
    return "\n".join(str(list(table.objects.values())) for table in tables)


# Masking -----------------------------------------------------------------------------------------


def test_an_import_masks_words_details_labels_subject_and_comments():
    rule(masks_names=True)
    imported(private_row())

    interaction = Interaction.objects.select_related("customer", "transcript").get()
    assert interaction.subject == "Mail me: ██████████████"
    assert interaction.labels == {
        "note": "card ████ ████ ████ ████",
        "tags": ["vip"],
        "phone": "██████████",
    }
    turns = interaction.transcript.turns
    assert turns[0].text == "I am █████, ██████████████"
    assert turns[1].details == [["phone", "██████████"], ["order", "10482233"]]
    assert turns[2].text == "Thank you, █████."
    assert "example.org" not in interaction.transcript.text
    assert interaction.customer.name == "█████ ████████"
    assert SurveyAnswer.objects.get().text == "Call ███ ██ ████ ████"
    assert interaction.redaction.counts == {"email": 2, "card": 1, "phone": 3, "name": 3}
    assert interaction.redaction.original is None


def test_without_a_rule_nothing_is_masked_and_nothing_noted():
    imported(private_row())

    assert "jo@example.org" in Transcript.objects.get().text
    assert not Redaction.objects.exists()


@pytest.mark.parametrize(
    ("changes", "is_masked"),
    [
        ({}, True),
        ({"channel": "chat"}, True),
        ({"channel": "phone"}, False),
        ({"source": "desk"}, True),
        ({"source": "shop"}, False),
        ({"is_on": False}, False),
        ({"kinds": ["card"]}, False),
    ],
)
def test_rules_hold_for_their_channel_and_source(changes, is_masked):
    rule(**changes)
    imported(private_row())

    assert ("jo@example.org" not in Transcript.objects.get().text) == is_masked


def test_the_same_file_again_is_already_here():
    rule()
    imported(private_row())
    run = imported(private_row())

    assert (run.created_count, run.updated_count, run.unchanged_count) == (0, 0, 1)


def test_a_row_that_has_nothing_personal_any_more_loses_its_note():
    rule()
    imported(private_row())
    imported(row("1"))

    assert not Redaction.objects.exists()


def test_the_preview_shows_what_would_be_stored():
    rule()
    file = io.BytesIO(json_lines(private_row()))
    shown = preview(file, propose(file, "rows.jsonl").plan)

    assert shown[0].row is not None
    assert shown[0].row.subject == "Mail me: ██████████████"


def test_a_timed_transcript_is_masked_as_well(administrator):
    rule()
    interaction = InteractionFactory()
    cue = Cue(start=0.0, end=1.0, speaker="Jo", text="jo@example.org")

    import_transcript(interaction, [cue], speakers={"Jo": "customer"}, by=administrator)

    assert "██████████████" in Transcript.objects.get().text
    assert Redaction.objects.get().counts == {"email": 1}


def test_what_is_stored_is_masked_by_the_command_and_once_only():
    imported(private_row("1"), private_row("2"), row("3"))
    rule(masks_names=True)
    out = StringIO()

    call_command("redact_interactions", stdout=out)
    first = everything_stored()
    call_command("redact_interactions", stdout=out)

    assert "3 interactions looked at, 3 masked." in out.getvalue()
    assert "3 interactions looked at, 0 masked." in out.getvalue()
    assert everything_stored() == first
    for said in ("jo@example.org", "4111", "3336761234", "7946", "Carla"):
        assert said not in first
    assert not find("example")


def test_a_name_is_masked_in_every_conversation_also_of_a_later_batch():
    imported(private_row("1"), private_row("2"), private_row("3"))
    rule(masks_names=True)

    redact_stored(batch=1)

    assert "Carla" not in everything_stored()


def test_the_command_wants_a_rule():
    with pytest.raises(CommandError, match="No redaction rule"):
        call_command("redact_interactions")


def test_masking_takes_the_same_queries_for_one_and_three(count_queries):
    imported(private_row("1"))
    rule()
    one = count_queries(redact_stored)
    imported(private_row("4"), private_row("5"), private_row("6"))
    RedactionRule.objects.all().delete()
    imported(*(private_row(str(n), language="en") for n in range(7, 10)))
    rule()

    assert count_queries(redact_stored) <= one


# Originals ---------------------------------------------------------------------------------------


@pytest.fixture
def key(settings):
    settings.PRIVACY_KEYS = [Fernet.generate_key().decode()]
    return settings.PRIVACY_KEYS[0]


def test_an_original_is_kept_under_lock_and_its_reading_recorded(key, administrator):
    rule(keeps_original=True)
    imported(private_row())
    interaction = Interaction.objects.get()
    assert b"jo@example" not in bytes(interaction.redaction.original)

    original = read_original(interaction, by=administrator, reason="Court order 12")

    assert original["messages"][0]["text"] == "I am Carla, jo@example.org"
    assert original["subject"] == "Mail me: jo@example.org"
    event = AuditEvent.objects.get(action="read_original")
    assert (event.actor, event.after) == (administrator, {"reason": "Court order 12"})


def test_without_a_key_no_original_is_kept(settings, administrator):
    settings.PRIVACY_KEYS = []
    rule(keeps_original=True)
    imported(private_row())

    with pytest.raises(NotReadable):
        read_original(Interaction.objects.get(), by=administrator, reason="why")
    assert not AuditEvent.objects.filter(action="read_original").exists()


def test_keys_are_rotated(key, settings, administrator):
    rule(keeps_original=True)
    imported(private_row())
    new = Fernet.generate_key().decode()
    settings.PRIVACY_KEYS = [new, key]

    assert rotate_keys() == (1, 0)

    settings.PRIVACY_KEYS = [new]
    assert read_original(Interaction.objects.get(), by=administrator, reason="why")
    settings.PRIVACY_KEYS = [key]
    with pytest.raises(NotReadable):
        read_original(Interaction.objects.get(), by=administrator, reason="why")
    with pytest.raises(CommandError, match="1 originals"):
        call_command("rotate_privacy_keys", stdout=StringIO())


# Retention ---------------------------------------------------------------------------------------


def keep(days, parts=("words",), **values) -> RetentionRule:
    name = values.pop("name", f"{days} {parts} {values}")
    return RetentionRule.objects.create(name=name, days=days, parts=list(parts), **values)


def with_recording(interaction) -> str:
    recording = Recording(interaction=interaction)
    recording.file.save("a.wav", ContentFile(b"RIFF"), save=True)
    return recording.file.name


def test_words_go_after_their_days_and_the_rest_stays():
    imported(
        private_row("old"), private_row("new", started_at="2026-10-30T10:00:00Z", ended_at=None)
    )
    before = Interaction.objects.get(external_id="old")
    keep(30)

    run = apply_retention(at=AT)

    old = Interaction.objects.select_related("transcript", "customer").get(external_id="old")
    assert (run.words_count, run.recording_count, run.customer_count) == (1, 0, 0)
    assert (old.subject, old.labels, old.transcript.text) == ("", {}, "")
    assert [(t.id, t.speaker, t.text, t.details) for t in old.transcript.turns] == [
        ("m1", "customer", "", ()),
        ("m2", "system", "", ()),
        ("m3", "agent", "", ()),
    ]
    for kept in ("message_count", "duration_seconds", "first_response_seconds", "content_hash"):
        assert getattr(old, kept) == getattr(before, kept)
    assert old.customer.name == "Carla Customer"
    assert SurveyAnswer.objects.get(interaction=old).text == "███"
    assert Interaction.objects.get(external_id="new").words_removed_at is None
    assert apply_retention(at=AT).words_count == 0


def test_a_recording_goes_with_its_file_and_does_not_come_back(
    administrator, django_capture_on_commit_callbacks
):
    interaction = InteractionFactory()
    name = with_recording(interaction)
    keep(10, ["recording"])

    with django_capture_on_commit_callbacks(execute=True):
        assert apply_retention(at=AT).recording_count == 1

    assert not private_storage().exists(name)
    assert Transcript.objects.get().text
    with pytest.raises(NotAllowed, match="does not come back"):
        attach_recording(interaction, ContentFile(b"", name="b.wav"), by=administrator)


def test_a_customer_who_came_again_keeps_their_name_there():
    imported(row("old"), row("new", started_at="2026-10-30T10:00:00Z", ended_at=None))
    keep(30, ["customer"])

    apply_retention(at=AT)

    old = Interaction.objects.select_related("customer").get(external_id="old")
    new = Interaction.objects.select_related("customer").get(external_id="new")
    assert (old.customer.name, old.customer.tier) == ("", "plus")
    assert old.customer != new.customer
    assert (new.customer.name, new.customer.external_id) == ("Carla Customer", "carla")
    apply_retention(at=AT + dt.timedelta(days=60))
    assert not Customer.objects.filter(external_id="carla").exists()


@pytest.mark.parametrize(
    ("precise", "is_kept"),
    [
        ({"label": "tags", "value": "vip"}, True),
        ({"label": "tags", "value": "vi"}, False),
        ({"label": "tags"}, True),
        ({"label": "none"}, False),
        ({"label": "a__b"}, False),
        ({"channel": "chat"}, True),
        ({"channel": "phone"}, False),
    ],
)
def test_the_most_precise_rule_decides(precise, is_kept):
    imported(private_row())
    keep(30)
    keep(None, (), **precise)

    assert apply_retention(at=AT).words_count == (0 if is_kept else 1)


def test_a_rule_that_is_off_removes_nothing():
    imported(row())
    keep(30, is_on=False)

    assert due(at=AT) == []


def test_the_command_counts_and_can_only_look():
    imported(row())
    keep(30, name="Words")
    out = StringIO()

    call_command("apply_retention", "--dry-run", stdout=out)
    assert out.getvalue() == "Words: 1 words\n"
    assert not RetentionRun.objects.exists()
    call_command("apply_retention", stdout=out)
    assert RetentionRun.objects.get().counts == {"Words": {"words": 1}}


def test_after_a_long_pause_nothing_is_removed_unless_somebody_says_so():
    """It may be the clock that is wrong, and what is removed never comes back."""
    last = RetentionRun.objects.create(started_at=timezone.now() - dt.timedelta(days=15))
    with pytest.raises(CommandError, match=f"{last.started_at:%Y-%m-%d}.*--after-a-pause"):
        call_command("apply_retention", stdout=io.StringIO())
    assert RetentionRun.objects.count() == 1
    call_command("apply_retention", "--after-a-pause", stdout=io.StringIO())
    call_command("apply_retention", stdout=io.StringIO())
    assert RetentionRun.objects.count() == 3


def test_an_import_brings_no_words_back():
    imported(private_row())
    keep(30)
    apply_retention(at=AT)

    run = imported(private_row(), private_row("1", subject="changed"))
    again = imported(private_row("1", subject="changed"))

    assert run.rejected_count >= 1
    assert "a retention rule emptied on 1 Nov 2026" in again.rejections.get().reason
    assert again.rejections.get().content == ""
    assert Transcript.objects.get().text == ""


def test_removed_words_are_not_found_any_more():
    imported(row())
    assert find("order")
    keep(30)
    apply_retention(at=AT)

    assert not find("order")


# Erasure -----------------------------------------------------------------------------------------


def test_a_customer_is_erased_everywhere(key, administrator, django_capture_on_commit_callbacks):
    rule(keeps_original=True, kinds=["card"])
    imported(private_row("1"), private_row("2"), row("3", customer={"id": "other", "name": "Olaf"}))
    imported(private_row("bad", channel="pigeon"))
    name = with_recording(Interaction.objects.get(external_id="1"))
    carla = Customer.objects.get(external_id="carla")
    assert extent([carla]).as_counts() == {
        "interactions": 2,
        "messages": 6,
        "recordings": 1,
        "comments": 2,
        "reviews": 0,
        "rejected_rows": 1,
    }

    with django_capture_on_commit_callbacks(execute=True):
        erase_customers([carla], by=administrator, reason="Request of 3 March")

    left = everything_stored()
    for said in ("Carla", "carla", "jo@example", "7946", "vip"):
        assert said not in left
    assert "Olaf" in left
    assert not private_storage().exists(name)
    assert not Redaction.objects.filter(original__isnull=False).exists()
    event = AuditEvent.objects.get(action="erase_customer")
    assert event.actor == administrator
    assert event.after["reason"] == "Request of 3 March"
    assert "arla" not in str(event.after)
    assert Interaction.objects.filter(is_erased=True).count() == 2
    carla.refresh_from_db()
    assert (carla.name, carla.tier) == ("", "plus")
    assert found_customers("carla") == []

    run = imported(private_row("1"))
    assert "erased on request" in run.rejections.get().reason
    assert "Carla" not in everything_stored()


@pytest.mark.parametrize("reason", ["", "  ", "Carla Customer asked"])
def test_an_erasure_needs_a_reason_that_names_nobody(administrator, reason):
    imported(row())

    with pytest.raises(NotErasable):
        erase_customers(list(Customer.objects.all()), by=administrator, reason=reason)

    assert Customer.objects.get().name == "Carla Customer"
    assert not Erasure.objects.exists()


def test_an_erased_customer_has_no_address_left(administrator):
    imported(row(customer={"id": "17", "name": "Carla Customer", "email": "Carla@Example.org"}))
    customer = Customer.objects.get()
    twin = Customer.objects.create(source="shop", external_id="4", email="carla@example.org")
    assert found_customers(" carla@example.ORG ") == [twin, customer]
    assert same_elsewhere(customer) == [twin]

    with pytest.raises(NotErasable):
        erase_customers([customer], by=administrator, reason="Mail of carla@example.org")
    erase_customers([customer], by=administrator, reason="Request of 3 March")

    customer.refresh_from_db()
    assert (customer.name, customer.email) == ("", "")
    assert found_customers("example") == []


def test_reviews_of_an_erased_customer_lose_words_and_author_also_in_the_log(administrator):
    imported(row())
    customer = Customer.objects.get()
    contact = customer.interactions.get()
    said = {"author": "Carla C.", "title": "Carla waited", "text": "I, Carla, waited."}
    reviews = [
        save_review(
            PublicReview(
                site="Trustpages", posted_on=AT.date(), rating=2, highest=5, **said, **about
            ),
            by=administrator,
        )
        for about in (
            {"customer": customer},
            {"interaction": contact},
            {"interaction": contact},
            {},
        )
    ]
    reply_to_review(reviews[0], "Dear Carla", by=administrator)
    note_on_review(reviews[0], "Rang Carla.", by=administrator)
    delete_review(reviews[2], by=administrator)

    erase_customers([customer], by=administrator, reason="Request of 3 March")

    mine = PublicReview.objects.exclude(pk=reviews[3].pk)
    assert set(mine.values_list("author", "title", "rating", "state")) == {
        ("", "", 2, "new"),
        ("", "", 2, "answered"),
    }
    log = AuditEvent.objects.filter(object_type="interactions.publicreview")
    theirs = log.exclude(object_id=reviews[3].pk)
    assert [event.action for event in theirs.order_by("pk")] == [
        *["record_review"] * 3,
        "reply_to_review",
        "delete_review",
    ]
    kept = str([*theirs.values(), *mine.values(), *PublicReviewNote.objects.values()])
    assert "Carla" not in kept
    assert "Trustpages" in kept
    # What is somebody else's stays.
    assert PublicReview.objects.get(pk=reviews[3].pk).text == said["text"]
    assert log.get(object_id=reviews[3].pk).after["author"] == "8 characters"


def test_the_log_of_exports_never_has_whom_somebody_looked_for(as_user, administrator):
    imported(row())
    there = f"{reverse('interactions:customer_list')}?q=Carla+Customer"
    b"".join(as_user(administrator).post(there, {"format": "csv"}).streaming_content)

    event = AuditEvent.objects.get(action="export_list")
    assert "Carla" not in str(event.after)
    assert event.after["list"] == "customers"


@pytest.mark.parametrize("state", list(SurveyInvitation.State.values))
def test_invitations_of_an_erased_customer_forget_the_address_and_take_no_answers(
    administrator, client, state
):
    answered = {"answered_at": AT} if state == "answered" else {}
    invitation = SurveyInvitationFactory(state=state, **answered)
    digest = invitation.address_digest

    erase_customers([invitation.interaction.customer], by=administrator, reason="Request")

    invitation.refresh_from_db()
    waited = state in ("waiting", "sending")
    assert invitation.state == ("cancelled" if waited else state)
    assert invitation.address_digest == ""
    page = reverse("surveys:answer", args=[token_of(invitation)])
    assert client.post(page, {"csat": "1", "comment": "It is me, Carla"}).status_code == 410
    assert not SurveyAnswer.objects.exists()
    stop = reverse("surveys:stop", args=[token_of(invitation)])
    assert client.get(stop).status_code == client.post(stop).status_code == 410
    assert not SurveyRefusal.objects.exists()
    assert digest not in str(list(SurveyInvitation.objects.values()))


def test_a_refusal_outlives_the_erasure(administrator):
    invitation = SurveyInvitationFactory()
    refuse_surveys(invitation)

    erase_customers([invitation.interaction.customer], by=administrator, reason="Request")

    assert SurveyRefusal.objects.get().pk == digest_of(ADDRESS)


def test_a_removed_customer_leaves_no_address_review_or_open_link(client):
    invitation = SurveyInvitationFactory(interaction__occurred_at=AT - dt.timedelta(days=40))
    contact = invitation.interaction
    customer = contact.customer
    InteractionFactory(customer=customer, occurred_at=AT)
    review = PublicReviewFactory(interaction=contact, customer=customer)
    RetentionRule.objects.create(name="All", days=30, parts=["customer"])

    apply_retention(at=AT)

    contact.refresh_from_db()
    review.refresh_from_db()
    invitation.refresh_from_db()
    assert contact.customer.email == ""
    assert (review.interaction, review.customer, review.author) == (None, None, "Carla C.")
    assert invitation.address_digest == ""
    page = reverse("surveys:answer", args=[token_of(invitation)])
    assert client.get(page).status_code == 410
    # Who came again since keeps name and address there.
    customer.refresh_from_db()
    assert customer.email == ADDRESS


def test_an_address_comes_with_the_customer_unless_names_are_masked():
    carla = {"id": "17", "name": "Carla Customer", "email": "carla@example.org"}
    imported(row("1", customer=carla))
    assert Customer.objects.get().email == "carla@example.org"
    imported(row("2", customer={"id": "17", "email": "no address"}))
    assert Customer.objects.get().email == "carla@example.org"

    rule(kinds=[], masks_names=True)
    imported(row("3", customer={"id": "18", "email": "dora@example.org"}))
    imported(row("4", customer={"id": "19", "name": "Emil", "email": "emil@example.org"}))

    new = Customer.objects.exclude(external_id="17").order_by("external_id")
    assert list(new.values_list("name", "email")) == [("", ""), ("████", "")]
    redact_stored()
    assert not Customer.objects.exclude(email="").exists()


def test_words_that_were_removed_take_no_new_transcript(administrator):
    interaction = InteractionFactory(words_removed_at=timezone.now())

    with pytest.raises(NotAllowed, match="do not come back"):
        import_transcript(interaction, [], speakers={}, by=administrator)
