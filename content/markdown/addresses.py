"""What a link in a file means: which other file of the tree. Pure.

Site generators disagree on what a relative link starts from. A target that ends in .md is meant from the
folder of its file, as editors show it. Any other is meant from the page's own address, where `a/b.md`
is the folder `a/b/`; if nothing is there, from the file's folder after all.
"""

import posixpath
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

INDEX_NAMES = ("index.md", "readme.md", "_index.md", "index.markdown", "readme.markdown")


def is_index(path: str) -> bool:
    return PurePosixPath(path).name.lower() in INDEX_NAMES


def folder_of(path: str) -> str:
    """The folder a file lies in, without slashes around it; empty for the root."""
    parent = PurePosixPath(path).parent.as_posix()
    return "" if parent == "." else parent


class Addresses:
    """All files of a tree, to be found by what links say."""

    def __init__(self, paths: Iterable[str], fronts: Mapping[str, Mapping[str, Any]]) -> None:
        self.paths = set(paths)
        self.by_address: dict[str, str] = {}
        for path in sorted(self.paths):
            self.by_address.setdefault(_address(path), path)
        for path, front in sorted(fronts.items()):
            for alias in _aliases(front):
                self.by_address.setdefault(alias.strip("/").lower(), path)

    def find(self, target: str, *, on: str) -> tuple[str | None, str]:
        """The file that `target`, written in the file `on`, leads to, and the fragment.

        The file is None when it is not in the tree, and `on` itself for a mere fragment.
        """
        try:
            parts = urlsplit(target)
        except ValueError:
            return None, ""  # Such as "//[x": no address at all.
        path, fragment = unquote(parts.path), parts.fragment
        if not path:
            return on, fragment
        for candidate in _candidates(path, on):
            found = self._file(candidate)
            if found:
                return found, fragment
        return None, fragment

    def _file(self, candidate: str) -> str | None:
        if candidate in self.paths:
            return candidate
        return self.by_address.get(candidate.removesuffix(".html").strip("/").lower())


def _candidates(path: str, on: str) -> list[str]:
    if path.startswith("/"):
        return [_normal(path.lstrip("/"))]
    from_file = _normal(posixpath.join(folder_of(on), path))
    own = folder_of(on) if is_index(on) else str(PurePosixPath(on).with_suffix(""))
    from_page = _normal(posixpath.join(own, path))
    if PurePosixPath(path).suffix:
        return [from_file, from_page]
    return [from_page, from_file]


def _normal(path: str) -> str:
    """The path without dots; one that would leave the tree stays in it and so finds nothing."""
    normal = posixpath.normpath(path) if path else ""
    return "" if normal in (".", "..") else normal.removeprefix("../")


def _address(path: str) -> str:
    """`a/b.md` and `a/b/index.md` are both at a/b."""
    if is_index(path):
        return folder_of(path).lower()
    return str(PurePosixPath(path).with_suffix("")).lower()


def _aliases(front: Mapping[str, Any]) -> list[str]:
    found: list[str] = []
    for key in ("permalink", "redirect_from", "aliases"):
        value = front.get(key)
        values = value if isinstance(value, list) else [value]
        found += [item for item in values if isinstance(item, str)]
    return found
