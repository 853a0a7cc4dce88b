"""The page that explains the figures."""

import re
from pathlib import Path

import pytest
from django.conf import settings


@pytest.mark.parametrize("who", ["agent", "reviewer", "manager", "editor", "administrator"])
def test_method_is_for_everybody_who_signs_in(request, as_user, who):
    response = as_user(request.getfixturevalue(who)).get("/team/method/")

    assert response.status_code == 200
    assert "Below 5 scorecards" in response.content.decode()


def test_method_asks_to_sign_in(client):
    assert client.get("/team/method/").status_code == 302


def test_method_is_only_read(as_user, agent):
    assert as_user(agent).post("/team/method/").status_code == 405


ROOT = Path(settings.BASE_DIR)
# `{% url 'insights:method' %}#severity`, `reverse("insights:method") + "#ramp"`, `definition("drift")`
LINKS = re.compile(
    r"""insights:method['"]\)?\s*(?:%\}|\})?(?:\s*\+\s*)?['"]?#([a-z-]+)|definition\("([a-z-]+)"\)"""
)


def test_every_link_to_a_definition_leads_to_one(as_user, agent):
    html = as_user(agent).get("/team/method/").content.decode()
    sources = [
        path
        for room in ("insights", "coaching", "training", "scorecards", "ui", "templates")
        for path in (ROOT / room).rglob("*")
        if path.suffix in (".py", ".html")
    ]
    found = {
        first or second
        for path in sources
        for first, second in LINKS.findall(path.read_text(encoding="utf-8"))
    }

    assert {"fair", "ramp", "severity", "person", "training-effect", "system", "keys"} <= found
    assert not {anchor for anchor in found if f'id="{anchor}"' not in html}
    anchors = re.findall(r'<h2 id="([a-z-]+)"', html)
    assert len(anchors) == len(set(anchors))


def heading_anchor(heading: str) -> str:
    """As GitHub and GitLab make them."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def test_every_link_into_the_document_of_measurement_leads_to_a_section_or_picture():
    docs = ROOT / "docs"
    text = (docs / "measurement.md").read_text(encoding="utf-8")
    anchors = {heading_anchor(each) for each in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}
    links = set(re.findall(r"\]\(#([^)]+)\)", text))
    for path in ROOT.glob("*/**/*.md"):
        if ".venv" not in path.parts and "node_modules" not in path.parts:
            links |= set(re.findall(r"measurement\.md#([^)\s]+)", path.read_text("utf-8")))

    assert links <= anchors
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", text)
    assert pictures
    assert all((docs / each).is_file() for each in pictures)
