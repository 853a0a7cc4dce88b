"""What the pages of Two verdicts may be narrowed to. A value that makes no sense narrows nothing."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from content.models import ProcedurePage
from insights.forms import SettledForm
from insights.forms_objectivity import ObjectivityForm
from insights.verdicts.pairs import BANDS, Kind
from people.models import Team, User
from scorecards.models import Criterion, Scorecard, VerdictReview
from scorecards.models.verdicts import Corner, between


class VerdictsForm(ObjectivityForm):
    """Without a choice of teams for who may see none."""

    kind = forms.ChoiceField(
        label=_("Question"),
        choices=[(kind.value, kind.label) for kind in Kind if kind != Kind.COMMENT],
        required=False,
        initial=Kind.CSAT.value,
    )
    team = forms.ModelChoiceField(
        label=_("Team"), queryset=Team.objects.none(), required=False, empty_label=_("All teams")
    )

    field_order: tuple[str, ...] = ("kind", "months", "rubric", "team", "channel")

    def __init__(self, data: Mapping[str, Any], *, user: User) -> None:
        super().__init__(data)
        teams = Team.objects.visible_to(user)
        if user.has_perm("people.develop_team") or user.has_perm("people.view_everybody"):
            self.fields["team"].queryset = teams  # type: ignore[attr-defined]
        else:
            del self.fields["team"]

    @property
    def team_chosen(self) -> Team | None:
        return self.chosen("team") if "team" in self.fields else None


class Order(models.TextChoices):
    NEWEST = "newest", _("Newest")
    OLDEST = "oldest", _("Oldest")
    BEST = "best", _("Best grade")
    WORST = "worst", _("Worst grade")
    LOWEST = "lowest", _("Lowest answer")
    HIGHEST = "highest", _("Highest answer")

    @property
    def fields(self) -> tuple[str, ...]:
        return {
            Order.NEWEST: ("-interaction__occurred_at", "-pk"),
            Order.OLDEST: ("interaction__occurred_at", "pk"),
            Order.BEST: ("-percent", "-pk"),
            Order.WORST: ("percent", "-pk"),
            Order.LOWEST: ("value", "-pk"),
            Order.HIGHEST: ("-value", "-pk"),
        }[self]


class ConversationsForm(VerdictsForm):
    """One corner, or one cell of the table: a `band` of our percent, an answer of the customer."""

    corner = forms.ChoiceField(
        label=_("Corner"),
        choices=[("", _("All of them")), *Corner.choices, ("between", _("Neither good nor bad"))],
        required=False,
    )
    band = forms.ChoiceField(
        label=_("Our percent"),
        choices=[("", _("Any")), *((str(band.low), band.name) for band in BANDS)],
        required=False,
    )
    value = forms.IntegerField(
        label=_("Customer’s answer"), required=False, min_value=0, max_value=10
    )
    sort = forms.ChoiceField(
        label=_("Sort by"), choices=Order.choices, required=False, initial=Order.NEWEST
    )

    field_order = ("corner", "kind", "months", "rubric", "team", "channel", "band", "value", "sort")

    @property
    def answer(self) -> int | None:
        """Zero is an answer."""
        self.is_valid()
        found: int | None = self.cleaned_data.get("value")
        return found

    @property
    def condition(self) -> Q:
        corner, band, kind = self.chosen("corner"), self.chosen("band"), self.chosen("kind")
        found = Q()
        if corner:
            found = between(kind) if corner == "between" else Corner(corner).condition(kind)
        if band:
            (chosen,) = (each for each in BANDS if str(each.low) == band)
            found &= Q(percent__gte=chosen.low, percent__lt=chosen.below)
        if self.answer is not None:
            found &= Q(value=self.answer)
        return found


class QueueForm(VerdictsForm):
    finding = forms.ChoiceField(
        label=_("Finding"),
        choices=[("", _("Any")), *VerdictReview.Finding.choices],
        required=False,
    )
    sort = forms.ChoiceField(
        label=_("Sort by"), choices=Order.choices, required=False, initial=Order.NEWEST
    )

    field_order = ("kind", "months", "rubric", "team", "channel", "finding", "sort")


class SideForm(SettledForm):
    """Which of the two queues, and what of it."""

    side = forms.ChoiceField(
        choices=VerdictReview.Side.choices, required=False, initial=VerdictReview.Side.US
    )
    state = forms.ChoiceField(
        choices=VerdictReview.State.choices, required=False, initial=VerdictReview.State.OPEN
    )


class SettleForm(forms.Form):
    """What came of it. Which finding needs what, the action says."""

    finding = forms.ChoiceField(
        label=_("What came of it"), choices=VerdictReview.Finding.choices, widget=forms.RadioSelect
    )
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("What the rubric misses is shown to who writes the rubric, in these words."),
    )
    criterion = forms.ChoiceField(
        label=_("Criterion of the rubric"),
        required=False,
        help_text=_("The one that should have seen it; none if there should be a new one."),
    )
    procedure = forms.ModelChoiceField(
        label=_("Page of the manual"),
        queryset=ProcedurePage.objects.none(),
        required=False,
        empty_label=_("No page"),
    )

    def __init__(self, data: Any, *, scorecard: Scorecard, user: User, review: Any) -> None:
        initial = {
            "finding": review.finding,
            "note": review.note,
            "criterion": review.criterion_key,
            "procedure": review.procedure_id,
        }
        super().__init__(data, initial=initial)
        fields: dict[str, Any] = self.fields
        criteria = Criterion.objects.filter(section__version=scorecard.version_id)
        keys = criteria.order_by("section__position", "position").values_list("key", "title")
        fields["criterion"].choices = [("", _("None: something new")), *keys]
        fields["procedure"].queryset = (
            ProcedurePage.objects.visible_to(user)
            .originals()
            .defer_streamfields()
            .order_by("title")
        )
