"""What the API shows of the product: each list by its own `visible_to`, as the token's owner sees it."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.db.models import Prefetch
from django.utils import timezone
from wagtail.models import Page

from content.models import Skill
from insights.fair import Pool, common_standard, fair_scores
from insights.skills import (
    NOTHING,
    Estimate,
    Window,
    estimate_by,
    load_cells,
    measures,
)
from integrations.api.paging import page_of
from measurement.severity import Score
from people.models import Membership, Team, User
from people.roles import Role
from scorecards.models import CriterionScore, ReviewAssignment, Rollup, Scorecard
from training.models import Completion, ModuleAssignment


def people_page(user: User, *, cursor: str, limit: int, email: str, active: bool | None) -> Any:
    rows = User.objects.visible_to(user)
    if email:
        rows = rows.filter(email__iexact=email)
    if active is not None:
        rows = rows.filter(is_active=active)
    return page_of(
        rows.prefetch_related("groups", _memberships("team")),
        by=["pk"],
        cursor=cursor,
        limit=limit,
        shown=person_shown,
    )


def person_shown(user: User) -> dict[str, Any]:
    return {
        "id": user.pk,
        "email": user.email,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "is_active": user.is_active,
        "started_on": user.started_on,
        "time_zone": user.time_zone,
        "language": user.language,
        "roles": sorted({group.name for group in user.groups.all()} & set(Role.values)),
        "teams": [
            {"name": row.team.name, **_served(row)}
            for row in user.today  # type: ignore[attr-defined]
        ],
    }


def person_of(user: User, pk: int) -> User | None:
    rows = User.objects.visible_to(user).prefetch_related("groups", _memberships("team"))
    return rows.filter(pk=pk).first()


def teams_page(user: User, *, cursor: str, limit: int) -> Any:
    return page_of(
        Team.objects.visible_to(user).prefetch_related(_memberships("user")),
        by=["pk"],
        cursor=cursor,
        limit=limit,
        shown=_team_shown,
    )


def scorecards_page(
    user: User,
    *,
    cursor: str,
    limit: int,
    agent: int | None,
    month: dt.date | None,
    since: dt.datetime | None,
) -> Any:
    """In the order in which they were handed in. Off the record there is nothing here, and what is held
    back only for who may see it."""
    rows = (
        Scorecard.objects.visible_to(user)
        .submitted()
        .exclude(assignment__purpose__in=ReviewAssignment.OFF_RECORD)
    )
    if agent is not None:
        rows = rows.filter(agent=agent)
    if month is not None:
        rows = rows.in_month(month)
    if since is not None:
        rows = rows.filter(submitted_at__gte=since)
    keys = {str(pk): key for pk, key in Skill.objects.values_list("pk", "key")}
    return page_of(
        _with_all(rows),
        by=["submitted_at", "pk"],
        cursor=cursor,
        limit=limit,
        shown=lambda row: scorecard_shown(row, keys),
    )


def scorecard_of(user: User, pk: int) -> dict[str, Any] | None:
    rows = Scorecard.objects.visible_to(user).submitted()
    rows = rows.exclude(assignment__purpose__in=ReviewAssignment.OFF_RECORD).filter(pk=pk)
    found = _with_all(rows).first()
    if found is None:
        return None
    return scorecard_shown(
        found, {str(key): name for key, name in Skill.objects.values_list("pk", "key")}
    )


def scorecard_shown(row: Scorecard, skills: dict[str, str]) -> dict[str, Any]:
    return {
        "id": row.pk,
        "url": f"{settings.BASE_URL.rstrip('/')}{row.get_absolute_url()}",
        "revision": row.revision,
        "interaction": row.interaction_id,
        "source": row.interaction.source,
        "external_id": row.interaction.external_id,
        "channel": row.interaction.channel,
        "occurred_at": row.interaction.occurred_at,
        "agent": row.agent_id,
        "reviewer": row.reviewer_id,
        "rubric": row.version.rubric.key,
        "rubric_version": row.version.number,
        "submitted_at": row.submitted_at,
        "month": row.month,
        "percent": _number(row.percent),
        "outcome": row.outcome,
        "is_held": row.is_held,
        "acknowledged_at": row.acknowledged_at,
        "inclusion_probability": row.assignment.inclusion_probability,
        "skills": {
            skills[pk]: _number(percent)
            for pk, percent in row.skill_percents.items()
            if pk in skills
        },
        "criteria": [_criterion_shown(score) for score in row.criterion_scores.all()],
    }


def skills_page(user: User, *, cursor: str, limit: int, months: int, channel: str) -> Any:
    """Raw and adjusted by the one source of every screen (`insights.fair`, `insights.skills`)."""
    window = Window.of(months, until=timezone.localdate())
    standard = common_standard(window, channel=channel)
    found = page_of(
        User.objects.visible_to(user).filter(is_active=True),
        by=["pk"],
        cursor=cursor,
        limit=limit,
        shown=lambda person: {"person": person.pk, "email": person.email},
    )
    measured = measures()
    people = [row["person"] for row in found["data"]]
    raw: dict[Any, Estimate] = {}
    models = {}
    if standard is not None and people:
        visible = Rollup.objects.visible_to(user)
        cells = load_cells(
            visible.filter(agent__in=people), measured, window, channel=channel, by_agent=True
        )
        raw = estimate_by(
            (cell for cell in cells if cell.standard == standard),
            lambda cell: (cell.agent_id, cell.measure),
        )
        own_held = Rollup.objects.filter(agent=user, is_held=True).exists()
        models = fair_scores(
            Pool(standard, window, channel, user.pk if own_held else None), measured
        )
    for row in found["data"]:
        row["skills"] = [
            _skill_shown(measure, raw.get((row["person"], measure), NOTHING), score)
            for measure in measured
            for score in [models[measure].score(row["person"]) if models else None]
        ]
    return {
        **found,
        "first_month": window.first,
        "last_month": window.last,
        "standard": standard.name if standard else None,
    }


def assignments_page(
    user: User, *, cursor: str, limit: int, person: int | None, is_open: bool | None
) -> Any:
    rows = ModuleAssignment.objects.visible_to(user).select_related("module")
    if person is not None:
        rows = rows.filter(user=person)
    if is_open is not None:
        rows = rows.filter(completed_at__isnull=is_open)
    on = timezone.localdate()
    return page_of(
        rows,
        by=["pk"],
        cursor=cursor,
        limit=limit,
        shown=lambda row: {
            "id": row.pk,
            "person": row.user_id,
            "module": row.module_id,
            "title": row.module.title,
            "round": row.round,
            "assigned_at": row.assigned_at,
            "due_on": row.due_on,
            "completed_at": row.completed_at,
            "is_overdue": row.is_overdue(on=on),
        },
    )


def completions_page(
    user: User, *, cursor: str, limit: int, person: int | None, since: dt.datetime | None
) -> Any:
    rows = Completion.objects.visible_to(user).select_related("page__content_type")
    if person is not None:
        rows = rows.filter(user=person)
    if since is not None:
        rows = rows.filter(completed_at__gte=since)
    on = timezone.localdate()
    return page_of(
        rows,
        by=["completed_at", "pk"],
        cursor=cursor,
        limit=limit,
        shown=lambda row: {
            "id": row.pk,
            "person": row.user_id,
            "page": row.page_id,
            "title": row.page.title,
            "kind": _kind(row.page),
            "round": row.round,
            "completed_at": row.completed_at,
            "lapses_on": row.lapses_on,
            "counts": row.counts(on=on),
        },
    )


def _with_all(rows: Any) -> Any:
    scores = CriterionScore.objects.select_related(
        "level", "criterion__section", "criterion__skill"
    ).order_by("criterion__section__position", "criterion__position", "pk")
    return rows.with_people().prefetch_related(Prefetch("criterion_scores", scores))


def _criterion_shown(score: CriterionScore) -> dict[str, Any]:
    criterion = score.criterion
    return {
        "criterion": criterion.key,
        "title": criterion.title,
        "section": criterion.section.key,
        "skill": criterion.skill.key if criterion.skill else None,
        "level": score.level.label if score.level else None,
        "points": _number(score.level.points) if score.level else None,
        "is_not_applicable": score.is_not_applicable,
        "count": score.count,
        "comment": score.comment,
    }


def _skill_shown(measure: Any, raw: Estimate, score: Score | None) -> dict[str, Any]:
    figure = score.figure if score else None
    is_whole = raw.is_enough and figure is not None and figure.is_shown
    return {
        "skill": measure.key,
        "name": str(measure.name),
        "n": raw.n,
        # Never adjusted alone, and never one without the other.
        "raw": _figure(raw.mean, raw.low, raw.high, raw.has_spread) if is_whole else None,
        "adjusted": (
            {"value": figure.value, "low": figure.low, "high": figure.high}
            if is_whole and figure
            else None
        ),
        "is_adjusted": bool(is_whole and score and score.is_adjusted),
    }


def _figure(value: float, low: float, high: float, has_spread: bool) -> dict[str, Any]:
    return {
        "value": value,
        "low": low if has_spread else None,
        "high": high if has_spread else None,
    }


def _memberships(other: str) -> Prefetch:
    rows = Membership.objects.current(on=timezone.localdate()).select_related(other)
    return Prefetch("memberships", rows.order_by("pk"), to_attr="today")


def _served(row: Membership) -> dict[str, Any]:
    return {"kind": row.kind, "starts_on": row.starts_on, "ends_on": row.ends_on}


def _team_shown(team: Team) -> dict[str, Any]:
    return {
        "id": team.pk,
        "name": team.name,
        "channels": team.channels,
        "members": [
            {"person": row.user_id, "email": row.user.email, **_served(row)} for row in team.today
        ],
    }


def _kind(page: Page) -> str:
    model = page.content_type.model
    return model.removesuffix("page")


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
