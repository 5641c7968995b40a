"""Writes results where the user wants them."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from discover.cli.exported import MANIFEST, Exported
from discover.errors import OutputError

if TYPE_CHECKING:
    from exporters.base import Artifact


def write_text(text: str, file: Path | None) -> None:
    """To the file as UTF-8 with line feeds, or to standard output."""
    if file is None:
        with _told():
            sys.stdout.write(text)
            sys.stdout.flush()
    else:
        write_bytes(text.encode("utf-8", errors="backslashreplace"), file)


def write_bytes(data: bytes, file: Path | None) -> None:
    """To the file, whose folder is made where it is missing, or to standard output."""
    if file is None:
        with _told():
            sys.stdout.flush()
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
        return
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    except OSError as error:
        raise OutputError(f"{error.filename or file}: can't be written: {error.strerror}") from None


WRITTEN = "written.txt"
"""Stands in a folder that `write_folder` wrote, and names its files."""


def write_folder(artifacts: Sequence[Artifact], folder: Path) -> None:
    """All files of a result below a folder; what an earlier result left there, and this one has not, goes."""
    listed, root = folder / WRITTEN, folder.resolve()
    names = [artifact.path for artifact in artifacts]
    if folder.is_dir() and not listed.is_file() and any(folder.iterdir()):
        raise OutputError(f"{folder}: holds other files: name a new folder, or one that an earlier `diagram` wrote")
    stale = set(listed.read_text(encoding="utf-8").splitlines() if listed.is_file() else ()) - set(names)
    # The list first: whatever is written after it is known as ours, even when writing is cut short.
    write_text("".join(f"{name}\n" for name in (*names, *sorted(stale))), listed)
    for artifact in artifacts:
        write_text(artifact.text, _inside(root, artifact.path))
    for name in sorted(stale):
        _inside(root, name).unlink(missing_ok=True)
    write_text("".join(f"{name}\n" for name in names), listed)


_NAMED = 5
"""So many files are named where nothing is written."""


def write_beside(
    artifacts: Sequence[Artifact], folder: Path, target: str, *, force: bool, is_all: bool
) -> tuple[list[str], list[str]]:
    """All files of a result in a folder that may hold others; none of them where one would lose what it holds.

    What earlier exports generated there is replaced, and, where the result is all that there is, removed. Gives what
    was removed, and what was left since somebody has edited it.
    """
    root, known = folder.resolve(), Exported(folder)
    made = {one.path: one.text.encode("utf-8", errors="backslashreplace") for one in artifacts}
    for name in made:
        if not (root / name).resolve().is_relative_to(root):
            raise OutputError(f"{name}: leads out of {folder}")
    changed = [] if force else [name for name, data in made.items() if _holds_other(root / name, name, data, known)]
    if changed:
        more = f" and {len(changed) - _NAMED} more" if len(changed) > _NAMED else ""
        raise OutputError(
            f"{folder}: nothing was written, since it would replace what differs there: {', '.join(changed[:_NAMED])}"
            f"{more}; name another folder, or replace it with --force"
        )
    gone = known.gone(target, made) if is_all else []
    for name, data in made.items():
        write_bytes(data, root / name)
    removed = [name for name in gone if _removed(root, name, known)]
    if not (root / MANIFEST).is_symlink():
        write_text(known.text(target, made, gone), root / MANIFEST)
    return removed, [name for name in gone if (root / name).is_file()]


def _holds_other(file: Path, name: str, data: bytes, known: Exported) -> bool:
    try:
        held = file.read_bytes()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise OutputError(f"{file}: can't be read: {error.strerror}") from None
    return held != data and not known.is_ours(name, held)


def _removed(root: Path, name: str, known: Exported) -> bool:
    """Remove a file that is as it was generated; whether that was done."""
    file = root / name
    try:
        if file.is_symlink() or not file.resolve().is_relative_to(root) or not known.is_ours(name, file.read_bytes()):
            return False
        file.unlink()
    except OSError:
        return False
    return True


def _inside(root: Path, name: str) -> Path:
    file = root / name
    if not file.parent.resolve().is_relative_to(root):
        raise OutputError(f"{name}: leads out of {root}")
    return file


@contextmanager
def _told() -> Generator[None]:
    """A full disk behind standard output is the user's to mend; a reader that went away is told apart from it."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(f"standard output can't be written: {error.strerror}") from None


def paints() -> bool:
    """Whether standard output is a terminal that wants styles (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def terminal_width() -> int:
    """The columns of the terminal; plenty in a pipe, where lines are to be searched and not to be read."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and len(columns) < 6 and int(columns) > 0:
        return int(columns)
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or 100
    except OSError:
        return 160
