"""The four channels. They live here because `content` and `interactions` both speak of them and
siblings never import each other (docs/architecture.md, "Shared words")."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Channel(models.TextChoices):
    PHONE = "phone", _("Phone")
    EMAIL = "email", _("E-mail")
    CHAT = "chat", _("Chat")
    SOCIAL = "social", _("Social media")
