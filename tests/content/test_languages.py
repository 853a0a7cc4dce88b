"""The manual in several languages: who reads what, and how it says so."""

import datetime as dt

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from wagtail.models import Locale, WorkflowPage

from content import languages, search
from content.models import (
    ChangeKind,
    Edition,
    ManualIndexPage,
    ManualPrint,
    ProcedureChannel,
    ProcedurePage,
)
from content.models.manual import manual_tree
from content.printing import files
from people.channels import Channel
from people.once import reading
from tests.factories.content import (
    LessonPageFactory,
    ManualSectionPageFactory,
    ModulePageFactory,
    ProcedurePageFactory,
)

LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("sv", "Svenska")]


@pytest.fixture
def three_languages(db, settings):
    settings.LANGUAGES = LANGUAGES
    settings.WAGTAIL_CONTENT_LANGUAGES = LANGUAGES
    languages.sync_locales()


@pytest.fixture
def german(agent):
    agent.content_language = "de"
    agent.save()
    return agent


def publish(page, kind=ChangeKind.MATERIAL, note="Changed.", **values):
    page = type(page).objects.get(pk=page.pk)
    for name, value in values.items():
        setattr(page, name, value)
    if isinstance(page, ProcedurePage):
        page.change_kind, page.change_note = kind, note
    page.save_revision().publish()
    return type(page).objects.get(pk=page.pk)


def translate(page, title, code="de", **values):
    locale = Locale.objects.get(language_code=code)
    above = page.get_parent().specific
    if not above.has_translation(locale):
        above.copy_for_translation(locale, copy_parents=True, alias=True)
    translation = page.copy_for_translation(locale)
    return publish(translation, title=title, **values)


@pytest.fixture
def section(three_languages):
    return ManualSectionPageFactory(title="Situations", slug="situations")


@pytest.fixture
def late(section):
    """In English and German."""
    page = publish(ProcedurePageFactory(parent=section, title="A late delivery", slug="late"))
    ProcedureChannel.objects.create(page=page, channel=Channel.PHONE)
    return ProcedurePage.objects.get(pk=page.pk)


@pytest.fixture
def spaet(late):
    return translate(late, "Eine Lieferung ist verspätet", purpose="Der Kunde erfährt den Termin.")


@pytest.fixture
def broken(section):
    """In English only."""
    return publish(ProcedurePageFactory(parent=section, title="A broken lamp", slug="broken"))


# --- Which page a reader gets ----------------------------------------------------------------------
def test_reader_finds_each_procedure_once_in_their_language_or_the_source(german, spaet, broken):
    manual = ManualIndexPage.objects.for_reader(german).get()

    tree = manual_tree(manual, user=german)

    assert [page.title for page in tree.procedures] == [spaet.title, broken.title]
    assert [page.is_untranslated for page in tree.procedures] == [False, True]
    # Both under the one section, which nobody has translated yet.
    assert [len(root.children) for root in tree.roots] == [2]


def test_reader_of_the_source_language_sees_no_translation(teammate, late, spaet):
    manual = ManualIndexPage.objects.for_reader(teammate).get()

    assert [page.pk for page in manual_tree(manual, user=teammate).procedures] == [late.pk]


def test_draft_of_a_translation_leaves_the_source(german, late):
    locale = Locale.objects.get(language_code="de")
    late.get_parent().specific.copy_for_translation(locale, copy_parents=True, alias=True)
    late.copy_for_translation(locale)

    assert list(ProcedurePage.objects.for_reader(german)) == [late]


def test_translation_of_a_hidden_page_is_hidden_too(german, editor, late, spaet, restrict, as_user):
    restrict(late, editor.groups.get())

    assert not ProcedurePage.objects.for_reader(german).exists()
    assert as_user(german).get(spaet.url).status_code == 404
    assert as_user(german).get(late.url).status_code == 404


def test_several_languages_cost_the_tree_no_query(
    german, late, spaet, broken, count_queries, settings
):
    manual = ManualIndexPage.objects.get(pk=ManualIndexPage.objects.for_reader(german).get().pk)
    with reading():
        several = count_queries(lambda: manual_tree(manual, user=german))

    settings.WAGTAIL_CONTENT_LANGUAGES = settings.LANGUAGES = [("en", "English")]

    with reading():
        assert several == count_queries(lambda: manual_tree(manual, user=german)) == 3


