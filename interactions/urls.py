from django.urls import path

from interactions import views

app_name = "interactions"

urlpatterns = [
    path("", views.interaction_list, name="interaction_list"),
    path("<int:pk>/", views.interaction_detail, name="interaction_detail"),
    path("<int:pk>/recording/", views.interaction_recording, name="interaction_recording"),
    path("imports/", views.import_list, name="import_list"),
    path("imports/new/", views.import_create, name="import_create"),
    path("imports/<int:pk>/", views.import_detail, name="import_detail"),
    path("imports/<int:pk>/rejections/", views.import_rejections, name="import_rejections"),
    path("imports/<int:pk>/stop/", views.import_stop, name="import_stop"),
    path("imports/<int:pk>/resume/", views.import_resume, name="import_resume"),
]
