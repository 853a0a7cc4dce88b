"""Where editors find the import and export of the manual."""

from typing import Any

from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from content.markdown import views
from content.markdown.run import may_import
from content.models import ManualIndexPage
from people.models import User


@hooks.register("register_admin_urls")
def manual_file_urls() -> list[URLPattern]:
    return [
        path("manual-files/", views.manual_files, name="content_manual_files"),
        path("manual-files/export/", views.manual_export, name="content_manual_export"),
        path("manual-files/<int:pk>/", views.manual_import, name="content_manual_import"),
        path(
            "manual-files/<int:pk>/again/",
            views.manual_import_again,
            name="content_manual_import_again",
        ),
    ]


class ManualFilesMenuItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        manual = ManualIndexPage.objects.first()
        user = request.user
        return manual is not None and isinstance(user, User) and may_import(user, manual)


@hooks.register("register_admin_menu_item")
def manual_files_menu_item(**kwargs: Any) -> ManualFilesMenuItem:
    return ManualFilesMenuItem(
        _("Manual files"), reverse("content_manual_files"), icon_name="upload", order=195
    )
