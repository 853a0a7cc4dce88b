"""The procedure manual."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, F, OuterRef, Prefetch, Q, prefetch_related_objects
from django.db.models.functions import Cast
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey, ParentalManyToManyField
from wagtail.admin.panels import FieldPanel, InlinePanel, MultiFieldPanel
from wagtail.fields import StreamField
from wagtail.models import Orderable, Page
from wagtail.search import index
from wagtail.search.queryset import SearchableQuerySetMixin

from content import blocks, links, placeholders
from content.channel_choice import chosen_channel
from content.forms import ProcedurePageForm, ReplyTemplateForm
from content.forms_governance import ManualPageForm
from content.languages import is_multilingual, preferred
from content.minutes import MinutesField
from content.models.base import EvenhandPage, Reader, VisiblePageQuerySet
from content.models.governance import CHANGE_PANEL, GOVERNANCE_PANEL, ChangeKind
from content.panels import RoomsPanel
from content.steps import Flow, remarks, steps_in
from content.translations import language_context
from content.tree import Tree, place_of
from people.channels import Channel


class ManualPage(EvenhandPage):
    """A page of the manual: it knows the whole of it, to show where the reader is."""

    # What is loaded together with the page that is read.
    served_with = ("governance__owner",)

    class Meta:
        abstract = True

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        if self.original is not self:
            self.place = self.original.path
        context["manual"], tree = self.surroundings(request.user)
        context["tree"], context["trail"] = tree, tree.trail(self)
        context.update(language_context(self, request.user))
        return context

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """An alias holds the place of a page that is not translated yet, for those below it."""
        if self.alias_of_id and self.original is not self:
            return redirect(self.original.get_url(request))
        return super().serve(request, *args, **kwargs)

    def surroundings(self, user: Reader) -> tuple[Page | None, Tree]:
        """The front and what `user` may read below it. One query; two more where the front is not
        published or there are several."""
        rows = VisiblePageQuerySet(Page).type(ManualIndexPage, ManualSectionPage, ProcedurePage)
        pages = self._told(rows.for_reader(user))
        front = ContentType.objects.get_for_model(ManualIndexPage).pk
        fronts = [page for page in pages if page.content_type_id == front]
        if len(fronts) == 1:
            return fronts[0], Tree(page for page in pages if page is not fronts[0])
        manual = ManualIndexPage.objects.for_reader(user).first() if is_multilingual() else None
        manual = manual or ManualIndexPage.objects.ancestor_of(self).first()
        if manual is None:
            return None, Tree([])
        below = set(_below(manual).for_reader(user).values_list("pk", flat=True))
        return manual, Tree(page for page in pages if page.pk in below)

    def _told(self, pages: VisiblePageQuerySet) -> list[Page]:
        """With what the page says of each."""
        return list(pages.only(*_IN_OUTLINE))


def manual_tree(manual: "ManualIndexPage", *, user: Reader) -> Tree:
    """The published sections and procedures below `manual` that `user` may read, each once, in their
    language or else the source language, with what the front says of each. Two queries."""
    return Tree(_told_on_front(_below(manual).for_reader(user)))


def _below(manual: "ManualIndexPage") -> VisiblePageQuerySet:
    return VisiblePageQuerySet(Page).type(ManualSectionPage, ProcedurePage).below(manual)


def _told_on_front(pages: VisiblePageQuerySet) -> list[Page]:
    """With the `introduction` of a section, and the `purpose` and the `channels` of a procedure. Two
    queries."""
    introduction, purpose = F("manualsectionpage__introduction"), F("procedurepage__purpose")
    found = list(pages.only(*_IN_OUTLINE).annotate(introduction=introduction, purpose=purpose))
    channels: dict[int, list[Channel]] = {page.pk: [] for page in found}
    standards = ProcedureChannel.objects.filter(page__in=list(channels)).order_by("sort_order")
    for pk, channel in standards.values_list("page", "channel"):
        channels[pk].append(Channel(channel))
    for page in found:
        page.channels = channels[page.pk]
    return found


_IN_OUTLINE = (
    *("path", "depth", "title", "slug", "url_path", "live"),
    *("translation_key", "content_type", "locale"),
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
        """The tree, narrowed to one channel by `?channel=`. Two queries beyond the page's own."""
        context = super().get_context(request, *args, **kwargs)
        tree = context["tree"]
        chosen = request.GET.get("channel", "")
        channel = Channel(chosen) if chosen in Channel.values else None
        if channel:
            tree = Tree(_holding_on(channel, tree))
        return {**context, "tree": tree, "channels": Channel.choices, "channel": channel}

    def surroundings(self, user: Reader) -> tuple[Page | None, Tree]:
        return self, manual_tree(self, user=user)


