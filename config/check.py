"""`python -m config.check`: Django's own checks, as a deployment would be set up.

Run by `make check`: no model change without its migration, and no warning from
`manage.py check --deploy` with the settings that docs/deployment.md asks for.
"""

import os
import secrets
import sys
import warnings

from django.core.management import call_command, execute_from_command_line


def main() -> None:
    os.environ.update(
        {
            "DJANGO_SETTINGS_MODULE": "config.settings.base",
            "SECRET_KEY": secrets.token_urlsafe(50),
            "ALLOWED_HOSTS": "evenhand.example",
            "DATABASE_URL": "sqlite:///:memory:",
            "DEBUG": "0",
            "DEMO": "0",
            "INSECURE_COOKIES": "0",
            "STATIC_FROM_SOURCE": "0",
        }
    )
    warnings.simplefilter("default")
    execute_from_command_line([sys.argv[0], "check", "--deploy", "--fail-level", "WARNING"])
    call_command("makemigrations", "--check", "--dry-run")


if __name__ == "__main__":
    main()
