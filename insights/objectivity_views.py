"""Objectivity: how far grades depend on who gives them. Reviewers find their own page only."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from insights import wording
from insights.fair import Pool
from insights.forms_objectivity import ObjectivityForm, TreatmentForm
from insights.objectivity import pictures, treatment_pictures, words
from insights.objectivity.agreement import load_agreement, load_use
from insights.objectivity.reviewers import (
    Reviewers,
    graded_anything,
    load_crossing,
    load_reviewers,
)
from insights.objectivity.scope import Scope, scopes
from insights.objectivity.treatment import Attribute, load_treatment
from insights.permissions import can_see_objectivity
from insights.skills import Window
from measurement.islands import Link
from people.exports import is_export, require_list, send_table
from people.models import User
from people.requests import SignedInRequest
from scorecards.calibration_wording import few_words
from scorecards.permissions import can_grade
from ui.exports import chart_csv

PER_PAGE = 25


@dataclass(frozen=True, slots=True)
class _LinkInWords:
    """Two reviewers of groups that cannot be compared, and how many conversations both should grade."""

    link: Link
    names: dict[int, User]

    @property
    def text(self) -> str:
        return _("%(n)d conversations graded by both %(one)s and %(other)s would link them.") % {
            "n": self.link.interactions,
            "one": self.names.get(self.link.reviewer, "–"),
            "other": self.names.get(self.link.other_reviewer, "–"),
        }


@require_list
def objectivity(request: SignedInRequest) -> HttpResponseBase:
    """All reviewers: severity, change, expert keys, workload, time. A constant number of queries."""
    _check(request)
    form = ObjectivityForm(request.GET)
    scope = _scope(form)
    context = _context(request, form, scope)
    if scope is None:
        return _answer(request, "objectivity", context)
    on = timezone.localdate()
    found = load_reviewers(scope, on=on)
    people = list(
        User.objects.filter(pk__in=found.everybody).order_by("first_name", "last_name", "pk")
    )
    query = _query(request)
    urls = {p.pk: reverse("insights:objectivity_reviewer", args=[p.pk]) + query for p in people}
    figures = [pictures.severity_figure(found, people, urls=urls)]
    if timing := pictures.time_figure(found):
        figures.append(timing)
    if answer := chart_csv(request, figures):
        return answer
    rows = [pictures.ReviewerRow(person, found) for person in people]
    if is_export(request):
        return send_table(request, "reviewers", *pictures.reviewer_table(rows))
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    names = {person.pk: person for person in people}
    crossing = load_crossing(found.model, on=on)
    context |= {
        "page": page,
        "rows": page,
        "query": query,
        "share": words.share_sentence(found.model),
        "linking": list(words.linking_sentences(found.model, crossing)),
        "links": [_LinkInWords(link, names) for link in found.model.links()],
        "figures": figures,
        "months": scope.window.months,
        "drift_period": wording.period(found.drift_window),
    }
    return _answer(request, "objectivity", context)


@require_list
def objectivity_reviewer(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """One reviewer, for who may see all."""
    _check(request)
    return _one(request, get_object_or_404(User, pk=pk), is_own=False)


@require_list
def objectivity_own(request: SignedInRequest) -> HttpResponseBase:
    """One's own grading. The others are a range without names."""
    if not can_grade(request.user) and not graded_anything(request.user):
        raise PermissionDenied(_("This page is about your own grading, and you grade nothing."))
    return _one(request, request.user, is_own=True)


@require_list
def objectivity_agreement(request: SignedInRequest) -> HttpResponseBase:
    """What several people graded, and criteria that tell nothing apart."""
    _check(request)
    form = ObjectivityForm(request.GET)
    scope = _scope(form)
    context = _context(request, form, scope)
    if scope is None:
        return _answer(request, "objectivity_agreement", context)
    shared, use = load_agreement(scope), load_use(scope)
    figure = pictures.agreement_figure(shared, scope.window) if shared.criteria else None
    if answer := chart_csv(request, [figure] if figure else []):
        return answer
    if is_export(request):
        if request.POST.get("table") == "criteria":
            return send_table(request, "criteria", *pictures.use_table(use))
        return send_table(request, "agreement", *pictures.agreement_table(shared))
    rows = pictures.criterion_rows(shared)
    context |= {
        "figure": figure,
        "shared": shared,
        "rows": rows,
        "few": list(few_words((row.criterion.title, row.words) for row in rows)),
        "use": use,
        "flat": [each for each in use if each.is_flat],
        "skipped": [each for each in use if each.is_skipped],
    }
    return _answer(request, "objectivity_agreement", context)


