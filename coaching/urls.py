from django.urls import path

import people.converters  # noqa: F401 (registers <id:…>)
from coaching.views import (
    chain,
    digests,
    goals,
    items,
    modules,
    overview,
    recognition,
    rules,
    sessions,
)

app_name = "coaching"
urlpatterns = [
    path("mine/", overview.my_coaching, name="my_coaching"),
    path("digest/", digests.digest_choice, name="digest_choice"),
    path("people/<id:agent_pk>/", overview.person, name="person"),
    # Sessions and their agenda
    path("", sessions.session_list, name="session_list"),
    path("sessions/new/", sessions.session_create, name="session_create"),
    path("sessions/<id:pk>/", sessions.session_detail, name="session_detail"),
    path("sessions/<id:pk>/edit/", sessions.session_edit, name="session_edit"),
    path("sessions/<id:pk>/notes/", sessions.session_notes, name="session_notes"),
    path("sessions/<id:pk>/held/", sessions.session_hold, name="session_hold"),
    path("sessions/<id:pk>/cancel/", sessions.session_cancel, name="session_cancel"),
    path("sessions/<id:pk>/comment/", sessions.session_comment, name="session_comment"),
    path("sessions/<id:pk>/agenda/", sessions.agenda_add, name="agenda_add"),
    path("sessions/<id:pk>/agenda/fill/", sessions.agenda_fill, name="agenda_fill"),
    path("agenda/<id:pk>/", sessions.agenda_edit, name="agenda_edit"),
    path("agenda/<id:pk>/move/", sessions.agenda_move, name="agenda_move"),
    path("agenda/<id:pk>/discussed/", sessions.agenda_discussed, name="agenda_discussed"),
    # Action items
    path("items/", items.item_list, name="item_list"),
    path("items/new/", items.item_create, name="item_create"),
    path("items/<id:pk>/", items.item_detail, name="item_detail"),
    path("items/<id:pk>/edit/", items.item_edit, name="item_edit"),
    path("items/<id:pk>/done/", items.item_finish, name="item_finish"),
    path("items/<id:pk>/drop/", items.item_drop, name="item_drop"),
    # Goals
    path("goals/new/", goals.goal_create, name="goal_create"),
    path("goals/<id:pk>/", goals.goal_detail, name="goal_detail"),
    path("goals/<id:pk>/close/", goals.goal_close, name="goal_close"),
    # Recognition
    path("recognition/", recognition.recognition_list, name="recognition_list"),
    path(
        "recognition/scorecards/<id:scorecard_pk>/",
        recognition.recognition_create,
        name="recognition_create",
    ),
    path(
        "recognition/<id:pk>/withdraw/",
        recognition.recognition_withdraw,
        name="recognition_withdraw",
    ),
    # Rules "k consecutive failures -> module", and the chain
    path("rules/", rules.rule_list, name="rule_list"),
    path("rules/new/", rules.rule_create, name="rule_create"),
    path("rules/<id:pk>/", rules.rule_detail, name="rule_detail"),
    path("rules/<id:pk>/edit/", rules.rule_edit, name="rule_edit"),
    path("rules/<id:pk>/switch/", rules.rule_switch, name="rule_switch"),
    path("people/<id:agent_pk>/chain/", chain.chain, name="chain"),
    path("people/<id:agent_pk>/modules/", modules.module_assign, name="module_assign"),
]
