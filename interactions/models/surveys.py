"""What customers say of how they were served, and the questions they are asked."""

from typing import Any

from django import forms
from django.conf import settings
from django.conf.global_settings import LANGUAGES
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel
from wagtail.admin.panels import FieldPanel, FieldRowPanel, InlinePanel, MultiFieldPanel
from wagtail.models import Orderable, PreviewableMixin

from interactions.models.withholding import ids_withheld_from
from people.choices import WithWords
from people.models import User


class SurveyAnswerQuerySet(models.QuerySet["SurveyAnswer"]):
    def low(self) -> "SurveyAnswerQuerySet":
        """What a dissatisfied customer answers, by `SurveyAnswer.LOW_UP_TO`."""
        is_low = Q(pk__in=[])
        for kind, highest in SurveyAnswer.LOW_UP_TO.items():
            is_low |= Q(kind=kind, value__lte=highest)
        return self.filter(is_low)

    def on_a_scale(self) -> "SurveyAnswerQuerySet":
        return self.filter(value__isnull=False)

    def open_to(self, user: User) -> "SurveyAnswerQuerySet":
        """Without those of interactions that `user` is about to judge. Whether they may see the
        interaction at all is another question."""
        rows = self
        for ids in ids_withheld_from(user):
            rows = rows.exclude(interaction__in=ids)
        return rows


class SurveyAnswer(WithWords):
    """What a customer said of one interaction when asked: one row for each answer.

    `value` lies on the scale of its kind and is empty for a comment; `text` is the customer's own
    words. `source` names where the answer was given. `recorded_at` is when it came to us, or came to
    say what it says now: until then nobody here could have known it. `version` and `invitation` say by
    which words and which mail we asked; both are empty where somebody else did.
    """

    class Kind(models.TextChoices):
        CSAT = "csat", _("Satisfaction")
        NPS = "nps", _("Would recommend us")
        CES = "ces", _("Ease")
        RESOLVED = "resolved", _("Resolved")
        COMMENT = "comment", _("Comment")

    # The lowest and the highest value of each kind; the highest is the best.
    SCALES = {Kind.CSAT: (1, 5), Kind.NPS: (0, 10), Kind.CES: (1, 7), Kind.RESOLVED: (0, 1)}
    # The one definition of a low rating (docs/glossary.md).
    LOW_UP_TO = {Kind.CSAT: 2, Kind.NPS: 6, Kind.CES: 3, Kind.RESOLVED: 0}

    interaction = models.ForeignKey(
        "Interaction", on_delete=models.CASCADE, related_name="survey_answers"
    )
    kind = models.CharField(_("question"), max_length=10, choices=Kind.choices)
    value = models.PositiveSmallIntegerField(_("value"), null=True, blank=True)
    text = models.TextField(_("text"), blank=True)
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=60)
    recorded_at = models.DateTimeField(_("recorded"), default=timezone.now)
    version = models.ForeignKey(
        "SurveyVersion",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="answers",
        verbose_name=_("as it was asked"),
    )
    invitation = models.ForeignKey(
        "SurveyInvitation",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="answers",
        verbose_name=_("invitation"),
    )

    objects = SurveyAnswerQuerySet.as_manager()

    class Meta:
        verbose_name = _("survey answer")
        verbose_name_plural = _("survey answers")
        constraints = [
            models.UniqueConstraint(
                fields=["interaction", "kind"], name="interactions_surveyanswer_once"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["csat", "nps", "ces", "resolved", "comment"]),
                name="interactions_surveyanswer_kind",
            ),
            # A comparison with NULL is neither true nor false, and would pass: hence the first part.
            models.CheckConstraint(
                condition=~Q(kind="csat") | Q(value__isnull=False, value__gte=1, value__lte=5),
                name="interactions_surveyanswer_csat",
            ),
            models.CheckConstraint(
                condition=~Q(kind="nps") | Q(value__isnull=False, value__gte=0, value__lte=10),
                name="interactions_surveyanswer_nps",
            ),
            models.CheckConstraint(
                condition=~Q(kind="ces") | Q(value__isnull=False, value__gte=1, value__lte=7),
                name="interactions_surveyanswer_ces",
            ),
            models.CheckConstraint(
                condition=~Q(kind="resolved") | Q(value__isnull=False, value__gte=0, value__lte=1),
                name="interactions_surveyanswer_resolved",
            ),
            models.CheckConstraint(
                condition=~Q(kind="comment") | (Q(value__isnull=True) & ~Q(text="")),
                name="interactions_surveyanswer_comment",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.interaction_id}: {'' if self.value is None else self.value}"

    @property
    def is_low(self) -> bool:
        highest = self.LOW_UP_TO.get(self.Kind(self.kind))
        return highest is not None and self.value is not None and self.value <= highest

    @property
    def on_its_scale(self) -> str:
        """The value for people, with the end of its scale: "2 of 5"; empty for a comment."""
        if self.value is None:
            return ""
        if self.kind == self.Kind.RESOLVED:
            return gettext("yes") if self.value else gettext("no")
        return gettext("%(value)s of %(highest)s") % {
            "value": self.value,
            "highest": self.SCALES[self.Kind(self.kind)][1],
        }


