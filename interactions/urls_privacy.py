"""Addresses of privacy, part of the room's."""

from django.urls import path

import people.converters  # noqa: F401 (registers <id:…>)
from interactions import privacy_views as views

urlpatterns = [
    path("<id:pk>/original/", views.interaction_original, name="interaction_original"),
    path("privacy/", views.privacy, name="privacy"),
    path("privacy/rules/new/", views.redaction_rule, name="redaction_rule_create"),
    path("privacy/rules/<id:pk>/", views.redaction_rule, name="redaction_rule"),
    path(
        "privacy/rules/<id:pk>/delete/", views.redaction_rule_delete, name="redaction_rule_delete"
    ),
    path("privacy/retention/", views.retention, name="retention"),
    path("privacy/retention/rules/new/", views.retention_rule, name="retention_rule_create"),
    path("privacy/retention/rules/<id:pk>/", views.retention_rule, name="retention_rule"),
    path(
        "privacy/retention/rules/<id:pk>/delete/",
        views.retention_rule_delete,
        name="retention_rule_delete",
    ),
    path("privacy/erasure/", views.erasure, name="erasure"),
    path("privacy/erasure/<id:pk>/", views.erasure_customer, name="erasure_customer"),
]
