"""What several machines have to share beside the database: a cache, and a bucket of files."""

from typing import Any
from urllib.parse import urlsplit

# Django's own 300 rows would throw limits and kept figures away long before their time.
CACHE_ROWS = 50_000


def shared_cache(cache: dict[str, Any]) -> dict[str, Any]:
    """Return the `CACHES` entry; a cache in the database counts so that no machine's count is lost."""
    if cache["BACKEND"] == "django.core.cache.backends.locmem.LocMemCache":
        return {**cache, "BACKEND": "config.sharing.LocalCache"}
    if cache["BACKEND"] != "django.core.cache.backends.db.DatabaseCache":
        return cache
    options = {"MAX_ENTRIES": CACHE_ROWS, **cache.get("OPTIONS", {})}
    return {**cache, "BACKEND": "config.sharing.CountingDatabaseCache", "OPTIONS": options}


def bucket_storages(bucket: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """`STORAGES` of one private bucket: "media/" for what pages show, "private/" for what has no
    address. Nothing in it is readable by address alone; addresses are signed and expire."""
    options = {
        **bucket,
        # Named in full, because `bucket_origin` has to know it.
        "endpoint_url": bucket.get("endpoint_url") or f"https://{_amazon(bucket)}",
        "addressing_style": "path" if bucket.get("endpoint_url") else "virtual",
        "default_acl": None,
        "file_overwrite": False,
        "querystring_auth": True,
        "signature_version": "s3v4",
        # Of a larger file, what is read from its beginning waits in a temporary file.
        "max_memory_size": 5 * 1024 * 1024,
    }
    return {
        "default": {
            "BACKEND": "config.sharing.BucketStorage",
            "OPTIONS": {**options, "location": "media"},
        },
        "private": {
            "BACKEND": "config.sharing.BucketStorage",
            "OPTIONS": {**options, "location": "private"},
        },
    }


def bucket_origin(bucket: dict[str, Any]) -> str:
    """Where browsers get the pictures of pages from, for the Content-Security-Policy."""
    if endpoint := bucket.get("endpoint_url"):
        parts = urlsplit(endpoint)
        return f"{parts.scheme}://{parts.netloc}"
    return f"https://{bucket['bucket_name']}.{_amazon(bucket)}"


def _amazon(bucket: dict[str, Any]) -> str:
    return f"s3.{bucket['region_name']}.amazonaws.com"
