"""What a list of interactions can be narrowed down by."""

from typing import Any

import django_filters
from django import forms
from django.db import connection
from django.db.models import Exists, OuterRef, Q
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from interactions.models import ImportRun, Interaction, InteractionQuerySet, SurveyAnswer
from interactions.permissions import can_import, can_see_source_data
from people.channels import Channel
from people.models import User

NOBODY = "none"
LOW, GIVEN = "low", "given"
RUNS_OFFERED = 50


class InteractionFilter(django_filters.FilterSet):
    """Channel, agent, rating and words for everybody; source and import for who sees all of them."""

    q = django_filters.CharFilter(
        label=_("Subject or id"),
        method="with_words",
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    channel = django_filters.ChoiceFilter(
        label=_("Channel"), choices=Channel.choices, empty_label=_("All channels")
    )
    agent = django_filters.ModelChoiceFilter(
        label=_("Agent"),
        queryset=User.objects.none(),
        empty_label=_("All agents"),
        null_label=_("Nobody known here"),
        null_value=NOBODY,
    )
    rating = django_filters.ChoiceFilter(
        label=_("Customer’s rating"),
        choices=[(LOW, _("Low")), (GIVEN, _("Given"))],
        empty_label=_("Any or none"),
        method="with_rating",
    )
    source = django_filters.ChoiceFilter(label=_("Source"), empty_label=_("All sources"))
    run = django_filters.ModelChoiceFilter(
        label=_("Import"),
        field_name="import_run",
        queryset=ImportRun.objects.none(),
        empty_label=_("All imports"),
    )

    class Meta:
        model = Interaction
        fields: list[str] = []

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        served = Exists(Interaction.objects.filter(agent=OuterRef("pk")))
        self.filters["agent"].queryset = User.objects.visible_to(user).filter(served)
        if can_see_source_data(user):
            self.filters["source"].extra["choices"] = lazy(
                lambda: [(source, source) for source in sources()], list
            )()
        else:
            del self.filters["source"]
        if can_import(user):
            self.filters["run"].queryset = ImportRun.objects.visible_to(user)
        else:
            del self.filters["run"]

    def with_words(self, rows: InteractionQuerySet, name: str, value: str) -> InteractionQuerySet:
        words = value.replace("\x00", "").strip()
        return rows.filter(Q(subject__icontains=words) | Q(external_id__istartswith=words))

    def with_rating(self, rows: InteractionQuerySet, name: str, value: str) -> InteractionQuerySet:
        """What is withheld from the user counts as not given."""
        answers = SurveyAnswer.objects.open_to(self.user).filter(interaction=OuterRef("pk"))
        return rows.filter(Exists(answers.low() if value == LOW else answers.on_a_scale()))

    @property
    def is_narrowed(self) -> bool:
        return any(self.form.cleaned_data.values()) if self.form.is_valid() else True


def sources() -> list[str]:
    """The sources there are, in order: one query that jumps from one to the next in the index.

    `SELECT DISTINCT` would walk through every interaction.
    """
    table = connection.ops.quote_name(Interaction._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH RECURSIVE known(source) AS ("  # noqa: S608 (the name of our own table)
            f" SELECT MIN(source) FROM {table}"
            f" UNION ALL"
            f" SELECT (SELECT MIN(source) FROM {table} WHERE source > known.source)"
            f" FROM known WHERE known.source IS NOT NULL"
            f") SELECT source FROM known WHERE source IS NOT NULL"
        )
        return [source for (source,) in cursor.fetchall()]
