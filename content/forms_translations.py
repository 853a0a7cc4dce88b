"""What the form of a procedure asks where the page translates another one."""

from typing import Any

from django import forms
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _


def offer_editions(form: Any) -> None:
    """Let the editor of a translation say which edition of the original its words have; the newest one
    is offered first. A page that translates nothing is not asked."""
    field = form.fields.get("translated_edition")
    page = form.instance
    if field is None:
        return
    original = page.original
    editions = [] if original is page else list(original.editions.order_by("-number").defer("text"))
    if not editions:
        del form.fields["translated_edition"]
        return
    form.fields["translated_edition"] = forms.TypedChoiceField(
        label=_("Has the words of"),
        help_text=field.help_text,
        coerce=int,
        choices=[(edition.number, _named(edition)) for edition in editions],
    )
    known = (
        page.translated_edition
        or type(page)
        .objects.filter(pk=page.pk)
        .values_list("translated_edition", flat=True)
        .first()
    )
    form.initial["translated_edition"] = known or editions[0].number


def _named(edition: Any) -> str:
    day = date_format(localtime(edition.published_at), "DATE_FORMAT")
    named: str = _("edition %(number)d of %(day)s") % {"number": edition.number, "day": day}
    return f"{named}: {edition.note}" if edition.note else named
