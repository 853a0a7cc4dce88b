import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from content.models import ProcedurePage, Skill
from people.audit import record
from people.models import User
from scorecards.actions.refusals import Refused
from scorecards.models import Criterion, Level, Rubric, RubricVersion, Section


def draft_rubric_version(
    rubric: Rubric, structure: Mapping[str, Any], *, by: User, at: dt.datetime | None = None
) -> RubricVersion:
    """Make the next version of a rubric, as a draft, from plain data.

    `structure` has `pass_mark`, `places`, `change_note`, `comparable` and `sections`: each with `key`,
    `title`, `weight` and `criteria`: each with `key`, `title`, `skill` (a skill's key), `levels` (label,
    descriptor, points; lowest first) and optionally `guidance`, `weight`, `procedure` (a slug),
    `not_applicable` and `critical`. Raises `Refused` for an unknown skill or procedure.
    """
    skills = {skill.key: skill for skill in Skill.objects.all()}
    procedures = {page.slug: page for page in ProcedurePage.objects.all()}
    with transaction.atomic():
        latest = rubric.versions.select_for_update().order_by("-number").first()
        version = RubricVersion.objects.create(
            rubric=rubric,
            number=latest.number + 1 if latest else 1,
            pass_mark=structure.get("pass_mark", 75),
            places=structure.get("places", 0),
            change_note=structure.get("change_note", ""),
            is_comparable=structure.get("comparable", False),
        )
        for place, part in enumerate(structure["sections"]):
            section = Section.objects.create(
                version=version,
                key=part["key"],
                title=part["title"],
                weight=part["weight"],
                position=place,
            )
            for position, row in enumerate(part["criteria"]):
                if row["skill"] not in skills:
                    raise Refused(_("There is no skill “%s”.") % row["skill"])
                if row.get("procedure") and row["procedure"] not in procedures:
                    raise Refused(_("There is no procedure “%s”.") % row["procedure"])
                criterion = Criterion.objects.create(
                    section=section,
                    key=row["key"],
                    title=row["title"],
                    guidance=row.get("guidance", ""),
                    weight=row.get("weight", 1),
                    allows_not_applicable=row.get("not_applicable", False),
                    is_critical=row.get("critical", False),
                    skill=skills[row["skill"]],
                    procedure=procedures.get(row.get("procedure", "")),
                    position=position,
                )
                Level.objects.bulk_create(
                    Level(
                        criterion=criterion,
                        position=number,
                        label=level["label"],
                        descriptor=level["descriptor"],
                        points=level["points"],
                    )
                    for number, level in enumerate(row["levels"])
                )
        record("draft_rubric_version", by=by, of=version, after={"number": version.number}, at=at)
    return version


def publish_rubric_version(
    version: RubricVersion, *, by: User, at: dt.datetime | None = None
) -> RubricVersion:
    """Freeze a draft and make it the version that new scorecards use; the last one is retired.

    Raises `Refused` for what is no draft, and for a version nobody could grade by: without criteria,
    or with a criterion of fewer than two levels.
    """
    now = at or timezone.now()
    with transaction.atomic():
        locked = RubricVersion.objects.select_for_update(no_key=True).get(pk=version.pk)
        if locked.state != RubricVersion.State.DRAFT:
            raise Refused(_("Only a draft can be published; make a new version instead."))
        criteria = (
            Criterion.objects.filter(section__version=locked)
            .select_related("section")
            .prefetch_related("levels")
        )
        if not criteria:
            raise Refused(_("A rubric needs at least one criterion before it is published."))
        for criterion in criteria:
            if len({level.points for level in criterion.levels.all()}) < 2:
                raise Refused(_("“%s” needs at least two levels of different points.") % criterion)
        if not any(criterion.weight * criterion.section.weight for criterion in criteria):
            raise Refused(_("Every weight is 0, so nothing could be scored."))
        locked.rubric.versions.filter(state=RubricVersion.State.PUBLISHED).update(
            state=RubricVersion.State.RETIRED
        )
        locked.state = RubricVersion.State.PUBLISHED
        locked.published_at = now
        locked.published_by = by
        locked.save(update_fields=["state", "published_at", "published_by"])
        record(
            "publish_rubric_version",
            by=by,
            of=locked,
            before={"state": RubricVersion.State.DRAFT},
            after={"state": locked.state, "number": locked.number},
            at=now,
        )
    return locked
