"""Training effect: what modules did to the scores of those who took them."""

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from content.models import ModulePage
from insights import training_effect_pictures as pictures
from insights import training_effect_wording as words
from insights import wording
from insights.forms_training_effect import TrainingEffectForm
from insights.permissions import can_see_team
from insights.skills import Window, measures
from insights.teams import with_teams
from insights.training_effect import (
    effects,
    finished_modules,
    month_number,
    scene_of,
    taught_by,
)
from people.exports import ID, Column, is_export, list_export, require_list, send_table
from people.models import User
from people.requests import SignedInRequest
from ui.exports import chart_csv
from ui.pagination import paginate

PER_PAGE = 20


@require_list
def training_effect(request: SignedInRequest) -> HttpResponseBase:
    """Each module that was finished, with each skill it teaches. Constant queries; the effects of one
    page are worked out, for the file all."""
    _check(request)
    on = timezone.localdate()
    measured = measures()
    form = TrainingEffectForm(request.GET, measured=measured)
    channel, period = form.chosen("channel") or "", Window.of(form.chosen("months"), until=on)
    skill = form.chosen("skill")
    taught = [
        (module, measure)
        for module in finished_modules(period)
        for measure in taught_by(module, measured)
        if not skill or measure.key == skill
    ]
    is_file = is_export(request)
    page = Paginator(taught, len(taught) or 1 if is_file else PER_PAGE).get_page(
        request.GET.get("page")
    )
    rows = [pictures.row_of(each) for each in effects(list(page), period, channel=channel)]
    if is_file:
        return send_table(request, "training-effect", *pictures.list_table(rows))
    context = {
        "form": form,
        "page": page,
        "rows": rows,
        "period": wording.period(period),
        "channel": wording.channel(channel),
        "query": request.GET.urlencode(),
        "is_narrowed": bool(skill),
    }
    live = request.htmx and not request.htmx.history_restore_request
    name = "insights/training_effect.html" + ("#effects" if live else "")
    response = render(request, name, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_list
def training_effect_detail(request: SignedInRequest, pk: int, skill: str) -> HttpResponseBase:
    """One module and one skill it teaches. The figures are about everybody, the names about one's own
    people."""
    _check(request)
    on = timezone.localdate()
    module = get_object_or_404(ModulePage.objects.live().prefetch_related("skills"), pk=pk)
    taught = taught_by(module, measures())
    measure = next((m for m in taught if (m.key or pictures.WHOLE) == skill), None)
    if measure is None:
        raise Http404
    form = TrainingEffectForm(request.GET)
    channel, period = form.chosen("channel") or "", Window.of(form.chosen("months"), until=on)
    scene = scene_of([module], period, taught=[measure], channel=channel)
    found = scene.effect(module, measure)
    figures = pictures.figures_of(found, period)
    if answer := chart_csv(request, figures):
        return answer
    finished = {
        each.person: each
        for each in scene.finishes.of(module.pk)
        if month_number(period.first) <= month_number(each.finished_on) <= month_number(period.last)
    }
    seen = User.objects.visible_to(request.user).filter(pk__in=finished)
    people = with_teams(seen, on=on).order_by("first_name", "last_name", "pk")
    columns: tuple[Column, ...] = (
        ID,
        (_("Person"), str),
        (_("Assigned on"), lambda person: finished[person.pk].assigned_on),
        (_("Finished on"), lambda person: finished[person.pk].finished_on),
        (_("Asked for by a rule"), lambda person: finished[person.pk].by_rule),
    )
    if answer := list_export(request, people, columns, f"finished-{module.pk}"):
        return answer
    page = paginate(request, people)
    context = {
        "form": form,
        "module": module,
        "measure": measure,
        "others": [(m.name, pictures.detail_url(module, m)) for m in taught if m != measure],
        "found": found,
        "effect": found.effect,
        "verdict": words.verdict(found.effect),
        "by_chance": words.by_chance(found.effect),
        "sentence": words.sentence(found.effect),
        "left_out": words.left_out(found),
        "choice": words.choice(found.choice),
        "figures": figures,
        "page": page,
        "people": [(person, finished[person.pk]) for person in page],
        "period": wording.period(period),
        "channel": wording.channel(channel),
        "query": request.GET.urlencode(),
    }
    return render(request, "insights/training_effect_detail.html", context)


def _check(request: SignedInRequest) -> None:
    if not can_see_team(request.user):
        raise PermissionDenied(_("What training did is for managers."))
