"""Rules for modules: listed, written with a preview, switched, and what they brought about."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Max
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from coaching import actions
from coaching.actions import NotAllowed, RuleWords
from coaching.files import FIRINGS, RULES
from coaching.forms_rules import ModuleRuleForm
from coaching.models import ModuleRule, RuleFiring
from coaching.permissions import can_write_rules
from coaching.preview import Preview, preview_of
from coaching.rule_grades import titles_of
from coaching.rule_story import rule_history, told
from coaching.rules import RuleTerms
from people.exports import list_export, require_list
from people.models import User
from people.requests import SignedInRequest
from ui.pagination import paginate

HITS_A_PAGE = 25


@require_list
def rule_list(request: SignedInRequest) -> HttpResponseBase:
    if not request.user.has_perm("coaching.view_modulerule"):
        raise PermissionDenied(_("Rules are for those who develop people."))
    rules = (
        ModuleRule.objects.visible_to(request.user)
        .select_related("rubric", "module")
        .annotate(fired=Count("firings"), last_fired=Max("firings__fired_at"))
        .order_by("rubric__name", "criterion_key", "pk")
    )
    if answer := list_export(request, rules, RULES, "module-rules", prepare=_titled):
        return answer
    page = paginate(request, rules)
    context = {
        "page": page,
        "rows": [(rule, rule.title) for rule in _titled(page)],
        "may_write": can_write_rules(request.user),
    }
    return render(request, "coaching/rule_list.html", context)


@require_list
def rule_detail(request: SignedInRequest, pk: int) -> HttpResponseBase:
    rule = _rule_or_404(request, pk)
    firings = (
        RuleFiring.objects.visible_to(request.user)
        .filter(rule=rule)
        .select_related("agent", "assignment")
    )
    if answer := list_export(
        request, firings, FIRINGS, f"firings-{pk}", prepare=partial(told, reader=request.user)
    ):
        return answer
    page = paginate(request, firings)
    context = {
        "rule": rule,
        "title": titles_of([rule])[rule.pk],
        "page": page,
        "rows": told(page.object_list, reader=request.user),
        "history": rule_history(rule),
        "others": rule.firings.count() - page.paginator.count,
        "may_write": can_write_rules(request.user),
    }
    return render(request, "coaching/rule_detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def rule_create(request: SignedInRequest) -> HttpResponse:
    return _edit(request, ModuleRule())


@require_http_methods(["GET", "HEAD", "POST"])
def rule_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    return _edit(request, _rule_or_404(request, pk))


@require_POST
def rule_switch(request: SignedInRequest, pk: int) -> HttpResponse:
    rule = _rule_or_404(request, pk)
    is_active = request.POST.get("on") == "1"
    try:
        actions.switch_rule(rule, is_active=is_active, by=request.user)
    except NotAllowed as refusal:
        raise PermissionDenied(str(refusal)) from None
    messages.success(request, _("The rule is on.") if is_active else _("The rule is off."))
    return redirect(rule)


def _edit(request: SignedInRequest, rule: ModuleRule) -> HttpResponse:
    """`preview` in the form, a number of a page, answers whom the rule would have hit, and writes
    nothing."""
    if not can_write_rules(request.user):
        raise PermissionDenied(_("You may not write rules."))
    form = ModuleRuleForm(request.POST or None, instance=rule)
    preview, page, unpublished, status = None, None, None, 200
    if request.method == "POST":
        if not form.is_valid():
            status = 422
        elif "preview" in request.POST:
            preview = _preview(form.words(), request.user)
            page = Paginator(preview.hits, HITS_A_PAGE).get_page(request.POST["preview"])
            unpublished = None if form.words().module.live else form.words().module
        else:
            try:
                kept = actions.write_rule(
                    form.words(), by=request.user, rule=rule if rule.pk else None
                )
            except NotAllowed as refusal:
                form.add_error(None, str(refusal))
                status = 422
            else:
                messages.success(
                    request,
                    _("The rule is saved. It looks at conversations since %(day)s.")
                    % {"day": date_format(timezone.localtime(kept.counts_from), "DATE_FORMAT")},
                )
                return redirect(kept)
    context = {
        "form": form,
        "rule": rule if rule.pk else None,
        "preview": preview,
        "page": page,
        "unpublished": unpublished,
    }
    return render(request, "coaching/rule_edit.html", context, status=status)


def _preview(words: RuleWords, reader: User) -> Preview:
    below = None if words.fails_below is None else float(words.fails_below)
    terms = RuleTerms(words.failures, words.cooldown_days, below)
    return preview_of(words.rubric, words.criterion_key, terms, reader=reader, at=timezone.now())


def _titled(rules: Iterable[ModuleRule]) -> list[Any]:
    """Each with `title`, that of its criterion. One query."""
    rows: list[Any] = list(rules)
    titles = titles_of(rows)
    for rule in rows:
        rule.title = titles[rule.pk]
    return rows


def _rule_or_404(request: SignedInRequest, pk: int) -> ModuleRule:
    rules = ModuleRule.objects.visible_to(request.user).select_related("rubric", "module")
    return get_object_or_404(rules, pk=pk)
