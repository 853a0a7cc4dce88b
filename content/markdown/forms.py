"""The form with which an editor uploads a tree of Markdown files."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page

from ui.uploads import MB, UploadField

MOST_BYTES = 200 * MB


class ManualImportForm(forms.Form):
    file = UploadField(
        most=MOST_BYTES,
        label=_("Zip file"),
        help_text=_("A folder of Markdown files, packed. Images beside them come with it."),
        widget=forms.FileInput(attrs={"accept": ".zip,application/zip"}),
    )
    tree = forms.SlugField(
        label=_("Name of the tree"),
        max_length=80,
        help_text=_("Under this name a later import finds the same pages again."),
    )
    below = forms.ModelChoiceField(label=_("Below"), queryset=Page.objects.none(), empty_label=None)
    publish = forms.BooleanField(
        label=_("Publish the pages"),
        required=False,
        initial=True,
        help_text=_("Otherwise they become drafts, to be looked through first."),
    )
    ask_signatures = forms.BooleanField(
        label=_("Ask for signatures"),
        required=False,
        help_text=_("Everybody concerned signs the procedures that are new or changed."),
    )
    overwrite = forms.BooleanField(
        label=_("Overwrite what was edited here"),
        required=False,
        help_text=_("Otherwise a page that somebody edited since the last import stays as it is."),
    )

    def __init__(self, *args: Any, places: list[Page], trees: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        below: Any = self.fields["below"]
        below.queryset = Page.objects.filter(pk__in=[page.pk for page in places]).order_by("path")
        top = min((page.depth for page in places), default=0)
        below.label_from_instance = lambda page: "– " * (page.depth - top) + page.title
        if trees:
            self.fields["tree"].widget.attrs["list"] = "trees"
