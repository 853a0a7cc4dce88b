"""What was found, as one reader may see it: with names, pages and ways on where they have them."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from django.db import models
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from coaching.permissions import can_coach
from insights.objectivity.scope import Scope
from insights.page_health import PageHealth, reader_signs
from insights.permissions import can_see_objectivity, can_see_page_health, can_see_team
from insights.system.findings import Finding, One, findings
from insights.wording import whole
from people.models import User

# Who sees no names is told no smaller number of people.
COUNTED_FROM = 3


class Cause(models.TextChoices):
    """In the order in which to look at them."""

    UNCLEAR = "unclear", gettext_lazy("Page unclear")
    EVERYBODY = "everybody", gettext_lazy("Across everybody")
    CALIBRATION = "calibration", gettext_lazy("Calibration")
    TRAINING = "training", gettext_lazy("Training")
    NOTHING = "nothing", gettext_lazy("Nothing stands out")
    TOO_FEW = "too_few", gettext_lazy("Too few")


@dataclass(frozen=True, slots=True)
class Named:
    """A person who fails, `assign_url` where the reader may assign a module to them."""

    person: User
    one: One
    assign_url: str

    @property
    def sentence(self) -> str:
        return _(
            "%(mean)s %% on average in %(n)d grades (%(low)s to %(high)s); others with the same "
            "reviewers %(others)s %%"
        ) % _values(self.one)


@dataclass(frozen=True, slots=True)
class Grader:
    """A reviewer with whom alone people fail; without `person` where the reader may not know who."""

    person: User | None
    one: One

    @property
    def sentence(self) -> str:
        return _(
            "%(mean)s %% on average in %(n)d grades of %(strata)d people (%(low)s to %(high)s); the "
            "same people with others %(others)s %%"
        ) % _values(self.one)


def _values(one: One) -> dict[str, object]:
    return {
        "mean": whole(one.mean),
        "low": whole(one.low),
        "high": whole(one.high),
        "others": whole(one.others),
        "n": one.n,
        "strata": one.strata,
    }


@dataclass(frozen=True)
class Row:
    """One criterion for one reader."""

    finding: Finding
    page: PageHealth | None
    on: dt.date
    named: Sequence[Named] = ()
    # People who fail and whom the reader may not know by name.
    unnamed: int = 0
    graders: Sequence[Grader] = ()
    can_edit: bool = False

    @property
    def is_overdue(self) -> bool:
        return self.page is not None and self.page.is_overdue(self.on)

    @property
    def has_bad_page(self) -> bool:
        return self.page is not None and (bool(self.page.standing_out) or self.is_overdue)

    @cached_property
    def causes(self) -> list[Cause]:
        """All that stand out, or why none does."""
        finding = self.finding
        found = []
        if finding.is_everybody:
            found.append(Cause.UNCLEAR if self.has_bad_page else Cause.EVERYBODY)
        if finding.reviewers:
            found.append(Cause.CALIBRATION)
        if finding.persons:
            found.append(Cause.TRAINING)
        return found or [Cause.NOTHING if finding.is_tested else Cause.TOO_FEW]

    @property
    def stands_out(self) -> bool:
        return self.causes[0] not in (Cause.NOTHING, Cause.TOO_FEW)

    @property
    def everybody(self) -> str:
        """The sentence about all people together."""
        finding = self.finding
        return _(
            "%(k)d of %(n)d people are under the pass mark here; of the same people %(other)d by "
            "their other criteria"
        ) % {"k": finding.failing, "n": finding.people, "other": finding.elsewhere}

    @property
    def page_facts(self) -> list[str]:
        """What speaks against the page."""
        if self.page is None:
            return [_("no page that you may read belongs to it")]
        facts = [self.page.facts] if self.page.standing_out else []
        if self.is_overdue:
            review_by = date_format(self.page.governance.review_by, "DATE_FORMAT")
            facts.append(_("its review is overdue since %(day)s") % {"day": review_by})
        return facts or [_("nothing is known against its page")]

    @property
    def too_few(self) -> str:
        missing = self.finding.missing
        return ngettext(
            "Too few: %(n)d more person has to be graded.",
            "Too few: %(n)d more people have to be graded.",
            missing,
        ) % {"n": missing}

    @property
    def unnamed_sentence(self) -> str:
        """How many people fail whom the reader does not know by name."""
        if not self.unnamed:
            return ""
        if self.unnamed < COUNTED_FROM:
            return _("others whom you do not look after") if self.named else _("one or two people")
        return (
            _("%(n)d others whom you do not look after") % {"n": self.unnamed}
            if (self.named)
            else ngettext("%(n)d person", "%(n)d people", self.unnamed) % {"n": self.unnamed}
        )

    @cached_property
    def text(self) -> str:
        """All in one line, for a file and a mail."""
        parts = []
        for cause in self.causes:
            if cause in (Cause.UNCLEAR, Cause.EVERYBODY):
                parts.append("; ".join([self.everybody, *self.page_facts]))
            elif cause is Cause.CALIBRATION:
                parts += [
                    f"{each.person or _('one reviewer')}: {each.sentence}" for each in self.graders
                ]
            elif cause is Cause.TRAINING:
                parts += [f"{each.person}: {each.sentence}" for each in self.named]
                parts += [self.unnamed_sentence] if self.unnamed else []
            elif cause is Cause.TOO_FEW:
                parts.append(self.too_few)
        return ". ".join(parts)


def load_rows(scope: Scope, *, reader: User, at: dt.datetime, on: dt.date) -> list[Row]:
    """Every criterion of the rubric, in its order. Constant queries: those of the findings, seven for
    the pages and three for names."""
    found = findings(scope)
    pages = reader_signs(reader, at=at) if any(each.procedure for each in found) else {}
    people = _people(found, reader)
    may_know = can_see_objectivity(reader)
    graders = (
        User.objects.in_bulk({one.pk for each in found for one in each.reviewers})
        if may_know
        else {}
    )
    developed = _developed(people, reader, on=on)
    return [
        Row(
            finding=each,
            page=pages.get(each.procedure) if each.procedure else None,
            on=on,
            named=_named(each, people, developed),
            unnamed=sum(one.pk not in people for one in each.persons),
            graders=[Grader(graders.get(one.pk), one) for one in each.reviewers],
            can_edit=can_see_page_health(reader),
        )
        for each in found
    ]


def _people(found: Sequence[Finding], reader: User) -> Mapping[int, User]:
    """Whom the reader may know; themself they see on their own page."""
    ids = {one.pk for each in found for one in each.persons}
    if not ids or not can_see_team(reader):
        return {}
    return User.objects.visible_to(reader).exclude(pk=reader.pk).in_bulk(ids)


def _developed(people: Mapping[int, User], reader: User, *, on: dt.date) -> set[int]:
    if not people or not can_coach(reader):
        return set()
    mine = User.objects.managed_by(reader, on=on).filter(pk__in=people)
    return set(mine.values_list("pk", flat=True))


def _named(finding: Finding, people: Mapping[int, User], developed: set[int]) -> list[Named]:
    """In the order of names: this is no ranking."""
    query = urlencode({"criterion": finding.criterion})
    named = [
        Named(
            people[one.pk],
            one,
            reverse("coaching:module_assign", args=[one.pk]) + f"?{query}"
            if one.pk in developed
            else "",
        )
        for one in finding.persons
        if one.pk in people
    ]
    return sorted(named, key=lambda each: (str(each.person), each.person.pk))
