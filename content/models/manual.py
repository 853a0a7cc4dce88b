"""The procedure manual."""

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, OuterRef, Prefetch, prefetch_related_objects
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey, ParentalManyToManyField
from wagtail.admin.panels import FieldPanel, InlinePanel, MultiFieldPanel
from wagtail.fields import StreamField
from wagtail.models import Orderable
from wagtail.search import index
from wagtail.search.queryset import SearchableQuerySetMixin

from content import blocks, links
from content.forms import ReplyTemplateForm
from content.models.base import EvenhandPage, Reader
from content.tree import Tree
from people.channels import Channel


class ManualPage(EvenhandPage):
    """A page of the manual: it knows the whole of it, to show where the reader is."""

    class Meta:
        abstract = True

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        manual = self if isinstance(self, ManualIndexPage) else self._manual()
        context["manual"] = manual
        context["tree"] = tree = manual_tree(manual, user=request.user) if manual else Tree([])
        context["trail"] = tree.trail(self)
        return context

    def _manual(self) -> "ManualIndexPage | None":
        return ManualIndexPage.objects.ancestor_of(self).first()


def manual_tree(manual: "ManualIndexPage", *, user: Reader) -> Tree:
    """The published sections and procedures below `manual` that `user` may read. Two queries."""
    return Tree(
        [
            *ManualSectionPage.objects.descendant_of(manual).visible_to(user),
            *ProcedurePage.objects.descendant_of(manual).visible_to(user).defer_streamfields(),
        ]
    )


class ManualIndexPage(ManualPage):
    """The front of the manual."""

    introduction = models.TextField(_("introduction"), blank=True)

    max_count = 1
    parent_page_types = ["content.HomePage"]
    subpage_types = ["content.ManualSectionPage", "content.ProcedurePage"]
    content_panels = [*EvenhandPage.content_panels, FieldPanel("introduction")]
    search_fields = [*EvenhandPage.search_fields, index.SearchField("introduction")]

    class Meta:
        verbose_name = _("manual")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The tree, narrowed to one channel by `?channel=`. Three queries beyond the page's own."""
        context = super().get_context(request, *args, **kwargs)
        tree = context["tree"]
        prefetch_related_objects(tree.procedures, "channel_standards")
        chosen = request.GET.get("channel", "")
        channel = Channel(chosen) if chosen in Channel.values else None
        if channel:
            tree = Tree(_holding_on(channel, tree))
        return {**context, "tree": tree, "channels": Channel.choices, "channel": channel}


def _holding_on(channel: Channel, tree: Tree) -> Iterator[EvenhandPage]:
    """The procedures that hold on `channel`, and the sections that lead to them."""
    procedures = [page for page in tree.procedures if channel in page.channels]
    yield from procedures
    for section in tree.sections:
        if any(page.path.startswith(section.path) for page in procedures):
            yield section


class ManualSectionPage(ManualPage):
    """A chapter of the manual: procedures, and chapters of its own."""

    introduction = models.TextField(_("introduction"), blank=True)

    parent_page_types = ["content.ManualIndexPage", "content.ManualSectionPage"]
    subpage_types = ["content.ManualSectionPage", "content.ProcedurePage"]
    content_panels = [*EvenhandPage.content_panels, FieldPanel("introduction")]
    search_fields = [*EvenhandPage.search_fields, index.SearchField("introduction")]

    class Meta:
        verbose_name = _("manual section")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        nodes = context["tree"].under(self)
        procedures = [node.page for child in nodes for node in child.walk() if not node.is_section]
        prefetch_related_objects(procedures, "channel_standards")
        return {**context, "nodes": nodes}


class ReplyTemplateQuerySet(SearchableQuerySetMixin, models.QuerySet["ReplyTemplate"]):
    def visible_to(self, user: Reader) -> "ReplyTemplateQuerySet":
        """Templates on at least one procedure that `user` may read, and those on none at all."""
        uses = ProcedurePage.reply_templates.through.objects.filter(replytemplate=OuterRef("pk"))
        readable = ProcedurePage.objects.visible_to(user)
        return self.filter(
            ~Exists(uses) | Exists(uses.filter(procedurepage__in=readable.values("pk")))
        )

    def with_procedures_for(self, user: Reader) -> "ReplyTemplateQuerySet":
        """With `procedures` loaded, reduced to those that `user` may read. One more query."""
        readable = ProcedurePage.objects.visible_to(user).defer_streamfields()
        return self.prefetch_related(Prefetch("procedures", queryset=readable))


