from django.urls import path

import people.converters  # noqa: F401 (registers <id:…>)
from training import views

app_name = "training"

urlpatterns = [
    path("", views.learning, name="learning"),
    path("lessons/<id:page_id>/complete/", views.lesson_complete, name="lesson_complete"),
    path("quizzes/<id:page_id>/start/", views.quiz_start, name="quiz_start"),
    path("attempts/<id:pk>/", views.attempt_detail, name="attempt_detail"),
    path("attempts/<id:pk>/submit/", views.attempt_submit, name="attempt_submit"),
    path("team/", views.team_training, name="team_training"),
]
