"""Equal treatment in charts and sentences."""

from collections.abc import Iterator, Mapping, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from insights import wording
from insights.objectivity.pictures import LITTLE, definition
from insights.objectivity.treatment import Attribute, Treatment
from insights.skills import Window
from measurement.equal_treatment import Effect, Finding, ReviewerEffect
from people.channels import Channel
from people.models import User
from ui.charts import Figure, ForestChart, ForestGroup, ForestRow, Scale, draw_forest, nice_scale
from ui.charts.numbers import number


def figures(found: Treatment, names: Mapping[int, User], window: Window) -> list[Figure]:
    """Groups, then reviewers with groups, then criteria with groups. Neither name nor size of a group of
    fewer than five people."""
    drawn = []
    if any(each.effect.finding != Finding.HIDDEN for each in found.groups) and found.has_groups:
        drawn.append(_groups(found, window))
    if any(each.effect.is_shown for each in found.reviewers):
        drawn.append(_reviewers(found, names, window))
    if any(each.effect.is_shown for each in found.criteria):
        drawn.append(_criteria(found, window))
    return drawn


def group_name(attribute: Attribute, group: str) -> str:
    if attribute == Attribute.CHANNEL and group in Channel.values:
        return str(Channel(group).label)
    return group


def effect_in_words(effect: Effect) -> str:
    """What there is to say beside a figure, or instead of one."""
    if effect.finding == Finding.TOO_FEW:
        return _("Too few: %(have)d of the %(needed)d people needed who have both") % {
            "have": effect.have,
            "needed": effect.needed,
        }
    if effect.finding == Finding.NOT_LINKED:
        return _("Cannot be compared: nobody has both")
    if effect.finding == Finding.NO_VARIATION:
        return _("All scores are alike")
    if effect.finding == Finding.DIFFERENCE:
        return _("Differs by more than chance")
    if effect.detectable is None:
        return _("Nothing found")
    return _("Nothing found; less than %(points)s points would not have been") % {
        "points": number(effect.detectable, 1)
    }


def unknown_sentence(found: Treatment) -> str:
    if not found.unknown:
        return ""
    return _("%(unknown)d of %(n)d scorecards are left out: it is not known of them.") % {
        "unknown": found.unknown,
        "n": found.n,
    }


def too_few_sentence(found: Treatment) -> str:
    """Why nothing is said of criteria, where that is for want of people; empty otherwise."""
    if any(each.effect.is_shown for each in found.criteria):
        return ""
    lacking = [each.effect for each in found.criteria if each.effect.finding == Finding.TOO_FEW]
    if not lacking:
        return ""
    most = max(lacking, key=lambda effect: effect.have)
    return ngettext(
        "Whether one criterion is harder for a group than the rest of the scorecard cannot be told yet: "
        "it takes %(needed)d people with conversations of both kinds, and there is %(n)d.",
        "Whether one criterion is harder for a group than the rest of the scorecard cannot be told yet: "
        "it takes %(needed)d people with conversations of both kinds, and there are %(n)d.",
        most.have,
    ) % {"needed": most.needed, "n": most.have}


def _groups(found: Treatment, window: Window) -> Figure:
    shown = [each for each in found.groups if each.effect.finding != Finding.HIDDEN]
    hidden = len(found.groups) - len(shown)
    statement = _groups_statement(found, [each.effect for each in shown])
    chart = ForestChart(
        key="groups",
        title=_("The same people, graded by the same reviewers"),
        description=statement,
        groups=[
            ForestGroup(
                "", [_row(group_name(found.attribute, str(e.group)), e.effect) for e in shown]
            )
        ],
        scale=_scale([each.effect for each in shown]),
        row_name=str(found.attribute.label),
        value_name=_("Points"),
        count_name=_("Scorecards"),
        reference=0,
        reference_name=_("all others"),
        zone=(-LITTLE, LITTLE),
        zone_name=_("matters little"),
        places=1,
        signed=True,
    )
    note = _("A group against all others, with agents and reviewers taken out.")
    if hidden:
        note += " " + ngettext(
            "%(n)d group with fewer than five people in or outside of it is not shown.",
            "%(n)d groups with fewer than five people in or outside of them are not shown.",
            hidden,
        ) % {"n": hidden}
    return Figure(
        draw_forest(chart),
        period=wording.period(window),
        n=_scorecards(found.n - found.unknown),
        definition=definition("equal-treatment"),
        statement=statement,
        note=note,
        level=2,
    )