class ReplyTemplate(index.Indexed, models.Model):
    """Words to start a reply from, with named placeholders such as {customer_name}."""

    key = models.SlugField(_("key"), max_length=80, unique=True)
    title = models.CharField(_("title"), max_length=160)
    channels = models.JSONField(_("channels"), default=list, blank=True)
    body = models.TextField(
        _("text"), help_text=_("Write what changes in braces, for example {order_number}.")
    )

    objects = ReplyTemplateQuerySet.as_manager()

    base_form_class = ReplyTemplateForm
    panels = [FieldPanel("title"), FieldPanel("key"), FieldPanel("channels"), FieldPanel("body")]
    search_fields = [
        index.SearchField("title", boost=2),
        index.SearchField("body"),
        index.AutocompleteField("title"),
    ]

    class Meta:
        verbose_name = _("reply template")
        verbose_name_plural = _("reply templates")
        ordering = ["title"]

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        super().clean()
        if not isinstance(self.channels, list) or not set(self.channels) <= set(Channel.values):
            raise ValidationError({"channels": _("Choose from the channels there are.")})

    @property
    def channel_names(self) -> list[str]:
        return [str(Channel(value).label) for value in self.channels if value in Channel.values]

    @property
    def channel_list(self) -> str:
        """For a column of a list: the channels, or that it suits them all."""
        return ", ".join(self.channel_names) or gettext("All channels")


class ProcedurePage(ManualPage):
    """What to do in one situation, as data: who does what, in which order, by which standard."""

    purpose = models.TextField(
        _("purpose"), help_text=_("What this achieves for the customer, in a sentence or two.")
    )
    steps = StreamField(
        [("step", blocks.StepBlock())], verbose_name=_("steps"), blank=True, use_json_field=True
    )
    notes = StreamField(
        blocks.ManualNotesBlock(), verbose_name=_("notes"), blank=True, use_json_field=True
    )
    reply_templates = ParentalManyToManyField(
        ReplyTemplate,
        blank=True,
        related_name="procedures",
        verbose_name=_("reply templates"),
    )
    skills = ParentalManyToManyField(
        "content.Skill", blank=True, related_name="procedures", verbose_name=_("skills")
    )

    parent_page_types = ["content.ManualIndexPage", "content.ManualSectionPage"]
    subpage_types: list[str] = []
    content_panels = [
        *EvenhandPage.content_panels,
        FieldPanel("purpose"),
        InlinePanel("channel_standards", heading=_("Channels and service standard")),
        FieldPanel("steps"),
        FieldPanel("reply_templates"),
        InlinePanel("escalation_levels", heading=_("Escalation")),
        FieldPanel("notes"),
        MultiFieldPanel([FieldPanel("skills")], heading=_("Skills this page describes")),
    ]
    search_fields = [
        *EvenhandPage.search_fields,
        index.SearchField("purpose", boost=1.5),
        index.SearchField("steps"),
        index.SearchField("notes"),
    ]

    class Meta:
        verbose_name = _("procedure")
        verbose_name_plural = _("procedures")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        links.look_up(self.steps, self.notes)
        context["previous"], context["next"] = context["tree"].neighbours(self)
        return context

    @property
    def channels(self) -> list[Channel]:
        """The channels it holds for, in the editor's order; one query unless prefetched."""
        return [Channel(standard.channel) for standard in self.channel_standards.all()]


class ProcedureChannel(Orderable):
    """A channel a procedure holds for, with the service standard there."""

    page = ParentalKey(ProcedurePage, on_delete=models.CASCADE, related_name="channel_standards")
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices)
    first_response_minutes = models.PositiveIntegerField(
        _("first response within (minutes)"), null=True, blank=True
    )
    resolution_minutes = models.PositiveIntegerField(
        _("resolution within (minutes)"), null=True, blank=True
    )
    tone = models.TextField(
        _("on this channel"),
        blank=True,
        help_text=_("What is different here; how it should sound."),
    )

    panels = [
        FieldPanel("channel"),
        FieldPanel("first_response_minutes"),
        FieldPanel("resolution_minutes"),
        FieldPanel("tone"),
    ]

    class Meta(Orderable.Meta):
        verbose_name = _("channel")
        constraints = [
            models.UniqueConstraint(
                fields=["page", "channel"],
                name="content_procedurechannel_once",
                violation_error_message=_("This channel is listed already."),
            )
        ]

    def __str__(self) -> str:
        return str(Channel(self.channel).label)


class EscalationLevel(Orderable):
    """One rung of the ladder: when, to whom, how fast."""

    page = ParentalKey(ProcedurePage, on_delete=models.CASCADE, related_name="escalation_levels")
    when = models.CharField(_("when"), max_length=300)
    contact = models.CharField(_("contact"), max_length=160)
    within_minutes = models.PositiveIntegerField(_("within (minutes)"), null=True, blank=True)

    panels = [FieldPanel("when"), FieldPanel("contact"), FieldPanel("within_minutes")]

    class Meta(Orderable.Meta):
        verbose_name = _("escalation level")

    def __str__(self) -> str:
        return f"{self.when} → {self.contact}"
