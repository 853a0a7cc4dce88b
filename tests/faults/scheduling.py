"""A process that runs the commands it reads, each when it reads it, and says when each is over. What
begins with "do " is Python."""

import sys

import django

if __name__ == "__main__":
    django.setup()
    from django.core.management import call_command

    from interactions.surveys.sending import send_waiting

    print("ready", flush=True)  # noqa: T201
    for line in sys.stdin:
        try:
            if line.strip() == "mail surveys":
                send_waiting()
            elif line.startswith("do "):
                exec(line[3:])  # noqa: S102 (the test writes it)
            else:
                call_command(line.strip(), stdout=sys.stderr)
        except Exception as problem:
            print(f"{type(problem).__name__}: {problem}", flush=True)  # noqa: T201
        else:
            print("done", flush=True)  # noqa: T201
