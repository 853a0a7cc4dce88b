from django.urls import path

import people.converters  # noqa: F401 (registers <id:…>)
from insights import (
    new_hires_views,
    objectivity_views,
    page_health_views,
    system_views,
    training_effect_views,
    views,
)
from insights.person.views import person
from insights.service.views import service
from insights.team.views import team
from insights.verdicts import views as verdicts_views

app_name = "insights"

urlpatterns = [
    path("", views.home, name="home"),
    path("team/", team, name="team"),
    path("team/method/", views.method, name="method"),
    path("team/new-hires/", new_hires_views.new_hires, name="new_hires"),
    path("team/training-effect/", training_effect_views.training_effect, name="training_effect"),
    path(
        "team/training-effect/<id:pk>/<slug:skill>/",
        training_effect_views.training_effect_detail,
        name="training_effect_detail",
    ),
    path("team/service/", service, name="service"),
    path("team/system/", system_views.system, name="system"),
    path("team/verdicts/", verdicts_views.verdicts, name="verdicts"),
    path("team/verdicts/conversations/", verdicts_views.verdict_list, name="verdict_list"),
    path("team/verdicts/queue/", verdicts_views.verdict_queue, name="verdict_queue"),
    path("team/verdicts/<id:pk>/", verdicts_views.verdict_detail, name="verdict_detail"),
    path("team/verdicts/<id:pk>/take/", verdicts_views.verdict_take, name="verdict_take"),
    path(
        "team/verdicts/<id:pk>/put-back/",
        verdicts_views.verdict_put_back,
        name="verdict_put_back",
    ),
    path("team/verdicts/<id:pk>/settle/", verdicts_views.verdict_settle, name="verdict_settle"),
    path("team/verdicts/<id:pk>/reopen/", verdicts_views.verdict_reopen, name="verdict_reopen"),
    path("team/objectivity/", objectivity_views.objectivity, name="objectivity"),
    path(
        "team/objectivity/agreement/",
        objectivity_views.objectivity_agreement,
        name="objectivity_agreement",
    ),
    path(
        "team/objectivity/equal-treatment/",
        objectivity_views.objectivity_treatment,
        name="objectivity_treatment",
    ),
    path(
        "team/objectivity/reviewers/<id:pk>/",
        objectivity_views.objectivity_reviewer,
        name="objectivity_reviewer",
    ),
    # In the room where reviewers are at home.
    path("scorecards/my-grading/", objectivity_views.objectivity_own, name="objectivity_own"),
    path("team/<id:pk>/", person, name="person"),
    path("page-health/", page_health_views.page_health_list, name="page_health"),
]
