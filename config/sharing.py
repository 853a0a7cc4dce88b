"""What several machines share: a cache that counts, and files in a bucket."""

import datetime as dt
import time
from collections.abc import Iterator
from typing import Any

from django.core.cache.backends.db import DatabaseCache
from django.core.cache.backends.locmem import LocMemCache
from django.db import connections, router, transaction

try:
    from storages.backends.s3 import S3Storage
except ImportError:  # The extra "s3" is not installed, and no bucket is set.
    S3Storage = object

PIECE = 64 * 1024
# Part of the name of what counts tries to sign in. It counts for minutes; what has longer to live was
# counted by a clock that was ahead, and would lock people out until then.
LIMIT, LIMIT_LIVES = ":allauth:rl:", 60 * 60


class CountingDatabaseCache(DatabaseCache):
    """Django's cache in the database, with an `incr` that loses nothing.

    Django reads the number and writes it back in two steps, so two machines would count one of two
    requests. Here the row is locked between them.
    """

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        alias = router.db_for_write(self.cache_model_class)
        connection = connections[alias]
        with transaction.atomic(using=alias), connection.cursor() as cursor:
            if connection.features.has_select_for_update:
                table = connection.ops.quote_name(self._table)  # type: ignore[attr-defined]
                cursor.execute(
                    f"SELECT 1 FROM {table} WHERE cache_key = %s FOR UPDATE",  # noqa: S608
                    [self.make_and_validate_key(key, version=version)],
                )
            return super().incr(key, delta, version)

    def forget_limits(self, *, after: dt.datetime) -> int:
        """Forget tries to sign in that count for longer than until `after`; one query by an index."""
        connection = connections[router.db_for_write(self.cache_model_class)]
        table = connection.ops.quote_name(self._table)  # type: ignore[attr-defined]
        with connection.cursor() as cursor:
            cursor.execute(
                f"DELETE FROM {table} WHERE expires > %s AND cache_key LIKE %s",  # noqa: S608
                [connection.ops.adapt_datetimefield_value(after), f"%{LIMIT}%"],
            )
            return int(cursor.rowcount)


class LocalCache(LocMemCache):
    """Django's cache in the memory of a process, where no clock locks people out for days."""

    def _has_expired(self, key: str) -> bool:
        if LIMIT in key and self._expire_info.get(key, 0) > time.time() + LIMIT_LIVES:  # type: ignore[attr-defined]
            return True
        return bool(super()._has_expired(key))  # type: ignore[misc]


class BucketStorage(S3Storage):
    """Files in a private bucket. `ranged` reads a part without fetching the whole, and `signed` is an
    address for a while that says as what the file is to come."""

    def signed(self, name: str, *, seconds: int, media_type: str, disposition: str) -> str:
        parameters = {
            "ResponseContentType": media_type,
            "ResponseContentDisposition": disposition,
            "ResponseCacheControl": "private, no-store",
        }
        return str(self.url(name, parameters=parameters, expire=seconds))

    def ranged(self, name: str, start: int, end: int) -> Iterator[bytes]:
        """Bytes from `start` up to and without `end`, in pieces; one request."""
        if start >= end:
            return
        key = self._normalize_name(name)
        body = self.bucket.Object(key).get(Range=f"bytes={start}-{end - 1}")["Body"]
        try:
            yield from body.iter_chunks(PIECE)
        finally:
            body.close()
