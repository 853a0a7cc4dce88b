from integrations.models.directory import DirectoryRun
from integrations.models.dumps import DataDump
from integrations.models.tokens import ApiToken, IngestDay, Scope, StoredAnswer
from integrations.models.webhooks import (
    EventKind,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
)

__all__ = [
    "ApiToken",
    "DataDump",
    "DirectoryRun",
    "EventKind",
    "IngestDay",
    "Scope",
    "StoredAnswer",
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookEvent",
]
