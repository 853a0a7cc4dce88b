"""What ends when somebody is deactivated. Their record stays: grades and signatures name them."""

from typing import Any

from django.db.models.signals import post_save
from django.dispatch import receiver

from people.models import User
from people.signals import person_deactivated
from people.signin.inviting import withdraw
from people.signin.sessions import end_sessions


@receiver(post_save, sender=User)
def end_what_is_open(instance: User, created: bool, **kwargs: Any) -> None:
    """By whatever way somebody was deactivated: in the editing area, by the directory, by the API. Ending
    what has ended already costs some queries and does nothing."""
    if instance.is_active or created:
        return
    end_sessions(instance)
    withdraw(instance, by=None)
    person_deactivated.send(User, person=instance)
