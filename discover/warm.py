"""The result that an unchanged tree already has: found by what it rests on, without reading any of it as Python."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import discover
from discover.config import Config
from discover.facts.cache import FactsCache
from discover.facts.contents import read_contents, tree_key
from discover.model import Graph

if TYPE_CHECKING:
    from discover.pipeline import Scan


class Known:
    """A result, or the place where it is to be kept."""

    def __init__(self, cache: FactsCache, key: bytes, root: str) -> None:
        self._cache = cache
        self._key = key
        self._root = root
        self.graph = self._load()

    def _load(self) -> Graph | None:
        import msgspec

        from discover.model.serialize import from_msgpack

        data = self._cache.load_result(self._key) if self._key else None
        try:
            return None if data is None else from_msgpack(data)
        except msgspec.DecodeError:
            return None

    def store(self, graph: Graph) -> None:
        """Keep the result of a scan."""
        if self._key:
            from discover.model.serialize import to_msgpack

            self._cache.store_result(self._key, to_msgpack(graph), self._root)


def known_result(state: Scan) -> Known:
    """What an earlier scan found, when nothing that it rests on has changed since."""
    if not state.cache.is_open:
        return Known(state.cache, b"", "")
    from discover.sources.walk import walk

    state.progress("compare", 0, 0)
    walked = walk(state.root, state.config)
    files = (*walked.files, *walked.others)
    salt = _salt(state.root, state.config, repr(walked.skipped))
    key = tree_key(files, read_contents(files), salt)
    return Known(state.cache, key, walked.root)


def _salt(root: Path, config: Config, skipped: str) -> bytes:
    """All that a result depends on beside the files: settings, catalogs, this program, the interpreter."""
    digest = hashlib.sha256(
        f"{discover.__version__}\0{sys.version_info[:2]}\0{root.name}\0{config!r}\0{skipped}".encode()
    )
    package = Path(discover.__file__).parent
    for folder, _, names in sorted(os.walk(package)):
        if not folder.endswith("__pycache__"):
            for name in sorted(names):
                status = Path(folder, name).stat()
                digest.update(f"{folder}/{name}\0{status.st_size}\0{status.st_mtime_ns}\0".encode())
    for path in config.catalogs:
        for file in _catalog_files(root / path):
            digest.update(file.read_bytes())
    return digest.digest()


def _catalog_files(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted([*path.glob("*.yaml"), *path.glob("*.yml")])
    return [path] if path.is_file() else []