def _holding_on(channel: Channel, tree: Tree) -> Iterator[Page]:
    """The procedures of the front that hold on `channel`, and the sections that lead to them."""
    procedures = [page for page in tree.procedures if channel in page.channels]
    yield from procedures
    for section in tree.sections:
        if any(place_of(page).startswith(place_of(section)) for page in procedures):
            yield section


class ManualSectionPage(ManualPage):
    """A chapter of the manual: procedures, and chapters of its own."""

    introduction = models.TextField(_("introduction"), blank=True)
    notes = StreamField(
        blocks.ManualNotesBlock(), verbose_name=_("notes"), blank=True, use_json_field=True
    )

    parent_page_types = ["content.ManualIndexPage", "content.ManualSectionPage"]
    subpage_types = ["content.ManualSectionPage", "content.ProcedurePage"]
    content_panels = [
        *EvenhandPage.content_panels,
        FieldPanel("introduction"),
        FieldPanel("notes"),
        GOVERNANCE_PANEL,
        RoomsPanel(heading=_("How this page does")),
    ]
    base_form_class = ManualPageForm
    search_fields = [
        *EvenhandPage.search_fields,
        index.SearchField("introduction"),
        index.SearchField("notes"),
    ]

    class Meta:
        verbose_name = _("manual section")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        return {**context, "nodes": context["tree"].under(self)}

    def _told(self, pages: VisiblePageQuerySet) -> list[Page]:
        return _told_on_front(pages)


class ReplyTemplateQuerySet(SearchableQuerySetMixin, models.QuerySet["ReplyTemplate"]):
    def visible_to(self, user: Reader) -> "ReplyTemplateQuerySet":
        """Templates on at least one procedure that `user` may read, and those on none at all."""
        uses = ProcedurePage.reply_templates.through.objects.filter(replytemplate=OuterRef("pk"))
        readable = ProcedurePage.objects.visible_to(user)
        return self.filter(
            ~Exists(uses) | Exists(uses.filter(procedurepage__in=readable.values("pk")))
        )

    def suiting(self, channel: Channel) -> "ReplyTemplateQuerySet":
        """Templates for `channel`, and those for all of them."""
        # SQLite cannot ask a JSON list what it contains; as text, both databases can.
        written = Cast("channels", models.TextField())
        return self.annotate(written=written).filter(
            Q(written__contains=f'"{channel.value}"') | Q(channels=[])
        )

    def with_procedures_for(self, user: Reader) -> "ReplyTemplateQuerySet":
        """With `procedures` loaded, reduced to those that `user` may read. One more query."""
        readable = ProcedurePage.objects.for_reader(user).only(*_IN_OUTLINE)
        return self.prefetch_related(Prefetch("procedures", queryset=readable))


