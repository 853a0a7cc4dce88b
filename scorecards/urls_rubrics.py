from django.urls import path

import people.converters  # noqa: F401 (registers <id:…>)
from scorecards.views import rubrics

urlpatterns = [
    path("", rubrics.rubric_list, name="rubric_list"),
    path("new/", rubrics.rubric_create, name="rubric_create"),
    path("import/", rubrics.rubric_import, name="rubric_import"),
    path("<id:pk>/", rubrics.rubric_detail, name="rubric_detail"),
    path("<id:pk>/draft/", rubrics.rubric_draft, name="rubric_draft"),
    path("notes/<id:pk>/settle/", rubrics.note_settle, name="note_settle"),
    path("versions/<id:pk>/", rubrics.rubric_version, name="rubric_version"),
    path("versions/<id:pk>/export/", rubrics.rubric_export, name="rubric_export"),
    path("versions/<id:pk>/edit/", rubrics.rubric_edit, name="rubric_edit"),
    path("versions/<id:pk>/policies/", rubrics.policies_save, name="policies_save"),
    path("versions/<id:pk>/preview/", rubrics.rubric_preview, name="rubric_preview"),
    path("versions/<id:pk>/publish/", rubrics.rubric_publish, name="rubric_publish"),
    path("versions/<id:pk>/delete/", rubrics.rubric_discard, name="rubric_discard"),
    path("versions/<id:pk>/sections/", rubrics.section_add, name="section_add"),
    path("sections/<id:pk>/", rubrics.section_save, name="section_save"),
    path("sections/<id:pk>/move/", rubrics.section_move, name="section_move"),
    path("sections/<id:pk>/delete/", rubrics.section_delete, name="section_delete"),
    path("sections/<id:pk>/criteria/", rubrics.criterion_add, name="criterion_add"),
    path("criteria/<id:pk>/", rubrics.rubric_criterion, name="rubric_criterion"),
    path("criteria/<id:pk>/move/", rubrics.rubric_criterion_move, name="rubric_criterion_move"),
    path(
        "criteria/<id:pk>/delete/", rubrics.rubric_criterion_delete, name="rubric_criterion_delete"
    ),
]
