"""Reads imsmanifest.xml of SCORM 1.2 and 2004: what can be started, and what the author asks of it.

Elements are told apart by their local names: tools write the namespaces of every edition, and of none.
The reader is expat with entities refused, so a manifest can neither grow nor fetch anything.
"""

import posixpath
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit
from xml.parsers import expat

from django.utils.translation import gettext as _

from content.packages.archive import RefusedPackage

NAME = "imsmanifest.xml"
MAX_BYTES = 5 * 1024 * 1024
MAX_ELEMENTS, MAX_DEPTH, MAX_ITEMS = 50_000, 100, 500
EDITION_12, EDITION_2004 = "1.2", "2004"


@dataclass(frozen=True)
class Item:
    """One thing that can be started. `href` is a path in the package, `query` what follows it (with its
    "?" or "#"). `mastery_score` is 0-100 (1.2), `passing` -1..1 and `threshold` 0..1 (2004), as text."""

    identifier: str
    title: str
    href: str
    query: str = ""
    is_sco: bool = True
    launch_data: str = ""
    mastery_score: str = ""
    max_time: str = ""
    time_limit_action: str = ""
    passing: str = ""
    threshold: str = ""
    sets_completion: bool = False


@dataclass(frozen=True)
class Manifest:
    edition: str
    edition_text: str
    title: str
    items: tuple[Item, ...]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass
class _Node:
    name: str
    attributes: dict[str, str]
    namespace: str = ""
    children: list["_Node"] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(self.words).strip()

    def all(self, name: str) -> Iterator["_Node"]:
        return (child for child in self.children if child.name == name)

    def first(self, *names: str) -> "_Node | None":
        """The first child of that name, then its first child of the next name, and so on."""
        node: _Node | None = self
        for name in names:
            node = next(node.all(name), None) if node else None
        return node

    def text_of(self, *names: str) -> str:
        node = self.first(*names)
        return node.text if node else ""


def read_manifest(data: bytes, *, names: Collection[str]) -> Manifest:
    """`data` is the manifest, `names` the files that are in the package beside it."""
    root = _parse(data)
    if root.name != "manifest":
        raise RefusedPackage(
            _(
                "imsmanifest.xml begins with “%(tag)s” instead of “manifest”, so this is no SCORM"
                " package."
            )
            % {"tag": root.name[:50]}
        )
    edition, edition_text = _edition(root)
    return _Reader(root, edition, edition_text, names).read()


class _Reader:
    def __init__(
        self, root: _Node, edition: str, edition_text: str, names: Collection[str]
    ) -> None:
        self.root, self.edition, self.edition_text = root, edition, edition_text
        self.names = set(names)
        group = root.first("resources")
        self.base = root.attributes.get("base", "")
        self.group_base = group.attributes.get("base", "") if group else ""
        self.resources = {
            node.attributes.get("identifier", ""): node
            for node in (group.all("resource") if group else ())
        }
        shared = root.first("sequencingCollection")
        self.sequencings = {
            node.attributes.get("ID", ""): node
            for node in (shared.all("sequencing") if shared else ())
        }

    def read(self) -> Manifest:
        organization = self._organization()
        title = organization.text_of("title") if organization else ""
        items = list(self._items(organization)) if organization else list(self._loose())
        if not items:
            raise RefusedPackage(
                _(
                    "imsmanifest.xml names nothing that can be started: no item of it points at a"
                    " resource "
                    "with a page. Export the package again as SCORM."
                )
            )
        if len(items) > MAX_ITEMS:
            raise RefusedPackage(
                _("The package has %(n)d parts to start; at most %(limit)d are taken.")
                % {"n": len(items), "limit": MAX_ITEMS}
            )
        if len({item.identifier for item in items}) < len(items):
            raise RefusedPackage(
                _(
                    "Two parts of imsmanifest.xml have the same identifier. Export the package again."
                )
            )
        return Manifest(
            self.edition, self.edition_text, (title or items[0].title)[:255], tuple(items)
        )

    def _organization(self) -> _Node | None:
        group = self.root.first("organizations")
        if group is None:
            return None
        wanted = group.attributes.get("default", "")
        every = list(group.all("organization"))
        return next(
            (one for one in every if one.attributes.get("identifier") == wanted),
            every[0] if every else None,
        )

    def _items(self, node: _Node) -> Iterator[Item]:
        for child in node.all("item"):
            resource = self.resources.get(child.attributes.get("identifierref", ""))
            if resource is not None and resource.attributes.get("href"):
                yield self._item(child, resource)
            yield from self._items(child)

    def _loose(self) -> Iterator[Item]:
        """A package without an organisation: its first resource that is a page."""
        for resource in self.resources.values():
            if resource.attributes.get("href"):
                yield self._item(resource, resource)
                return

    def _item(self, item: _Node, resource: _Node) -> Item:
        href, query = self._launch(resource, item.attributes.get("parameters", ""))
        sequencing = item.first("sequencing") or _Node("", {})
        shared = self.sequencings.get(sequencing.attributes.get("IDRef", "")) or _Node("", {})
        threshold = item.first("completionThreshold")
        kind = resource.attributes.get("scormtype") or resource.attributes.get("scormType") or "sco"
        identifier = item.attributes.get("identifier", "") or "item"
        return Item(
            identifier=identifier[:255],
            title=(item.text_of("title") or identifier)[:255],
            href=href,
            query=query,
            is_sco=kind.lower() != "asset",
            launch_data=(item.text_of("datafromlms") or item.text_of("dataFromLMS"))[:4096],
            mastery_score=_number(item.text_of("masteryscore"), 0, 100),
            max_time=item.text_of("maxtimeallowed")[:20],
            time_limit_action=(item.text_of("timelimitaction") or item.text_of("timeLimitAction"))[
                :40
            ],
            passing=_passing(sequencing) or _passing(shared),
            threshold=_number(
                threshold.attributes.get("minProgressMeasure", "") or threshold.text
                if threshold
                else "",
                0,
                1,
            ),
            sets_completion=any(
                (node.first("deliveryControls") or _Node("", {})).attributes.get(
                    "completionSetByContent", ""
                )
                == "true"
                for node in (sequencing, shared)
            ),
        )

    def _launch(self, resource: _Node, parameters: str) -> tuple[str, str]:
        """The page of a resource in the package, and the query with which it is opened."""
        base = (self.base, self.group_base, resource.attributes.get("base", ""))
        written = posixpath.join(*base, resource.attributes["href"].strip())
        try:
            parts = urlsplit(written)
        except ValueError:
            parts = urlsplit("//")  # Such as "//[x": no address, and so in no package.
        path = posixpath.normpath(unquote(parts.path))
        if parts.scheme or parts.netloc or path not in self.names:
            raise RefusedPackage(
                _(
                    "imsmanifest.xml starts “%(href)s”, which is not in the package. Put the file"
                    " into the "
                    "package, or correct the manifest."
                )
                % {"href": written[:200]}
            )
        query = f"?{parts.query}" if parts.query else ""
        extra = parameters.strip()
        fragment = f"#{parts.fragment}" if parts.fragment else ""
        if extra.startswith("#"):
            fragment = extra
        elif extra := extra.lstrip("?&"):
            query = f"{query}&{extra}" if query else f"?{extra}"
        return path, (query + fragment)[:1000]


