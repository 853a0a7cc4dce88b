"""Who has a permission, by whatever way."""

import pytest
from django.contrib.auth.models import Permission

from people.models import User
from tests.factories.people import UserFactory

pytestmark = pytest.mark.django_db

MAY = "scorecards.grade_interactions"


def test_who_may_finds_those_that_django_finds(agent, reviewer, manager, editor, administrator):
    in_charge = UserFactory(is_superuser=True)
    by_hand, gone = UserFactory(), UserFactory(is_active=False)
    for one in (by_hand, gone):
        one.user_permissions.add(Permission.objects.get(codename="grade_interactions"))

    found = set(User.objects.who_may(MAY))

    assert {reviewer, by_hand, in_charge} <= found
    assert gone not in found
    assert found == set(User.objects.with_perm(MAY))
