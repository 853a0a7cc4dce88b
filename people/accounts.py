"""How Evenhand bends django-allauth: nobody signs up; administrators add people."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from people.models import User


class ClosedSignupAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


def display_name(user: User) -> str:
    return str(user)
