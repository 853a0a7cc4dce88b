"""`python -m config.demo`: everything that `make demo` does once the requirements are installed.

It sets the demo's own environment (a secret key and a database under var/demo, which git ignores),
migrates, loads the demo organisation once, and serves until Ctrl-C. What somebody did in the demo
stays: a second start finds the database and serves at once.
"""

import argparse
import fcntl
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"


def main() -> None:
    parser = argparse.ArgumentParser(prog="make demo", description="Serve the demo organisation.")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--reset", action="store_true", help="throw the demo's data away")
    parser.add_argument("--prepare", action="store_true", help="migrate and load, but do not serve")
    parser.add_argument(
        "--home",
        type=Path,
        default=ROOT / "var" / "demo",
        help="where the database, files and secret key are kept",
    )
    parser.add_argument(
        "--django", nargs=argparse.REMAINDER, help="run a manage.py command in the demo's settings"
    )
    options = parser.parse_args()
    home = options.home.resolve()
    if options.django:
        set_environment(home)
        sys.exit(subprocess.call([sys.executable, "manage.py", *options.django], cwd=ROOT))  # noqa: S603
    if not options.reset and not options.prepare:
        check_port(options.port)
    # A supervisor's SIGTERM ends the server and the worker as Ctrl-C does.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    home.mkdir(parents=True, exist_ok=True)
    try:
        with held(home):
            if options.reset:
                reset(home)
                return
            set_environment(home)
            prepare()
            if not options.prepare:
                serve(options.port)
    except KeyboardInterrupt:
        print("\nStopped. What was loaded before is whole; start again with `make demo`.")


@contextmanager
def held(home: Path) -> Iterator[None]:
    """Keep the demo's folder to oneself, or leave with a sentence when it is in use."""
    with (home / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit(f"The demo in {home} is running already. Stop it first (Ctrl-C there).")
        yield


def reset(home: Path) -> None:
    for item in home.iterdir():
        if item.is_dir():
            shutil.rmtree(item)
        elif item.name != "lock":
            item.unlink()
    print("The demo's data is gone. `make demo` makes it anew.")


def prepare() -> None:
    """Migrate and load what is missing; a second start has nothing to do here."""
    import django
    from django.core.management import call_command

    started = time.monotonic()
    os.chdir(ROOT)
    django.setup()
    call_command("migrate", verbosity=0)
    call_command("seed_demo")
    print(f"Ready after {time.monotonic() - started:.0f} s.")


def check_port(port: int) -> None:
    """Leave with a helpful sentence when something else listens on `port` already."""
    if not 0 < port < 65536:
        sys.exit(f"{port} is no port; choose one between 1 and 65535.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            sys.exit(
                f"Port {port} cannot be used ({str(error.strerror).lower()}). "
                f"Choose another one: make demo PORT={port + 10 if port < 65000 else 8010}"
            )


def set_environment(home: Path) -> None:
    """Settings for trying out: loopback only, plain http, everything under `home`."""
    home.mkdir(parents=True, exist_ok=True)
    key = home / "secret_key"
    if not key.exists() or not key.read_text():
        key.touch(mode=0o600)
        key.write_text(secrets.token_urlsafe(50))
    os.environ.update(
        {
            "DJANGO_SETTINGS_MODULE": "config.settings.base",
            "SECRET_KEY": key.read_text(),
            "DEMO": "1",
            "DEBUG": "0",
            "ALLOWED_HOSTS": "localhost,127.0.0.1,[::1]",
            "BASE_URL": "http://localhost",
            "CONTENT_LANGUAGES": "en,sv",
            "DATABASE_URL": f"sqlite:///{quote(str(home))}/evenhand.sqlite3",
            "VAR_DIR": str(home),
            "MEDIA_ROOT": str(home / "media"),
            "PRIVATE_ROOT": str(home / "private"),
            "INSECURE_COOKIES": "1",
            "STATIC_FROM_SOURCE": "1",
            "TASKS_BACKEND": "django_tasks.backends.immediate.ImmediateBackend",
            "BULK_TASKS_BACKEND": "django_tasks_db.DatabaseBackend",
            "CACHE_URL": "locmemcache://",
            "BEHIND_PROXY": "0",
            "EMAIL_URL": "consolemail://",
        }
    )


def serve(port: int) -> None:
    """Run the web server and the worker for imports until Ctrl-C or until the server ends."""
    from config.demo.logins import DEMO_LOGINS, DEMO_PASSWORD

    print(f"\n  Evenhand is at http://localhost:{port}/\n")
    for email, role in DEMO_LOGINS:
        print(f"    {role:<15} {email}")
    print(f"\n  Every password is {DEMO_PASSWORD}. Ctrl-C stops it; nothing is lost.\n", flush=True)
    # Links in mails lead back here.
    os.environ["BASE_URL"] = f"http://localhost:{port}"
    worker = subprocess.Popen(
        [sys.executable, "manage.py", "db_worker", "--backend", "bulk", "--no-startup-delay"],
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
    )
    server = subprocess.Popen(  # noqa: S603
        [
            *(sys.executable, "-m", "granian", "--interface", "wsgi", "--host", HOST),
            *("--port", str(port), "--workers", "1", "--blocking-threads", "4"),
            # While it starts a worker does not hear that it shall stop, and is waited for without end.
            *("--workers-kill-timeout", "5"),
            *("--log-level", "warning", "config.wsgi:application"),
        ],
        cwd=ROOT,
    )
    try:
        sys.exit(server.wait())
    finally:
        for process in (worker, server):
            process.terminate()
        for process in (worker, server):
            process.wait()


if __name__ == "__main__":
    main()
