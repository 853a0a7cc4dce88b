"""SCORM packages written for the tests: zips in memory, and the pages that show them."""

import io
from zipfile import ZIP_DEFLATED, ZipFile

import factory
import wagtail_factories

from content import packages
from content.models import Package, ScormPage
from tests.factories.content import ModulePageFactory

MANIFEST_12 = """<?xml version="1.0" encoding="utf-8"?>
<manifest identifier="M" version="1.1" xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2"
  xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2">
  <metadata><schema>ADL SCORM</schema><schemaversion>1.2</schemaversion></metadata>
  <organizations default="O"><organization identifier="O"><title>{title}</title>{items}</organization>
  </organizations>
  <resources>{resources}</resources>
</manifest>"""
ITEM_12 = """<item identifier="{id}" identifierref="R-{id}"><title>{title}</title>{more}</item>"""
RESOURCE_12 = (
    """<resource identifier="R-{id}" type="webcontent" adlcp:scormtype="sco" href="{href}"/>"""
)
MANIFEST_2004 = """<?xml version="1.0" encoding="utf-8"?>
<manifest identifier="M" version="1" xmlns="http://www.imsglobal.org/xsd/imscp_v1p1"
  xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_v1p3" xmlns:imsss="http://www.imsglobal.org/xsd/imsss">
  <metadata><schema>ADL SCORM</schema><schemaversion>{edition}</schemaversion></metadata>
  <organizations default="O"><organization identifier="O"><title>{title}</title>{items}</organization>
  </organizations>
  <resources>{resources}</resources>
</manifest>"""
RESOURCE_2004 = RESOURCE_12.replace("scormtype", "scormType")

PAGE = (
    "<!doctype html><html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
)


def zipped(files: dict[str, str | bytes]) -> bytes:
    buffer = io.BytesIO()
    with ZipFile(buffer, "w", ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def package_12(
    *, title: str = "Parcels", parts: dict[str, str] | None = None, page: str = PAGE, more: str = ""
) -> bytes:
    """SCORM 1.2 with one part, or with those of `parts` (identifier to title)."""
    return _package(MANIFEST_12, RESOURCE_12, title, parts or {"one": title}, page, more)


def package_2004(
    *,
    title: str = "Parcels",
    parts: dict[str, str] | None = None,
    page: str = PAGE,
    more: str = "",
    edition: str = "2004 4th Edition",
) -> bytes:
    manifest = MANIFEST_2004.replace("{edition}", edition)
    return _package(manifest, RESOURCE_2004, title, parts or {"one": title}, page, more)


def _package(manifest, resource, title, parts, page, more) -> bytes:
    items = "".join(ITEM_12.format(id=key, title=name, more=more) for key, name in parts.items())
    resources = "".join(resource.format(id=key, href=f"{key}/index.html") for key in parts)
    files: dict[str, str | bytes] = {
        "imsmanifest.xml": manifest.format(title=title, items=items, resources=resources)
    }
    for key, name in parts.items():
        files[f"{key}/index.html"] = page.replace("{title}", name)
    files["shared/style.css"] = "h1 { color: teal }"
    return zipped(files)


def stored(data: bytes) -> Package:
    """The package of `data`, put away as an upload is; the same one for the same bytes."""
    found = packages.store(io.BytesIO(data))
    package, _created = Package.objects.get_or_create(
        sha256=found.sha256,
        defaults={
            "title": found.manifest.title,
            "file_name": "package.zip",
            "size": found.size,
            "edition": found.manifest.edition,
            "edition_text": found.manifest.edition_text,
            "items": found.manifest.to_json()["items"],
        },
    )
    return package


class ScormPageFactory(wagtail_factories.PageFactory):
    class Meta:
        model = ScormPage

    parent = factory.SubFactory(ModulePageFactory)
    title = factory.Sequence(lambda n: f"Package {n}")
    package = factory.LazyFunction(lambda: stored(package_12()))
