"""Which existing file `-o` may replace: one that this program wrote, by how it begins or ends, and no other."""

from __future__ import annotations

import os
import re
from pathlib import Path

from discover.errors import OutputError

_ENDS = 4096
"""Bytes at both ends of a file that are looked at."""
_OURS = re.compile(
    rb"""\A(?:
        \{"schema":"undercurrent/
        | <!doctype\ html>.*<meta\ name="generator"\ content="undercurrent">
        | [^\n]*:\ [\d,]+\ files?,\ [\d,]+\ lines?,\ [\d,]+\ functions?\n
        | [\d,]+\ places?\ that\ may\ hide\ a\ hop\n
        | Nothing\ is\ unresolved:
        | .*<!--\ written\ by\ undercurrent\ -->\s*\Z
    )""",
    re.VERBOSE | re.DOTALL,
)


def check_replaceable(file: Path | None, *, force: bool) -> None:
    """Refuses a file that holds something else, before anything is read for it."""
    if file is None or force or not file.is_file():
        return
    try:
        with file.open("rb") as stream:
            head = stream.read(_ENDS)
            size = os.fstat(stream.fileno()).st_size
            if size > len(head):
                stream.seek(max(len(head), size - _ENDS))
                head += stream.read(_ENDS)
    except OSError as error:
        raise OutputError(f"{file}: can't be read: {error.strerror}") from None
    if head.strip() and not _OURS.match(head):
        raise OutputError(
            f"{file}: nothing was written, since the file holds something that undercurrent did not write; "
            "name another one, or replace it with --force"
        )
