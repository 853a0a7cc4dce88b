"""SCORM packages as they are uploaded: checked, read and put away before anything knows of them."""

from content.packages.archive import Limits, RefusedPackage
from content.packages.manifest import Item, Manifest
from content.packages.storing import StoredPackage, file_name, folder_of, remove, store

__all__ = [
    "Item",
    "Limits",
    "Manifest",
    "RefusedPackage",
    "StoredPackage",
    "file_name",
    "folder_of",
    "remove",
    "store",
]
