from wagtail import hooks
from wagtail.admin.viewsets.base import ViewSet

from people.viewsets import TeamViewSet


@hooks.register("register_admin_viewset")
def register_teams() -> ViewSet:
    return TeamViewSet("teams")
