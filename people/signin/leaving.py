"""What ends when somebody is deactivated. Their record stays: grades and signatures name them."""

from typing import Any

from django.db.models.signals import post_save
from django.dispatch import receiver
from django.utils import timezone

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
    # Written apart from the save: who deactivates seldom names this column among what is to be saved.
    instance.signed_out_at = timezone.now()
    User.objects.filter(pk=instance.pk).update(signed_out_at=instance.signed_out_at)
    end_sessions(instance)
    withdraw(instance, by=None)
    person_deactivated.send(User, person=instance)
