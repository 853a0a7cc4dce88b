from django.urls import path

from scorecards.views import grading, queue, scorecards

app_name = "scorecards"

urlpatterns = [
    path("", scorecards.scorecard_list, name="scorecard_list"),
    path("queue/", queue.queue, name="queue"),
    path("queue/next/", queue.grade_next, name="grade_next"),
    path("queue/<int:pk>/start/", queue.grade_start, name="grade_start"),
    path("assign/", queue.assign_reviews, name="assign_reviews"),
    path("<int:pk>/", scorecards.scorecard_detail, name="scorecard_detail"),
    path(
        "<int:pk>/acknowledge/",
        scorecards.scorecard_acknowledge,
        name="scorecard_acknowledge",
    ),
    path("queue/scorecards/<int:pk>/", grading.grade, name="grade"),
    path("queue/scorecards/<int:pk>/submit/", grading.scorecard_submit, name="scorecard_submit"),
    path("queue/scorecards/<int:pk>/summary/", grading.summary_save, name="summary_save"),
    path("<int:pk>/criteria/<int:criterion_pk>/", grading.criterion_save, name="criterion_save"),
    path(
        "<int:pk>/criteria/<int:criterion_pk>/evidence/",
        grading.evidence_add,
        name="evidence_add",
    ),
    path(
        "<int:pk>/evidence/<int:evidence_pk>/remove/",
        grading.evidence_remove,
        name="evidence_remove",
    ),
]
