from django.urls import path

from scorecards.views import calibration, keys

# Part of the namespace "scorecards", under "calibration/".
urlpatterns = [
    path("", calibration.calibration_list, name="calibration_list"),
    path("new/", calibration.calibration_create, name="calibration_create"),
    path("<int:pk>/", calibration.calibration_detail, name="calibration_detail"),
    path("<int:pk>/edit/", calibration.calibration_edit, name="calibration_edit"),
    path("<int:pk>/open/", calibration.calibration_open, name="calibration_open"),
    path("<int:pk>/close/", calibration.calibration_close, name="calibration_close"),
    path(
        "<int:pk>/interactions/<int:item_pk>/grade/",
        calibration.calibration_grade,
        name="calibration_grade",
    ),
    path("<int:pk>/report/", calibration.calibration_report, name="calibration_report"),
    path(
        "<int:pk>/criteria/<int:criterion_pk>/decision/",
        calibration.calibration_decide,
        name="calibration_decide",
    ),
    path(
        "<int:pk>/criteria/<int:criterion_pk>/wording/",
        calibration.calibration_propose,
        name="calibration_propose",
    ),
    path("keys/", keys.key_list, name="key_list"),
    path("keys/new/", keys.key_choose, name="key_choose"),
    path("keys/<int:version_pk>/<int:interaction_pk>/", keys.expert_key, name="expert_key"),
    path("keys/<int:pk>/seed/", keys.key_seed, name="key_seed"),
    path("results/<int:pk>/", keys.key_result, name="key_result"),
]
