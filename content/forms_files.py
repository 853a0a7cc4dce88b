"""Pictures and documents as editors upload them: one by one, many at once, or while choosing one."""

from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from wagtail.documents.forms import BaseDocumentForm
from wagtail.images.fields import WagtailImageField
from wagtail.images.forms import BaseImageForm

from ui.uploads import check_upload


class DocumentForm(BaseDocumentForm):
    def clean_file(self) -> object:
        file = self.cleaned_data["file"]
        if isinstance(file, UploadedFile):
            most = settings.WAGTAILDOCS_MAX_UPLOAD_SIZE
            check_upload(file, kinds=settings.WAGTAILDOCS_EXTENSIONS, most=most)
        return file


class ImageField(WagtailImageField):
    """Looks first: Wagtail reads a picture to see what it is, and breaks on one that is damaged."""

    def to_python(self, data: Any) -> Any:
        if isinstance(data, UploadedFile):
            most = settings.WAGTAILIMAGES_MAX_UPLOAD_SIZE
            check_upload(data, kinds=settings.WAGTAILIMAGES_EXTENSIONS, most=most)
        return super().to_python(data)


class ImageForm(BaseImageForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "file" in self.fields:
            made = self.fields["file"]
            self.fields["file"] = ImageField(
                label=made.label, required=made.required, widget=made.widget
            )
