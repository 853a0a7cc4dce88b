"""One of several browsers that claim the same picks at once: a process of its own, for
test_queue_races. Prints the status of each claim as JSON.

Arguments: the database's name, the reviewer's id, the file to wait for, the ids of the picks."""

import json
import os
import sys
import time

os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings.test"


def race(database: str, reviewer: str, signal: str, picks: list[str]) -> dict[str, int]:
    import django
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = database
    django.setup()
    from django.test import Client

    from people.models import User

    client = Client()
    client.force_login(User.objects.get(pk=reviewer))
    # What the first request of a process loads shall not decide who comes first.
    client.get("/scorecards/queue/")
    print("ready", flush=True)  # noqa: T201
    while not os.path.exists(signal):
        time.sleep(0.001)
    return {pk: client.post(f"/scorecards/queue/{pk}/claim/").status_code for pk in picks}


if __name__ == "__main__":
    print(json.dumps(race(*sys.argv[1:4], sys.argv[4:])))  # noqa: T201
