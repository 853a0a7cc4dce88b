from django.urls import path

from content import views

app_name = "content"

urlpatterns = [
    path("search/", views.manual_search, name="manual_search"),
    path("procedures/<int:page_id>/panel/", views.procedure_panel, name="procedure_panel"),
    path("editing/", views.admin_sign_in, name="admin_sign_in"),
]