class Survey(PreviewableMixin, ClusterableModel):
    """What customers are asked, in one language and in the editor's words: all that the mail and the page
    say. Each change of the words makes a `SurveyVersion`, and who was asked before goes on seeing theirs.

    A survey is switched off and not deleted: what customers answered points at it.
    """

    name = models.CharField(
        _("name"), max_length=80, unique=True, help_text=_("Only we see it, in lists and rules.")
    )
    language = models.CharField(_("language"), max_length=12, default="en")
    is_active = models.BooleanField(
        _("in use"), default=True, help_text=_("When it is not, nobody new is asked.")
    )
    title = models.CharField(_("heading"), max_length=120, default="How did we do?")
    introduction = models.TextField(
        _("introduction"),
        blank=True,
        default="It takes a minute. Answer what you like and leave out the rest.",
    )
    yes_label = models.CharField(_("“Yes”"), max_length=40, default="Yes")
    no_label = models.CharField(_("“No”"), max_length=40, default="No")
    send_label = models.CharField(_("button"), max_length=60, default="Send my answers")
    missing_text = models.CharField(
        _("when nothing is answered"),
        max_length=200,
        default="Nothing is answered yet. Choose at least one answer, then send.",
    )
    wrong_text = models.CharField(
        _("when an answer does not fit"),
        max_length=200,
        default="Please look at the questions marked below: an answer is too long or not on the scale.",
    )
    thanks_title = models.CharField(_("heading of the thanks"), max_length=120, default="Thank you")
    thanks_text = models.TextField(
        _("thanks"),
        default="Your answers have arrived. They help us to serve you and others better.",
    )
    closed_text = models.CharField(
        _("when the link is too old"),
        max_length=300,
        default="This link has expired, so nothing can be sent any more. Thank you for coming.",
    )
    mail_subject = models.CharField(_("subject"), max_length=150, default="How did we do?")
    mail_text = models.TextField(
        _("mail"),
        default=(
            "You were in touch with us on {date}. Would you tell us how that went? "
            "It takes a minute."
        ),
        help_text=_("{date} becomes the day of the contact."),
    )
    mail_button = models.CharField(_("link"), max_length=60, default="Answer now")
    stop_label = models.CharField(
        _("link to be asked no more"), max_length=80, default="Do not ask me again"
    )
    stop_question = models.CharField(
        _("asked before that"), max_length=200, default="Shall we stop asking you for your opinion?"
    )
    stopped_text = models.CharField(
        _("said after that"),
        max_length=200,
        default="We will not ask you again. If that was a mistake, take it back here.",
    )
    resume_label = models.CharField(
        _("to take it back"), max_length=80, default="You may ask me again"
    )

    # What the customer reads.
    WORDS = (
        *("language", "title", "introduction", "yes_label", "no_label", "send_label"),
        *("missing_text", "wrong_text", "thanks_title", "thanks_text", "closed_text"),
        *("mail_subject", "mail_text", "mail_button"),
        *("stop_label", "stop_question", "stopped_text", "resume_label"),
    )

    panels = [
        MultiFieldPanel(
            [
                FieldPanel("name"),
                FieldRowPanel(
                    [
                        FieldPanel("language", widget=forms.Select(choices=LANGUAGES)),
                        FieldPanel("is_active"),
                    ]
                ),
            ],
            heading=_("About"),
        ),
        MultiFieldPanel([FieldPanel("title"), FieldPanel("introduction")], heading=_("Page")),
        InlinePanel(
            "questions",
            heading=_("Questions"),
            label=_("Question"),
            min_num=1,
            max_num=5,
            panels=[
                FieldPanel("kind"),
                FieldPanel("text"),
                FieldRowPanel([FieldPanel("lowest_label"), FieldPanel("highest_label")]),
            ],
        ),
        MultiFieldPanel(
            [
                FieldRowPanel([FieldPanel("yes_label"), FieldPanel("no_label")]),
                FieldPanel("send_label"),
                FieldPanel("missing_text"),
                FieldPanel("wrong_text"),
                FieldPanel("closed_text"),
            ],
            heading=_("Small words"),
        ),
        MultiFieldPanel(
            [FieldPanel("thanks_title"), FieldPanel("thanks_text")], heading=_("Thanks")
        ),
        MultiFieldPanel(
            [
                FieldPanel("mail_subject"),
                FieldPanel("mail_text"),
                FieldPanel("mail_button"),
                FieldPanel("stop_label"),
                FieldPanel("stop_question"),
                FieldPanel("stopped_text"),
                FieldPanel("resume_label"),
            ],
            heading=_("Mail"),
        ),
    ]

    class Meta:
        verbose_name = _("survey")
        verbose_name_plural = _("surveys")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if self.language not in dict(LANGUAGES):
            raise ValidationError({"language": _("Choose a language of the list.")})

    @property
    def wording(self) -> dict[str, Any]:
        """All that a customer reads, as a version keeps it."""
        questions = [
            {
                "kind": question.kind,
                "text": question.text,
                "lowest": question.lowest_label,
                "highest": question.highest_label,
            }
            for question in self.questions.all()
        ]
        return {**{name: getattr(self, name) for name in self.WORDS}, "questions": questions}

    @property
    def preview_modes(self) -> list[tuple[str, Any]]:
        return [("", _("Page")), ("thanks", _("Thanks")), ("mail", _("Mail"))]

    def serve_preview(self, request: HttpRequest, mode_name: str) -> HttpResponse:
        from interactions.surveys.wording import preview_context

        template = {"thanks": "thanks", "mail": "mail_preview"}.get(mode_name, "answer")
        context = preview_context(self.wording)
        return render(request, f"interactions/surveys/{template}.html", context)


