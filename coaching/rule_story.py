"""What a rule rests on where it fired, and who changed it, for one reader."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from coaching.history import Event
from coaching.models import ModuleRule, RuleFiring
from people.models import AuditEvent, User
from scorecards.models import Scorecard


@dataclass(frozen=True, slots=True)
class Told:
    """A firing with the grades that led to it as they stand now, the oldest conversation first.
    `hidden` are not for this reader, or were taken back; `is_changed` says that what fired stays although
    a grade is another one since."""

    firing: RuleFiring
    scorecards: list[Scorecard] = field(default_factory=list)
    hidden: int = 0

    @property
    def is_changed(self) -> bool:
        return any(
            card.is_revision and card.submitted_at and card.submitted_at > self.firing.fired_at
            for card in self.scorecards
        )


def told(firings: Iterable[RuleFiring], *, reader: User) -> list[Told]:
    """Two queries, whatever the number of firings."""
    firings = list(firings)
    links = RuleFiring.grades.through.objects.filter(rulefiring__in=firings)
    grades: dict[int, set[int]] = {}
    for of, assignment in links.values_list("rulefiring", "reviewassignment"):
        grades.setdefault(of, set()).add(assignment)
    wanted = set().union(*grades.values())
    cards = (
        Scorecard.objects.visible_to(reader)
        .submitted()
        .filter(assignment__in=wanted, is_held=False)
        .select_related("interaction")
        .order_by("interaction__occurred_at", "pk")
    )
    found = list(cards)
    rows = []
    for firing in firings:
        theirs = grades.get(firing.pk, set())
        seen = [card for card in found if card.assignment_id in theirs]
        rows.append(Told(firing, seen, len(theirs) - len(seen)))
    return rows


def rule_history(rule: ModuleRule) -> list[Event]:
    """Who wrote, changed and switched it, the newest first. One query."""
    rows = AuditEvent.objects.filter(
        object_type=ModuleRule._meta.label_lower,
        object_id=str(rule.pk),
        action__in=("write_module_rule", "change_module_rule", "switch_module_rule"),
    )
    return [
        Event(row.at, row.actor, _words(row.action, row.before or {}, row.after or {}))
        for row in rows.select_related("actor").order_by("-at", "-pk")
    ]


def _words(action: str, before: dict[str, Any], after: dict[str, Any]) -> str:
    if action == "switch_module_rule":
        return _("switched it on") if after.get("is_active") else _("switched it off")
    if action == "write_module_rule":
        return _("wrote it")
    names = {
        "failures": _("failures in a row"),
        "fails_below": _("a failure is below (percent)"),
        "cooldown_days": _("not again within (days)"),
        "due_days": _("due after (days)"),
    }
    changes = [
        _("%(name)s: %(before)s → %(after)s")
        % {"name": name, "before": _shown(before.get(key)), "after": _shown(after.get(key))}
        for key, name in names.items()
        if before.get(key) != after.get(key)
    ]
    if (before.get("rubric"), before.get("criterion")) != (
        after.get("rubric"),
        after.get("criterion"),
    ):
        changes.append(_("another criterion"))
    if before.get("module") != after.get("module"):
        changes.append(_("another module"))
    if not changes:
        return _("saved it without a change")
    return _("changed it (%(changes)s)") % {"changes": "; ".join(changes)}


def _shown(value: Any) -> str:
    return "–" if value is None else str(value)
