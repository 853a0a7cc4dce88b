"""Who can look around in the demo. Imported by the settings, so it imports nothing of ours."""

DOMAIN = "harbour-and-pine.example"
DEMO_PASSWORD = "fair-enough-2026"  # noqa: S105 (a demo's, printed on its login page)

NEW_HIRE = f"nia.brook@{DOMAIN}"
AGENT = f"ines.calder@{DOMAIN}"
REVIEWER = f"oskar.fenn@{DOMAIN}"
MANAGER = f"marthe.lindholm@{DOMAIN}"
EDITOR = f"edda.quill@{DOMAIN}"
ADMINISTRATOR = f"anton.weir@{DOMAIN}"

DEMO_LOGINS = [
    (NEW_HIRE, "New hire"),
    (AGENT, "Agent"),
    (REVIEWER, "Reviewer"),
    (MANAGER, "Manager"),
    (EDITOR, "Editor"),
    (ADMINISTRATOR, "Administrator"),
]