# --- Addresses -------------------------------------------------------------------------------------
def test_translation_has_an_address_that_begins_with_its_language(german, late, spaet, as_user):
    assert spaet.url == "/de/manual/situations/late/"
    assert late.url == "/manual/situations/late/"

    client = as_user(german)

    assert spaet.title in client.get(spaet.url).content.decode()
    # An address that somebody was given stays what it is; the way to the translation is offered.
    english = client.get(late.url).content.decode()
    assert f'<h1 lang="en">{late.title}</h1>' in english
    assert f'hreflang="de" lang="de" href="{spaet.url}"' in english


@pytest.mark.parametrize(
    "address", ["/de/manual/nowhere/", "/fr/manual/", "/en/manual/", "/de/_util/login/"]
)
def test_address_that_is_none_is_not_found(german, spaet, address, as_user):
    assert as_user(german).get(address).status_code == 404


def test_place_of_an_untranslated_section_leads_to_the_section(german, section, spaet, as_user):
    response = as_user(german).get("/de/manual/situations/")

    assert response.status_code == 302
    assert response.url == section.url


# --- What the page says ----------------------------------------------------------------------------
def test_page_with_nothing_to_say_of_languages_leaves_no_gap(teammate, broken, as_user):
    shown = as_user(teammate).get(broken.url).content.decode()

    assert 'class="page-languages"' not in shown


def test_page_that_is_not_translated_says_so_and_names_its_language(german, broken, as_user):
    shown = as_user(german).get(broken.url).content.decode()

    assert "Not translated into Deutsch yet: shown in English." in shown
    assert '<h1 lang="en">' in shown


def test_current_translation_offers_the_others_and_warns_of_nothing(german, late, spaet, as_user):
    shown = as_user(german).get(spaet.url).content.decode()

    assert 'lang="de">' + spaet.title in shown
    assert f'hreflang="en" lang="en" href="{late.url}"' in shown
    assert "older than its original" not in shown
    assert "Not translated" not in shown


def test_older_translation_says_since_when_and_leads_to_the_difference(
    german, late, spaet, as_user
):
    publish(late, purpose="They get a choice.")
    Edition.objects.filter(page=late, number=1).update(
        published_at=dt.datetime(2026, 5, 3, 12, tzinfo=dt.UTC)
    )
    Edition.objects.filter(page=late, number=2).update(
        published_at=dt.datetime(2026, 5, 9, 12, tzinfo=dt.UTC)
    )
    client = as_user(german)

    shown = client.get(spaet.url).content.decode()

    assert "edition 1 of 3 May 2026" in shown
    assert "changed on 9 May 2026" in shown
    link = f"/library/procedures/{late.pk}/editions/?older=1&newer=2"
    assert link.replace("&", "&amp;") in shown
    assert "They get a choice." in client.get(link).content.decode()


def test_editorial_change_of_the_original_makes_a_translation_older_too(
    german, late, spaet, as_user
):
    publish(late, kind=ChangeKind.EDITORIAL, purpose="Better words.")

    assert "older than its original" in as_user(german).get(spaet.url).content.decode()


def test_publishing_a_translation_anew_keeps_what_it_translates_unless_said(late, spaet):
    publish(late)

    assert publish(spaet, title="Zu spät").translated_edition == 1
    assert publish(spaet, translated_edition=2).translated_edition == 2


def test_section_is_older_when_its_original_was_published_since(german, section, as_user):
    section = publish(section)
    lagen = translate(section, "Lagen")
    client = as_user(german)
    assert "older than its original" not in client.get(lagen.url).content.decode()

    publish(section, introduction="New.")

    assert "older than its original" in client.get(lagen.url).content.decode()


def test_translation_of_a_withdrawn_page_says_so(german, late, spaet, as_user):
    late.unpublish()

    assert "original of this translation is not published" in (
        as_user(german).get(spaet.url).content.decode()
    )


def test_lists_mark_what_is_not_in_the_reader_s_language(german, section, spaet, broken, as_user):
    client = as_user(german)

    for url in (ManualIndexPage.objects.for_reader(german).get().url, section.url):
        shown = client.get(url).content.decode()
        assert spaet.title in shown
        assert "A late delivery" not in shown
        assert "in English</span>" in shown


