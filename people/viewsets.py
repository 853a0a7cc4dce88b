"""People, roles and teams in the Wagtail admin."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, InlinePanel
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.users.forms import UserCreationForm, UserEditForm
from wagtail.users.views.groups import GroupViewSet
from wagtail.users.views.users import CreateView, EditView, UserViewSet

from people.audit import record
from people.channels import Channel
from people.models import Membership, Team, User
from people.signin.inviting import invite
from people.signin.telling import Change, tell

SUPERUSERS = _("Superusers are looked after on the command line.")
_FIELDS = ("started_on", "time_zone", "language")


class _WithoutSuperuser:
    """Superusers are made on the command line only: who manages people here must not be able to
    make themself more than an administrator."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("is_superuser", None)  # type: ignore[attr-defined]


class PersonCreationForm(_WithoutSuperuser, UserCreationForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].help_text = _(
            "Leave it empty: they get an invitation by mail and choose one themselves."
        )

    class Meta(UserCreationForm.Meta):
        fields = {*UserCreationForm.Meta.fields, *_FIELDS}
        widgets = {
            **UserCreationForm.Meta.widgets,
            "started_on": forms.DateInput(attrs={"type": "date"}),
        }


class PersonEditForm(_WithoutSuperuser, UserEditForm):
    class Meta(UserEditForm.Meta):
        fields = {*UserEditForm.Meta.fields, *_FIELDS}
        widgets = {
            **UserEditForm.Meta.widgets,
            "started_on": forms.DateInput(attrs={"type": "date"}),
        }


def facts_of(user: User) -> dict[str, Any]:
    return {
        "email": user.email,
        "name": str(user),
        "is_active": user.is_active,
        "roles": sorted(user.groups.values_list("name", flat=True)),
    }


def _team_facts(team: Team) -> dict[str, Any]:
    return {
        "name": team.name,
        "memberships": [
            {
                "user": membership.user_id,
                "kind": membership.kind,
                "starts_on": membership.starts_on,
                "ends_on": membership.ends_on,
            }
            for membership in Membership.objects.filter(team=team).order_by("pk")
        ],
    }


class ShownOnly:
    """For Wagtail's view of a copy, whose form is sent to the address of new ones. What is sent to its
    own, Wagtail writes over what was to be copied, past all that our views of changes check."""

    http_method_names = ["get", "head", "options"]


class TeamCopyView(ShownOnly, generic.CopyView):
    pass


class PersonCreateView(CreateView):
    def save_instance(self) -> User:
        instance = super().save_instance()
        record("add_person", by=self.request.user, of=instance, after=facts_of(instance))
        if not instance.password:
            instance.set_unusable_password()
            instance.save(update_fields=["password"])
            if instance.is_active:
                invite(instance, by=self.request.user)
        else:
            record("set_password", by=self.request.user, of=instance)
        return instance


class PersonEditView(EditView):
    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """A superuser's password or address would let an administrator become one."""
        person = User.objects.filter(pk=kwargs.get("pk") or (args[0] if args else None)).first()
        if person and person.is_superuser and not request.user.is_superuser:
            raise PermissionDenied(SUPERUSERS)
        return super().dispatch(request, *args, **kwargs)

    def save_instance(self) -> User:
        kept = User.objects.get(pk=self.object.pk)
        before = facts_of(kept)
        instance = super().save_instance()
        after = facts_of(instance)
        if before != after:
            record("change_person", by=self.request.user, of=instance, before=before, after=after)
        if kept.password != instance.password:
            record("set_password", by=self.request.user, of=instance)
            tell(instance, Change.PASSWORD_SET)
        return instance


class TeamCreateView(generic.CreateView):
    def save_instance(self) -> Team:
        team = super().save_instance()
        record("add_team", by=self.request.user, of=team, after=_team_facts(team))
        return team


class TeamEditView(generic.EditView):
    """Who is a member or a manager decides who sees whose scorecards, so it is in the audit log."""

    def save_instance(self) -> Team:
        before = _team_facts(Team.objects.get(pk=self.object.pk))
        team = super().save_instance()
        after = _team_facts(team)
        if before != after:
            record("change_team", by=self.request.user, of=team, before=before, after=after)
        return team


class TeamDeleteView(generic.DeleteView):
    def delete_action(self) -> None:
        before = _team_facts(self.object)
        record("delete_team", by=self.request.user, of=self.object, before=before)
        super().delete_action()


class PersonViewSet(UserViewSet):
    menu_label = _("People")
    add_view_class = PersonCreateView
    edit_view_class = PersonEditView
    copy_view_enabled = False

    def get_form_class(self, for_update: bool = False) -> type[forms.ModelForm]:
        return PersonEditForm if for_update else PersonCreationForm


class RoleViewSet(GroupViewSet):
    menu_label = _("Roles")


class TeamViewSet(ModelViewSet):
    model = Team
    icon = "group"
    menu_label = _("Teams")
    menu_order = 610
    add_to_settings_menu = True
    list_display = ["name"]
    search_fields = ["name"]
    add_view_class = TeamCreateView
    edit_view_class = TeamEditView
    copy_view_class = TeamCopyView
    delete_view_class = TeamDeleteView
    panels = [
        FieldPanel("name"),
        FieldPanel("channels", widget=forms.CheckboxSelectMultiple(choices=Channel.choices)),
        InlinePanel(
            "memberships",
            heading=_("Members and managers"),
            label=_("Membership"),
            panels=[
                FieldPanel("user"),
                FieldPanel("kind"),
                FieldPanel("starts_on"),
                FieldPanel("ends_on"),
            ],
        ),
    ]
