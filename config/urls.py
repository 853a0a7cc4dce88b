"""Every address of the house. Wagtail's pages come last: they take what nobody else claimed."""

from django.urls import include, path, re_path
from django.views.generic import RedirectView
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.documents.views.serve import authenticate_with_password

from content.addressing import page_addresses
from content.views.admin import no_way_around
from content.views.documents import serve_document, serve_picture

urlpatterns = [
    path("", include("insights.urls")),
    path("scorecards/", include("scorecards.urls")),
    path("coaching/", include("coaching.urls")),
    path("training/", include("training.urls")),
    path("certificates/", include("training.urls_certificates")),
    path("interactions/", include("interactions.urls")),
    path("survey/", include("interactions.urls_surveys")),
    path("library/", include("content.urls")),
    path("integrations/", include("integrations.urls")),
    path("api/", include("integrations.urls_api")),
    path("scim/v2/", include("integrations.scim.urls")),
    path("audit/", include("people.urls_audit")),
    path("", include("people.urls")),
    path("account/", include("people.account_urls")),
    # Wagtail's own login form knows nothing of our throttling and second factor.
    path(
        "admin/login/",
        RedirectView.as_view(pattern_name="content:admin_sign_in", query_string=True),
    ),
    path("_util/login/", RedirectView.as_view(pattern_name="account_login", query_string=True)),
    path("admin/password_reset/", RedirectView.as_view(pattern_name="account_reset_password")),
    path("admin/api/main/pages/<int:pk>/action/<str:action_name>/", no_way_around),
    path("admin/", include(wagtailadmin_urls)),
    # In the place of Wagtail's own addresses of documents, under the names that it asks for.
    re_path(r"^documents/(\d+)/(.*)$", serve_document, name="wagtaildocs_serve"),
    path(
        "documents/authenticate_with_password/<id:restriction_id>/",
        authenticate_with_password,
        name="wagtaildocs_authenticate_with_password",
    ),
    # Of all files that are kept, these alone lie at an address of their own.
    re_path(r"^media/(?P<name>images/[-\w.]+)$", serve_picture, name="picture"),
]

urlpatterns.append(page_addresses())

handler500 = "config.unavailable.error_page"
handler429 = "people.signin.troubles.too_many"
