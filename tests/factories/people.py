import datetime as dt

import factory
from django.contrib.auth.models import Group
from factory.django import DjangoModelFactory

from people.models import ExternalIdentity, Membership, Team, User
from people.roles import Role


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person{n}@example.org")
    first_name = factory.Sequence(lambda n: f"First{n}")
    last_name = "Example"
    password = factory.django.Password("correct horse battery staple")

    @factory.post_generation
    def roles(self, create: bool, extracted: list[Role] | None, **kwargs: object) -> None:
        if create and extracted:
            self.groups.set(Group.objects.filter(name__in=[role.value for role in extracted]))


class TeamFactory(DjangoModelFactory):
    class Meta:
        model = Team

    name = factory.Sequence(lambda n: f"Team {n}")


class MembershipFactory(DjangoModelFactory):
    class Meta:
        model = Membership

    user = factory.SubFactory(UserFactory)
    team = factory.SubFactory(TeamFactory)
    kind = Membership.Kind.MEMBER
    starts_on = dt.date(2020, 1, 1)


class ExternalIdentityFactory(DjangoModelFactory):
    class Meta:
        model = ExternalIdentity

    user = factory.SubFactory(UserFactory)
    source = "desk"
    external_id = factory.Sequence(lambda n: f"agent-{n}")
