from django.urls import path, re_path

from integrations.scim import views

app_name = "scim"

urlpatterns = [
    path("", views.nothing, name="root"),
    path("ServiceProviderConfig", views.service_provider, name="service_provider"),
    path("ResourceTypes", views.resource_types, name="resource_types"),
    path("Schemas", views.schemas, name="schemas"),
    path("Users", views.user_list, name="user_list"),
    path("Users/<str:key>", views.user_detail, name="user_detail"),
    path("Groups", views.group_list, name="group_list"),
    path("Groups/<str:key>", views.group_detail, name="group_detail"),
    re_path(r"^", views.nothing),
]
