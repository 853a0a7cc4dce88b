"""The blocks of a lesson that are played, downloaded or shown as a conversation."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.blocks.struct_block import StructBlockValidationError
from wagtail.documents.blocks import DocumentChooserBlock

from content import media, transcripts
from people.channels import Channel


class PlayedBlock(blocks.StructBlock):
    """A file that the browser plays by itself; nothing is loaded from elsewhere."""

    types: Mapping[str, str] = {}
    wrong_type: Any = ""

    def clean(self, value: blocks.StructValue) -> blocks.StructValue:
        cleaned = super().clean(value)
        errors: dict[str, ValidationError] = {}
        file, captions = cleaned.get("file"), cleaned.get("captions")
        if file is not None and media.extension(file) not in self.types:
            errors["file"] = ValidationError(self.wrong_type)
        if captions is not None and (wrong := media.what_is_wrong_with(captions)):
            errors["captions"] = ValidationError(wrong)
        if errors:
            raise StructBlockValidationError(block_errors=errors)
        return cleaned

    def get_context(
        self, value: blocks.StructValue, parent_context: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Adds `media_type`."""
        context: dict[str, Any] = super().get_context(value, parent_context=parent_context)
        file = value.get("file")
        return {**context, "media_type": self.types.get(media.extension(file), "") if file else ""}


class VideoBlock(PlayedBlock):
    """Captions are required: without them a draft can be kept, but not published."""

    types = media.VIDEO
    wrong_type = _("A video is an .mp4 or .webm file.")

    title = blocks.CharBlock(label=_("Title"), max_length=200)
    file = DocumentChooserBlock(label=_("Video (.mp4, .webm)"))
    captions = DocumentChooserBlock(
        label=_("Captions (.vtt)"),
        help_text=_(
            "A WebVTT file with what is said and heard. Needed before it can be published."
        ),
    )
    transcript = blocks.TextBlock(
        required=False,
        label=_("Transcript"),
        help_text=_("What is said and shown, for who reads rather than watches."),
    )

    class Meta:
        icon = "media"
        label = _("Video")
        template = "content/blocks/video.html"


class AudioBlock(PlayedBlock):
    """The transcript is required: without it a draft can be kept, but not published."""

    types = media.AUDIO
    wrong_type = _("A recording is an .mp3, .wav, .ogg or .webm file.")

    title = blocks.CharBlock(label=_("Title"), max_length=200)
    file = DocumentChooserBlock(label=_("Recording (.mp3, .wav, .ogg, .webm)"))
    transcript = blocks.TextBlock(
        label=_("Transcript"),
        help_text=_("What is said, for who cannot hear it. Needed before it can be published."),
    )

    class Meta:
        icon = "media"
        label = _("Audio")
        template = "content/blocks/audio.html"


class DownloadBlock(blocks.StructBlock):
    file = DocumentChooserBlock(label=_("File"))
    note = blocks.CharBlock(required=False, label=_("What it is for"), max_length=300)

    class Meta:
        icon = "download"
        label = _("Download")
        template = "content/blocks/download.html"


class HighlightBlock(blocks.StructBlock):
    words = blocks.CharBlock(
        label=_("Words"), max_length=500, help_text=_("Exactly as they stand in the message.")
    )
    note = blocks.TextBlock(
        label=_("Note"), help_text=_("What is good or bad about them, and why.")
    )
    kind = blocks.ChoiceBlock(
        choices=[("good", _("Good")), ("bad", _("Better otherwise")), ("note", _("Worth noting"))],
        default="note",
        label=_("Kind"),
        search_index=False,
    )

    class Meta:
        icon = "edit"
        label = _("Highlight")


