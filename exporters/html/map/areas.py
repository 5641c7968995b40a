"""The areas of a backend: its folders, cut so that each holds a handful of runs, and nested where that is too much."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

AREAS: Final = 24
"""So many areas fit on one map."""
RUNS: Final = 40
"""An area with more runs is cut, as long as there are folders or modules in it."""
FEW: Final = 3
"""A folder with fewer runs stays with the one that holds it."""
REST: Final = "/…"
"""How the path of what is left of a folder ends."""
PIECES: Final = 6
"""A folder that falls into more pieces is drawn on a map of its own."""
_MOST: Final = 0.7
"""A cut that leaves more than this part of a folder uncut is none."""


@dataclass(slots=True)
class Area:
    """A folder, a module, or what is left of a folder; either it holds further areas, or it is drawn run by run."""

    path: str
    """Its name, unique in the backend; ends in `REST` for what is left of a folder."""
    runs: list[str]
    """The keys of all its runs."""
    areas: list[Area] = field(default_factory=list["Area"])

    @property
    def title(self) -> str:
        """Its name, for reading."""
        return f"rest of {self.path.removesuffix(REST)}" if self.path.endswith(REST) else self.path

    def within(self) -> Iterator[Area]:
        """This area and all that it holds."""
        yield self
        for area in self.areas:
            yield from area.within()


@dataclass(slots=True)
class _Folder:
    path: str
    files: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """The modules right in it, with their runs."""
    folders: dict[str, _Folder] = field(default_factory=dict[str, "_Folder"])

    def runs(self) -> list[str]:
        own = [run for runs in self.files.values() for run in runs]
        return own + [run for folder in self.folders.values() for run in folder.runs()]


def areas_of(files: Mapping[str, str], name: str) -> Area:
    """The whole backend as one area; `files` gives for each run the path of its code."""
    root = _Folder("")
    for run, file in files.items():
        folder = root
        *parts, module = file.split("/")
        for part in parts:
            path = f"{folder.path}/{part}" if folder.path else part
            folder = folder.folders.setdefault(part, _Folder(path))
        folder.files.setdefault(f"{folder.path}/{module}" if folder.path else module, []).append(run)
    return Area(name, list(files), _areas_in(_narrowed(root)))


def _areas_in(folder: _Folder) -> list[Area]:
    """The areas of a folder, none when it is small or can't be cut."""
    areas: list[Area] = []
    parts = _cut(folder) if len(folder.runs()) > RUNS else []
    room = AREAS - len(parts)
    for part in parts:
        pieces = _cut(part) if len(part.runs()) > RUNS else []
        if 0 < len(pieces) <= min(PIECES, room + 1):
            room -= len(pieces) - 1
            areas += [Area(piece.path, piece.runs(), _areas_in(piece)) for piece in pieces]
        else:
            areas.append(Area(part.path, part.runs(), _areas_in(part)))
    return areas


def _narrowed(folder: _Folder) -> _Folder:
    """The folder itself, or the only one in it that holds everything."""
    while not folder.files and len(folder.folders) == 1:
        (folder,) = folder.folders.values()
    return folder


def _cut(folder: _Folder) -> list[_Folder]:
    """A folder in pieces: first what is left of it, then the folders or modules in it, side by side ones together."""
    inner: Sequence[_Folder] = [_narrowed(one) for one in folder.folders.values()]
    inner = inner or [_Folder(path, {path: runs}) for path, runs in folder.files.items() if len(folder.files) > 1]
    parts = sorted((one for one in inner if len(one.runs()) >= FEW), key=lambda one: one.path)
    taken = {run for one in parts for run in one.runs()}
    left = {path: [run for run in runs if run not in taken] for path, runs in _modules(folder)}
    rest = _Folder(f"{folder.path}{REST}", {path: runs for path, runs in left.items() if runs})
    together = -(-len(parts) // (AREAS - 1))
    parts = [_joined(parts[at : at + together]) for at in range(0, len(parts), together or 1)]
    pieces = [rest, *parts] if rest.files else parts
    return pieces if len(pieces) > 1 and len(rest.runs()) <= _MOST * len(folder.runs()) else []


def _joined(folders: Sequence[_Folder]) -> _Folder:
    first, last = folders[0], folders[-1]
    if first is last:
        return first
    return _Folder(f"{first.path} to {last.path.rpartition('/')[2]}", {}, {one.path: one for one in folders})


def _modules(folder: _Folder) -> Iterator[tuple[str, list[str]]]:
    yield from folder.files.items()
    for inner in folder.folders.values():
        yield from _modules(inner)
