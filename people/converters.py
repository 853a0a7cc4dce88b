"""Numbers in addresses. Importing this module registers `<id:…>`."""

from django.urls import register_converter
from django.urls.converters import IntConverter


class DatabaseIdConverter(IntConverter):
    """`<id:pk>`: a number that fits a database id, so that a longer one is no page instead of an error
    of the database."""

    regex = "[0-9]{1,18}"


register_converter(DatabaseIdConverter, "id")
