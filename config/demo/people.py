"""Harbour & Pine's people: all invented."""

import datetime as dt
from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group

from config.demo import logins
from people.models import ExternalIdentity, Membership, Team, User
from people.roles import Role

SOURCE = "harbour-desk"
TEAMS = {
    "Quayside": ["Ines Calder", "Tomas Wrenfield", "Priya Holmsted", "Jonah Fellgate"],
    "Lighthouse": ["Mira Stroudley", "Leo Asterman", "Katya Winterby", "Samir Loweth"],
    "Boatyard": ["Aoife Brandish", "Davor Pellin", "Wanda Greyling", "Noel Tashford"],
}
MANAGERS = {
    "Quayside": "Marthe Lindholm",
    "Lighthouse": "Ruth Adebarn",
    "Boatyard": "Pavel Corrish",
}
REVIEWERS = ["Oskar Fenn", "Beatriz Amsel", "Hugo Marchbank", "Selin Yarrow"]


@dataclass(frozen=True, slots=True)
class Staff:
    agents: list[User]
    new_hire: User
    reviewers: list[User]
    managers: list[User]
    editor: User
    administrator: User


def build(*, today: dt.date) -> Staff:
    """People, roles, teams with membership, and the ids under which the help desk knows agents."""
    password = make_password(logins.DEMO_PASSWORD)

    def person(name: str, role: Role, started_on: dt.date) -> User:
        first, last = name.split(" ")
        user = User.objects.create(
            email=f"{first}.{last}@{logins.DOMAIN}".lower(),
            first_name=first,
            last_name=last,
            started_on=started_on,
            password=password,
        )
        user.groups.add(Group.objects.get(name=role.value))
        return user

    long_ago = today - dt.timedelta(days=900)
    agents = []
    managers = []
    for number, (team_name, names) in enumerate(TEAMS.items()):
        team = Team.objects.create(name=team_name)
        manager = person(MANAGERS[team_name], Role.MANAGER, long_ago)
        managers.append(manager)
        Membership.objects.create(
            team=team, user=manager, kind=Membership.Kind.MANAGER, starts_on=long_ago
        )
        for place, name in enumerate(names):
            started = today - dt.timedelta(days=230 + 61 * place + 17 * number)
            agents.append(person(name, Role.AGENT, started))
            Membership.objects.create(team=team, user=agents[-1], starts_on=started)
    first_day = today - dt.timedelta(days=3)
    new_hire = person("Nia Brook", Role.AGENT, first_day)
    Membership.objects.create(
        team=Team.objects.get(name="Quayside"), user=new_hire, starts_on=first_day
    )
    ExternalIdentity.objects.bulk_create(
        ExternalIdentity(user=agent, source=SOURCE, external_id=desk_id(number))
        for number, agent in enumerate([*agents, new_hire])
    )
    return Staff(
        agents=agents,
        new_hire=new_hire,
        reviewers=[person(name, Role.REVIEWER, long_ago) for name in REVIEWERS],
        managers=managers,
        editor=person("Edda Quill", Role.EDITOR, long_ago),
        administrator=person("Anton Weir", Role.ADMINISTRATOR, long_ago),
    )


def desk_id(place: int) -> str:
    """How the help desk calls the agent at `place`; the new hire comes after all the others."""
    return f"agent-{place + 1:02}"
