"""Open what the analysed tree holds: regular files alone, as nothing else ends, and some of it does not even begin."""

from __future__ import annotations

import os
import stat


def read_regular(absolute: str, limit: int) -> bytes:
    """The first `limit` bytes of a file that is no symbolic link.

    Raises:
        OSError: it can't be read, or is a named pipe, a device, a socket or a folder; `strerror` says which.
    """
    # Not blocking, or opening a named pipe would wait for a writer.
    descriptor = os.open(absolute, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(0, "not a regular file")
        with open(descriptor, "rb", closefd=False) as file:
            return file.read(limit)
    finally:
        os.close(descriptor)
