"""Files in a folder of this machine."""

import errno
import os
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.core.files import File
from django.core.files.storage import FileSystemStorage

from people.room import is_full


class WholeFiles(FileSystemStorage):
    """Leaves nothing behind of a file for which there was no room."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._mine = threading.local()

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        self._mine.name = super().get_available_name(name, max_length)
        return str(self._mine.name)

    def _save(self, name: str, content: "File[Any]") -> str:
        self._mine.name = name
        try:
            saved: str = super()._save(name, content)  # type: ignore[misc]
            # What is copied from a disk of temporary files may lack its end without an error: a write
            # that does not fit says how much did, and Django does not ask.
            is_copy = hasattr(content, "temporary_file_path")
            if is_copy and os.path.getsize(self.path(saved)) != content.size:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return saved
        except OSError as problem:
            if is_full(problem):
                # Only who creates a name writes to it. Where it is taken, another one is asked for above.
                with suppress(FileNotFoundError):
                    Path(self.path(self._mine.name)).unlink()
            raise