def _reviewers(found: Treatment, names: Mapping[int, User], window: Window) -> Figure:
    tested = [each for each in found.reviewers if each.effect.is_shown]
    differ = [each for each in tested if each.effect.finding == Finding.DIFFERENCE]
    groups = list(_by_group(found, tested, names))
    reach = [each.effect.detectable for each in tested if each.effect.detectable is not None]
    statement = ngettext(
        "In %(differ)d of %(n)d pair of a reviewer and a group there is a difference.",
        "In %(differ)d of %(n)d pairs of a reviewer and a group there is a difference.",
        len(tested),
    ) % {"differ": len(differ), "n": len(tested)}
    if not differ and reach:
        statement = _(
            "No reviewer was found to treat a group otherwise than the others do. Differences of less "
            "than %(low)s to %(high)s points would not have been found."
        ) % {"low": number(min(reach), 1), "high": number(max(reach), 1)}
    chart = ForestChart(
        key="reviewers",
        title=_("A reviewer and a group, beside the other reviewers"),
        description=statement,
        groups=groups,
        scale=_scale([each.effect for each in tested]),
        row_name=_("Reviewer"),
        value_name=_("Points"),
        count_name=_("Scorecards"),
        reference=0,
        reference_name=_("as the other reviewers do"),
        zone=(-LITTLE, LITTLE),
        zone_name=_("matters little"),
        places=1,
        signed=True,
    )
    missing = len({each.reviewer for each in found.reviewers} - {each.reviewer for each in tested})
    note = _("Above zero: milder with the group than the others are. By name, in no other order.")
    if missing:
        note += " " + ngettext(
            "Of %(n)d reviewer there are fewer than ten scorecards in a group or outside of it.",
            "Of %(n)d reviewers there are fewer than ten scorecards in a group or outside of it.",
            missing,
        ) % {"n": missing}
    return Figure(
        draw_forest(chart),
        period=wording.period(window),
        n=_scorecards(found.n - found.unknown),
        definition=definition("equal-treatment"),
        statement=statement,
        note=note,
        level=0,
    )


def _criteria(found: Treatment, window: Window) -> Figure:
    """In the order of the rubric. With two groups it is the one against the other."""
    tested = [each for each in found.criteria if each.effect.is_shown]
    differ = [each for each in tested if each.effect.finding == Finding.DIFFERENCE]
    reach = [each.effect.detectable for each in tested if each.effect.detectable is not None]
    statement = ngettext(
        "In %(differ)d of %(n)d pair of a criterion and a group there is a difference.",
        "In %(differ)d of %(n)d pairs of a criterion and a group there is a difference.",
        len(tested),
    ) % {"differ": len(differ), "n": len(tested)}
    if not differ and reach:
        statement = _(
            "No criterion was found to be harder or easier for a group than the rest of the scorecard "
            "says. Differences of less than %(low)s to %(high)s points would not have been found."
        ) % {"low": number(min(reach), 1), "high": number(max(reach), 1)}
    groups = [
        ForestGroup(
            group_name(found.attribute, str(group)),
            [_row(found.titles[e.criterion], e.effect) for e in tested if e.group == group],
        )
        for group in dict.fromkeys(each.group for each in tested)
    ]
    chart = ForestChart(
        key="criteria",
        title=_("A criterion and a group, beside the rest of the scorecard"),
        description=statement,
        groups=groups,
        scale=_scale([each.effect for each in tested]),
        row_name=_("Criterion"),
        value_name=_("Points"),
        count_name=_("Grades"),
        reference=0,
        reference_name=_("as the rest of the scorecard"),
        zone=(-LITTLE, LITTLE),
        zone_name=_("matters little"),
        places=1,
        signed=True,
    )
    return Figure(
        draw_forest(chart),
        period=wording.period(window),
        n=_scorecards(found.n - found.unknown),
        definition=definition("equal-treatment"),
        statement=statement,
        note=_(
            "Above zero: the criterion comes out better for the group than its other criteria do. A "
            "criterion that differs is taken out of the rest before the others are looked at. The work "
            "itself may differ, too: read a few conversations before you change the criterion."
        ),
        level=0,
    )


def _by_group(
    found: Treatment, tested: Sequence[ReviewerEffect], names: Mapping[int, User]
) -> Iterator[ForestGroup]:
    for group in dict.fromkeys(each.group for each in tested):
        rows = sorted(
            ((str(names.get(e.reviewer, "–")), e.effect) for e in tested if e.group == group),
            key=lambda pair: pair[0],
        )
        yield ForestGroup(
            group_name(found.attribute, str(group)), [_row(name, effect) for name, effect in rows]
        )


def _groups_statement(found: Treatment, effects: Sequence[Effect]) -> str:
    differ = [effect for effect in effects if effect.finding == Finding.DIFFERENCE]
    tested = [effect for effect in effects if effect.is_shown]
    if not tested:
        return _("There is too little to compare yet.")
    if differ:
        return ngettext(
            "%(n)d of %(all)d groups is graded otherwise than the rest, by more than chance.",
            "%(n)d of %(all)d groups are graded otherwise than the rest, by more than chance.",
            len(differ),
        ) % {"n": len(differ), "all": len(tested)}
    reach = [effect.detectable for effect in tested if effect.detectable is not None]
    return _(
        "No difference was found. One of less than %(points)s points would not have been found."
    ) % {"points": number(max(reach, default=0.0), 1)}


def _row(name: str, effect: Effect) -> ForestRow:
    return ForestRow(
        name,
        effect.value,
        low=effect.low,
        high=effect.high,
        n=effect.n,
        note=effect_in_words(effect),
    )


def _scale(effects: Sequence[Effect]) -> Scale:
    limits = [each for e in effects for each in (e.low, e.high) if each is not None]
    return nice_scale([*limits, -2 * LITTLE, 2 * LITTLE], within=(-100, 100))


def _scorecards(n: int) -> str:
    return ngettext("%(n)d scorecard", "%(n)d scorecards", n) % {"n": n}
