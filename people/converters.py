"""Ids in addresses. Importing this module registers `<id:…>`."""

import re

from django.urls import register_converter
from django.urls.converters import IntConverter

# What fits a database id of 64 bits; for queries and what scripts send.
DATABASE_ID = re.compile("[0-9]{1,18}")


class DatabaseIdConverter(IntConverter):
    """`<id:pk>`: a number that fits a database id, so that a longer one is no page instead of an error
    of the database."""

    regex = DATABASE_ID.pattern


register_converter(DatabaseIdConverter, "id")
