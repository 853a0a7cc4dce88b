"""The database really is away: its file cannot be opened."""

import os
import subprocess
import sys
from pathlib import Path

ASK = """
import django
django.setup()
from django.test import Client
client = Client(raise_request_exception=False)
client.cookies["sessionid"] = "a" * 32
answer = client.get("/", headers={"host": "localhost"}, secure=True)
print("ANSWER", answer.status_code, answer.get("Retry-After"))
print(answer.content.decode())
answer = client.get(
    "/api/v1/people", headers={"host": "localhost", "authorization": "Bearer x"}, secure=True
)
print("PROGRAMS", answer.status_code, answer["Retry-After"], answer["Content-Type"], answer.json())
"""


def test_a_plain_503_says_so(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/absent/away.sqlite3"
    done = subprocess.run(
        [sys.executable, "-c", ASK],
        env={**os.environ, "DATABASE_URL": url, "TEST_DATABASE_URL": url},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "ANSWER 503 30" in done.stdout, done.stdout[-1500:] + done.stderr[-1500:]
    assert "The database cannot be used just now" in done.stdout
    assert "Traceback" not in done.stdout
    assert "PROGRAMS 503 30 application/problem+json" in done.stdout
    assert "'title': 'Service Unavailable'" in done.stdout
