"""Forms around trust in the manual: owner and review of a page, its change note, contingency notes."""

import datetime as dt
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm, WagtailAdminPageForm
from wagtail.admin.widgets import AdminDateInput, AdminDateTimeInput

from people.channels import Channel
from people.models import User
from people.roles import Role

OWNERS = (Role.EDITOR, Role.ADMINISTRATOR, Role.MANAGER, Role.REVIEWER)


class ManualPageForm(WagtailAdminPageForm):
    """Adds owner and review, which live in the side table and are saved with every draft."""

    review_owner = forms.ModelChoiceField(
        User.objects.none(),
        required=False,
        label=_("Owner"),
        empty_label=_("Nobody yet"),
        help_text=_("Answers for what stands here, and is reminded when its review is due."),
    )
    reviewed_on = forms.DateField(
        required=False,
        label=_("Last reviewed on"),
        widget=AdminDateInput,
    )
    review_every_months = forms.IntegerField(
        required=False,
        label=_("Review every (months)"),
        validators=[MinValueValidator(1), MaxValueValidator(120)],
    )
    review_by_hand = forms.DateField(
        required=False,
        label=_("Or review by this date"),
        help_text=_("Goes before the interval, until the next review."),
        widget=AdminDateInput,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        governance = getattr(self.instance, "governance", None) if self.instance.pk else None
        if "review_owner" in self.fields:
            names = [role.value for role in OWNERS]
            able = Q(is_active=True, groups__name__in=names)
            if governance is not None and governance.owner_id:
                able |= Q(pk=governance.owner_id)
            self.fields["review_owner"].queryset = User.objects.filter(able).distinct()
        if governance is not None:
            self.initial |= {
                "review_owner": governance.owner_id,
                "reviewed_on": governance.reviewed_on,
                "review_every_months": governance.review_every_months,
                "review_by_hand": governance.review_by_hand,
            }
        elif "review_every_months" in self.fields:
            self.initial.setdefault("review_every_months", 6)
            self.initial.setdefault("review_owner", getattr(self.for_user, "pk", None))

    def clean_reviewed_on(self) -> dt.date | None:
        day: dt.date | None = self.cleaned_data["reviewed_on"]
        if day and day > timezone.localdate():
            raise forms.ValidationError(_("A review cannot lie in the future."))
        return day

    def save(self, commit: bool = True) -> Any:
        """Wagtail saves a published page's form without commit: the draft is its revision alone."""
        from content.governance import set_governance

        page = super().save(commit=commit)
        if "review_owner" not in self.fields:
            return page
        values = {
            "owner": self.cleaned_data.get("review_owner"),
            "reviewed_on": self.cleaned_data.get("reviewed_on"),
            "review_every_months": self.cleaned_data.get("review_every_months"),
            "review_by_hand": self.cleaned_data.get("review_by_hand"),
        }
        if page.pk:
            set_governance(page, by=self.for_user, **values)
        else:
            # The page has no row to hang on yet; `content.signals` takes these when it has.
            page.governance_to_come = values
        return page


class ChangeNoteForm(ManualPageForm):
    """Asks for the change note when a published procedure is published again.

    The note belongs to the edition it was written for: where nothing has been drafted since, the form
    starts without one.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and self.instance.live and not self.instance.has_unpublished_changes:
            self.initial |= {"change_kind": "", "change_note": ""}

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        # A page that is only being made counts as live already.
        is_published = bool(self.instance.pk and self.instance.live)
        if not is_published and "change_kind" in self.fields:
            cleaned["change_kind"] = ""  # a procedure that is new is nobody's wording only
        if self.is_deferred_validation or not is_published:
            return cleaned
        if "change_kind" in self.fields and not cleaned.get("change_kind"):
            self.add_error("change_kind", _("Say whether this changes what people do."))
        if "change_note" in self.fields and not (cleaned.get("change_note") or "").strip():
            self.add_error("change_note", _("Say in a sentence what is different."))
        return cleaned


class ContingencyNoteForm(WagtailAdminModelForm):
    channels = forms.MultipleChoiceField(
        label=_("Channels"),
        choices=Channel.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None means all of them."),
    )


class SwitchOnForm(forms.Form):
    """From when until when a note stands; now and a day later unless said otherwise."""

    starts_at = forms.DateTimeField(label=_("From"), widget=AdminDateTimeInput)
    ends_at = forms.DateTimeField(
        label=_("Until"),
        widget=AdminDateTimeInput,
        help_text=_("It goes by itself then. Switch it on again if it lasts longer."),
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        start, end = cleaned.get("starts_at"), cleaned.get("ends_at")
        if start and end and end <= start:
            self.add_error("ends_at", _("The end has to come after the beginning."))
        elif end and end <= timezone.now():
            self.add_error("ends_at", _("This moment has passed already."))
        return cleaned


class CompareForm(forms.Form):
    """Two editions of a page, by number. What is not understood leaves the two newest."""

    older = forms.IntegerField(min_value=1, max_value=2**31 - 1)
    newer = forms.IntegerField(min_value=1, max_value=2**31 - 1)