class SurveyQuestion(Orderable):
    """One question of a survey; its kind decides on what scale it is answered."""

    survey = ParentalKey(Survey, on_delete=models.CASCADE, related_name="questions")
    kind = models.CharField(
        _("asks for"),
        max_length=10,
        choices=[
            (SurveyAnswer.Kind.CSAT.value, _("Satisfaction (CSAT), 1 to 5")),
            (SurveyAnswer.Kind.NPS.value, _("Would recommend us (NPS), 0 to 10")),
            (SurveyAnswer.Kind.CES.value, _("Ease (CES), 1 to 7")),
            (SurveyAnswer.Kind.RESOLVED.value, _("Resolved, yes or no")),
            (SurveyAnswer.Kind.COMMENT.value, _("Comment, in their own words")),
        ],
    )
    text = models.CharField(_("question"), max_length=300)
    lowest_label = models.CharField(_("the lowest means"), max_length=60, blank=True)
    highest_label = models.CharField(_("the highest means"), max_length=60, blank=True)

    class Meta(Orderable.Meta):
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        constraints = [
            models.UniqueConstraint(
                fields=["survey", "kind"],
                name="interactions_surveyquestion_once",
                violation_error_message=_("A survey asks each kind of question once."),
            )
        ]

    def __str__(self) -> str:
        return self.text

    def clean(self) -> None:
        if self.kind in ("comment", "resolved") and (self.lowest_label or self.highest_label):
            raise ValidationError(
                _("Only a scale of numbers has words at its ends; leave them empty here.")
            )


class SurveyVersion(models.Model):
    """The words of a survey as they were from a day on. Never changed."""

    survey = models.ForeignKey(Survey, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("number"))
    wording = models.JSONField(_("wording"))
    created_at = models.DateTimeField(_("since"), default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("version of a survey")
        verbose_name_plural = _("versions of surveys")
        ordering = ["survey", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["survey", "number"], name="interactions_surveyversion_once"
            )
        ]

    def __str__(self) -> str:
        return gettext("%(survey)s, version %(number)d") % {
            "survey": self.survey,
            "number": self.number,
        }
