"""For Wagtail's one template through which all rich text is shown."""

from django import template

from content.cleaning import clean

register = template.Library()
register.filter("cleaned", clean)
