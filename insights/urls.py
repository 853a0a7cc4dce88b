from django.urls import path

from insights import views

app_name = "insights"

urlpatterns = [
    path("", views.home, name="home"),
    path("team/", views.team, name="team"),
    path("team/method/", views.method, name="method"),
    path("team/<int:pk>/", views.person, name="person"),
]
