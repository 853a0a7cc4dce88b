"""Every address of the house. Wagtail's pages come last: they take what nobody else claimed."""

from django.conf import settings
from django.urls import include, path, re_path
from django.views.generic import RedirectView
from django.views.static import serve
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.documents import urls as wagtaildocs_urls

from content.addressing import page_addresses
from content.views.documents import serve_document

urlpatterns = [
    path("", include("insights.urls")),
    path("scorecards/", include("scorecards.urls")),
    path("coaching/", include("coaching.urls")),
    path("training/", include("training.urls")),
    path("certificates/", include("training.urls_certificates")),
    path("interactions/", include("interactions.urls")),
    path("library/", include("content.urls")),
    path("me/", include("people.urls")),
    path("account/", include("people.account_urls")),
    # Wagtail's own login form knows nothing of our throttling and second factor.
    path(
        "admin/login/",
        RedirectView.as_view(pattern_name="content:admin_sign_in", query_string=True),
    ),
    path("admin/password_reset/", RedirectView.as_view(pattern_name="account_reset_password")),
    path("admin/", include(wagtailadmin_urls)),
    re_path(r"^documents/(\d+)/(.*)$", serve_document),
    path("documents/", include(wagtaildocs_urls)),
]

if settings.SERVE_MEDIA:
    urlpatterns.append(
        re_path(r"^media/(?P<path>.*)$", serve, {"document_root": settings.MEDIA_ROOT})
    )

urlpatterns.append(page_addresses())
