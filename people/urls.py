from django.urls import path

import people.converters  # noqa: F401 (registers <id:…>)
from people import hours_views, views
from people.signin import views as signin_views

app_name = "people"

urlpatterns = [
    path("me/", views.profile, name="profile"),
    path("people/invitations/", signin_views.invitation_list, name="invitation_list"),
    path("people/invitations/all/", signin_views.invite_all, name="invite_all"),
    path("people/<id:pk>/invite/", signin_views.invite, name="invite"),
    path(
        "people/<id:pk>/withdraw-invitation/",
        signin_views.invitation_withdraw,
        name="invitation_withdraw",
    ),
    path("people/<id:pk>/second-factors/", signin_views.factors_reset, name="factors_reset"),
    path("team/hours/", hours_views.hours_list, name="hours_list"),
    path("team/hours/<id:pk>/", hours_views.team_hours, name="team_hours"),
    path("team/hours/<id:pk>/holidays/", hours_views.holiday_add, name="holiday_add"),
    path(
        "team/hours/<id:pk>/holidays/<id:holiday_pk>/remove/",
        hours_views.holiday_remove,
        name="holiday_remove",
    ),
]
