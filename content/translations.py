"""What a reader is told about the language of a page of the manual."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from wagtail.models import Page

from content import languages
from content.languages import versions_of

if TYPE_CHECKING:
    from content.models import Edition
    from content.models.base import EvenhandPage, Reader


@dataclass(frozen=True)
class InLanguage:
    code: str
    name: str
    page: Page


@dataclass(frozen=True)
class Outdated:
    """The original has changed since: from its edition `older`, whose words these are, to `newer`. For a
    section, which has no editions, both are none."""

    older: "Edition | None" = None
    newer: "Edition | None" = None


@dataclass(frozen=True)
class PageLanguages:
    """Of one page for one reader. `own` is the page in their language, where that is another page;
    `is_missing` says that there is none, so that they are shown the original."""

    code: str
    name: str
    original: Page
    source_name: str
    reader_name: str
    is_missing: bool = False
    own: InLanguage | None = None
    others: list[InLanguage] = field(default_factory=list)
    is_translation: bool = False
    is_withdrawn: bool = False
    outdated: Outdated | None = None


def languages_of(page: "EvenhandPage", user: "Reader") -> PageLanguages | None:
    """None with one language, and for a page that was never saved. Up to four queries."""
    if not languages.is_multilingual() or not page.pk:
        return None
    code, own = page.locale.language_code, languages.language_of(user)
    # Whoever loaded the page may know that there is nothing to look for.
    found = versions_of(page, user) if getattr(page, "is_in_others", True) else ()
    others = [
        InLanguage(each.locale.language_code, languages.name_of(each.locale.language_code), each)
        for each in found
        if each.pk != page.pk and each.alias_of_id is None
    ]
    in_own = next((each for each in others if each.code == own), None)
    original = page.original
    is_translation = original is not page
    return PageLanguages(
        code=code,
        name=languages.name_of(code),
        original=original,
        source_name=languages.name_of(languages.source_language()),
        reader_name=languages.name_of(own),
        is_missing=code != own and in_own is None and not is_translation,
        own=in_own,
        others=others,
        is_translation=is_translation,
        is_withdrawn=is_translation and not original.live,
        outdated=outdated(page, original) if is_translation and original.live else None,
    )


def outdated(page: Page, original: Page) -> Outdated | None:
    """How `page` lags behind what it translates, if it does. One query for a procedure, else none."""
    if hasattr(original, "editions"):
        newest = original.editions.order_by("-number").defer("text")
        rows = list(newest.filter(number__gte=page.translated_edition or 0))
        if page.translated_edition:
            has = next((row for row in rows if row.number == page.translated_edition), None)
            return Outdated(has, rows[0]) if rows and rows[0] is not has else None
    here, there = page.last_published_at, original.last_published_at
    return Outdated() if here and there and there > here else None


def note_of(page: "EvenhandPage", user: "Reader") -> str:
    """What stands on paper about the language of `page`; nothing if it is as the reader wants it."""
    found = languages_of(page, user)
    if found is None:
        return ""
    if found.outdated:
        said: str = _("This translation is older than its original in %(language)s.")
        return said % {"language": found.source_name}
    if found.is_missing:
        said = _("Not translated into %(language)s yet: shown in %(source)s.")
        return said % {"language": found.reader_name, "source": found.source_name}
    return ""


def language_context(page: "EvenhandPage", user: "Reader") -> dict[str, Any]:
    found = languages_of(page, user)
    return {"page_languages": found} if found else {}
