"""The blocks of a role play."""

from django.utils.translation import gettext_lazy as _
from wagtail import blocks

MOODS = [
    ("calm", _("Calm")),
    ("glad", _("Glad")),
    ("worried", _("Worried")),
    ("annoyed", _("Annoyed")),
    ("angry", _("Angry")),
]


class MarkBlock(blocks.StructBlock):
    criterion = blocks.RegexBlock(
        regex=r"^[-a-zA-Z0-9_]+$",
        max_length=60,
        label=_("Key of the criterion"),
        help_text=_("As it stands in the rubric, such as “tone”."),
        search_index=False,
    )
    level = blocks.IntegerBlock(
        min_value=1, max_value=20, label=_("Level"), help_text=_("1 is the lowest.")
    )
    why = blocks.TextBlock(required=False, label=_("Why"), search_index=False)

    class Meta:
        icon = "tick"
        label = _("What it shows by the rubric")


class WayBlock(blocks.StructBlock):
    text = blocks.TextBlock(label=_("What the trainee says or does"))
    to = blocks.CharBlock(
        required=False,
        max_length=80,
        label=_("Leads to"),
        help_text=_("The name of a scene or of an end."),
        search_index=False,
    )
    consequence = blocks.TextBlock(required=False, label=_("What follows, told at once"))
    marks = blocks.ListBlock(MarkBlock(), default=[], label=_("What it shows by the rubric"))

    class Meta:
        icon = "arrow-right"
        label = _("Choice")


class SceneBlock(blocks.StructBlock):
    name = blocks.CharBlock(
        max_length=80,
        label=_("Name of the scene"),
        help_text=_("Choices lead here by this name. Trainees do not see it."),
        search_index=False,
    )
    says = blocks.TextBlock(label=_("What the customer says"))
    mood = blocks.ChoiceBlock(choices=MOODS, required=False, label=_("Mood"), search_index=False)
    is_written = blocks.BooleanBlock(
        required=False,
        label=_("The trainee writes an answer"),
        help_text=_("It is compared by the trainee themself and never marked by its words."),
    )
    model_answer = blocks.TextBlock(required=False, label=_("An answer to compare with"))
    checklist = blocks.ListBlock(
        blocks.CharBlock(max_length=200, required=False), default=[], label=_("What to look for")
    )
    choices = blocks.ListBlock(
        WayBlock(),
        default=[],
        label=_("Choices"),
        help_text=_("After a written answer: how it went, as the trainee judges it."),
    )
    to = blocks.CharBlock(
        required=False,
        max_length=80,
        label=_("Leads to"),
        help_text=_("Only after a written answer without choices."),
        search_index=False,
    )

    class Meta:
        icon = "comment"
        label = _("Scene")


class EndBlock(blocks.StructBlock):
    name = blocks.CharBlock(max_length=80, label=_("Name of the end"), search_index=False)
    kind = blocks.ChoiceBlock(
        choices=[("good", _("Good end")), ("bad", _("Bad end"))],
        default="good",
        label=_("Kind"),
        search_index=False,
    )
    text = blocks.TextBlock(label=_("What became of the customer"))

    class Meta:
        icon = "flag"
        label = _("End")


class ScenarioBlock(blocks.StreamBlock):
    scene = SceneBlock()
    end = EndBlock()
