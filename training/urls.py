from django.urls import path

from training import views

app_name = "training"

urlpatterns = [
    path("", views.learning, name="learning"),
    path("lessons/<int:page_id>/complete/", views.lesson_complete, name="lesson_complete"),
    path("quizzes/<int:page_id>/start/", views.quiz_start, name="quiz_start"),
    path("attempts/<int:pk>/", views.attempt_detail, name="attempt_detail"),
    path("attempts/<int:pk>/submit/", views.attempt_submit, name="attempt_submit"),
    path("team/", views.team_training, name="team_training"),
]
