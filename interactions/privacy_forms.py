"""What is masked, how long words are kept, and who is erased."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from interactions.models import Customer, RedactionRule, RetentionRule
from interactions.privacy.patterns import LONGEST_WORD, MOST_WORDS, UnusableWord, atoms
from interactions.privacy.sealing import can_seal
from people.channels import Channel

WHY_UNUSABLE = {
    "long": gettext_lazy("“%(line)s” is too long: at most %(limit)s characters."),
    "stars": gettext_lazy("“%(line)s” has too many stars: at most two, and not side by side."),
    "short": gettext_lazy("“%(line)s” would hide too much: it needs two signs that are fixed."),
}
MOST_TRIED = 20_000
MOST_DAYS = 36_500


def _name_empty_choice(field: forms.Field) -> None:
    assert isinstance(field, forms.TypedChoiceField)  # noqa: S101 - a model's field with choices
    field.choices = [("", _("every channel")), *Channel.choices]


class RedactionRuleForm(forms.ModelForm[RedactionRule]):
    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("What is masked"),
        choices=RedactionRule.Kind.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = RedactionRule
        fields = (
            "name",
            "channel",
            "source",
            "kinds",
            "words",
            "masks_names",
            "keeps_original",
            "is_on",
        )
        help_texts = {
            "source": gettext_lazy(
                "As imports name it, for example “desk”. Empty means every source."
            ),
            "words": gettext_lazy(
                "A line each, capitals make no difference. # is one digit, ? one letter or digit, "
                "* up to thirty of them: CASE-####."
            ),
            "masks_names": gettext_lazy(
                "In their record and wherever the conversation says it. Their e-mail address is not kept "
                "either, so nobody asks them how they were served."
            ),
            "keeps_original": gettext_lazy(
                "Only who may read originals can open it, and each time is recorded with a reason."
            ),
        }
        widgets = {"words": forms.Textarea(attrs={"rows": 6, "spellcheck": "false"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _name_empty_choice(self.fields["channel"])
        if self.instance.pk is None:
            self.initial["kinds"] = RedactionRule.Kind.values

    def clean_words(self) -> str:
        lines = [line.strip() for line in self.cleaned_data["words"].splitlines() if line.strip()]
        if len(lines) > MOST_WORDS:
            raise forms.ValidationError(
                _("%(count)s lines; expected at most %(limit)s."),
                params={"count": len(lines), "limit": MOST_WORDS},
            )
        faults = []
        for line in lines:
            try:
                atoms(" ".join(line.lower().split()))
            except UnusableWord as unusable:
                shown = line if len(line) <= 60 else f"{line[:59]}…"
                faults.append(WHY_UNUSABLE[unusable.why] % {"line": shown, "limit": LONGEST_WORD})
        if faults:
            raise forms.ValidationError(faults[:5])
        return "\n".join(lines)

    def clean_source(self) -> str:
        return str(self.cleaned_data["source"]).strip()

    def clean_keeps_original(self) -> bool:
        keeps = bool(self.cleaned_data["keeps_original"])
        if keeps and not can_seal():
            raise forms.ValidationError(
                _("There is no key to encrypt with: set PRIVACY_KEYS first (docs/privacy.md).")
            )
        return keeps

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        is_empty = not data.get("kinds") and not data.get("words") and not data.get("masks_names")
        if is_empty and not self.errors:
            self.add_error("kinds", _("Choose at least one kind, or give words of your own."))
        return data


class TryForm(forms.Form):
    """A text to try the rules on; nothing of it is kept."""

    text = forms.CharField(
        label=gettext_lazy("Text"),
        max_length=MOST_TRIED,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
        help_text=gettext_lazy("Paste something a customer might write. Nothing of it is kept."),
    )
    channel = forms.ChoiceField(label=gettext_lazy("Channel"), required=False)
    source = forms.CharField(label=gettext_lazy("Source"), required=False, max_length=60)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["channel"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = [("", _("any")), *Channel.choices]


class RetentionRuleForm(forms.ModelForm[RetentionRule]):
    parts = forms.MultipleChoiceField(
        label=gettext_lazy("What is removed"),
        choices=RetentionRule.Part.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = RetentionRule
        fields = ("name", "channel", "label", "value", "days", "parts", "is_on")
        help_texts = {
            "label": gettext_lazy(
                "Only interactions whose source gives this label, for example “tags”."
            ),
            "value": gettext_lazy("Empty means whatever the label says; of a list, one entry."),
            "days": gettext_lazy("Counted from the interaction. Empty means: keep for ever."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _name_empty_choice(self.fields["channel"])
        days = self.fields["days"]
        assert isinstance(days, forms.IntegerField)  # noqa: S101
        days.min_value, days.max_value = 1, MOST_DAYS
        days.widget.attrs.update({"min": 1, "max": MOST_DAYS})

    def clean_days(self) -> int | None:
        days: int | None = self.cleaned_data["days"]
        if days is not None and not 1 <= days <= MOST_DAYS:
            raise forms.ValidationError(
                _("%(days)s days; expected 1 to %(limit)s."),
                params={"days": days, "limit": MOST_DAYS},
            )
        return days

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("value") and not data.get("label"):
            self.add_error("label", _("Say which label has this value."))
        if data.get("days") and not data.get("parts") and "parts" not in self.errors:
            self.add_error("parts", _("Say what is removed after these days."))
        return data


class EraseForm(forms.Form):
    """`also` are other rows that may be the same person."""

    also = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Erase these as well"),
        queryset=Customer.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy(
            "Kept and shown in the list of erasures, so without name, address or id: “Request of "
            "3 March”."
        ),
    )
    is_sure = forms.BooleanField(label=gettext_lazy("I know that this cannot be undone"))

    def __init__(self, *args: Any, others: list[Customer], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not others:
            del self.fields["also"]
            return
        field = self.fields["also"]
        assert isinstance(field, forms.ModelMultipleChoiceField)  # noqa: S101 - declared above
        field.queryset = Customer.objects.filter(pk__in=[each.pk for each in others])
        field.choices = [
            (each.pk, f"{each} · {each.source} · {each.external_id}") for each in others
        ]


class OriginalForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Why do you need to read it?"),
        max_length=500,
        help_text=gettext_lazy("Recorded with your name and the time."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
