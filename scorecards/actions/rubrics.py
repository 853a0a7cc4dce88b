"""Rubrics: writing a draft, and freezing it as the next version."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from content.models import ProcedurePage, Skill
from people.audit import record
from people.models import User
from scorecards.actions.refusals import Conflict, NotAllowed, Refused
from scorecards.models import Criterion, Level, Rubric, RubricNote, RubricVersion, Section
from scorecards.permissions import can_edit_rubrics
from scorecards.rubric_changes import Change, are_comparable, changes
from scorecards.rubric_format import FormatError, Structure, read_structure, structure_of
from scorecards.rubric_problems import problems


class InvalidStructure(Refused):
    """What was to be imported is no rubric. `errors` are pairs of a path and what was expected there."""

    def __init__(self, errors: list[tuple[str, str]]) -> None:
        self.errors = errors
        super().__init__("; ".join(f"{path}: {text}" for path, text in errors))


# --- versions ---------------------------------------------------------------------------------------
def create_rubric(
    *, name: str, description: str = "", key: str = "", by: User, at: dt.datetime | None = None
) -> Rubric:
    """A new rubric without versions. Its key is made from the name where none is given."""
    _require_editor(by)
    with transaction.atomic():
        taken = set(Rubric.objects.values_list("key", flat=True))
        if key in taken:
            raise Refused(_("There is a rubric with the key “%s” already.") % key)
        rubric = Rubric.objects.create(
            key=key or _free_key(name, taken, fallback="rubric", longest=80),
            name=name,
            description=description,
        )
        record("create_rubric", by=by, of=rubric, after={"name": name}, at=at)
    return rubric


def draft_rubric_version(
    rubric: Rubric, structure: Mapping[str, Any], *, by: User, at: dt.datetime | None = None
) -> RubricVersion:
    """Make the next version of a rubric, as a draft, from plain data in the format of docs/rubrics.md.

    Raises `InvalidStructure` for what is not in that format, an unknown skill or procedure included,
    and `Refused` where the rubric has a draft already.
    """
    _require_editor(by)
    try:
        data = read_structure(structure)
    except FormatError as error:
        raise InvalidStructure(error.errors) from error
    skills = {skill.key: skill for skill in Skill.objects.all()}
    procedures = {page.slug: page for page in ProcedurePage.objects.originals().only("slug")}
    if unknown := _unknown(data, skills, procedures):
        raise InvalidStructure(unknown)
    with transaction.atomic():
        _wait_for_turn(rubric.pk)
        version = _next_version(rubric, {name: data[name] for name in _VERSION_FIELDS})
        made: dict[str, Criterion] = {}
        for place, part in enumerate(data["sections"]):
            section = Section.objects.create(
                version=version,
                key=part["key"],
                title=part["title"],
                weight=part["weight"],
                position=place,
            )
            for position, row in enumerate(part["criteria"]):
                made[row["key"]] = criterion = Criterion.objects.create(
                    section=section,
                    position=position,
                    skill=skills[row["skill"]],
                    procedure=procedures.get(row["procedure"]),
                    allows_not_applicable=row["not_applicable"],
                    is_critical=row["critical"],
                    is_bonus=row["bonus"],
                    **{name: row[name] for name in _CRITERION_FIELDS},
                )
                _write_levels(
                    criterion,
                    [
                        {**level, "is_critical_failure": level["critical_failure"]}
                        for level in row["levels"]
                    ],
                )
        for row in (row for part in data["sections"] for row in part["criteria"]):
            if row["depends_on"]:
                Criterion.objects.filter(pk=made[row["key"]].pk).update(
                    depends_on=made[row["depends_on"]["criterion"]],
                    depends_on_positions=row["depends_on"]["levels"],
                )
        record("draft_rubric_version", by=by, of=version, after={"number": version.number}, at=at)
    return version


def new_draft(version: RubricVersion, *, by: User, at: dt.datetime | None = None) -> RubricVersion:
    """The draft of the next version: a copy of everything in `version`, with the same keys. Where the
    rubric has a draft already, also one that somebody began at the same time, that one."""
    _require_editor(by)
    with transaction.atomic():
        _wait_for_turn(version.rubric_id)
        existing = version.rubric.versions.filter(state=RubricVersion.State.DRAFT).first()
        if existing is not None:
            return existing
        source = RubricVersion.objects.with_structure().get(pk=version.pk)
        kept = {name: getattr(source, name) for name in _VERSION_FIELDS if name != "change_note"}
        draft = _next_version(version.rubric, kept)
        copies: dict[int, Criterion] = {}
        levels = []
        for section in source.sections.all():
            rows = list(section.criteria.all())
            section.pk, section.version, section._state.adding = None, draft, True
            section.save(force_insert=True)
            for row in rows:
                old, its_levels = row.pk, list(row.levels.all())
                row.pk, row.section, row._state.adding = None, section, True
                # What a condition names comes earlier, so that its copy exists already.
                earlier = copies.get(row.depends_on_id or 0)
                row.depends_on_id = earlier.pk if earlier else None
                row.save(force_insert=True)
                copies[old] = row
                for level in its_levels:
                    level.pk, level.criterion = None, row
                    levels.append(level)
        Level.objects.bulk_create(levels)
        record(
            "draft_rubric_version",
            by=by,
            of=draft,
            after={"number": draft.number, "copied_from": version.number},
            at=at,
        )
    return draft


def comparison(version: RubricVersion) -> tuple[RubricVersion | None, list[Change]]:
    """The version that was published before this one, and every difference to it."""
    earlier = (
        RubricVersion.objects.with_structure()
        .filter(rubric=version.rubric_id, number__lt=version.number)
        .exclude(state=RubricVersion.State.DRAFT)
        .order_by("-number")
        .first()
    )
    if earlier is None:
        return None, []
    whole = RubricVersion.objects.with_structure().get(pk=version.pk)
    return earlier, changes(structure_of(earlier), structure_of(whole))


def publish_rubric_version(
    version: RubricVersion,
    *,
    by: User,
    change_note: str = "",
    is_comparable: bool | None = None,
    at: dt.datetime | None = None,
) -> RubricVersion:
    """Freeze a draft and make it the version that new scorecards use; the last one is retired.

    From the second version on, `change_note` (or the draft's own) says in words what changed. Whether
    scores stay comparable follows from the differences; `is_comparable=False` may still break the
    trend, but True is refused where they are not.

    Raises `Refused` for what is no draft, and with the first problem of a version nobody could grade by.
    """
    now = at or timezone.now()
    _require_editor(by)
    with transaction.atomic():
        locked = RubricVersion.objects.select_for_update(no_key=True).get(pk=version.pk)
        if not locked.is_draft:
            raise Refused(_("Only a draft can be published; make a new version instead."))
        whole = RubricVersion.objects.with_structure().get(pk=locked.pk)
        if found := problems(structure_of(whole)):
            raise Refused(found[0].text)
        earlier, differences = comparison(locked)
        note = change_note.strip() or locked.change_note.strip()
        if earlier and not note:
            raise Refused(
                _("Say in words what changed, so that everybody can understand the scores.")
            )
        follows_on = earlier is not None and are_comparable(differences)
        if is_comparable and not follows_on:
            raise Refused(
                _("These changes move scores, so the trend cannot go on. See what changed.")
            )
        RubricVersion.objects.filter(
            rubric=locked.rubric_id, state=RubricVersion.State.PUBLISHED
        ).update(state=RubricVersion.State.RETIRED)
        locked.state = RubricVersion.State.PUBLISHED
        locked.change_note = note
        locked.is_comparable = follows_on and is_comparable is not False
        locked.published_at = now
        locked.published_by = by
        locked.save(
            update_fields=["state", "change_note", "is_comparable", "published_at", "published_by"]
        )
        record(
            "publish_rubric_version",
            by=by,
            of=locked,
            before={"state": RubricVersion.State.DRAFT},
            after={
                "state": locked.state,
                "number": locked.number,
                "is_comparable": locked.is_comparable,
                "changes": [change.text for change in differences],
            },
            at=now,
        )
    return locked


def discard_draft(version: RubricVersion, *, by: User, at: dt.datetime | None = None) -> None:
    """Delete a draft with everything in it; a rubric that never had another version goes with it."""
    with _refusing_what_is_in_use():
        locked = _lock_draft(version.pk, by=by)
        record("discard_draft", by=by, of=locked, before={"number": locked.number}, at=at)
        rubric = locked.rubric
        locked.delete()
        if not rubric.versions.exists() and not rubric.assignments.exists():
            rubric.delete()


# --- the parts of a draft ----------------------------------------------------------------------------
def change_version(version: RubricVersion, values: Mapping[str, Any], *, by: User) -> None:
    """Set policies and the like. `values` are fields of the version."""
    with transaction.atomic():
        _lock_draft(version.pk, by=by)
        RubricVersion.objects.filter(pk=version.pk).update(**values)


def add_section(version: RubricVersion, *, title: str, by: User) -> Section:
    with transaction.atomic():
        locked = _lock_draft(version.pk, by=by)
        taken = set(locked.sections.values_list("key", flat=True))
        weights = list(locked.sections.values_list("weight", flat=True))
        return Section.objects.create(
            version=locked,
            key=_free_key(title, taken, fallback="section"),
            title=title,
            weight=weights[-1] if weights else 1,
            position=len(weights),
        )


def change_section(section: Section, values: Mapping[str, Any], *, by: User) -> None:
    with transaction.atomic():
        _lock_draft(section.version_id, by=by)
        Section.objects.filter(pk=section.pk).update(**values)


def move_section(section: Section, *, place: int, by: User) -> None:
    """Put it at `place`, counted from 0 among the others; beyond the end is the end."""
    with transaction.atomic():
        locked = _lock_draft(section.version_id, by=by)
        rows = [row for row in locked.sections.all() if row.pk != section.pk]
        rows.insert(max(0, place), section)
        _number(rows, Section)


def remove_section(section: Section, *, by: User) -> None:
    """With its criteria. Refused where a criterion elsewhere waits for an answer in it."""
    with _refusing_what_is_in_use():
        _lock_draft(section.version_id, by=by)
        _refuse_if_awaited(
            Criterion.objects.filter(depends_on__section=section).exclude(section=section)
        )
        section.delete()


def add_criterion(section: Section, *, title: str, by: User) -> Criterion:
    """At the end of the section, with two levels to start from and the skill of the one before it."""
    with transaction.atomic():
        version = _lock_draft(section.version_id, by=by)
        siblings = list(section.criteria.all())
        skill = siblings[-1].skill if siblings else Skill.objects.first()
        if skill is None:
            raise Refused(_("Write down at least one skill first; a criterion measures one."))
        taken = set(
            Criterion.objects.filter(section__version=version).values_list("key", flat=True)
        )
        criterion = Criterion.objects.create(
            section=section,
            key=_free_key(title, taken, fallback="criterion"),
            title=title,
            skill=skill,
            position=len(siblings),
        )
        _write_levels(
            criterion,
            [
                {"label": _("Not met"), "descriptor": "", "points": 0},
                {"label": _("Met"), "descriptor": "", "points": 10},
            ],
        )
        return criterion


def change_criterion(
    criterion: Criterion,
    values: Mapping[str, Any],
    levels: Sequence[Mapping[str, Any]],
    *,
    by: User,
) -> None:
    """Set its fields and write its levels anew, in the order of their points (of their counts, where it
    counts). A level's `was` is the position it had; what waits for that level goes on waiting for it.
    """
    with _refusing_what_is_in_use():
        version = _lock_draft(criterion.section.version_id, by=by)
        earlier = values.get("depends_on")
        if earlier is not None and earlier.section.version_id != version.pk:
            raise Refused(_("A criterion can only wait for an answer in the same rubric."))
        counts = values.get("scale", criterion.scale) == Criterion.Scale.COUNT
        order = "count_from" if counts else "points"
        rows = sorted(levels, key=lambda level: level[order])
        Criterion.objects.filter(pk=criterion.pk).update(**values)
        Level.objects.filter(criterion=criterion).delete()
        _write_levels(criterion, rows if counts else [{**row, "count_from": None} for row in rows])
        moved = {row["was"]: place for place, row in enumerate(rows) if row.get("was") is not None}
        for dependent in Criterion.objects.filter(depends_on=criterion):
            positions = sorted(moved[p] for p in dependent.depends_on_positions if p in moved)
            Criterion.objects.filter(pk=dependent.pk).update(depends_on_positions=positions)


def move_criterion(criterion: Criterion, *, section: Section, place: int, by: User) -> None:
    """Put it into `section` at `place`, counted from 0 among the others there."""
    with transaction.atomic():
        version = _lock_draft(criterion.section.version_id, by=by)
        if section.version_id != version.pk:
            raise Refused(_("A criterion stays in its rubric."))
        rows = [row for row in section.criteria.all() if row.pk != criterion.pk]
        rows.insert(max(0, place), criterion)
        Criterion.objects.filter(pk=criterion.pk).update(section=section)
        _number(rows, Criterion)


def remove_criterion(criterion: Criterion, *, by: User) -> None:
    with _refusing_what_is_in_use():
        _lock_draft(criterion.section.version_id, by=by)
        _refuse_if_awaited(Criterion.objects.filter(depends_on=criterion))
        criterion.delete()


# --- what others propose -----------------------------------------------------------------------------
def settle_note(note: RubricNote, *, by: User, at: dt.datetime | None = None) -> RubricNote:
    """A proposed wording was dealt with, taken up or not: it no longer waits in the builder. A second
    time changes nothing."""
    _require_editor(by)
    now = at or timezone.now()
    with transaction.atomic():
        locked = RubricNote.objects.select_for_update(no_key=True).get(pk=note.pk)
        if locked.settled_at is None:
            locked.settled_at, locked.settled_by = now, by
            locked.save(update_fields=["settled_at", "settled_by"])
            record("settle_note", by=by, of=locked, after={"settled_at": now.isoformat()}, at=now)
    return locked


# --- helpers -----------------------------------------------------------------------------------------
_CRITERION_FIELDS = (
    "key",
    "title",
    "guidance",
    "good_example",
    "bad_example",
    "scale",
    "weight",
    "channels",
    "flows",
    "critical_below",
    "procedure_anchor",
)
_VERSION_FIELDS = (
    "change_note",
    "pass_mark",
    "places",
    "not_applicable_policy",
    "critical_failure_policy",
    "aggregation",
    "completeness",
    "hides_agent",
    "hides_scores",
    "hides_customer_rating",
    "holds_feedback",
    "undo_minutes",
    "dispute_days",
)


def _require_editor(by: User) -> None:
    if not can_edit_rubrics(by):
        raise NotAllowed(_("You may not write rubrics."))


@contextmanager
def _refusing_what_is_in_use() -> Iterator[None]:
    """A transaction that answers with words where something that stays refers to what is deleted."""
    try:
        with transaction.atomic():
            yield
    except ProtectedError as error:
        raise Conflict(
            _(
                "An expert key or a grade refers to this, so it cannot be deleted. Nothing was changed."
            )
        ) from error


def _wait_for_turn(rubric: int) -> None:
    """Whoever else makes a version of this rubric comes before or after, until the transaction ends."""
    Rubric.objects.select_for_update(no_key=True).get(pk=rubric)


def _lock_draft(pk: int, *, by: User) -> RubricVersion:
    """Hold the version until the end of the transaction, so that nobody publishes it meanwhile."""
    _require_editor(by)
    locked = RubricVersion.objects.select_for_update(no_key=True).get(pk=pk)
    if not locked.is_draft:
        raise Refused(
            _("This version is published and no longer changes; make a new version instead.")
        )
    return locked


def _next_version(rubric: Rubric, values: Mapping[str, Any]) -> RubricVersion:
    versions = list(rubric.versions.select_for_update().order_by("-number"))
    if any(version.is_draft for version in versions):
        raise Refused(_("This rubric has a draft already; publish or delete it first."))
    number = versions[0].number + 1 if versions else 1
    return RubricVersion.objects.create(rubric=rubric, number=number, **values)


def _write_levels(criterion: Criterion, levels: Sequence[Mapping[str, Any]]) -> None:
    """Levels in the given order; a count's band ends where the next one starts."""
    starts = sorted(start for level in levels if (start := level.get("count_from")) is not None)
    ends = dict(zip(starts, [start - 1 for start in starts[1:]], strict=False))
    Level.objects.bulk_create(
        Level(
            criterion=criterion,
            position=position,
            label=level["label"],
            descriptor=level["descriptor"],
            points=level["points"],
            requires_comment=level.get("requires_comment", False),
            is_critical_failure=level.get("is_critical_failure", False),
            count_from=level.get("count_from"),
            count_to=ends.get(level.get("count_from")),
        )
        for position, level in enumerate(levels)
    )


def _unknown(
    data: Structure, skills: Mapping[str, Skill], procedures: Mapping[str, ProcedurePage]
) -> list[tuple[str, str]]:
    found = []
    for s, section in enumerate(data["sections"]):
        for c, row in enumerate(section["criteria"]):
            path = f"sections[{s}].criteria[{c}]"
            if row["skill"] not in skills:
                found.append(
                    (
                        f"{path}.skill",
                        _("expected one of the skills %(known)s, got “%(got)s”")
                        % {"known": ", ".join(skills) or "–", "got": row["skill"]},
                    )
                )
            if row["procedure"] and row["procedure"] not in procedures:
                found.append(
                    (
                        f"{path}.procedure",
                        _("expected the address part of a procedure of the manual, got “%s”")
                        % row["procedure"],
                    )
                )
    return found


def _refuse_if_awaited(dependents: Any) -> None:
    names = [str(row) for row in dependents]
    if names:
        raise Refused(
            _("An answer to it decides whether these are shown; change them first: %s.")
            % ", ".join(names)
        )


def _free_key(title: str, taken: set[str], *, fallback: str, longest: int = 60) -> str:
    stem = slugify(title)[: longest - 4] or fallback
    if stem not in taken:
        return stem
    return next(key for n in range(2, 10_000) if (key := f"{stem}-{n}") not in taken)


def _number(rows: Sequence[Any], model: type[Section] | type[Criterion]) -> None:
    for place, row in enumerate(rows):
        row.position = place
    model._default_manager.bulk_update(rows, ["position"])
