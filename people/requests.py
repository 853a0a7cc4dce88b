"""The request as every view behind the login gets it."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from people.models import User


class SignedInRequest(HttpRequest):
    """`LoginRequiredMiddleware` lets nobody else in, so `user` is a person; for annotations only."""

    user: User
    htmx: HtmxDetails