# --- Finding ---------------------------------------------------------------------------------------
def test_search_finds_in_the_reader_s_language_and_once(german, teammate, late, spaet):
    def found(text, user):
        hits = search.find(text, user=user)
        return [(hit.found.pk, hit.section) for hit in search.load(hits, text, user=user)]

    assert found("verspätet", german) == [(spaet.pk, "Situations")]
    assert found("late delivery", german) == []
    assert found("late delivery", teammate) == [(late.pk, "Situations")]
    assert found("verspätet", teammate) == []


def test_search_in_german_finds_what_is_only_in_english(german, spaet, broken, as_user):
    response = as_user(german).get(reverse("content:manual_search"), {"q": "broken lamp"})

    assert [hit.found.pk for hit in response.context["results"]] == [broken.pk]
    assert "in English" in response.content.decode()


# --- Where procedures are guests -------------------------------------------------------------------
def test_panel_and_embedded_procedure_are_in_the_reader_s_language(german, late, spaet, as_user):
    client = as_user(german)
    url = reverse("content:procedure_panel", args=[late.pk])
    lesson = LessonPageFactory(
        parent=ModulePageFactory(), body=[("procedure", {"procedure": late})]
    )

    assert spaet.title in client.get(url, headers={"HX-Request": "true"}).content.decode()
    assert client.get(url).url == spaet.url
    assert spaet.title in client.get(lesson.url).content.decode()


def test_link_in_a_text_leads_to_the_translation(german, teammate, section, late, spaet, as_user):
    text = f'<p><a linktype="page" id="{late.pk}">late</a></p>'
    linking = publish(ProcedurePageFactory(parent=section, title="Links", notes=[("text", text)]))

    assert f'<a href="{spaet.url}">late' in as_user(german).get(linking.url).content.decode()
    assert f'<a href="{late.url}">late' in as_user(teammate).get(linking.url).content.decode()


def test_print_of_the_manual_is_the_reader_s_mix(german, teammate, late, spaet, broken):
    ours, theirs = files.edition_for(german), files.edition_for(teammate)

    assert {spaet.pk, broken.pk} <= set(ours.page_ids)
    assert late.pk not in ours.page_ids
    assert ours.digest != theirs.digest

    before = ours.digest
    publish(late)
    assert files.edition_for(german).digest != before, "its translation is older now"


def test_pdf_of_the_manual_can_be_made_in_two_languages(german, spaet, broken, as_user):
    client = as_user(german)

    client.post(reverse("content:manual_print"))

    edition = files.edition_for(german)
    made = ManualPrint.objects.get(digest=edition.digest)
    assert (made.state, made.done) == (ManualPrint.State.DONE, len(edition.page_ids))
    assert client.get(reverse("content:procedure_pdf", args=[spaet.pk])).status_code == 200


# --- Editors ---------------------------------------------------------------------------------------
def test_editor_translates_a_page_with_what_is_above_it(editor, late, as_user):
    client = as_user(editor)
    locale = Locale.objects.get(language_code="de")
    url = reverse("simple_translation:submit_page_translation", args=[late.pk])
    assert client.get(url).status_code == 200

    response = client.post(url, {"locales": [locale.pk]})

    translation = late.get_translation(locale)
    assert response.url == reverse("wagtailadmin_pages:edit", args=[translation.pk])
    assert not translation.live
    assert [page.slug for page in translation.get_ancestors()][1:] == [
        "home-de",
        "manual",
        "situations",
    ]
    form = client.get(response.url).content.decode()
    assert "Has the words of" in form
    assert 'value="1" selected' in form


def test_modules_are_not_translated(editor, three_languages, as_user):
    module = ModulePageFactory()
    url = reverse("simple_translation:submit_page_translation", args=[module.pk])

    response = as_user(editor).get(url, follow=True)

    assert "Only the manual is translated" in response.content.decode()


def test_original_is_not_asked_which_edition_it_translates(editor, late, as_user):
    url = reverse("wagtailadmin_pages:edit", args=[late.pk])

    assert "Has the words of" not in as_user(editor).get(url).content.decode()


def test_approval_of_the_manual_holds_for_its_translations(late, spaet):
    manual = ManualIndexPage.objects.get(locale__language_code="de")

    assert WorkflowPage.objects.filter(page_id=manual.pk).exists()
    assert spaet.get_workflow() == late.get_workflow() is not None


