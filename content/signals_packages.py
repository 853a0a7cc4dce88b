"""A package's files go with its row."""

from functools import partial
from typing import Any

from django.db import transaction

from content import packages
from content.models import Package


def remove_files(instance: Package, **kwargs: Any) -> None:
    transaction.on_commit(partial(packages.remove, instance.sha256))
