"""A procedure in several languages is signed for once, in the language one reads."""

import pytest
from django.urls import reverse
from wagtail.models import Locale

from content import languages
from content.models import ChangeKind, ProcedurePage
from tests.factories.content import ProcedurePageFactory
from training import actions
from training.models import Acknowledgement
from training.signatures import HEADINGS, export_rows

LANGUAGES = [("en", "English"), ("de", "Deutsch")]


def publish(page, kind=ChangeKind.MATERIAL, **values):
    page = ProcedurePage.objects.get(pk=page.pk)
    page.change_kind, page.change_note = kind, "Changed."
    for name, value in values.items():
        setattr(page, name, value)
    page.save_revision().publish()
    return ProcedurePage.objects.get(pk=page.pk)


@pytest.fixture
def german(agent, settings):
    settings.LANGUAGES = settings.WAGTAIL_CONTENT_LANGUAGES = LANGUAGES
    languages.sync_locales()
    agent.content_language = "de"
    agent.save()
    return agent


@pytest.fixture
def late(german):
    return publish(ProcedurePageFactory(title="A late delivery"))


@pytest.fixture
def spaet(late):
    locale = Locale.objects.get(language_code="de")
    late.get_parent().specific.copy_for_translation(locale, copy_parents=True, alias=True)
    return publish(late.copy_for_translation(locale), title="Zu spät")


def open_of(user):
    return Acknowledgement.objects.open().filter(user=user)


def fields_of(client, page):
    """What the form to sign on `page` sends."""
    asked = client.get(page.url).context["request_to_sign"]
    return {"edition": asked.number, "translation": asked.translation.pk}


def test_procedure_asks_once_whatever_its_languages(german, late, spaet):
    actions.ask_for_signatures()

    assert [row.page for row in open_of(german)] == [late]


def test_signature_on_the_translation_counts_for_the_procedure(german, late, spaet, as_user):
    client = as_user(german)
    assert "Please read this procedure and sign for it" in client.get(spaet.url).content.decode()

    client.post(reverse("training:signature_sign", args=[late.pk]), fields_of(client, spaet))

    signed = Acknowledgement.objects.get(user=german)
    assert (signed.page, signed.signed_edition.number) == (late, 1)
    assert signed.signed_translation == spaet.editions.get()
    actions.ask_for_signatures()
    assert not open_of(german).exists()
    for page in (late, spaet):
        assert client.get(page.url).context["request_to_sign"] is None


def test_signing_the_original_names_no_translation(german, late, spaet, as_user):
    as_user(german).post(reverse("training:signature_sign", args=[late.pk]), {"edition": 1})

    assert Acknowledgement.objects.get(user=german).signed_translation is None


def test_translation_without_the_edition_that_asks_leads_to_the_original(
    german, late, spaet, as_user
):
    publish(late, purpose="New.")
    client = as_user(german)

    shown = client.get(spaet.url).content.decode()

    assert "You are asked for edition 2, which this translation does not have yet" in shown
    assert "I have read this and will follow it" not in shown
    response = client.post(
        reverse("training:signature_sign", args=[late.pk]), fields_of(client, spaet)
    )
    assert response.status_code == 409
    assert open_of(german).count() == 1


def test_translation_may_lack_better_wording_and_says_what_was_signed(german, late, spaet, as_user):
    publish(late, kind=ChangeKind.EDITORIAL, purpose="Nicer.")
    client = as_user(german)

    client.post(reverse("training:signature_sign", args=[late.pk]), fields_of(client, spaet))

    assert Acknowledgement.objects.get(user=german).signed_edition.number == 1
    actions.ask_for_signatures()
    assert not open_of(german).exists()


def test_translation_that_was_published_meanwhile_is_not_signed(german, late, spaet, as_user):
    client = as_user(german)
    sent = fields_of(client, spaet)
    publish(spaet, title="Noch später")

    response = client.post(reverse("training:signature_sign", args=[late.pk]), sent)

    assert response.status_code == 409
    assert open_of(german).count() == 1


def test_edition_of_another_page_cannot_be_signed_for_this_one(german, late, spaet, as_user):
    other = publish(ProcedurePageFactory(parent=late.get_parent()))

    response = as_user(german).post(
        reverse("training:signature_sign", args=[late.pk]),
        {"edition": 1, "translation": other.editions.get().pk},
    )

    assert response.status_code == 409
    assert open_of(german).filter(page=late).exists()


def test_change_of_the_translation_alone_asks_nobody(german, late, spaet):
    actions.sign(german, late, edition=1)

    publish(spaet, title="Ganz anders")

    assert not open_of(german).exists()


def test_list_leads_to_the_reader_s_language(german, late, spaet, as_user):
    shown = as_user(german).get(reverse("training:signature_list")).content.decode()

    assert f'<a href="{spaet.url}">{spaet.title}</a>' in shown
    assert late.title not in shown


def test_export_says_in_which_language(german, late, spaet, as_user, today):
    client = as_user(german)
    client.post(reverse("training:signature_sign", args=[late.pk]), fields_of(client, spaet))

    [row] = export_rows(Acknowledgement.objects.all(), on=today)

    assert dict(zip(HEADINGS, row, strict=True))["signed in"] == "de, edition 1"


def test_translation_that_was_signed_cannot_be_deleted(german, late, spaet, editor, as_user):
    client = as_user(german)
    client.post(reverse("training:signature_sign", args=[late.pk]), fields_of(client, spaet))

    as_user(editor).post(reverse("wagtailadmin_pages:delete", args=[spaet.pk]))

    assert ProcedurePage.objects.filter(pk=spaet.pk).exists()
