from django.urls import path

import people.converters  # noqa: F401 (registers <id:…>)
from insights import page_health_views, views

app_name = "insights"

urlpatterns = [
    path("", views.home, name="home"),
    path("team/", views.team, name="team"),
    path("team/method/", views.method, name="method"),
    path("team/<id:pk>/", views.person, name="person"),
    path("page-health/", page_health_views.page_health_list, name="page_health"),
]
