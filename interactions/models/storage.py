"""Where files wait that have no address."""

from django.core.files.storage import Storage, storages


def private_storage() -> Storage:
    """Where uploads wait that must never be served by address."""
    return storages["private"]
