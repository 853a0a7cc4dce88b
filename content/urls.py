from django.urls import path

import people.converters  # noqa: F401 (registers <id:…>)
from content.views import (
    admin,
    follow,
    governance,
    keeping,
    panel,
    pdf,
    refreshers,
    replies,
    search,
)

app_name = "content"

urlpatterns = [
    path("search/", search.manual_search, name="manual_search"),
    path("editing/", admin.admin_sign_in, name="admin_sign_in"),
    # Procedures: beside the grading screen, step by step, on paper.
    path("channel/", panel.choose_channel, name="choose_channel"),
    path("procedures/<id:page_id>/panel/", panel.procedure_panel, name="procedure_panel"),
    path("procedures/<id:page_id>/follow/", follow.follow, name="follow"),
    path("procedures/<id:page_id>/follow/start/", follow.follow_start, name="follow_start"),
    path("procedures/<id:page_id>/follow/move/", follow.follow_move, name="follow_move"),
    path("procedures/<id:page_id>/pdf/", pdf.procedure_pdf, name="procedure_pdf"),
    path("manual/print/", pdf.manual_print, name="manual_print"),
    path("manual/pdf/", pdf.manual_pdf, name="manual_pdf"),
    # Reply templates
    path("replies/", replies.reply_list, name="reply_list"),
    path("replies/<slug:key>/", replies.reply_detail, name="reply_detail"),
    # Trust: editions, and "nothing changed"
    path("procedures/<id:page_id>/editions/", governance.page_history, name="page_history"),
    path("pages/<id:page_id>/reviewed/", governance.page_reviewed, name="page_reviewed"),
    # What a reader keeps: bookmarks, the pages opened last, and whether a page helped
    path("pages/<id:page_id>/bookmark/", keeping.page_bookmark, name="page_bookmark"),
    path("pages/<id:page_id>/opened/", keeping.page_opened, name="page_opened"),
    path("pages/<id:page_id>/helpful/", keeping.page_vote, name="page_vote"),
    # Refresher cards that a change of the manual retired
    path("refreshers/retired/", refreshers.retired_cards, name="retired_cards"),
    path("refreshers/<id:pk>/decide/", refreshers.card_decide, name="card_decide"),
]
