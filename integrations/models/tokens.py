"""Who may talk with us without a browser, and what they were answered."""

import datetime as dt
import hashlib

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from interactions.models import ImportRun


class Scope(models.TextChoices):
    """What a token is for. It never opens more than its owner may do."""

    INTERACTIONS_WRITE = "interactions:write", _("Send interactions and customers' answers")
    PEOPLE_READ = "people:read", _("Read people and teams")
    PEOPLE_WRITE = "people:write", _("Add and change people and teams")
    SCORECARDS_READ = "scorecards:read", _("Read scorecards")
    SKILLS_READ = "skills:read", _("Read skills")
    TRAINING_READ = "training:read", _("Read assignments and completions")
    SCIM = "scim", _("Directory sync (SCIM)")


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def alive(self, *, at: dt.datetime) -> "ApiTokenQuerySet":
        """Those that open something: not revoked, not expired, and their owner is still with us."""
        return self.filter(
            Q(expires_at__isnull=True) | Q(expires_at__gt=at),
            revoked_at__isnull=True,
            owner__is_active=True,
        )


class ApiToken(models.Model):
    """A key for programs. The secret itself is shown once and kept as a digest only.

    `prefix` is its public beginning, by which people tell tokens apart and we find the row. The secret
    has 256 random bits, so a plain digest cannot be searched through. `is_dry_run` concerns directory
    sync: what it sends is worked out and logged, and nothing is changed.
    """

    name = models.CharField(_("name"), max_length=80)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="exchange_tokens",
        verbose_name=_("owner"),
    )
    scopes = models.JSONField(_("scopes"), default=list)
    prefix = models.CharField(_("begins with"), max_length=16, unique=True)
    digest = models.CharField(max_length=64)
    is_dry_run = models.BooleanField(_("dry run"), default=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        ordering = ["-created_at", "-pk"]
        permissions = [("manage_integrations", _("Can manage API tokens, webhooks and exchange"))]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @staticmethod
    def digest_of(secret: str) -> str:
        return hashlib.sha256(secret.encode()).hexdigest()

    @property
    def state(self) -> str:
        """ "alive", "revoked", "expired" or "ownerless"; needs `owner`."""
        if self.revoked_at is not None:
            return "revoked"
        if self.expires_at is not None and self.expires_at <= timezone.now():
            return "expired"
        return "alive" if self.owner.is_active else "ownerless"

    @property
    def scope_names(self) -> list[str]:
        return [str(Scope(scope).label) for scope in self.scopes if scope in Scope.values]


class StoredAnswer(models.Model):
    """What a request with an Idempotency-Key was answered, for who sends it again.

    Written in the transaction of the request's work: one is there exactly if the other is.
    """

    KEPT = dt.timedelta(days=3)

    token = models.ForeignKey(ApiToken, on_delete=models.CASCADE, related_name="stored_answers")
    key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    body = models.JSONField()
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        verbose_name = _("stored answer")
        verbose_name_plural = _("stored answers")
        constraints = [
            models.UniqueConstraint(fields=["token", "key"], name="integrations_storedanswer_once")
        ]

    def __str__(self) -> str:
        return self.key


class IngestDay(models.Model):
    """The import under which a token's interactions of one day are counted. One import per request
    would bury the files in the list of imports."""

    token = models.ForeignKey(ApiToken, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    run = models.OneToOneField(ImportRun, on_delete=models.CASCADE, related_name="+")

    class Meta:
        verbose_name = _("day of ingest")
        verbose_name_plural = _("days of ingest")
        constraints = [
            models.UniqueConstraint(fields=["token", "day"], name="integrations_ingestday_once")
        ]

    def __str__(self) -> str:
        return f"{self.token_id} {self.day}"
