"""Reading what people send about coaching. What is allowed is decided by the actions, not here."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coaching.actions import ItemTerms, Quoted, Terms
from coaching.models import ActionItem, CoachingSession
from content.models import ModulePage, Skill
from interactions.models import Message
from people.fields import ChosenRowField
from people.models import User
from scorecards.evidence import find_passage
from scorecards.models import Criterion, RubricVersion

# Moments near the ends of the calendar cannot be told in every time zone.
_YEARS = range(1900, 3000)


class LinesField(forms.CharField):
    """Text of several lines, whose ends count once."""

    def __init__(self, *, rows: int = 3, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": rows}))
        kwargs.setdefault("max_length", 4000)
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> str:
        return (super().to_python(value) or "").replace("\r\n", "\n")


def _day(**kwargs: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(widget=widget, **kwargs)


class SessionForm(forms.Form):
    """A session, in the time of who enters it."""

    agent = ChosenRowField(User.objects.none(), label=_("With whom"))
    day = _day(label=_("Day"))
    time = forms.TimeField(
        label=_("Time"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    minutes = forms.IntegerField(label=_("Minutes"), min_value=5, max_value=480, initial=30)
    place = forms.CharField(
        label=_("Place or link"),
        max_length=200,
        required=False,
        help_text=_("A room, or the address of a call."),
    )

    def __init__(
        self,
        *args: Any,
        people: QuerySet[User] | None = None,
        session: CoachingSession | None = None,
        **kwargs: Any,
    ) -> None:
        if session is not None:
            starts = timezone.localtime(session.starts_at)
            kwargs["initial"] = {
                "day": starts.date(),
                "time": starts.time(),
                "minutes": session.minutes,
                "place": session.place,
            }
        super().__init__(*args, **kwargs)
        if people is None:
            del self.fields["agent"]
        else:
            self.fields["agent"].queryset = people  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("day") and cleaned.get("time"):
            if cleaned["day"].year not in _YEARS:
                self.add_error("day", _("This is no day to plan for."))
            else:
                moment = dt.datetime.combine(cleaned["day"], cleaned["time"])
                cleaned["starts_at"] = timezone.make_aware(moment)
        return cleaned

    def terms(self) -> Terms:
        data = self.cleaned_data
        return Terms(data["starts_at"], data["minutes"], data["place"])


class NotesForm(forms.Form):
    shared = LinesField(
        label=_("Notes for both"),
        rows=6,
        required=False,
        max_length=10_000,
        help_text=_("The agent reads these, and who develops them after you."),
    )
    private = LinesField(
        label=_("Notes for me only"),
        rows=4,
        required=False,
        max_length=10_000,
        help_text=_("Nobody else reads these, on no page and in no print."),
    )
    follow_up_on = _day(
        label=_("Follow-up on"),
        required=False,
        help_text=_("From that day on you are reminded to talk again."),
    )
    # Which notes these words go on from; see `stamp_of`.
    known = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)


class AgendaItemForm(forms.Form):
    title = forms.CharField(label=_("Topic"), max_length=300)
    note = LinesField(label=_("Note"), rows=2, required=False)


class CommentForm(forms.Form):
    body = LinesField(label=_("Comment"), error_messages={"required": _("Write something first.")})


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"), max_length=300, error_messages={"required": _("Say why.")}
    )


class _CriterionChoice(ChosenRowField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.section.version.rubric}: {obj.title}"


class ItemForm(forms.Form):
    """An action item. `owner` is "agent" or "coach": what each of them is called, the page says."""

    text = forms.CharField(label=_("What"), max_length=300)
    owner = forms.ChoiceField(label=_("Who does it"), widget=forms.RadioSelect)
    due_on = _day(label=_("Due on"))
    criterion = _CriterionChoice(
        Criterion.objects.none(), label=_("Criterion it is about"), required=False
    )
    skill = ChosenRowField(Skill.objects.none(), label=_("Skill it is about"), required=False)
    module = ChosenRowField(
        ModulePage.objects.none(),
        label=_("Module that helps"),
        required=False,
        help_text=_("This does not assign it; that is done under Training."),
    )

    def __init__(self, *args: Any, owners: Sequence[User], by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._owners = {str(user.pk): user for user in owners}
        self.fields["owner"].choices = [(pk, str(user)) for pk, user in self._owners.items()]  # type: ignore[attr-defined]
        criteria = Criterion.objects.filter(
            section__version__state=RubricVersion.State.PUBLISHED
        ).select_related("section__version__rubric")
        chosen = self.initial.get("criterion")
        if chosen:
            criteria = criteria | Criterion.objects.filter(pk=chosen).select_related(
                "section__version__rubric"
            )
        self.fields["criterion"].queryset = criteria.order_by(  # type: ignore[attr-defined]
            "section__version__rubric__name", "section__position", "position", "pk"
        )
        self.fields["skill"].queryset = Skill.objects.all()  # type: ignore[attr-defined]
        modules = ModulePage.objects.visible_to(by).order_by("title")
        self.fields["module"].queryset = modules  # type: ignore[attr-defined]

    def terms(self) -> ItemTerms:
        data = self.cleaned_data
        return ItemTerms(
            text=data["text"],
            owner=self._owners[data["owner"]],
            due_on=data["due_on"],
            criterion=data["criterion"],
            skill=data["skill"],
            module=data["module"],
        )

    @staticmethod
    def initial_of(item: ActionItem) -> dict[str, Any]:
        return {
            "text": item.text,
            "owner": str(item.owner_id),
            "due_on": item.due_on,
            "criterion": item.criterion_id,
            "skill": item.skill_id,
            "module": item.module_id,
        }


class GoalForm(forms.Form):
    agent = ChosenRowField(User.objects.none(), label=_("Whose goal"))
    skill = ChosenRowField(Skill.objects.none(), label=_("Skill"))
    target = forms.DecimalField(
        label=_("Target in percent"),
        min_value=1,
        max_value=100,
        max_digits=4,
        decimal_places=1,
        help_text=_("Reached as soon as later scores show it with their whole interval."),
    )
    due_on = _day(label=_("By"), help_text=_("Later scores are counted by whole months."))
    reason = LinesField(label=_("Why, and how"), required=False)

    def __init__(self, *args: Any, people: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agent"].queryset = people  # type: ignore[attr-defined]
        self.fields["skill"].queryset = Skill.objects.all()  # type: ignore[attr-defined]


class RecognitionForm(forms.Form):
    """Words about the whole conversation, about something quoted already, or about words copied out of
    it."""

    words = LinesField(
        label=_("What was good about it"),
        max_length=2000,
        error_messages={"required": _("Say what was good about it: that is what will be read.")},
    )
    passage = forms.ChoiceField(
        label=_("About which words"), required=False, widget=forms.RadioSelect
    )
    quote = LinesField(
        label=_("Or other words"),
        rows=2,
        required=False,
        max_length=1000,
        help_text=_("Copy them out of the conversation."),
    )

    def __init__(
        self,
        *args: Any,
        quoted: Iterable[Quoted],
        turns: Sequence[Message],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._quoted = {f"{one.message_id}:{one.start}:{one.end}": one for one in quoted}
        self._turns = turns
        self.fields["passage"].choices = [  # type: ignore[attr-defined]
            ("", _("The whole conversation")),
            *((key, one.quote) for key, one in self._quoted.items()),
        ]
        if not turns:
            del self.fields["quote"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        cleaned["where"] = self._quoted.get(cleaned.get("passage", ""))
        if quote := cleaned.get("quote", "").strip():
            found = find_passage(self._turns, quote)
            if found is None:
                self.add_error(
                    "quote", _("These words do not stand in the conversation as they are here.")
                )
            else:
                text = next(turn.text for turn in self._turns if turn.id == found.message_id)
                cleaned["where"] = Quoted(
                    found.message_id, found.start, found.end, text[found.start : found.end]
                )
        return cleaned
