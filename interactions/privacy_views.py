"""Privacy: what is masked, how long words are kept, who is erased, and what was masked."""

from collections import Counter
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from interactions.list_files import ERASURES, RETENTION_RUNS
from interactions.models import (
    Customer,
    Erasure,
    Interaction,
    Message,
    RedactionRule,
    RetentionRule,
    RetentionRun,
)
from interactions.permissions import can_manage_privacy, can_read_originals
from interactions.privacy.actions import delete_rule, save_rule
from interactions.privacy.erasing import (
    NotErasable,
    erase_customers,
    extent,
    found_customers,
    same_elsewhere,
)
from interactions.privacy.redacting import NotReadable, read_original
from interactions.privacy.retention import due
from interactions.privacy.rules import Maskings
from interactions.privacy.sealing import can_seal
from interactions.privacy_forms import (
    EraseForm,
    OriginalForm,
    RedactionRuleForm,
    RetentionRuleForm,
    TryForm,
)
from people.exports import list_export, require_list
from people.requests import SignedInRequest
from ui.pagination import paginate

P = ParamSpec("P")
R = TypeVar("R", bound=HttpResponseBase)
KIND_NAMES: dict[str, Any] = {
    **dict(RedactionRule.Kind.choices),
    "word": gettext_lazy("Words of your own"),
    "name": gettext_lazy("Customer’s name"),
}
RUNS_SHOWN = 30


def _for_privacy(
    view: Callable[Concatenate[SignedInRequest, P], R],
) -> Callable[Concatenate[SignedInRequest, P], R]:
    @wraps(view)
    def guarded(request: SignedInRequest, /, *args: P.args, **kwargs: P.kwargs) -> R:
        if not can_manage_privacy(request.user):
            raise PermissionDenied(_("You may not manage how personal data is treated."))
        return view(request, *args, **kwargs)

    return guarded


