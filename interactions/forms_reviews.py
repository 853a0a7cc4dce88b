"""Public reviews as somebody records and answers them."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from interactions.models import Customer, Interaction, PublicReview
from people.converters import DATABASE_ID
from people.models import User

_ADDRESS = re.compile(r"/interactions/(\d{1,18})/")


class ReviewForm(forms.ModelForm):
    """`contact` and `served` name an interaction and a customer by what people have at hand: an
    address, an id, a name. Both are looked up among what `user` may see."""

    url = forms.URLField(
        label=gettext_lazy("Link"), required=False, max_length=500, assume_scheme="https"
    )
    contact = forms.CharField(
        label=gettext_lazy("Interaction"),
        required=False,
        max_length=300,
        help_text=gettext_lazy("Its address here, or its id in the source."),
    )
    served = forms.CharField(
        label=gettext_lazy("Customer"),
        required=False,
        max_length=200,
        help_text=gettext_lazy(
            "Their id in the source, e-mail address or name. Known by the interaction, if there is one."
        ),
    )

    class Meta:
        model = PublicReview
        fields = [
            *("kind", "site", "url", "posted_on", "author", "rating", "highest", "title", "text"),
            *("may_quote", "contact", "served", "agent", "owner", "due_on"),
        ]
        widgets = {
            "posted_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "due_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "text": forms.Textarea(attrs={"rows": 6}),
            "rating": forms.NumberInput(attrs={"step": "any", "min": 0}),
            "highest": forms.NumberInput(attrs={"step": "any", "min": 0}),
        }

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        review = self.instance
        people = User.objects.visible_to(user)
        self.fields["agent"].queryset = people.filter(  # type: ignore[attr-defined]
            Q(is_active=True) | Q(pk=review.agent_id)
        )
        handlers = Q(groups__permissions__codename="handle_reviews")
        owners = User.objects.filter(handlers, is_active=True) | User.objects.filter(
            pk__in=[user.pk, review.owner_id or user.pk]
        )
        self.fields["owner"].queryset = owners.distinct()  # type: ignore[attr-defined]
        for name in ("agent", "owner"):
            self.fields[name].empty_label = _("Nobody known")  # type: ignore[attr-defined]
        if review.pk and not self.is_bound:
            self.initial["contact"] = review.interaction.external_id if review.interaction else ""
            self.initial["served"] = review.customer.external_id if review.customer else ""

    def clean_posted_on(self) -> Any:
        day = self.cleaned_data["posted_on"]
        if day > timezone.localdate():
            raise ValidationError(_("This day is still to come."))
        return day

    def clean_contact(self) -> Interaction | None:
        words = self.cleaned_data["contact"].replace("\x00", "").strip()
        if not words:
            return None
        stored = self.instance.interaction
        if stored is not None and words == stored.external_id:
            return stored
        rows = Interaction.objects.visible_to(self.user)
        if found := _ADDRESS.search(words):
            number = found[1]
            rows = rows.filter(pk=number) if DATABASE_ID.fullmatch(number) else rows.none()
        else:
            rows = rows.filter(external_id=words)
        return self._only(list(rows[:2]), words)

    def clean_served(self) -> Customer | None:
        words = self.cleaned_data["served"].replace("\x00", "").strip()
        if not words:
            return None
        stored = self.instance.customer
        if stored is not None and words == stored.external_id:
            return stored
        seen = Interaction.objects.visible_to(self.user).exclude(customer=None)
        rows = Customer.objects.filter(pk__in=seen.order_by().values("customer"))
        exact = Q(external_id=words) | Q(email__iexact=words) | Q(name__iexact=words)
        return self._only(list(rows.filter(exact)[:2]), words)

    def _only(self, found: list[Any], words: str) -> Any:
        if not found:
            raise ValidationError(
                _("Nothing you can see is known as “%(words)s”. Copy its id from the list."),
                params={"words": words[:60]},
            )
        if len(found) > 1:
            raise ValidationError(
                _(
                    "Several are known as “%(words)s”. Give the address or the id of the one you mean."
                ),
                params={"words": words[:60]},
            )
        return found[0]

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        contact, served = given.get("contact"), given.get("served")
        if contact and contact.customer_id:
            if served and served.pk != contact.customer_id:
                self.add_error("served", _("That interaction was with somebody else."))
            given["served"] = served = contact.customer
        if contact and not given.get("agent"):
            given["agent"] = contact.agent
        self.instance.interaction, self.instance.customer = contact, served
        return given


class ReplyForm(forms.Form):
    reply = forms.CharField(
        label=gettext_lazy("Our reply"),
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy("As it stands on their page: we cannot post it there for you."),
    )


class NoteForm(forms.Form):
    note = forms.CharField(
        label=gettext_lazy("Note"), max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )


class CloseForm(forms.Form):
    note = forms.CharField(
        label=gettext_lazy("Why it is closed"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Needed where nobody replied."),
    )
