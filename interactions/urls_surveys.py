"""Where customers answer; apart from the rest, which needs an account."""

from django.urls import path

from interactions import public_views

app_name = "surveys"

urlpatterns = [
    path("<str:token>/", public_views.survey_answer, name="answer"),
    path("<str:token>/stop/", public_views.survey_stop, name="stop"),
]