def _passing(sequencing: _Node) -> str:
    """The smallest scaled score that satisfies the main objective, if a score decides about it."""
    main = sequencing.first("objectives", "primaryObjective")
    if main is None or main.attributes.get("satisfiedByMeasure", "").lower() not in ("true", "1"):
        return ""
    return _number(main.text_of("minNormalizedMeasure") or "1.0", -1, 1)


def _number(text: str, low: float, high: float) -> str:
    try:
        value = float(text)
    except ValueError:
        return ""
    return text.strip() if low <= value <= high else ""


def _edition(root: _Node) -> tuple[str, str]:
    said = root.text_of("metadata", "schemaversion")
    if said == "1.2":
        return EDITION_12, "1.2"
    if said.startswith("2004"):
        return EDITION_2004, said[:40]
    if said == "CAM 1.3":
        return EDITION_2004, "2004 2nd Edition"
    if not said:
        spaces = " ".join(node.namespace + " " + " ".join(node.attributes) for node in _walk(root))
        if "adlcp_v1p3" in spaces or "imsss" in spaces:
            return EDITION_2004, "2004"
        return EDITION_12, "1.2"
    raise RefusedPackage(
        _(
            "imsmanifest.xml says that this is “%(version)s”; SCORM 1.2 and SCORM 2004 are understood. "
            "Export the package as one of those."
        )
        % {"version": said[:60]}
    )


def _walk(node: _Node) -> Iterator[_Node]:
    yield node
    for child in node.children:
        yield from _walk(child)


def _parse(data: bytes) -> _Node:
    top = _Node("", {})
    open_nodes = [top]
    count = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1
        if count > MAX_ELEMENTS or len(open_nodes) > MAX_DEPTH:
            raise RefusedPackage(_("imsmanifest.xml is larger or deeper than any course needs."))
        namespace, _space, name = tag.rpartition(" ")
        plain = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
        node = _Node(name, plain, namespace)
        open_nodes[-1].children.append(node)
        open_nodes.append(node)

    def end(tag: str) -> None:
        open_nodes.pop()

    def refuse_entities(*args: Any) -> None:
        raise RefusedPackage(
            _(
                "imsmanifest.xml declares entities of its own, which SCORM has no use for and attackers "
                "have. Take the DOCTYPE out of it."
            )
        )

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = lambda text: open_nodes[-1].words.append(text)
    parser.EntityDeclHandler = refuse_entities
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    try:
        parser.Parse(data, True)
    except expat.ExpatError as problem:
        raise RefusedPackage(
            _("imsmanifest.xml is not well-formed: %(problem)s. Export the package again.")
            % {"problem": problem}
        ) from problem
    except (LookupError, ValueError) as problem:
        if isinstance(problem, RefusedPackage):
            raise
        raise RefusedPackage(
            _("imsmanifest.xml is written in an encoding we cannot read.")
        ) from problem
    return top.children[0]
