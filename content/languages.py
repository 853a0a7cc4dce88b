"""The languages of the manual. They are the organisation's (setting CONTENT_LANGUAGES) and independent of
those the interface speaks.

Every page is written in the source language first. A translation is a page of its own in another locale
of Wagtail, with the same translation key, below the translated front of the manual; its address begins
with its language. With one language there is nothing to choose: no words about languages, no queries.
"""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from wagtail.coreutils import get_content_languages
from wagtail.models import Locale, Page

from people.once import once


class LanguageInUse(Exception):
    """A language cannot go while pages are written in it; the message says so."""


def source_language() -> str:
    code: str = settings.LANGUAGE_CODE
    return code


def names() -> dict[str, str]:
    """The languages of the manual by code, each by its own name."""
    languages: dict[str, str] = get_content_languages()
    return languages


def is_multilingual() -> bool:
    return len(names()) > 1


def name_of(code: str) -> str:
    return names().get(code, code)


def language_of(user: Any) -> str:
    """The language `user` reads the manual in; the source language if they chose none that there is."""
    chosen: str = getattr(user, "content_language", "")
    return chosen if chosen in names() else source_language()


def preferred(pages: Iterable[Page], *, user: Any) -> dict[int, Page]:
    """Each of `pages` by its id, as `user` reads it: its translation where there is one for them, without
    its texts; else the very page that was given. No query with one language or nothing to look up, else
    one."""
    found = {page.pk: page for page in pages}
    if not found or not is_multilingual():
        return found
    # They are all of one kind.
    model = type(next(iter(found.values())))
    keys = {page.translation_key for page in found.values()}
    read = model.objects.for_reader(user).filter(translation_key__in=keys)
    by_key = {
        page.translation_key: page for page in read.defer_streamfields().select_related("locale")
    }
    for page in found.values():
        own = by_key.get(page.translation_key)
        if own is not None and own.pk == page.pk:
            page.locale, by_key[page.translation_key] = own.locale, page
    return {pk: by_key.get(page.translation_key, page) for pk, page in found.items()}


def preferred_one(page: Page, *, user: Any) -> Page:
    """The same of a page that `user` may read. One query, which `content.translations` then has no more
    to make."""
    if not is_multilingual():
        return page
    by_code = {
        each.locale.language_code: each
        for each in versions_of(page, user)
        if each.alias_of_id is None or each.locale.language_code == source_language()
    }
    chosen = by_code.get(language_of(user)) or by_code.get(source_language())
    if chosen is None:
        return page
    if chosen.pk == page.pk:
        page.locale = chosen.locale
        return page
    return chosen


def versions_of(page: Page, user: Any) -> tuple[Page, ...]:
    """`page` in every language in which `user` may read it, without its texts, aliases too. One query, on
    a page that is being read the first time only."""
    return _versions(type(page), page.translation_key, user)


@once
def _versions(model: Any, key: Any, user: Any) -> tuple[Page, ...]:
    same = model.objects.visible_to(user).filter(translation_key=key).defer_streamfields()
    return tuple(same.select_related("locale").order_by("locale__language_code"))


def sync_locales() -> tuple[list[str], list[str]]:
    """Make a locale for each language of the setting and take away those that are no longer in it; the
    codes that came and went. Raises `LanguageInUse` for one in which pages are written; nothing is
    changed then. May run as often as one likes."""
    wanted = list(names())
    with transaction.atomic():
        # Wagtail's own manager leaves out locales that the setting does not name.
        there = {locale.language_code: locale for locale in Locale.all_objects.all()}
        gone = [there[code] for code in there if code not in wanted]
        for locale in gone:
            count = Page.objects.filter(locale=locale).count()
            if count:
                raise LanguageInUse(
                    _(
                        "%(count)d pages are written in “%(code)s”, so it cannot go. Put it back into "
                        "CONTENT_LANGUAGES, or delete those pages first."
                    )
                    % {"count": count, "code": locale.language_code}
                )
        for locale in gone:
            locale.delete()
        missing = [code for code in wanted if code not in there]
        for code in missing:
            Locale.objects.create(language_code=code)
    return missing, [locale.language_code for locale in gone]
