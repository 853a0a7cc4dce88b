"""The rubric builder: rubrics, their versions, and the draft one works on."""

from collections import Counter
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, Prefetch, Q
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from interactions.models import Interaction
from people.channels import Channel
from people.exports import list_export, require_list
from people.requests import SignedInRequest
from scorecards.actions import (
    InvalidStructure,
    Refused,
    add_criterion,
    add_section,
    change_criterion,
    change_section,
    change_version,
    comparison,
    create_rubric,
    discard_draft,
    draft_rubric_version,
    move_criterion,
    move_section,
    new_draft,
    publish_rubric_version,
    remove_criterion,
    remove_section,
    settle_note,
)
from scorecards.files import RUBRICS
from scorecards.forms_rubrics import (
    CriterionForm,
    ImportForm,
    LevelFormSet,
    NewPartForm,
    PoliciesForm,
    PublishForm,
    RubricForm,
    SectionForm,
    initial_levels,
)
from scorecards.loading import load_version, spec_of
from scorecards.models import Criterion, Rubric, RubricNote, RubricVersion, Scorecard, Section
from scorecards.models.calibration import RubricNoteQuerySet
from scorecards.permissions import can_edit_rubrics
from scorecards.preview import preview_of
from scorecards.rubric_changes import are_comparable
from scorecards.rubric_format import FormatError, from_json, structure_of, to_json
from scorecards.rubric_problems import problems
from scorecards.shares import shares
from scorecards.views.refusals import refuse, status_of
from ui.pagination import paginate


# --- rubrics and versions ---------------------------------------------------------------------------
@require_list
def rubric_list(request: SignedInRequest) -> HttpResponseBase:
    """All rubrics with the version in use and the draft. Constant queries."""
    _require_editor(request)
    versions = RubricVersion.objects.exclude(state=RubricVersion.State.RETIRED)
    rubrics = Rubric.objects.order_by("name").annotate(version_count=Count("versions"))
    rubrics = rubrics.prefetch_related(Prefetch("versions", versions, to_attr="current"))
    if answer := list_export(request, rubrics, RUBRICS, "rubrics"):
        return answer
    return render(request, "scorecards/rubric_list.html", {"page": paginate(request, rubrics)})


