"""Surveys in the Wagtail admin: what editors write, and whom administrators have asked."""

from collections.abc import Sequence
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.ui.tables import BooleanColumn, TitleColumn
from wagtail.admin.views.bulk_action import BulkAction
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import (
    CopyView,
    CreateView,
    DeleteView,
    EditView,
    SnippetViewSet,
    SnippetViewSetGroup,
)

from interactions.models import Survey, SurveyRule, SurveyVersion
from interactions.surveys.wording import version_of
from people.audit import record
from people.requests import SignedInRequest
from people.viewsets import ShownOnly

_RULE_FIELDS = (
    *("name", "survey_id", "is_active", "position", "channel", "team_id", "language", "percent"),
    *("delay_hours", "within_days", "quiet_days", "valid_days"),
)


def _facts(rule: SurveyRule) -> dict[str, Any]:
    return {name: getattr(rule, name) for name in _RULE_FIELDS}


class _KeepsWording:
    def save_instance(self) -> Survey:
        survey: Survey = super().save_instance()  # type: ignore[misc]
        version_of(survey, by=self.request.user)  # type: ignore[attr-defined]
        return survey


class SurveyCopyView(ShownOnly, CopyView):
    pass


class SurveyCreateView(_KeepsWording, CreateView):
    pass


class SurveyEditView(_KeepsWording, EditView):
    pass


class SurveyViewSet(SnippetViewSet):
    model = Survey
    icon = "form"
    menu_label = _("Surveys")
    list_display = [
        "name",
        "language",
        BooleanColumn("is_active", label=_("In use")),
        "title",
        TitleColumn(
            "newest_number",
            label=_("Version"),
            get_url=lambda survey: (
                survey.newest and reverse("interactions:survey_version", args=[survey.newest])
            ),
        ),
    ]
    search_fields = ["name", "title"]
    search_backend_name = None
    add_view_class = SurveyCreateView
    copy_view_class = SurveyCopyView
    edit_view_class = SurveyEditView

    def get_queryset(self, request: SignedInRequest) -> QuerySet[Survey]:
        versions = SurveyVersion.objects.filter(survey=OuterRef("pk")).order_by("-number")
        return Survey.objects.annotate(
            newest=Subquery(versions.values("pk")[:1]),
            newest_number=Subquery(versions.values("number")[:1]),
        )


class RuleCreateView(CreateView):
    def save_instance(self) -> SurveyRule:
        rule: SurveyRule = super().save_instance()
        record("add_survey_rule", by=self.request.user, of=rule, after=_facts(rule))
        return rule


class RuleEditView(EditView):
    def save_instance(self) -> SurveyRule:
        before = _facts(SurveyRule.objects.get(pk=self.object.pk))
        rule: SurveyRule = super().save_instance()
        after = _facts(rule)
        if before != after:
            record("change_survey_rule", by=self.request.user, of=rule, before=before, after=after)
        return rule


class RuleDeleteView(DeleteView):
    def delete_action(self) -> None:
        rule = self.object
        record("delete_survey_rule", by=self.request.user, of=rule, before=_facts(rule))
        super().delete_action()


class SurveyRuleViewSet(SnippetViewSet):
    model = SurveyRule
    icon = "cogs"
    menu_label = _("Who is asked")
    list_display = [
        "name",
        "survey",
        BooleanColumn("is_active", label=_("In use")),
        "percent",
        "channel",
        "team",
        "position",
    ]
    add_view_class = RuleCreateView
    copy_view_class = SurveyCopyView
    edit_view_class = RuleEditView
    delete_view_class = RuleDeleteView

    def register_chooser_viewset(self) -> None:
        """Nothing has a rule to choose, and Wagtail's choosers show all there are to every editor."""


class CustomersViewSetGroup(SnippetViewSetGroup):
    items = (SurveyViewSet, SurveyRuleViewSet)
    menu_label = _("Surveys")
    menu_name = "surveys"
    menu_icon = "form"
    menu_order = 210


register_snippet(CustomersViewSetGroup)


@hooks.register("before_bulk_action")
def note_deleted_rules(
    request: SignedInRequest, action_type: str, objects: Sequence[Any], view: BulkAction
) -> None:
    """Several rules deleted at once are as much of a change as one. Runs in the action's transaction."""
    if action_type == "delete":
        for rule in objects:
            if isinstance(rule, SurveyRule):
                record("delete_survey_rule", by=request.user, of=rule, before=_facts(rule))
