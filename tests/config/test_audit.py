"""A secret that somebody commits is found before it is published."""

import secrets
import subprocess

import pytest

from config import audit


@pytest.fixture
def planted(tmp_path, monkeypatch):
    """`planted(text)`: what the scan says about a file with that text."""
    monkeypatch.chdir(tmp_path)

    def scan(text: str) -> list[str]:
        (tmp_path / "settings.py").write_text(text)
        return audit.unknown(audit.secrets_in(["settings.py"]))

    return scan


@pytest.mark.parametrize(
    "text",
    [
        "AWS = 'AKIA" + "Q3EGRIUHS7ZJ4XKL'",
        "PASSWORD = '" + secrets.token_hex(12) + "'",
        "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIEow",
        "postgres://evenhand:" + secrets.token_hex(8) + "@db.example.org/evenhand",
    ],
    ids=["cloud", "password", "key", "address"],
)
def test_a_planted_secret_is_found_and_not_repeated(planted, text):
    (line,) = {said.split(":")[1] for said in planted(f"# Settings\n{text}\n")}
    assert line == "2"
    assert not any(text in said for said in planted(text))


def test_in_a_test_a_password_is_none_but_a_key_is_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tests").mkdir()
    key = "AKIA" + "Q3EGRIUHS7ZJ4XKL"
    (tmp_path / "tests/test_it.py").write_text(
        f"person(password='a-good-long-one')\nkey = '{key}'\n"
    )
    (said,) = audit.unknown(audit.secrets_in(["tests/test_it.py"]))
    assert said.startswith("tests/test_it.py:2:")


def test_ordinary_code_is_no_secret(planted):
    assert planted("def scored(points: int) -> int:\n    return points * 2\n") == []


def test_what_is_published_is_looked_at():
    names = set(audit.files())
    assert {"config/settings/base.py", "README.md", "static/js/signin.js"} <= names
    assert not any(name.startswith((".venv/", ".git/")) for name in names)


def test_a_file_not_yet_committed_is_looked_at(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    subprocess.run("git init -q".split(), check=True)
    (tmp_path / "new.py").touch()
    (tmp_path / "mine.env").touch()
    (tmp_path / ".gitignore").write_text("*.env\n")
    assert audit.files() == [".gitignore", "new.py"]
