"""Why somebody is to take a module: rules by which failures of a criterion ask for one, what they brought
about, and what was assigned by hand for a grade."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coaching.rules import RuleTerms
from content.models import ModulePage
from people.models import User
from scorecards.models import CriterionScore, ReviewAssignment, Rubric
from training.models import ModuleAssignment


class ModuleRuleQuerySet(models.QuerySet["ModuleRule"]):
    def active(self) -> "ModuleRuleQuerySet":
        return self.filter(is_active=True)

    def visible_to(self, user: User) -> "ModuleRuleQuerySet":
        return self if user.has_perm("coaching.view_modulerule") else self.none()


class ModuleRule(models.Model):
    """`failures` in a row of one criterion of `rubric`, through its comparable versions, and the module
    is assigned, due after `due_days`; not again within `cooldown_days`. `fails_below` is a percent;
    empty means the pass mark of the version. A critical failure is a failure in any case."""

    rubric = models.ForeignKey(
        Rubric, on_delete=models.PROTECT, related_name="module_rules", verbose_name=_("rubric")
    )
    criterion_key = models.SlugField(_("criterion"), max_length=60)
    failures = models.PositiveSmallIntegerField(
        _("failures in a row"),
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(20)],
    )
    fails_below = models.DecimalField(
        _("a failure is below (percent)"),
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text=_("Empty: the pass mark of the rubric. A critical failure always counts."),
    )
    cooldown_days = models.PositiveSmallIntegerField(
        _("not again within (days)"), default=60, validators=[MaxValueValidator(730)]
    )
    module = models.ForeignKey(
        ModulePage, on_delete=models.PROTECT, related_name="module_rules", verbose_name=_("module")
    )
    due_days = models.PositiveSmallIntegerField(
        _("due after (days)"),
        default=14,
        validators=[MinValueValidator(1), MaxValueValidator(365)],
    )
    is_active = models.BooleanField(_("on"), default=True)
    # Conversations before this are history: switching a rule on sends nobody for what is long past.
    counts_from = models.DateTimeField(_("counts conversations from"), default=timezone.now)

    objects = ModuleRuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("rule for a module")
        verbose_name_plural = _("rules for modules")
        ordering = ["rubric", "criterion_key", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["rubric", "criterion_key", "module"], name="coaching_modulerule_once"
            ),
            models.CheckConstraint(
                condition=models.Q(failures__gte=1), name="coaching_modulerule_failures"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.failures} × {self.criterion_key}: {self.module_id}"

    def get_absolute_url(self) -> str:
        return reverse("coaching:rule_detail", args=[self.pk])

    @property
    def terms(self) -> RuleTerms:
        below = None if self.fails_below is None else float(self.fails_below)
        return RuleTerms(self.failures, self.cooldown_days, below)


class RuleFiringQuerySet(models.QuerySet["RuleFiring"]):
    def visible_to(self, user: User) -> "RuleFiringQuerySet":
        return self.filter(agent__in=User.objects.visible_to(user).values("pk"))


class RuleFiring(models.Model):
    """A rule fired for somebody. `grades` are the review assignments whose grades led to it, `last` the
    newest of them: their conversations lead to no other firing, whatever becomes of them later."""

    class Outcome(models.TextChoices):
        ASSIGNED = "assigned", _("Module assigned")
        OPEN_ALREADY = "open_already", _("Had the module open already")
        DONE_ALREADY = "done_already", _("Has done everything in the module already")
        NOT_PUBLISHED = "not_published", _("The module is not published")

    rule = models.ForeignKey(ModuleRule, on_delete=models.PROTECT, related_name="firings")
    agent = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="rule_firings"
    )
    fired_at = models.DateTimeField(_("fired"), default=timezone.now)
    grades = models.ManyToManyField(ReviewAssignment, related_name="+")
    last = models.ForeignKey(ReviewAssignment, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(_("outcome"), max_length=14, choices=Outcome.choices)
    assignment = models.ForeignKey(
        ModuleAssignment, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = RuleFiringQuerySet.as_manager()

    class Meta:
        verbose_name = _("firing of a rule")
        verbose_name_plural = _("firings of rules")
        ordering = ["-fired_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["rule", "last"], name="coaching_rulefiring_once")
        ]
        indexes = [models.Index(fields=["agent", "rule"], name="coaching_rulefiring_agent")]

    def __str__(self) -> str:
        return f"rule {self.rule_id} for {self.agent_id}: {self.outcome}"


class AssignedFor(models.Model):
    """The grade for which somebody was asked by hand to take a module. Who asked, and in which words, is
    in the assignment."""

    assignment = models.ForeignKey(
        ModuleAssignment, on_delete=models.CASCADE, related_name="assigned_for"
    )
    score = models.ForeignKey(CriterionScore, on_delete=models.CASCADE, related_name="+")
    linked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    linked_at = models.DateTimeField(_("linked"), default=timezone.now)

    class Meta:
        verbose_name = _("grade that a module was assigned for")
        verbose_name_plural = _("grades that modules were assigned for")
        constraints = [
            models.UniqueConstraint(
                fields=["assignment", "score"], name="coaching_assignedfor_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.assignment_id}: {self.score_id}"