class ReplyTemplate(index.Indexed, models.Model):
    """Words to start a reply from, with named placeholders such as {customer_name}."""

    key = models.SlugField(_("key"), max_length=80, unique=True)
    title = models.CharField(_("title"), max_length=160)
    channels = models.JSONField(_("channels"), default=list, blank=True)
    body = models.TextField(
        _("text"),
        help_text=_(
            "Write what changes in braces, for example {order_number}: a letter, then letters, digits "
            "and underscores. {agent_name} is filled in by itself. Write {{ or }} for a real brace."
        ),
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
        if wrong := placeholders.mistakes(self.body):
            raise ValidationError({"body": wrong})

    @property
    def parts(self) -> list[placeholders.Part]:
        """Its words and its placeholders, in order."""
        return placeholders.parts(self.body)

    @property
    def fields(self) -> tuple[tuple[str, str], ...]:
        """Each placeholder once, with what a form calls it."""
        return placeholders.fields(self.body)

    def suits(self, channel: Channel | None) -> bool:
        return channel is None or not self.channels or channel in self.channels

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
        _("purpose"),
        blank=True,
        help_text=_("What this achieves for the customer, in a sentence or two."),
    )
    topics = models.TextField(
        _("topics"),
        blank=True,
        max_length=2000,
        help_text=_(
            "What sources of interactions call this situation, one name a line: their interactions are "
            "held against this page's service standard. Its title and address count anyway."
        ),
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
    # Of the edition being written; `content.editions` keeps them with it when it is published.
    change_kind = models.CharField(
        _("kind of change"), max_length=10, choices=ChangeKind.choices, blank=True
    )
    change_note = models.TextField(
        _("change note"),
        blank=True,
        max_length=2000,
        help_text=_("What is different, in a sentence or two; readers see it with this edition."),
    )
    # Of a translation: the edition of the original whose words it has.
    translated_edition = models.PositiveIntegerField(
        _("translates edition"),
        null=True,
        blank=True,
        help_text=_(
            "The edition of the original whose words this translation has. A newer one than "
            "this, and readers are told that the translation is older."
        ),
    )
    teams = ParentalManyToManyField(
        "people.Team",
        blank=True,
        related_name="procedures",
        verbose_name=_("teams that sign"),
        help_text=_("None means every team that serves one of its channels."),
    )

    base_form_class = ProcedurePageForm
    exclude_fields_in_copy = ["translated_edition"]
    parent_page_types = ["content.ManualIndexPage", "content.ManualSectionPage"]
    subpage_types: list[str] = []
    content_panels = [
        *EvenhandPage.content_panels,
        FieldPanel("purpose"),
        InlinePanel("channel_standards", heading=_("Channels and service standard")),
        FieldPanel("topics"),
        FieldPanel("steps"),
        FieldPanel("reply_templates", widget=forms.CheckboxSelectMultiple),
        InlinePanel("escalation_levels", heading=_("Escalation")),
        FieldPanel("notes"),
        MultiFieldPanel(
            [FieldPanel("skills", widget=forms.CheckboxSelectMultiple)],
            heading=_("Skills this page describes"),
        ),
        FieldPanel("translated_edition"),
        CHANGE_PANEL,
        GOVERNANCE_PANEL,
        RoomsPanel(heading=_("How this page does")),
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
        if self.pk:
            # Asked for by several parts of the page; what a preview has in hand comes before it.
            prefetch_related_objects(
                [self], "channel_standards", "escalation_levels", "reply_templates", "skills"
            )
        context = super().get_context(request, *args, **kwargs)
        links.look_up(self.steps, self.notes)
        context["previous"], context["next"] = context["tree"].neighbours(self)
        context.update(self.reading(request.user, chosen_channel(request)))
        context["taught"] = self.taught_to(request.user)
        if "edit_url" in context:
            levels = list(self.escalation_levels.all())
            context["remarks"] = list(remarks(context["flow"].whole, levels, self.channels))
        return context

    def reading(self, user: Reader, channel: Channel | None) -> dict[str, Any]:
        """What a template shows it with, for who works on `channel`; on a channel it says nothing of,
        everything is shown and `not_on` names it. Three queries, and two more if other procedures come
        in."""
        held = self.channels
        not_on = channel if channel and held and channel not in held else None
        holding = None if not_on else channel
        replies = list(self.reply_templates.all())
        fitting = [reply for reply in replies if reply.suits(holding)]
        return {
            "flow": self.flow(user, holding),
            "channel": holding,
            "not_on": not_on,
            "replies": fitting,
            "other_replies": len(replies) - len(fitting),
        }

    def flow(self, user: Reader, channel: Channel | None = None) -> Flow:
        """Its steps as they hold on `channel`, with the procedures `user` may go on to."""
        whole = steps_in(self.steps)
        wanted = {answer.procedure_id for step in whole for answer in step.answers} - {None}
        readable = ProcedurePage.objects.visible_to(user).defer_streamfields()
        found = readable.filter(pk__in=wanted) if wanted else []
        procedures = preferred(found, user=user)
        return Flow(whole, list(self.escalation_levels.all()), procedures, channel)

    def taught_to(self, user: Reader) -> list[tuple[Any, list[Page]]]:
        """Its skills, each with the modules that teach it and that `user` may read. Two queries,
        one where the skills are loaded."""
        skills = list(self.skills.all())
        if not skills:
            return []
        module = apps.get_model("content", "ModulePage")
        teaching = module.skills.through.objects.filter(skill__in=skills)
        readable = module.objects.visible_to(user).order_by()
        rows = teaching.filter(modulepage__in=readable.values("pk")).select_related("modulepage")
        by_skill: dict[int, list[Page]] = {}
        for row in rows.order_by("modulepage__path"):
            by_skill.setdefault(row.skill_id, []).append(row.modulepage)
        return [(skill, by_skill.get(skill.pk, [])) for skill in skills]

    @property
    def channels(self) -> list[Channel]:
        """The channels it holds for, in the editor's order; one query unless prefetched."""
        return [Channel(standard.channel) for standard in self.channel_standards.all()]


class ProcedureChannel(Orderable):
    """A channel a procedure holds for, with the service standard there."""

    page = ParentalKey(ProcedurePage, on_delete=models.CASCADE, related_name="channel_standards")
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices)
    first_response_minutes = MinutesField(_("first response within"), null=True, blank=True)
    resolution_minutes = MinutesField(_("resolution within"), null=True, blank=True)
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
    # By which answers lead here, whatever becomes of the contact; the editor's browser gives it.
    key = models.CharField(max_length=36, blank=True, default="")
    when = models.CharField(_("when"), max_length=300)
    contact = models.CharField(_("contact"), max_length=160)
    within_minutes = MinutesField(_("within"), null=True, blank=True)

    panels = [
        FieldPanel(
            "key",
            widget=forms.HiddenInput(),
            classname="w-hidden",
            disable_comments=True,
            heading="",
        ),
        FieldPanel("when"),
        FieldPanel("contact"),
        FieldPanel("within_minutes"),
    ]

    class Meta(Orderable.Meta):
        verbose_name = _("escalation level")

    def __str__(self) -> str:
        return f"{self.when} → {self.contact}"
