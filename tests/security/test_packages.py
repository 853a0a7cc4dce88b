"""A package is somebody else's program: what keeps it apart from us. tests/e2e/test_packages.py lets one
try in a browser."""

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from wagtail.documents import get_document_model

from tests.factories.packages import ScormPageFactory, package_12, stored, zipped
from training import actions

NAMES = ("one/index.html", "shared/style.css", "~evenhand/runtime.js")


@pytest.fixture
def opened(agent):
    step = ScormPageFactory(package=stored(package_12()))
    return actions.open_part(actions.start_run(agent, step), "one", by=agent)


def address(part, name: str) -> str:
    return reverse("training:package_file", args=[part.key, name])


def directives(answer) -> dict[str, str]:
    parts = [each.strip() for each in answer["Content-Security-Policy"].split(";")]
    return {name: rest for name, _space, rest in (part.partition(" ") for part in parts)}


@pytest.mark.parametrize("name", [*NAMES, "none.html", "../package.zip"])
def test_each_answer_has_no_origin_and_reaches_nothing_of_ours(client, opened, name):
    answer = client.get(address(opened, name))
    found = directives(answer)
    assert "sandbox" in found
    assert "allow-same-origin" not in found["sandbox"]
    assert not {"allow-top-navigation", "allow-popups", "allow-downloads"} & set(
        found["sandbox"].split()
    )
    folder = f"http://testserver{address(opened, 'x').removesuffix('x')}"
    for directive in ("default-src", "form-action", "base-uri"):
        assert folder in found[directive].split()
        assert "'self'" not in found[directive]
        assert "*" not in found[directive]
    assert found["object-src"] == "'none'"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "Set-Cookie" not in answer


def test_the_key_is_all_that_opens_it_and_ends_with_the_person(client, agent, opened):
    assert client.get(address(opened, "one/index.html")).status_code == 200
    assert client.get(address(opened, "one/index.html").replace(opened.key, "x")).status_code == 404
    agent.is_active = False
    agent.save()
    assert client.get(address(opened, "one/index.html")).status_code == 404


def test_its_files_lie_at_no_other_address(as_user, administrator, opened):
    client = as_user(administrator)
    sha256 = opened.run.package.sha256
    for folder in ("", "private/", "images/"):
        for name in ("package.zip", "files/one/index.html"):
            assert client.get(f"/media/{folder}packages/{sha256}/{name}").status_code == 404


def test_a_page_in_a_document_is_not_opened_as_one(as_user, editor):
    """A zip of pages among the documents stays a file: only the snippet makes a package of one."""
    content = zipped({"index.html": "<script>1</script>"})
    document = get_document_model()(title="Pages")
    document.file.save("pages.zip", ContentFile(content))
    client = as_user(editor)
    answer = client.get(document.url, follow=True)
    assert answer["Content-Disposition"].startswith("attachment")
    assert client.get(f"{document.url}/index.html").status_code == 404
