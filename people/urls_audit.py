"""The audit log, for administrators."""

from django.urls import path

from people import audit_views

app_name = "audit"

urlpatterns = [
    path("", audit_views.audit_list, name="list"),
]
