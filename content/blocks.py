"""StreamField blocks. Each is small, names its template, and can be previewed."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.contrib.typed_table_block.blocks import TypedTableBlock
from wagtail.images.blocks import ImageChooserBlock

from content.blocks_lessons import AudioBlock, DownloadBlock, SampleInteractionBlock, VideoBlock
from content.languages import preferred_one
from content.steps import Step
from content.translations import languages_of
from people.channels import Channel

_WORDS = ["bold", "italic", "code", "link", "document-link"]
RICH_TEXT_FEATURES = ["h2", "h3", "h4", "ol", "ul", "blockquote", "hr", *_WORDS]


STEP_TEXTS = [
    ("instruction", _("What to do")),
    ("say", _("Say")),
    ("record", _("Record")),
    ("check", _("Check before going on")),
]


class ChannelVariantBlock(blocks.StructBlock):
    """Other words of a step on one channel. What is left empty is as on the other channels."""

    channel = blocks.ChoiceBlock(choices=Channel.choices, label=_("On this channel"))
    instruction = blocks.RichTextBlock(
        features=["bold", "italic", "ul", "ol", "link"], required=False, label=_("What to do")
    )
    say = blocks.TextBlock(required=False, label=_("Say"))
    record = blocks.TextBlock(required=False, label=_("Record"))
    check = blocks.TextBlock(required=False, label=_("Check before going on"))
    leave_out = blocks.MultipleChoiceBlock(
        choices=STEP_TEXTS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label=_("Does not hold here"),
        help_text=_("What the step says elsewhere and not on this channel."),
        search_index=False,
    )

    class Meta:
        icon = "comment"
        label = _("Other words on a channel")


class BranchTargetBlock(blocks.CharBlock):
    """Where an answer leads: "next", "done", "procedure", "step:<block id>" or "level:<key>".

    The editor's browser offers the page's own steps and escalation levels by their names
    (`static/js/procedure_editor.js`).
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, search_index=False, **kwargs)
        self.field.widget = forms.TextInput(
            attrs={
                "data-branch-target": "",
                "data-label-next": _("The next step"),
                "data-label-step": _("Step"),
                "data-label-level": _("Escalate to"),
                "data-label-procedure": _("Another procedure (choose it below)"),
                "data-label-done": _("Done: this ends here"),
                "data-label-gone": _("Something that is not on this page any more"),
            }
        )


class AnswerBlock(blocks.StructBlock):
    answer = blocks.CharBlock(required=False, label=_("Answer"), max_length=120)
    to = BranchTargetBlock(default="next", label=_("Go on with"), max_length=300)
    procedure = blocks.PageChooserBlock(
        page_type="content.ProcedurePage",
        required=False,
        label=_("Other procedure"),
        help_text=_("Only if the answer leads to another procedure."),
    )

    class Meta:
        icon = "arrow-right"
        label = _("Answer")


class ExampleBlock(blocks.StructBlock):
    do = blocks.TextBlock(label=_("Do"))
    dont = blocks.TextBlock(label=_("Don't"))

    class Meta:
        icon = "tick"
        label = _("Do and don't")
        template = "content/blocks/example.html"
        preview_value = {
            "do": _("You stayed in all morning and nobody came. I'm sorry."),
            "dont": _("We apologise for any inconvenience."),
        }


