from django.urls import path

import people.converters  # noqa: F401 (registers <id:…>)
from interactions import views

app_name = "interactions"

urlpatterns = [
    path("", views.interaction_list, name="interaction_list"),
    path("<id:pk>/", views.interaction_detail, name="interaction_detail"),
    path("<id:pk>/recording/", views.interaction_recording, name="interaction_recording"),
    path("imports/", views.import_list, name="import_list"),
    path("imports/new/", views.import_create, name="import_create"),
    path("imports/<id:pk>/", views.import_detail, name="import_detail"),
    path("imports/<id:pk>/rejections/", views.import_rejections, name="import_rejections"),
    path("imports/<id:pk>/stop/", views.import_stop, name="import_stop"),
    path("imports/<id:pk>/resume/", views.import_resume, name="import_resume"),
]