@require_http_methods(["GET", "HEAD", "POST"])
@_for_privacy
def privacy(request: SignedInRequest) -> HttpResponse:
    """The rules of masking, and a box to try them: a POST shows what would be masked, writes nothing."""
    form = TryForm(request.POST or None)
    context: dict[str, Any] = {
        "rules": RedactionRule.objects.all(),
        "form": form,
        "can_seal": can_seal(),
    }
    status = 200
    if request.method == "POST":
        if form.is_valid():
            context |= tried(form.cleaned_data, Maskings())
        else:
            status = 422
    return render(request, "interactions/privacy.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@_for_privacy
def redaction_rule(request: SignedInRequest, pk: int | None = None) -> HttpResponse:
    rule = get_object_or_404(RedactionRule, pk=pk) if pk else RedactionRule()
    form = RedactionRuleForm(request.POST or None, instance=rule)
    if request.method == "POST" and form.is_valid():
        save_rule(form.instance, by=request.user)
        messages.success(
            request,
            _(
                "Saved. It holds for what comes in from now on; for what is here already, run "
                "the command redact_interactions."
            ),
        )
        return redirect("interactions:privacy")
    return _edited(request, "interactions/redaction_rule.html", form, pk)


@require_POST
@_for_privacy
def redaction_rule_delete(request: SignedInRequest, pk: int) -> HttpResponse:
    rule = get_object_or_404(RedactionRule, pk=pk)
    delete_rule(rule, by=request.user)
    messages.success(
        request, _("“%(name)s” is deleted. What it masked stays masked.") % {"name": rule}
    )
    return redirect("interactions:privacy")


@require_list
@_for_privacy
def retention(request: SignedInRequest) -> HttpResponseBase:
    """The rules, what the next night would remove, and what the last nights did."""
    runs = RetentionRun.objects.all()
    if answer := list_export(request, runs, RETENTION_RUNS, "retention"):
        return answer
    rules = list(RetentionRule.objects.all())
    in_use = [rule for rule in rules if rule.is_on]
    waiting = [(item, item.interactions.count()) for item in due(at=timezone.now(), rules=in_use)]
    context = {
        "rules": rules,
        "waiting": waiting,
        "total": sum(count for _item, count in waiting),
        "page": paginate(request, runs, per_page=RUNS_SHOWN),
    }
    return render(request, "interactions/retention.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@_for_privacy
def retention_rule(request: SignedInRequest, pk: int | None = None) -> HttpResponse:
    """Before it is saved in use, a preview says what the rules would then remove."""
    rule = get_object_or_404(RetentionRule, pk=pk) if pk else RetentionRule()
    form = RetentionRuleForm(request.POST or None, instance=rule)
    if request.method == "POST" and form.is_valid():
        if "preview" in request.POST:
            others = RetentionRule.objects.filter(is_on=True).exclude(pk=pk or 0)
            items = due(at=timezone.now(), rules=[*others, form.instance])
            shown = [(i, i.interactions.count()) for i in items if i.rule is form.instance]
            context = {"form": form, "pk": pk, "previewed": True, "waiting": shown}
            return render(request, "interactions/retention_rule.html", context)
        save_rule(form.instance, by=request.user)
        messages.success(
            request, _("Saved. It is applied at night, by the command apply_retention.")
        )
        return redirect("interactions:retention")
    return _edited(request, "interactions/retention_rule.html", form, pk)


@require_POST
@_for_privacy
def retention_rule_delete(request: SignedInRequest, pk: int) -> HttpResponse:
    rule = get_object_or_404(RetentionRule, pk=pk)
    delete_rule(rule, by=request.user)
    messages.success(request, _("“%(name)s” is deleted.") % {"name": rule})
    return redirect("interactions:retention")


@require_list
@_for_privacy
def erasure(request: SignedInRequest) -> HttpResponseBase:
    """Find a customer; and the erasures there were."""
    done = Erasure.objects.select_related("by")
    if answer := list_export(request, done, ERASURES, "erasures"):
        return answer
    said = request.GET.get("q", "").replace("\x00", "").strip()[:200]
    context = {
        "said": said,
        "customers": found_customers(said),
        "page": paginate(request, done),
    }
    return render(request, "interactions/erasure.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@_for_privacy
def erasure_customer(request: SignedInRequest, pk: int) -> HttpResponse:
    """What would go, and the button."""
    customer = get_object_or_404(
        Customer.objects.exclude(external_id__startswith="removed-"), pk=pk
    )
    others = same_elsewhere(customer)
    form = EraseForm(request.POST or None, others=others)
    if request.method == "POST" and form.is_valid():
        try:
            done = erase_customers(
                [customer, *form.cleaned_data.get("also", ())],
                by=request.user,
                reason=form.cleaned_data["reason"],
            )
        except NotErasable as problem:
            form.add_error("reason", str(problem))
        else:
            count = done.counts["interactions"]
            messages.success(
                request,
                ngettext(
                    "Erased, with what was said in %(count)s interaction.",
                    "Erased, with what was said in %(count)s interactions.",
                    count,
                )
                % {"count": count},
            )
            return redirect("interactions:erasure")
    context = {
        "customer": customer,
        "form": form,
        "extent": extent([customer]),
        "others": [(other, extent([other])) for other in others],
    }
    status = 422 if form.is_bound else 200
    return render(request, "interactions/erasure_customer.html", context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def interaction_original(request: SignedInRequest, pk: int) -> HttpResponse:
    """What was masked, after a reason was given. Shown once, and kept by nobody on the way."""
    interaction = get_object_or_404(
        Interaction.objects.visible_to(request.user).select_related("redaction"), pk=pk
    )
    if not can_read_originals(request.user):
        raise PermissionDenied(_("You may not read what was masked."))
    if Interaction.objects.rating_withheld_from(request.user).filter(pk=pk).exists():
        raise PermissionDenied(_("You are to grade this conversation, as everybody sees it."))
    form = OriginalForm(request.POST or None)
    context: dict[str, Any] = {"interaction": interaction, "form": form}
    if request.method == "POST" and form.is_valid():
        try:
            original = read_original(
                interaction, by=request.user, reason=form.cleaned_data["reason"]
            )
        except NotReadable as problem:
            form.add_error(None, str(problem))
        else:
            context |= {
                "original": original,
                "turns": [Message(**message) for message in original["messages"]],
                "channel": interaction.channel,
                "answers": list(original["answers"].values()),
            }
    status = 422 if form.is_bound and "original" not in context else 200
    return render(request, "interactions/interaction_original.html", context, status=status)


def tried(said: dict[str, Any], maskings: Maskings) -> dict[str, Any]:
    """A text as it would be stored, and how many of each kind there were."""
    found: Counter[str] = Counter()
    masking = maskings.of(said["channel"], said["source"].strip())
    masked = masking.masker.mask(said["text"], found)
    return {
        "masked": masked,
        "is_tried": True,
        "found": [(KIND_NAMES[kind], count) for kind, count in found.most_common()],
        "used": [rule.name for rule in masking.rules],
    }


def masked_kinds(counts: dict[str, int]) -> list[tuple[str, int]]:
    return [(str(KIND_NAMES.get(kind, kind)), count) for kind, count in counts.items()]


def _edited(request: HttpRequest, template: str, form: Any, pk: int | None) -> HttpResponse:
    status = 422 if form.is_bound else 200
    return render(request, template, {"form": form, "pk": pk}, status=status)