class StepBlock(blocks.StructBlock):
    """One step. What it says on which channel and where it leads, `content.steps` works out."""

    title = blocks.CharBlock(label=_("Step"), max_length=200)
    who = blocks.ChoiceBlock(
        choices=[
            ("agent", _("Agent")),
            ("supervisor", _("Supervisor")),
            ("customer", _("Customer")),
        ],
        default="agent",
        label=_("Who"),
        search_index=False,
    )
    channels = blocks.MultipleChoiceBlock(
        choices=Channel.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label=_("Only on these channels"),
        help_text=_("None means that the step holds on them all."),
        search_index=False,
    )
    instruction = blocks.RichTextBlock(
        features=["bold", "italic", "ul", "ol", "link"], required=False, label=_("What to do")
    )
    say = blocks.TextBlock(required=False, label=_("Say"), help_text=_("Words that work."))
    record = blocks.TextBlock(required=False, label=_("Record"))
    check = blocks.TextBlock(required=False, label=_("Check before going on"))
    variants = blocks.ListBlock(
        ChannelVariantBlock(), default=[], label=_("Other words on a channel")
    )
    question = blocks.CharBlock(
        required=False,
        label=_("Question"),
        max_length=200,
        help_text=_("What decides how it goes on. Without answers the next step follows."),
    )
    answers = blocks.ListBlock(AnswerBlock(), default=[], label=_("Answers"))
    examples = blocks.ListBlock(ExampleBlock(), default=[], label=_("Do and don't"))

    class Meta:
        icon = "list-ol"
        label = _("Step")
        template = "content/blocks/step.html"
        preview_value = {
            "title": _("Check identity and find the order"),
            "who": "agent",
            "instruction": _(
                "<p>Ask for two facts, then compare the promised date with today.</p>"
            ),
            "say": _("Let me find out where it is."),
            "record": _("The last scan, and the cause if it is known."),
            "check": _("Is the order really late?"),
        }

    def get_context(
        self, value: blocks.StructValue, parent_context: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Adds `step`, as the template shows it; for the editor's preview of a single block."""
        context: dict[str, Any] = super().get_context(value, parent_context=parent_context)
        return {"step": Step.of(value, key="", number=1), **context}


class CalloutBlock(blocks.StructBlock):
    kind = blocks.ChoiceBlock(
        choices=[("info", _("Good to know")), ("tip", _("Tip")), ("warning", _("Careful"))],
        default="info",
        label=_("Kind"),
        search_index=False,
    )
    text = blocks.TextBlock(label=_("Text"))

    class Meta:
        icon = "warning"
        label = _("Callout")
        template = "content/blocks/callout.html"
        preview_value = {"kind": "warning", "text": _("Never ask for the full card number.")}


class FigureBlock(blocks.StructBlock):
    image = ImageChooserBlock(label=_("Image"))
    alt = blocks.CharBlock(
        label=_("What it shows"),
        help_text=_("For people who cannot see it."),
        max_length=300,
    )
    caption = blocks.CharBlock(required=False, label=_("Caption"), max_length=300)

    class Meta:
        icon = "image"
        label = _("Image")
        template = "content/blocks/figure.html"


class EmbeddedProcedureBlock(blocks.StructBlock):
    """A procedure inside a lesson; always the edition that is published now."""

    procedure = blocks.PageChooserBlock(page_type="content.ProcedurePage", label=_("Procedure"))

    class Meta:
        icon = "doc-full-inverse"
        label = _("Procedure")
        template = "content/blocks/embedded_procedure.html"

    def get_context(
        self, value: blocks.StructValue, parent_context: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Adds `procedure` and its `flow`, unless it is unpublished or not for this reader. One query,
        one more with several languages, and one if it leads to other procedures."""
        context: dict[str, Any] = super().get_context(value, parent_context=parent_context)
        page, request = value.get("procedure"), context.get("request")
        if page is None or request is None:
            return {**context, "procedure": None}
        if not page.is_readable_by(request.user):
            return {**context, "procedure": None, "is_closed": page.live}
        page = preferred_one(page, user=request.user)
        return {
            **context,
            "procedure": page,
            "flow": page.flow(request.user),
            "page_languages": languages_of(page, request.user),
        }


class CodeBlock(blocks.StructBlock):
    """Words to be typed exactly as they stand: a command, a code, a filled-in form."""

    language = blocks.RegexBlock(
        regex=r"^[\w+#.-]*$", required=False, label=_("Language"), max_length=30, search_index=False
    )
    code = blocks.TextBlock(label=_("Text"))

    class Meta:
        icon = "code"
        label = _("Code")
        template = "content/blocks/code.html"
        preview_value = {"language": "", "code": _("REFUND 4711 FULL")}


class TableBlock(TypedTableBlock):
    text = blocks.RichTextBlock(features=_WORDS, required=False, label=_("Text"))

    class Meta:
        icon = "table"
        label = _("Table")
        template = "content/blocks/table.html"


class ManualNotesBlock(blocks.StreamBlock):
    text = blocks.RichTextBlock(
        features=RICH_TEXT_FEATURES, label=_("Text"), template="content/blocks/text.html"
    )
    callout = CalloutBlock()
    example = ExampleBlock()
    image = FigureBlock()
    table = TableBlock()
    code = CodeBlock()


class LessonBodyBlock(blocks.StreamBlock):
    text = blocks.RichTextBlock(
        features=RICH_TEXT_FEATURES, label=_("Text"), template="content/blocks/text.html"
    )
    callout = CalloutBlock()
    image = FigureBlock()
    procedure = EmbeddedProcedureBlock()
    video = VideoBlock()
    audio = AudioBlock()
    sample = SampleInteractionBlock()
    download = DownloadBlock()
