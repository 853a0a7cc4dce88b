"""What each role may do with people and teams.

Nobody deletes people: their grades and signatures stay true. They are deactivated instead.
"""

from people.roles import Role

GRANTS = {
    Role.AGENT: (),
    Role.REVIEWER: (),
    Role.MANAGER: ("people.develop_team",),
    Role.EDITOR: (),
    Role.ADMINISTRATOR: (
        "people.view_everybody",
        "people.view_auditevent",
        "people.add_user",
        "people.change_user",
        "people.view_user",
        "people.add_team",
        "people.change_team",
        "people.delete_team",
        "people.view_team",
        "auth.add_group",
        "auth.change_group",
        "auth.view_group",
    ),
}
