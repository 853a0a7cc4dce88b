from django.urls import path

import people.converters  # noqa: F401 (registers <id:…>)
from scorecards.views import calibration, keys

# Part of the namespace "scorecards", under "calibration/".
urlpatterns = [
    path("", calibration.calibration_list, name="calibration_list"),
    path("new/", calibration.calibration_create, name="calibration_create"),
    path("<id:pk>/", calibration.calibration_detail, name="calibration_detail"),
    path("<id:pk>/edit/", calibration.calibration_edit, name="calibration_edit"),
    path("<id:pk>/open/", calibration.calibration_open, name="calibration_open"),
    path("<id:pk>/close/", calibration.calibration_close, name="calibration_close"),
    path(
        "<id:pk>/interactions/<id:item_pk>/grade/",
        calibration.calibration_grade,
        name="calibration_grade",
    ),
    path("<id:pk>/report/", calibration.calibration_report, name="calibration_report"),
    path(
        "<id:pk>/criteria/<id:criterion_pk>/decision/",
        calibration.calibration_decide,
        name="calibration_decide",
    ),
    path(
        "<id:pk>/criteria/<id:criterion_pk>/wording/",
        calibration.calibration_propose,
        name="calibration_propose",
    ),
    path("keys/", keys.key_list, name="key_list"),
    path("keys/new/", keys.key_choose, name="key_choose"),
    path("keys/<id:version_pk>/<id:interaction_pk>/", keys.expert_key, name="expert_key"),
    path("keys/<id:pk>/seed/", keys.key_seed, name="key_seed"),
    path("results/<id:pk>/", keys.key_result, name="key_result"),
]
