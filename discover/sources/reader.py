"""Read the texts that the layout is made from: only files that the walk found, each once."""

from __future__ import annotations

from discover.sources.records import Walk
from discover.sources.regular import read_regular

_MAX_BYTES = 1_000_000


class Reader:
    """Texts of a walk's files by path. What is not in the walk does not exist for it."""

    def __init__(self, walk: Walk) -> None:
        self._absolute = {file.path: file.absolute for file in (*walk.files, *walk.others)}
        self._links = walk.links
        self._texts: dict[str, str] = {}

    def __contains__(self, path: str) -> bool:
        return path in self._absolute

    @property
    def paths(self) -> tuple[str, ...]:
        """All readable paths, in the walk's order."""
        return tuple(self._absolute)

    def real(self, path: str) -> str:
        """The path of the file that a symbolic link inside the root stands for."""
        return self._links.get(path, path)

    def text(self, path: str) -> str:
        """The file's text, with what is not UTF-8 replaced; empty when it can't be read."""
        if path not in self._texts:
            self._texts[path] = self._read(path)
        return self._texts[path]

    def _read(self, path: str) -> str:
        absolute = self._absolute.get(path)
        if absolute is None:
            return ""
        try:
            content = read_regular(absolute, _MAX_BYTES + 1)
        except OSError:
            return ""
        if len(content) > _MAX_BYTES:
            return ""
        return content.decode("utf-8-sig", "replace").replace("\r\n", "\n")
