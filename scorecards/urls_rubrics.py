from django.urls import path

from scorecards.views import rubrics

urlpatterns = [
    path("", rubrics.rubric_list, name="rubric_list"),
    path("new/", rubrics.rubric_create, name="rubric_create"),
    path("import/", rubrics.rubric_import, name="rubric_import"),
    path("<int:pk>/", rubrics.rubric_detail, name="rubric_detail"),
    path("<int:pk>/draft/", rubrics.rubric_draft, name="rubric_draft"),
    path("notes/<int:pk>/settle/", rubrics.note_settle, name="note_settle"),
    path("versions/<int:pk>/", rubrics.rubric_version, name="rubric_version"),
    path("versions/<int:pk>/export/", rubrics.rubric_export, name="rubric_export"),
    path("versions/<int:pk>/edit/", rubrics.rubric_edit, name="rubric_edit"),
    path("versions/<int:pk>/policies/", rubrics.policies_save, name="policies_save"),
    path("versions/<int:pk>/preview/", rubrics.rubric_preview, name="rubric_preview"),
    path("versions/<int:pk>/publish/", rubrics.rubric_publish, name="rubric_publish"),
    path("versions/<int:pk>/delete/", rubrics.rubric_discard, name="rubric_discard"),
    path("versions/<int:pk>/sections/", rubrics.section_add, name="section_add"),
    path("sections/<int:pk>/", rubrics.section_save, name="section_save"),
    path("sections/<int:pk>/move/", rubrics.section_move, name="section_move"),
    path("sections/<int:pk>/delete/", rubrics.section_delete, name="section_delete"),
    path("sections/<int:pk>/criteria/", rubrics.criterion_add, name="criterion_add"),
    path("criteria/<int:pk>/", rubrics.rubric_criterion, name="rubric_criterion"),
    path("criteria/<int:pk>/move/", rubrics.rubric_criterion_move, name="rubric_criterion_move"),
    path(
        "criteria/<int:pk>/delete/", rubrics.rubric_criterion_delete, name="rubric_criterion_delete"
    ),
]
