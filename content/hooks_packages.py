"""SCORM packages in the Wagtail admin: uploaded, named, listed, deleted when no page shows them."""

from typing import Any

from django import forms
from django.conf import settings
from django.db import transaction
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel
from wagtail.admin.ui.tables import Column, UserColumn
from wagtail.snippets.views.snippets import SnippetViewSet

from content import packages
from content.models import Package
from ui.uploads import UploadField


class PackageForm(WagtailAdminModelForm):
    """A new package by its zip; afterwards only its title can change. Without one the title is the
    package's own."""

    file = UploadField(
        most=settings.SCORM_LIMITS["upload"],
        label=_("zip file"),
        widget=forms.FileInput(attrs={"accept": ".zip,application/zip"}),
        help_text=_(
            "SCORM 1.2 or 2004, as the authoring tool exports it. It is checked before anything of it is "
            "kept."
        ),
    )

    class Meta:
        model = Package
        fields = ["title"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stored: packages.StoredPackage | None = None
        if self.instance.pk:
            self.fields.pop("file", None)
        else:
            self.fields["title"].required = False
            self.fields["title"].help_text = _("If empty, the title that the package gives itself.")

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        try:
            self.stored = packages.store(upload.file)
        except packages.RefusedPackage as refusal:
            raise forms.ValidationError(str(refusal)) from refusal
        known = Package.objects.filter(sha256=self.stored.sha256).first()
        if known is not None:
            raise forms.ValidationError(
                _("This very package is here already, as “%(title)s”."),
                params={"title": known.title},
            )
        return upload

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.stored is not None and not cleaned.get("title") and "title" not in self.errors:
            cleaned["title"] = self.stored.manifest.title
        if self.stored is not None and self.errors and "file" not in self.errors:
            # The file is good and something else is not: it will be uploaded again with the rest.
            packages.remove(self.stored.sha256)
        return cleaned

    def save(self, commit: bool = True) -> Package:
        stored = self.stored
        if stored is not None:
            self.instance.sha256, self.instance.size = stored.sha256, stored.size
            self.instance.file_name = self.cleaned_data["file"].name[-255:]
            self.instance.edition = stored.manifest.edition
            self.instance.edition_text = stored.manifest.edition_text
            self.instance.items = stored.manifest.to_json()["items"]
            self.instance.uploaded_by = self.for_user
        try:
            with transaction.atomic():
                package: Package = super().save(commit=commit)
        except Exception:
            if stored is not None and not Package.objects.filter(sha256=stored.sha256).exists():
                packages.remove(stored.sha256)
            raise
        return package


class PackageViewSet(SnippetViewSet):
    model = Package
    icon = "download"
    panels = [FieldPanel("title"), FieldPanel("file")]
    list_display = [
        "title",
        Column("edition_label", label=_("Edition")),
        Column("size", label=_("Size"), accessor=lambda package: filesizeformat(package.size)),
        Column("parts", label=_("Parts"), accessor=lambda package: len(package.items)),
        "uploaded_at",
        UserColumn("uploaded_by"),
    ]
    search_fields = ["title"]

    def get_form_class(self, for_update: bool = False) -> type[PackageForm]:
        return PackageForm
