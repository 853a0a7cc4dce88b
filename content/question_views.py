"""Import and export of the bank of questions, in the Wagtail admin."""

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from content import gift
from content.models import Question
from content.question_exchange import export_gift, import_gift
from people.requests import SignedInRequest
from ui.uploads import UploadField

LARGEST_FILE = 5 * 1024 * 1024


class GiftForm(forms.Form):
    file = UploadField(
        most=LARGEST_FILE,
        error_messages={
            "too_large": _(
                "The file is larger than %(most)s. Split it, or use the command import_gift."
            )
        },
        label=_("GIFT file"),
        help_text=_("A text file in UTF-8, of at most 5 MB."),
    )
    tags = forms.CharField(
        label=_("Tags for all its questions"),
        required=False,
        max_length=200,
        help_text=_("Separated by commas. Its categories become tags by themselves."),
    )
    replace = forms.BooleanField(
        label=_("Replace questions that are in the bank with other contents"),
        required=False,
        help_text=_(
            "Quizzes ask the new wording from then on; attempts keep what they were asked."
        ),
    )

    def clean_tags(self) -> list[str]:
        return [tag.strip() for tag in self.cleaned_data["tags"].split(",") if tag.strip()]


@require_http_methods(["GET", "HEAD", "POST"])
def gift_import(request: SignedInRequest) -> HttpResponse:
    """The form, and after it the report: what was read, and what was not, by line."""
    if not request.user.has_perm("content.add_question"):
        raise PermissionDenied
    form = GiftForm(request.POST or None, request.FILES or None)
    if request.method != "POST":
        return render(request, "content/admin/gift_import.html", {"form": GiftForm()})
    may_change = request.user.has_perm("content.change_question")
    if not form.is_valid():
        return render(request, "content/admin/gift_import.html", {"form": form}, status=422)
    report = import_gift(
        gift.lines_of(form.cleaned_data["file"]),
        by=request.user,
        replace=form.cleaned_data["replace"] and may_change,
        tags=form.cleaned_data["tags"],
    )
    context = {"form": GiftForm(), "report": report, "name": form.cleaned_data["file"].name}
    return render(request, "content/admin/gift_import.html", context)


@require_safe
def gift_export(request: SignedInRequest) -> HttpResponseBase:
    """The questions that the listing's filters leave, as a file."""
    from content.hooks_questions import QuestionFilterSet

    if not request.user.has_perm("content.view_question") and not request.user.has_perm(
        "content.change_question"
    ):
        raise PermissionDenied
    questions = QuestionFilterSet(request.GET, queryset=Question.objects.all(), request=request).qs
    response = StreamingHttpResponse(
        export_gift(questions.order_by("key").distinct()), content_type="text/plain; charset=utf-8"
    )
    response["Content-Disposition"] = 'attachment; filename="questions.gift.txt"'
    return response