@require_http_methods(["GET", "HEAD", "POST"])
def rubric_create(request: SignedInRequest) -> HttpResponse:
    _require_editor(request)
    form = RubricForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        rubric = create_rubric(by=request.user, **form.cleaned_data)
        version = draft_rubric_version(rubric, {"sections": []}, by=request.user)
        return redirect("scorecards:rubric_edit", pk=version.pk)
    status = 422 if request.method == "POST" else 200
    return render(request, "scorecards/rubric_create.html", {"form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def rubric_import(request: SignedInRequest) -> HttpResponse:
    """A file becomes a draft, or a list of what is wrong in it and where."""
    _require_editor(request)
    form = ImportForm(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        try:
            structure = from_json(form.read())
            context |= _existing(structure, form)
            if "existing" not in context:
                version = _import(request, structure, form.cleaned_data["rubric"])
                messages.success(request, _("Imported as the draft %s. Look it over.") % version)
                return redirect("scorecards:rubric_edit", pk=version.pk)
        except (FormatError, InvalidStructure) as error:
            context["errors"] = error.errors
        except Refused as refusal:
            form.add_error(None, str(refusal))
    status = 422 if request.method == "POST" else 200
    return render(request, "scorecards/rubric_import.html", context, status=status)


def _existing(structure: dict[str, Any], form: ImportForm) -> dict[str, Any]:
    """The rubric that a file is of, where it was to become a new one: to choose again, with the file at
    hand. Under `as_copy` it may become a new one with a key and a name of its own."""
    if form.cleaned_data["rubric"] is not None:
        return {}
    existing = Rubric.objects.filter(key=structure["key"]).first()
    if existing is None:
        return {}
    copy = _("%s (copy)") % Truncator(existing.name).chars(140)
    if form.cleaned_data["as_copy"]:
        structure |= {"key": "", "name": copy}
        return {}
    return {
        "existing": existing,
        "draft": existing.versions.filter(state=RubricVersion.State.DRAFT).first(),
        "copy": copy,
        "content": to_json(structure),
    }


def _import(request: SignedInRequest, structure: dict[str, Any], rubric: Rubric | None) -> Any:
    with transaction.atomic():
        rubric = rubric or create_rubric(
            name=structure["name"] or structure["key"] or _("Imported rubric"),
            description=structure["description"],
            key=structure["key"],
            by=request.user,
        )
        return draft_rubric_version(rubric, structure, by=request.user)


@require_safe
def rubric_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """A rubric's versions, newest first, each with how many scorecards used it, and the wordings proposed
    for the next one. Constant queries."""
    _require_editor(request)
    rubric = get_object_or_404(Rubric, pk=pk)
    used = Count("scorecards", filter=Q(scorecards__in=Scorecard.objects.submitted()))
    visible = Count("scorecards", filter=Q(scorecards__in=_countable(request)))
    versions = list(
        rubric.versions.select_related("published_by")
        .annotate(scorecard_count=used, visible_count=visible)
        .order_by("-number")
    )
    context = {
        "rubric": rubric,
        "versions": versions,
        "notes": _notes_in(request, versions[0] if versions else None, rubric),
        "form": RubricForm(instance=rubric),
    }
    return render(request, "scorecards/rubric_detail.html", context)


@require_POST
def rubric_draft(request: SignedInRequest, pk: int) -> HttpResponse:
    """Start the next version as a copy of the latest one; or go on with the draft there is. `criterion`,
    a key, opens that one in it."""
    _require_editor(request)
    rubric = get_object_or_404(Rubric, pk=pk)
    latest = rubric.versions.order_by("-number").first()
    try:
        if latest is None:
            draft = draft_rubric_version(rubric, {"sections": []}, by=request.user)
        else:
            draft = new_draft(latest, by=request.user)
    except Refused as refusal:
        return refuse(request, refusal, back="scorecards:rubric_list")
    if key := request.POST.get("criterion", "").replace("\0", ""):
        criterion = Criterion.objects.filter(section__version=draft, key=key).first()
        if criterion is not None:
            return redirect("scorecards:rubric_criterion", pk=criterion.pk)
        messages.info(request, _("This criterion is not in the draft any more."))
    return redirect("scorecards:rubric_edit", pk=draft.pk)


@require_safe
def rubric_version(request: SignedInRequest, pk: int) -> HttpResponse:
    """A version to read: everybody may read what was published, only editors a draft."""
    version = get_object_or_404(
        RubricVersion.objects.visible_to(request.user).with_structure(), pk=pk
    )
    context = {
        "version": version,
        "may_edit": can_edit_rubrics(request.user),
        "scorecard_count": Scorecard.objects.submitted().filter(version=version).count(),
        "visible_count": _countable(request).filter(version=version).count(),
        **_weights(version),
    }
    context["earlier"], context["changes"] = comparison(version)
    return render(request, "scorecards/rubric_version.html", context)


@require_safe
def rubric_export(request: SignedInRequest, pk: int) -> HttpResponse:
    version = get_object_or_404(
        RubricVersion.objects.visible_to(request.user).with_structure(), pk=pk
    )
    response = HttpResponse(to_json(structure_of(version)), content_type="application/json")
    name = f"{version.rubric.key}-v{version.number}.json"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


# --- the draft --------------------------------------------------------------------------------------
@require_safe
def rubric_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """The draft's policies and structure. What is published is read instead. Constant queries."""
    version = _version(request, pk)
    if not version.is_draft:
        return redirect(version)
    return render(request, "scorecards/rubric_edit.html", _editor(request, version))


@require_POST
def policies_save(request: SignedInRequest, pk: int) -> HttpResponse:
    version = _version(request, pk)
    form = PoliciesForm(request.POST, instance=version)
    if not form.is_valid():
        # The form has written what is wrong into the instance it was bound to.
        version = load_version(pk)
        return _invalid(request, version, "policies", _not_saved(form), policies=form)
    return _change(request, version.pk, "policies", change_version, version, form.cleaned_data)


@require_POST
def section_add(request: SignedInRequest, pk: int) -> HttpResponse:
    version = _version(request, pk)
    form = NewPartForm(request.POST)
    if not form.is_valid():
        return _invalid(request, version, "structure", _not_saved(form), new_section=form)
    title = form.cleaned_data["title"]
    return _change(request, pk, "structure", add_section, version, title=title)


@require_POST
def section_save(request: SignedInRequest, pk: int) -> HttpResponse:
    section = _section(request, pk)
    form = SectionForm(request.POST, instance=section)
    if not form.is_valid():
        version = _version(request, section.version_id)
        words = _not_saved(form, next(str(row) for row in version.sections.all() if row.pk == pk))
        return _invalid(request, version, "section", words, sections={pk: form}, at=pk)
    return _change(
        request, section.version_id, "section", change_section, section, form.cleaned_data
    )


@require_POST
def section_move(request: SignedInRequest, pk: int) -> HttpResponse:
    """`direction` up or down, or `place` counted from 0."""
    section = _section(request, pk)
    order = list(section.version.sections.values_list("pk", flat=True))
    place = _place(request, order.index(pk))
    status = _("“%(title)s” is now section %(place)d of %(count)d.") % {
        "title": section,
        "place": min(max(place, 0), len(order) - 1) + 1,
        "count": len(order),
    }
    return _change(
        request, section.version_id, "structure", move_section, section, place=place, said=status
    )


@require_http_methods(["GET", "HEAD", "POST"])
def section_delete(request: SignedInRequest, pk: int) -> HttpResponse:
    section = _section(request, pk)
    if request.method == "POST":
        return _change(request, section.version_id, "structure", remove_section, section)
    criteria = section.criteria.all()
    return _confirm(request, section.version, section, [str(row) for row in criteria])


@require_POST
def criterion_add(request: SignedInRequest, pk: int) -> HttpResponse:
    """A new criterion opens in its form: plainly by going there, to htmx by the address."""
    section = _section(request, pk)
    form = NewPartForm(request.POST)
    if not form.is_valid():
        version = _version(request, section.version_id)
        return _invalid(request, version, "structure", _not_saved(form), new_criteria={pk: form})
    try:
        criterion = add_criterion(section, title=form.cleaned_data["title"], by=request.user)
    except Refused as refusal:
        return refuse(request, refusal, back="scorecards:rubric_list")
    return _go(request, "scorecards:rubric_criterion", criterion.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def rubric_criterion(request: SignedInRequest, pk: int) -> HttpResponse:
    """One criterion with its levels. `refresh` and `add_level` show the form again, nothing saved."""
    criterion = _criterion(request, pk)
    version = load_version(criterion.section.version_id)
    if not version.is_draft:
        return redirect(version)
    data = _with_one_level_more(request) if "add_level" in request.POST else request.POST or None
    form = CriterionForm(
        data,
        instance=criterion,
        earlier=_earlier(version, pk),
        known_flows=_recent_flows(),
    )
    levels: Any = LevelFormSet(data, initial=initial_levels(criterion), prefix="levels")
    levels.counts = (data or {}).get("scale", criterion.scale) == Criterion.Scale.COUNT
    context = {"criterion": criterion, "version": version, "form": form, "levels": levels}
    context["notes"] = _notes(request, version.rubric_id).filter(criterion_key=criterion.key)
    status = 200
    if request.method == "POST" and ("refresh" in request.POST or "add_level" in request.POST):
        form.without_errors()
        levels.without_errors()
    elif request.method == "POST":
        if form.is_valid() and levels.is_valid():
            return _save_criterion(request, context)
        status = 422
    context["is_update"] = request.method == "POST"
    fragment = "#form" if request.htmx and request.method == "POST" else ""
    return render(request, f"scorecards/rubric_criterion.html{fragment}", context, status=status)


def _save_criterion(request: SignedInRequest, context: dict[str, Any]) -> HttpResponse:
    criterion = context["criterion"]
    try:
        change_criterion(
            criterion, context["form"].cleaned_data, context["levels"].rows(), by=request.user
        )
    except Refused as refusal:
        context["form"].add_error(None, str(refusal))
        status = status_of(refusal)
        return render(request, "scorecards/rubric_criterion.html", context, status=status)
    messages.success(request, _("Saved: %s") % context["form"].cleaned_data["title"])
    return _go(
        request, "scorecards:rubric_edit", context["version"].pk, f"criterion-{criterion.pk}"
    )


@require_POST
def rubric_criterion_move(request: SignedInRequest, pk: int) -> HttpResponse:
    """`direction` up or down, past the end of a section into the next one; or `section` and `place`."""
    criterion = _criterion(request, pk)
    version = load_version(criterion.section.version_id)
    section, place = _target(request, version, criterion)
    count = sum(1 for row in section.criteria.all() if row.pk != pk) + 1
    said = _("“%(title)s” is now %(place)d of %(count)d in “%(section)s”.") % {
        "title": criterion,
        "place": min(max(place, 0), count - 1) + 1,
        "count": count,
        "section": section,
    }
    return _change(
        request,
        version.pk,
        "structure",
        move_criterion,
        criterion,
        section=section,
        place=place,
        said=said,
    )


def _target(
    request: SignedInRequest, version: RubricVersion, criterion: Criterion
) -> tuple[Section, int]:
    sections = list(version.sections.all())
    at = next(n for n, row in enumerate(sections) if row.pk == criterion.section_id)
    wanted = request.POST.get("section", "")
    if wanted:
        section = next((row for row in sections if str(row.pk) == wanted), sections[at])
        return section, _place(request, 0)
    order = [row.pk for row in sections[at].criteria.all()]
    here = order.index(criterion.pk)
    place = _place(request, here)
    if place < 0 and at > 0:
        return sections[at - 1], len(sections[at - 1].criteria.all())
    if place >= len(order) and at + 1 < len(sections):
        return sections[at + 1], 0
    return sections[at], place


@require_http_methods(["GET", "HEAD", "POST"])
def rubric_criterion_delete(request: SignedInRequest, pk: int) -> HttpResponse:
    criterion = _criterion(request, pk)
    version = criterion.section.version
    if request.method == "POST":
        return _change(request, version.pk, "structure", remove_criterion, criterion)
    return _confirm(request, version, criterion, [str(row) for row in criterion.levels.all()])


@require_http_methods(["GET", "HEAD", "POST"])
def rubric_discard(request: SignedInRequest, pk: int) -> HttpResponse:
    version = _version(request, pk)
    if request.method != "POST":
        if not version.is_draft:
            return redirect(version)
        contents = [str(row) for row in _criteria(version)]
        if not version.rubric.versions.exclude(pk=pk).exists():
            contents.append(_("the rubric “%s” itself: it has no other version") % version.rubric)
        return _confirm(request, version, version, contents)
    try:
        discard_draft(version, by=request.user)
    except Refused as refusal:
        return refuse(request, refusal, back="scorecards:rubric_list")
    messages.success(request, _("The draft was deleted."))
    return redirect("scorecards:rubric_list")


@require_http_methods(["GET", "HEAD", "POST"])
def rubric_publish(request: SignedInRequest, pk: int) -> HttpResponse:
    """What changed since the last version, in words; then freeze."""
    version = _version(request, pk)
    if not version.is_draft:
        return redirect(version)
    earlier, found = comparison(version)
    follows_on = earlier is not None and are_comparable(found)
    form = PublishForm(
        request.POST or None,
        is_first=earlier is None,
        may_be_comparable=follows_on,
        initial={"change_note": version.change_note, "is_comparable": True},
    )
    if request.method == "POST" and form.is_valid():
        try:
            publish_rubric_version(
                version,
                by=request.user,
                change_note=form.cleaned_data["change_note"],
                is_comparable=form.cleaned_data.get("is_comparable", False),
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("%s is published and frozen.") % version)
            return redirect(version)
    context = {
        "version": version,
        "form": form,
        "earlier": earlier,
        "changes": found,
        "follows_on": follows_on,
        "problems": _problems(version),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "scorecards/rubric_publish.html", context, status=status)


@require_safe
def rubric_preview(request: SignedInRequest, pk: int) -> HttpResponse:
    """The rubric as a reviewer meets it. Answers travel in the address; nothing is saved."""
    version = _version(request, pk)
    context = {
        "version": version,
        "preview": preview_of(version, request.GET),
        "channels": Channel.choices,
        "flows": sorted({flow for row in _criteria(version) for flow in row.flows}),
    }
    fragment = "#sheet" if request.htmx and not request.htmx.history_restore_request else ""
    return render(request, f"scorecards/rubric_preview.html{fragment}", context)


# --- what others propose ----------------------------------------------------------------------------
@require_POST
def note_settle(request: SignedInRequest, pk: int) -> HttpResponse:
    """A proposed wording was dealt with. htmx gets it back so marked, because the page around it may have
    unsaved words in it; everybody else goes to the rubric."""
    notes = RubricNote.objects.visible_to(request.user).with_place(request.user)
    note = get_object_or_404(notes, pk=pk)
    _require_editor(request)
    note.settled_at = settle_note(note, by=request.user).settled_at
    if request.htmx:
        return render(request, "scorecards/_rubric_note.html", {"note": note})
    messages.success(request, _("The proposal is dealt with."))
    return redirect("scorecards:rubric_detail", pk=note.rubric_id)


# --- helpers ----------------------------------------------------------------------------------------
def _require_editor(request: SignedInRequest) -> None:
    if not can_edit_rubrics(request.user):
        raise PermissionDenied(_("Rubrics are written by editors and administrators."))


def _version(request: SignedInRequest, pk: int) -> RubricVersion:
    version = get_object_or_404(
        RubricVersion.objects.visible_to(request.user).with_structure(), pk=pk
    )
    _require_editor(request)
    return version


def _section(request: SignedInRequest, pk: int) -> Section:
    visible = RubricVersion.objects.visible_to(request.user)
    section = get_object_or_404(
        Section.objects.select_related("version__rubric"), pk=pk, version__in=visible
    )
    _require_editor(request)
    return section


def _criterion(request: SignedInRequest, pk: int) -> Criterion:
    visible = RubricVersion.objects.visible_to(request.user)
    criterion = get_object_or_404(
        Criterion.objects.select_related("section__version__rubric").prefetch_related("levels"),
        pk=pk,
        section__version__in=visible,
    )
    _require_editor(request)
    return criterion


def _countable(request: SignedInRequest) -> Any:
    return Scorecard.objects.visible_to(request.user).submitted().besides_practice()


def _weights(version: RubricVersion) -> dict[str, Any]:
    """`parts`: each section and criterion with its share of the whole."""
    found = shares(spec_of(version))
    return {
        "parts": [
            {
                "section": section,
                "share": found.sections[section.pk],
                "rows": [
                    {"criterion": row, "share": found.criteria[row.pk]}
                    for row in section.criteria.all()
                ],
            }
            for section in version.sections.all()
        ]
    }


def _notes(request: SignedInRequest, rubric: int) -> RubricNoteQuerySet:
    """The wordings proposed for a rubric that wait, with where they come from."""
    notes = RubricNote.objects.visible_to(request.user).waiting().filter(rubric=rubric)
    return notes.with_place(request.user).order_by("written_at", "pk")


def _notes_in(
    request: SignedInRequest, version: RubricVersion | None, rubric: Rubric
) -> list[dict[str, Any]]:
    """The same with the titles that their criteria have in `version`, if they are in it. Two queries."""
    notes = list(_notes(request, rubric.pk))
    rows = Criterion.objects.filter(section__version=version) if notes and version else ()
    titles = {row.key: row.title for row in rows}
    return [{"note": note, "title": titles.get(note.criterion_key, "")} for note in notes]


def _problems(version: RubricVersion) -> list[Any]:
    keys = {row.key: row.pk for part in version.sections.all() for row in part.criteria.all()}
    return [
        {"text": found.text, "criterion": keys.get(found.criterion)}
        for found in problems(structure_of(version))
    ]


def _editor(
    request: SignedInRequest,
    version: RubricVersion,
    *,
    policies: PoliciesForm | None = None,
    sections: dict[int, SectionForm] | None = None,
    new_section: NewPartForm | None = None,
    new_criteria: dict[int, NewPartForm] | None = None,
) -> dict[str, Any]:
    context = _weights(version)
    notes: dict[str, list[RubricNote]] = {}
    for note in _notes(request, version.rubric_id):
        notes.setdefault(note.criterion_key, []).append(note)
    for part in context["parts"]:
        for row in part["rows"]:
            row["notes"] = notes.pop(row["criterion"].key, [])
        section = part["section"]
        prefix = f"section-{section.pk}-%s"
        part["form"] = (sections or {}).get(section.pk) or SectionForm(instance=section)
        part["form"].auto_id = prefix
        part["new"] = (new_criteria or {}).get(section.pk) or NewPartForm()
        part["new"].fields["title"].label = _("New criterion")
        part["new"].auto_id = f"new-in-{section.pk}-%s"
    new_section = new_section or NewPartForm()
    new_section.auto_id = "new-section-%s"
    new_section.fields["title"].label = _("New section")
    return {
        **context,
        "version": version,
        "policies": policies or PoliciesForm(instance=version),
        "new_section": new_section,
        "problems": _problems(version),
        # About criteria that are not in this draft any more.
        "stray_notes": [note for found in notes.values() for note in found],
    }


def _change(
    request: SignedInRequest,
    version_pk: int,
    fragment: str,
    action: Any,
    *args: Any,
    said: str = "",
    **kwargs: Any,
) -> HttpResponse:
    """Do it; answer htmx with the changed fragment, everybody else with the editor."""
    try:
        action(*args, by=request.user, **kwargs)
    except Refused as refusal:
        return refuse(request, refusal, back="scorecards:rubric_list")
    if not request.htmx:
        messages.success(request, said or _("Saved."))
        return redirect("scorecards:rubric_edit", pk=version_pk)
    editor = _editor(request, load_version(version_pk))
    context = {**editor, "is_update": True, "said": said or _("Saved.")}
    return render(request, f"scorecards/rubric_edit.html#{fragment}_saved", context)


def _invalid(
    request: SignedInRequest,
    version: RubricVersion,
    fragment: str,
    words: str,
    *,
    at: int | None = None,
    **bound: Any,
) -> HttpResponse:
    """What was typed, with what is wrong about it; `words` say what was not saved. `at` is the section
    that the fragment "section" is about."""
    template = "scorecards/rubric_edit.html" + (f"#{fragment}_refused" if request.htmx else "")
    context = _editor(request, version, **bound) | {"unsaved": words, "said": words}
    context["is_update"] = bool(request.htmx)
    if at is not None and request.htmx:
        context["part"] = next(part for part in context["parts"] if part["section"].pk == at)
    response = render(request, template, context, status=422)
    response["HX-Retarget"] = f"#{fragment}" if at is None else f"#{fragment}-{at}-form"
    response["HX-Reswap"] = "outerHTML"
    return response


def _not_saved(form: forms.BaseForm, title: str = "") -> str:
    """Which of its fields were not, and of what."""
    words = {
        "what": ", ".join(str(form[name].label) for name in form.errors if name in form.fields),
        "title": title,
    }
    return (
        _("Not saved: %(what)s of “%(title)s”.") if title else _("Not saved: %(what)s.")
    ) % words


def _confirm(
    request: SignedInRequest, version: RubricVersion, thing: Any, contents: list[str]
) -> HttpResponse:
    context = {"version": version, "thing": thing, "contents": contents}
    return render(request, "scorecards/rubric_delete.html", context)


def _go(request: SignedInRequest, name: str, pk: int, anchor: str = "") -> HttpResponse:
    address = reverse(name, args=[pk]) + (f"#{anchor}" if anchor else "")
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)


def _place(request: SignedInRequest, here: int) -> int:
    if request.POST.get("direction") == "up":
        return here - 1
    if request.POST.get("direction") == "down":
        return here + 1
    place = request.POST.get("place", "")
    return int(place) if place.isdecimal() and len(place) < 6 else here


def _with_one_level_more(request: SignedInRequest) -> Any:
    data = request.POST.copy()
    total = data.get("levels-TOTAL_FORMS", "")
    if total.isdecimal() and len(total) < 4:
        data["levels-TOTAL_FORMS"] = str(int(total) + 1)
    return data


def _recent_flows() -> list[str]:
    """The flows that the last 5,000 conversations had, the most frequent first. One query, however many
    there are in all; the names alone say nothing about anybody."""
    newest = Interaction.objects.order_by("-occurred_at", "-pk").values_list("flow", flat=True)
    return [flow for flow, _times in Counter(filter(None, newest[:5000])).most_common(30)]


def _criteria(version: RubricVersion) -> list[Criterion]:
    return [row for section in version.sections.all() for row in section.criteria.all()]


def _earlier(version: RubricVersion, pk: int) -> list[Criterion]:
    rows = _criteria(version)
    return rows[: next(n for n, row in enumerate(rows) if row.pk == pk)]
