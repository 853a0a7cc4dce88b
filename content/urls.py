from django.urls import path

import people.converters  # noqa: F401 (registers <id:…>)
from content import views

app_name = "content"

urlpatterns = [
    path("search/", views.manual_search, name="manual_search"),
    path("procedures/<id:page_id>/panel/", views.procedure_panel, name="procedure_panel"),
    path("editing/", views.admin_sign_in, name="admin_sign_in"),
]
