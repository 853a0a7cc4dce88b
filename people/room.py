"""Whether an error means that there is no room left on a disk, of ours or of the database."""

import errno
import sqlite3

from django.db import DatabaseError

_ERRNO = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_SQLSTATE = "53100"


def is_full(problem: BaseException | None) -> bool:
    if isinstance(problem, DatabaseError):
        problem = problem.__cause__
    if isinstance(problem, OSError):
        return problem.errno in _ERRNO
    if isinstance(problem, sqlite3.OperationalError):
        return getattr(problem, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL
    return getattr(problem, "sqlstate", None) == _SQLSTATE
