"""The upload form."""

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from interactions.importing.reading import UnreadableFile, read_lines

UPLOAD_LIMIT_MB = 200


class ImportForm(forms.Form):
    """A file that can be read at least up to its first line; the rest is the import's business."""

    file = forms.FileField(
        label=_("File"),
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".jsonl,.ndjson,.json,.gz"}),
    )

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > UPLOAD_LIMIT_MB * 1024**2:
            raise forms.ValidationError(
                _("The file is larger than %(limit)s MB. Import it with the command instead."),
                params={"limit": UPLOAD_LIMIT_MB},
            )
        try:
            next(read_lines(file), None)
        except UnreadableFile as problem:
            raise forms.ValidationError(str(problem)) from problem
        file.seek(0)
        return file
