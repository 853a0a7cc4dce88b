from django.urls import path

import people.converters  # noqa: F401 (registers <id:…>)
from training.views import (
    attempts,
    certificates,
    items,
    learning,
    packages,
    places,
    practice,
    practice_setup,
    ratings,
    refreshers,
    reminders,
    samples,
    shadowing,
    signatures,
    statements,
    team,
    workshops,
)

app_name = "training"

urlpatterns = [
    path("", learning.learning, name="learning"),
    path("lessons/<id:page_id>/complete/", learning.lesson_complete, name="lesson_complete"),
    path("quizzes/<id:page_id>/start/", attempts.quiz_start, name="quiz_start"),
    path("attempts/<id:pk>/", attempts.attempt_detail, name="attempt_detail"),
    path("attempts/<id:pk>/submit/", attempts.attempt_submit, name="attempt_submit"),
    path("packages/<id:page_id>/start/", packages.package_start, name="package_start"),
    path("packages/runs/<id:pk>/", packages.package_run, name="package_run"),
    path("packages/runs/<id:pk>/open/", packages.package_open, name="package_open"),
    path("packages/runs/<id:pk>/keep/", packages.package_keep, name="package_keep"),
    path("packages/runs/<id:pk>/save/", packages.package_save, name="package_save"),
    path("packages/files/<str:key>/", packages.package_file, {"name": ""}),
    path("packages/files/<str:key>/<path:name>", packages.package_file, name="package_file"),
    path("statements/", statements.statement_list, name="statement_list"),
    path("team/", team.team_training, name="team_training"),
    # Signing for procedures
    path("signatures/", signatures.signature_list, name="signature_list"),
    path("signatures/team/", signatures.team_signatures, name="team_signatures"),
    path("signatures/<id:page_id>/sign/", signatures.signature_sign, name="signature_sign"),
    # How the questions of a quiz do
    path("quizzes/<id:page_id>/items/", items.quiz_items, name="quiz_items"),
    path("questions/<id:pk>/items/", items.question_items, name="question_items"),
    # Refreshers
    path("refreshers/", refreshers.refreshers, name="refreshers"),
    path("refreshers/<id:pk>/rate/", refreshers.refresher_rate, name="refresher_rate"),
    path("refreshers/<id:pk>/undo/", refreshers.refresher_undo, name="refresher_undo"),
    # What trainees think of a module, and where they are in a lesson
    path("modules/<id:page_id>/rate/", ratings.module_rate, name="module_rate"),
    path("modules/<id:page_id>/ratings/", ratings.module_ratings, name="module_ratings"),
    path("lessons/<id:page_id>/place/", places.lesson_place, name="lesson_place"),
    # Practice
    path("practice/", practice.practice_list, name="practice_list"),
    path("practice/<id:page_id>/start/", practice.practice_start, name="practice_start"),
    path("practice/<id:page_id>/tree/", practice_setup.practice_tree, name="practice_tree"),
    path("practice/<id:page_id>/try/", practice_setup.practice_try, name="practice_try"),
    path("practice/<id:page_id>/rubric/", practice_setup.practice_setup, name="practice_setup"),
    path("practice/runs/<id:pk>/", practice.practice_run, name="practice_run"),
    path("practice/runs/<id:pk>/turn/", practice.practice_turn, name="practice_turn"),
    path("practice/runs/<id:pk>/finish/", practice.practice_finish, name="practice_finish"),
    path("practice/runs/<id:pk>/anew/", practice.practice_anew, name="practice_anew"),
    path("samples/<id:page_id>/start/", samples.sample_start, name="sample_start"),
    path("samples/<id:page_id>/keys/", practice_setup.sample_setup, name="sample_setup"),
    path("samples/graded/<id:assignment_pk>/", samples.sample_result, name="sample_result"),
    # Workshops, shadowing, certificates and reminders
    path("sessions/", workshops.session_list, name="session_list"),
    path("workshops/<id:page_id>/sessions/new/", workshops.session_create, name="session_create"),
    path("sessions/<id:pk>/", workshops.session_detail, name="session_detail"),
    path("sessions/<id:pk>/edit/", workshops.session_edit, name="session_edit"),
    path("sessions/<id:pk>/enrol/", workshops.session_enrol, name="session_enrol"),
    path("sessions/<id:pk>/leave/", workshops.session_leave, name="session_leave"),
    path("sessions/<id:pk>/cancel/", workshops.session_cancel, name="session_cancel"),
    path("sessions/<id:pk>/session.ics", workshops.session_calendar, name="session_calendar"),
    path("shadowings/", shadowing.shadowing_list, name="shadowing_list"),
    path("shadowings/<id:pk>/", shadowing.shadowing_detail, name="shadowing_detail"),
    path(
        "shadowings/<id:pk>/items/<id:item_pk>/sign/",
        shadowing.shadowing_sign,
        name="shadowing_sign",
    ),
    path("shadowing/<id:page_id>/choose/", shadowing.shadowing_choose, name="shadowing_choose"),
    path("certificates/", certificates.certificate_list, name="certificate_list"),
    path("certificates/team/", certificates.team_certificates, name="team_certificates"),
    path("certificates/<id:pk>.pdf", certificates.certificate_file, name="certificate_file"),
    path(
        "certificates/<id:pk>/revoke/", certificates.certificate_revoke, name="certificate_revoke"
    ),
    path("reminders/", reminders.reminder_choice, name="reminder_choice"),
]
