"""Changes of the rules, each in the audit log."""

import datetime as dt

from django.db import transaction
from django.forms.models import model_to_dict
from django.utils import timezone

from interactions.models import RedactionRule, RetentionRule
from people.audit import record
from people.models import User

Rule = RedactionRule | RetentionRule


@transaction.atomic
def save_rule(rule: Rule, *, by: User, at: dt.datetime | None = None) -> None:
    at = at or timezone.now()
    before = type(rule).objects.select_for_update().filter(pk=rule.pk).first()
    rule.updated_at = at
    rule.save()
    record(
        f"save_{rule._meta.model_name}",
        by=by,
        of=rule,
        before=_told(before) if before else None,
        after=_told(rule),
        at=at,
    )


@transaction.atomic
def delete_rule(rule: Rule, *, by: User, at: dt.datetime | None = None) -> None:
    record(f"delete_{rule._meta.model_name}", by=by, of=rule, before=_told(rule), at=at)
    rule.delete()


def _told(rule: Rule) -> dict[str, object]:
    """Words of one's own may be names: the log has how many there are."""
    told = model_to_dict(rule, exclude=["id", "words", "updated_at"])
    if isinstance(rule, RedactionRule):
        told["words"] = len(rule.word_lines)
    return told