def test_report_names_each_state_and_filters(editor, late, spaet, broken, section, as_user):
    drafted = publish(ProcedurePageFactory(parent=section, title="Drafted"))
    drafted.copy_for_translation(Locale.objects.get(language_code="de"))
    current = publish(ProcedurePageFactory(parent=section, title="Current"))
    translate(current, "Aktuell")
    publish(late)
    client = as_user(editor)

    def titles(**query):
        response = client.get(reverse("manual_translations"), query)
        assert response.status_code == 200
        return [page.title for page in response.context["object_list"]]

    assert titles(language="de", state="older") == ["A late delivery"]
    assert titles(language="de", state="current") == ["Current"]
    assert titles(language="de", state="draft") == ["Drafted"]
    assert titles(language="de", state="missing") == ["A broken lamp", "Situations"]
    assert len(titles(language="sv", state="missing")) == len(titles()) == 5
    shown = client.get(reverse("manual_translations")).content.decode()
    assert f"/library/procedures/{late.pk}/editions/?older=1&amp;newer=2" in shown

    export = client.get(reverse("manual_translations"), {"export": "csv", "language": "de"})
    rows = b"".join(export.streaming_content).decode().splitlines()
    assert "A late delivery,Older than its original,Missing" in rows


def test_report_has_constant_queries(editor, late, spaet, broken, section, as_user, count_queries):
    client = as_user(editor)
    url = reverse("manual_translations")
    client.get(url)
    few = count_queries(lambda: client.get(url))
    for number in range(4):
        translate(publish(ProcedurePageFactory(parent=section)), f"Neu {number}")

    assert count_queries(lambda: client.get(url)) == few


# --- Languages come and go -------------------------------------------------------------------------
def test_languages_follow_the_setting(three_languages, settings, capsys):
    call_command("sync_languages")
    assert "Nothing to change" in capsys.readouterr().out

    settings.WAGTAIL_CONTENT_LANGUAGES = LANGUAGES[:2]
    call_command("sync_languages")

    assert "Removed sv" in capsys.readouterr().out
    assert list(Locale.all_objects.values_list("language_code", flat=True)) == ["de", "en"]


def test_language_with_pages_does_not_go(spaet, settings):
    settings.WAGTAIL_CONTENT_LANGUAGES = LANGUAGES[:1]

    with pytest.raises(CommandError, match="pages are written in “de”"):
        call_command("sync_languages")

    assert Locale.all_objects.filter(language_code="sv").exists(), "nothing is changed then"


def test_unknown_preference_reads_the_source(agent, spaet, late):
    agent.content_language = "fi"

    assert list(ProcedurePage.objects.for_reader(agent)) == [late]


def test_person_chooses_the_language_of_the_manual(agent, three_languages, as_user):
    client = as_user(agent)

    response = client.post(reverse("people:profile"), {"content_language": "sv"})

    agent.refresh_from_db()
    assert response.status_code == 302
    assert agent.content_language == "sv"
    response = client.post(reverse("people:profile"), {"content_language": "fi"})
    assert response.status_code == 422


def test_browser_s_language_does_not_change_the_interface(agent, three_languages, as_user):
    client = as_user(agent)

    shown = client.get(
        reverse("people:profile"), headers={"Accept-Language": "de"}
    ).content.decode()

    assert '<html lang="en">' in shown


# --- One language ----------------------------------------------------------------------------------
def test_with_one_language_nothing_speaks_of_languages(agent, as_user, db):
    section = ManualSectionPageFactory()
    procedure = publish(ProcedurePageFactory(parent=section))
    client = as_user(agent)
    urls = [
        ManualIndexPage.objects.get().url,
        section.url,
        procedure.url,
        reverse("people:profile"),
        reverse("content:manual_search") + "?q=procedure",
    ]

    for url in urls:
        shown = client.get(url).content.decode()
        assert "page-languages" not in shown
        assert "hreflang" not in shown
        assert "content_language" not in shown
        assert shown.count("lang=") == 1, "the page's own"


def test_with_one_language_nothing_is_looked_up(agent, db, django_assert_num_queries):
    section = ManualSectionPageFactory()
    procedure = publish(ProcedurePageFactory(parent=section))
    procedure = ProcedurePage.objects.get(pk=procedure.pk)

    with django_assert_num_queries(0):
        assert procedure.original is procedure
        assert languages.preferred([procedure], user=agent) == {procedure.pk: procedure}
    sql = str(ProcedurePage.objects.for_reader(agent).query)
    assert "wagtailcore_locale" not in sql
    assert sql == str(ProcedurePage.objects.visible_to(agent).query)
