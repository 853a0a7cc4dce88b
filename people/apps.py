from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _
from wagtail.users.apps import WagtailUsersAppConfig


class PeopleConfig(AppConfig):
    name = "people"
    default = True
    verbose_name = _("People")

    def ready(self) -> None:
        from people.permissions import GRANTS
        from people.roles import grant_after_migrate
        from people.signin import leaving, noting  # noqa: F401 (receivers)

        post_migrate.connect(grant_after_migrate(GRANTS), sender=self, weak=False)


class WagtailPeopleConfig(WagtailUsersAppConfig):
    """Wagtail's screens for people and roles, with the fields that ours have."""

    user_viewset = "people.viewsets.PersonViewSet"
    group_viewset = "people.viewsets.RoleViewSet"
