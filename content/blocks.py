"""StreamField blocks. Each is small, names its template, and can be previewed."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.images.blocks import ImageChooserBlock

RICH_TEXT_FEATURES = ["h2", "h3", "bold", "italic", "ol", "ul", "link", "document-link"]


class StepBlock(blocks.StructBlock):
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
    instruction = blocks.RichTextBlock(
        features=["bold", "italic", "ul", "ol", "link"], required=False, label=_("What to do")
    )
    say = blocks.TextBlock(required=False, label=_("Say"), help_text=_("Words that work."))
    record = blocks.TextBlock(required=False, label=_("Record"))
    check = blocks.TextBlock(required=False, label=_("Check before going on"))

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
        """Adds `procedure`, unless it is unpublished or not for this reader. One query."""
        context: dict[str, Any] = super().get_context(value, parent_context=parent_context)
        page, request = value.get("procedure"), context.get("request")
        may_read = (
            page is not None
            and request is not None
            and type(page).objects.visible_to(request.user).filter(pk=page.pk).exists()
        )
        return {**context, "procedure": page if may_read else None}


class ManualNotesBlock(blocks.StreamBlock):
    text = blocks.RichTextBlock(
        features=RICH_TEXT_FEATURES, label=_("Text"), template="content/blocks/text.html"
    )
    callout = CalloutBlock()
    example = ExampleBlock()
    image = FigureBlock()


class LessonBodyBlock(blocks.StreamBlock):
    text = blocks.RichTextBlock(
        features=RICH_TEXT_FEATURES, label=_("Text"), template="content/blocks/text.html"
    )
    callout = CalloutBlock()
    image = FigureBlock()
    procedure = EmbeddedProcedureBlock()
