"""The bytes of the files of a scan, each read once."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from discover.facts.failure import Failure


class SourceFile(Protocol):
    """What the facts stage asks of a file."""

    @property
    def path(self) -> str:
        """POSIX, relative to the root."""
        ...

    @property
    def absolute(self) -> Path | str:
        """Where it is read."""
        ...


def read_contents(files: Sequence[SourceFile], limit: int | None = None) -> list[bytes | Failure]:
    """The bytes of each file, in order; a failure where a file is larger than the limit or can't be read."""
    return [_content(file, limit) for file in files]


def tree_key(files: Sequence[SourceFile], contents: Sequence[bytes | Failure], salt: bytes = b"") -> bytes:
    """A key of a whole tree, for its result: paths and contents, and whatever else the result depends on."""
    digest = hashlib.sha256(salt)
    for file, content in zip(files, contents, strict=True):
        path = file.path.encode("utf-8", "surrogateescape")
        if isinstance(content, Failure):
            content = f"{content.line}:{content.reason}".encode()
        digest.update(b"%d:%d:" % (len(path), len(content)))
        digest.update(path)
        digest.update(content)
    return digest.digest()


def _content(file: SourceFile, limit: int | None) -> bytes | Failure:
    try:
        # Not blocking, or a named pipe would stop the scan.
        descriptor = os.open(file.absolute, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                return Failure(file.path, 0, "not a regular file")
            if limit is not None and status.st_size > limit:
                return Failure(file.path, 0, f"{status.st_size:,} bytes are more than the limit of {limit:,}")
            with open(descriptor, "rb", buffering=0, closefd=False) as opened:
                return opened.read()
        finally:
            os.close(descriptor)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        return Failure(file.path, 0, f"cannot be read: {reason}")
