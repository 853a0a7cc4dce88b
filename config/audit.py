"""`make audit`: are there known holes in what we depend on, and secrets in what we publish?

Dependencies are looked up by pip-audit, from the locked files. Secrets are looked for by detect-secrets
in every file of the repository; what it takes for one and is none (passwords of tests, examples in the
docs) stands in `.secrets.baseline`, as hashes, by file. After a look at each of them:
`python -m config.audit --accept`.
"""

import argparse
import json
import os
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from detect_secrets import SecretsCollection
from detect_secrets.core import baseline
from detect_secrets.settings import default_settings

ROOT = Path(__file__).resolve().parents[1]
BASELINE = ROOT / ".secrets.baseline"
LOCKED = "requirements-dev.txt"
# Hashes of packages look like keys; so do the coordinates of drawings.
PASSED_OVER = ("requirements", ".secrets.baseline")
PICTURES = (".svg", ".png", ".webp", ".jpg", ".ogg", ".wav", ".mp3", ".ico")
NEVER_OURS = {".git", ".venv", "var", "__pycache__", "node_modules"}
# A test signs somebody in with a password on every other line: a word like "password" tells nothing
# there. Keys by their form, and what is too random to be a word, are looked for everywhere.
BY_WORD_ALONE = "Secret Keyword"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m config.audit", description=__doc__)
    parser.add_argument("--accept", action="store_true", help="write what is found as no secret")
    parser.add_argument("--strict", action="store_true", help="fail where nothing could be asked")
    asked = parser.parse_args()
    os.chdir(ROOT)
    found = secrets_in(files())
    if asked.accept:
        baseline.save_to_file(found, str(BASELINE))
        print(f"{BASELINE.name}: {sum(1 for _secret in found)} that are none.")
        return
    new = unknown(found)
    for line in new:
        print(line, file=sys.stderr)
    if new:
        print(
            "Take it out, and change it wherever it is in use: what was committed once is known.\n"
            "If it is none: python -m config.audit --accept",
            file=sys.stderr,
        )
    code = vulnerable(strict=asked.strict)
    sys.exit(1 if new else code)


def files() -> list[str]:
    """What is published, and what the next commit may: all that Git does not ignore.

    Where there is no Git, all that is here and not made by a command of ours.
    """
    command = "git ls-files --cached --others --exclude-standard -z"
    listed = subprocess.run(command.split(), capture_output=True, text=True, check=False)
    if listed.returncode == 0:
        names = [name for name in listed.stdout.split("\0") if Path(name).is_file()]
    else:
        names = [
            str(path.relative_to(ROOT))
            for path in ROOT.rglob("*")
            if path.is_file() and not NEVER_OURS & set(path.relative_to(ROOT).parts)
        ]
    return sorted(
        name
        for name in names
        if name and not name.startswith(PASSED_OVER) and not name.endswith(PICTURES)
    )


def secrets_in(names: list[str]) -> SecretsCollection:
    """What looks like a secret, in paths relative to the root of the repository."""
    found = SecretsCollection()
    with ProcessPoolExecutor() as workers:
        for part in workers.map(_scanned, [names[start::32] for start in range(32)]):
            found.data.update(part.data)
    return found


def _scanned(names: list[str]) -> SecretsCollection:
    found = SecretsCollection()
    with default_settings():
        for name in names:
            found.scan_file(name)
            if name.startswith("tests/"):
                found.data[name] = {
                    secret for secret in found.data[name] if secret.type != BY_WORD_ALONE
                }
    return found


def unknown(found: SecretsCollection) -> list[str]:
    """A line for each that is not in the baseline; the secret itself is not in it."""
    known = SecretsCollection.load_from_baseline(json.loads(BASELINE.read_text()))
    return [
        f"{name}:{secret.line_number}: this looks like a secret ({secret.type})."
        for name, secret in found - known
    ]


def vulnerable(*, strict: bool = False) -> int:
    """The exit code of pip-audit; 0, said loudly, where the index could not be asked at all."""
    command = "pip-audit --disable-pip --require-hashes --progress-spinner off --format json"
    done = subprocess.run(
        [sys.executable, "-m", *command.replace("-", "_", 1).split(), "-r", LOCKED],
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        packages = []
    looked_up = [package for package in packages if "skip_reason" not in package]
    if not looked_up:
        if not packages:
            print(done.stderr[-500:], file=sys.stderr)
        print(
            "No package was looked up: the index cannot be reached from here. Nothing is audited."
        )
        return int(strict)
    for package in looked_up:
        for hole in package["vulns"]:
            mended = ", ".join(hole["fix_versions"]) or "no version yet"
            print(f"{package['name']} {package['version']}: {hole['id']}, mended in {mended}")
    print(f"{len(looked_up)} of {len(packages)} packages looked up.")
    return done.returncode


if __name__ == "__main__":
    main()