class SampleMessageBlock(blocks.StructBlock):
    who = blocks.ChoiceBlock(
        choices=[("customer", _("Customer")), ("agent", _("Agent"))],
        default="customer",
        label=_("Who"),
        search_index=False,
    )
    time = blocks.CharBlock(
        required=False, label=_("Time"), max_length=20, help_text=_("For example 0:42, or 14:05.")
    )
    text = blocks.TextBlock(label=_("Text"))
    highlights = blocks.ListBlock(HighlightBlock(), default=[], label=_("Highlights"))

    class Meta:
        icon = "comment"
        label = _("Message")

    def clean(self, value: blocks.StructValue) -> blocks.StructValue:
        cleaned = super().clean(value)
        chosen = [str(each["words"]) for each in cleaned["highlights"]]
        if gone := transcripts.missing(cleaned["text"], chosen):
            words = gettext("”, “").join(chosen[place] for place in gone)
            raise StructBlockValidationError(
                block_errors={
                    "text": ValidationError(
                        gettext(
                            "“%s” is highlighted and does not stand here. Copy it from the text."
                        )
                        % words
                    )
                }
            )
        return cleaned


class SampleInteractionBlock(blocks.StructBlock):
    """A conversation made up for the lesson, in the look that real ones have."""

    title = blocks.CharBlock(label=_("Title"), max_length=200)
    channel = blocks.ChoiceBlock(
        choices=Channel.choices, default=Channel.CHAT, label=_("Channel"), search_index=False
    )
    paste = blocks.TextBlock(
        required=False,
        label=_("Paste a transcript"),
        help_text=_(
            "Lines such as “Customer: …” and “Agent (0:42): …”. When you save, they become messages "
            "below, to which you can add highlights."
        ),
        search_index=False,
    )
    messages = blocks.ListBlock(SampleMessageBlock(), default=[], label=_("Messages"))

    class Meta:
        icon = "comment"
        label = _("Sample interaction")
        template = "content/blocks/sample.html"
        preview_value = {
            "title": _("A bowl that came broken"),
            "channel": "chat",
            "messages": [
                {
                    "who": "customer",
                    "time": "14:02",
                    "text": _("My bowl arrived in three pieces."),
                    "highlights": [],
                },
                {
                    "who": "agent",
                    "time": "14:03",
                    "text": _("Oh no, I'm sorry. Would you like a new one or your money back?"),
                    "highlights": [
                        {
                            "words": _("a new one or your money back"),
                            "note": _(
                                "The customer chooses, and knows at once that both are possible."
                            ),
                            "kind": "good",
                        }
                    ],
                },
            ],
        }

    def clean(self, value: blocks.StructValue) -> blocks.StructValue:
        """A pasted transcript goes behind the messages there are, and its field is empty again."""
        lines: list[transcripts.Line] = []
        if pasted := str(value.get("paste") or "").strip():
            try:
                lines = transcripts.parse(pasted)
            except transcripts.NotUnderstood as refusal:
                raise StructBlockValidationError(
                    block_errors={
                        "paste": ValidationError(
                            gettext(
                                "Line %d does not say who speaks. Begin it with “Customer:” or “Agent:”."
                            )
                            % refusal.line
                        )
                    }
                ) from refusal
        cleaned = super().clean(value)
        for line in lines:
            row = {"who": line.who, "time": line.time, "text": line.text, "highlights": []}
            cleaned["messages"].append(self.child_blocks["messages"].child_block.to_python(row))
        cleaned["paste"] = ""
        if not cleaned["messages"]:
            raise StructBlockValidationError(
                block_errors={
                    "paste": ValidationError(gettext("Paste a transcript, or add a message below."))
                }
            )
        return cleaned

    def get_context(
        self, value: blocks.StructValue, parent_context: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Adds `turns`: each message with its words cut into pieces, and its notes by their numbers."""
        context: dict[str, Any] = super().get_context(value, parent_context=parent_context)
        turns, number, before = [], 0, ""
        for message in value.get("messages") or []:
            notes = []
            for highlight in message["highlights"]:
                number += 1
                notes.append((number, highlight))
            cut = transcripts.pieces(
                str(message["text"]), [(str(each["words"]), place) for place, each in notes]
            )
            kinds = {place: each["kind"] for place, each in notes}
            turns.append(
                {
                    "message": message,
                    "pieces": [(piece, kinds.get(piece.note, "")) for piece in cut],
                    "notes": notes,
                    "opens": message["who"] != before,
                }
            )
            before = message["who"]
        channel = value.get("channel")
        label = Channel(channel).label if channel in Channel.values else ""
        return {**context, "turns": turns, "channel_label": label}