@require_safe
def objectivity_treatment(request: SignedInRequest) -> HttpResponseBase:
    """Whether channels, tiers or languages are measured alike."""
    _check(request)
    form = TreatmentForm(request.GET)
    scope = _scope(form)
    context = _context(request, form, scope)
    if scope is None:
        return _answer(request, "objectivity_treatment", context)
    attribute = Attribute(form.chosen("by"))
    found = load_treatment(scope, attribute)
    names = {
        person.pk: person
        for person in User.objects.filter(pk__in={each.reviewer for each in found.reviewers})
    }
    figures = treatment_pictures.figures(found, names, scope.window)
    if answer := chart_csv(request, figures):
        return answer
    context |= {
        "found": found,
        "figures": figures,
        "attribute": attribute.label,
        "unknown": treatment_pictures.unknown_sentence(found),
        "too_few": treatment_pictures.too_few_sentence(found),
    }
    return _answer(request, "objectivity_treatment", context)


def _check(request: SignedInRequest) -> None:
    if not can_see_objectivity(request.user):
        raise PermissionDenied(
            _("How reviewers differ is for who leads calibration. Your own grading has its page.")
        )


def _scope(form: ObjectivityForm) -> Scope | None:
    """None where nothing was graded in these months."""
    window = Window.of(form.chosen("months"), until=timezone.localdate())
    channel = form.chosen("channel") or ""
    graded = scopes(window, channel=channel)
    standard = form.offer(list(graded))
    if standard is None:
        return None
    return Scope(Pool(standard, window, channel), graded[standard].n)


def _context(
    request: SignedInRequest, form: ObjectivityForm, scope: Scope | None
) -> dict[str, Any]:
    return {
        "form": form,
        "kept": _query(request),
        "scope": scope,
        "period": wording.period(scope.window) if scope else "",
        "channel": wording.channel(scope.pool.channel) if scope else "",
    }


def _one(request: SignedInRequest, person: User, *, is_own: bool) -> HttpResponseBase:
    form = ObjectivityForm(request.GET)
    scope = _scope(form)
    context = _context(request, form, scope) | {"person": person, "is_own": is_own}
    if scope is None:
        return _answer(request, "objectivity_reviewer", context)
    found = load_reviewers(scope, on=timezone.localdate())
    if not is_own and person.pk not in found.everybody and not graded_anything(person):
        raise Http404
    figures = [pictures.own_severity_figure(found, person, is_own=is_own)]
    drift = found.drifts.get(person.pk)
    drawn = pictures.drift_figure(drift, found.drift_window) if drift else None
    if drawn:
        figures.append(drawn)
    if answer := chart_csv(request, figures):
        return answer
    row = pictures.ReviewerRow(person, found)
    if is_export(request):
        return send_table(request, "weeks", *pictures.week_table(row))
    context |= {
        "row": row,
        "figures": figures,
        "has_drift": drawn is not None,
        "weeks": pictures.week_rows(row),
        "time_band": _time_band(found, person),
        "drift_period": wording.period(found.drift_window),
    }
    return _answer(request, "objectivity_reviewer", context)


def _time_band(found: Reviewers, person: User) -> str:
    band = found.time_band(without=person.pk)
    return words.time_band_sentence(band) if band else ""


def _query(request: SignedInRequest) -> str:
    """The filters of the page, to be kept on the way to a reviewer."""
    kept = request.GET.copy()
    for name in ("page", "format", "chart", "table"):
        kept.pop(name, None)
    return f"?{kept.urlencode()}" if kept else ""


def _answer(request: SignedInRequest, name: str, context: dict[str, Any]) -> HttpResponseBase:
    if request.GET.get("format") == "csv" and context["scope"] is None:
        raise Http404
    live = request.htmx and not request.htmx.history_restore_request
    response = render(request, f"insights/{name}.html" + ("#found" if live else ""), context)
    patch_vary_headers(response, ["HX-Request"])
    return response
