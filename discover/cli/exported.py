"""What earlier exports have left in a folder: which of its files are still as they were generated.

The list is a file of the folder, and so anybody's: a name in it counts only where it stays inside of the folder, and a
file is ours only while its bytes have the sum that is noted.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

MANIFEST = ".undercurrent-export.json"
_LARGEST = 10_000_000


class Exported:
    """The list of one folder, by target."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._targets = _read(folder / MANIFEST)

    def is_ours(self, name: str, data: bytes) -> bool:
        """Whether some export has generated exactly this."""
        return any(files.get(name) == digest(data) for files in self._targets.values())

    def gone(self, target: str, made: Iterable[str]) -> list[str]:
        """The files that the target had, and has no more."""
        others = {name for key, files in self._targets.items() if key != target for name in files}
        return sorted(self._targets.get(target, {}).keys() - set(made) - others)

    def text(self, target: str, made: Mapping[str, bytes], gone: Iterable[str]) -> str:
        """The list behind an export: what it made, and what is still there of earlier ones."""
        dropped = set(gone)
        kept = {name: known for name, known in self._targets.get(target, {}).items() if name not in dropped}
        files = kept | {name: digest(data) for name, data in made.items()}
        return json.dumps({**self._targets, target: files}, indent=1, sort_keys=True) + "\n"


def digest(data: bytes) -> str:
    """The sum by which a generated file is known again."""
    return hashlib.sha256(data).hexdigest()


def _read(file: Path) -> dict[str, dict[str, str]]:
    """The lists in the file; none where it is missing, or no such list."""
    import msgspec

    try:
        if file.is_symlink() or file.stat().st_size > _LARGEST:
            return {}
        found = msgspec.json.decode(file.read_bytes(), type=dict[str, dict[str, str]])
    except (OSError, ValueError):
        return {}
    return {
        target: {name: known for name, known in files.items() if _is_inside(name)} for target, files in found.items()
    }


def _is_inside(name: str) -> bool:
    if not name or "\0" in name or "\\" in name or name == MANIFEST:
        return False
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts
