"""The result that an unchanged tree already has: found by what it rests on, without reading any of it as Python."""

from __future__ import annotations

import hashlib
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import discover
from discover.config import Config
from discover.facts.cache import FactsCache
from discover.facts.contents import read_contents, tree_key
from discover.facts.records import FACTS_VERSION
from discover.model import Graph

if TYPE_CHECKING:
    from discover.pipeline import Scan
    from discover.sources.records import Walk

_LIBRARIES = ("libcst-", "msgspec-", "networkx-", "pathspec-", "pyyaml-", "sqlglot-")
_OWN = (".py", ".yaml", ".pyi")


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
    from discover.sources.translation import Translations
    from discover.sources.walk import walk

    state.progress("compare", 0, 0)
    libraries = " ".join(_installed())
    walked = state.walked = walk(state.root, state.config, Translations(state.cache, libraries))
    files = (*walked.files, *walked.others)
    salt = _salt(walked, state.root, state.config, libraries)
    key = tree_key(files, read_contents(files), salt)
    return Known(state.cache, key, walked.root)


def _salt(walked: Walk, root: Path, config: Config, libraries: str) -> bytes:
    """All that a result depends on beside the files: shape of the tree, settings, catalogs, programs."""
    programs = (discover.__version__, FACTS_VERSION, sys.version_info[:2], libraries)
    tree = (Path(walked.root).name, len(walked.files), walked.skipped, walked.links)
    digest = hashlib.sha256(repr((programs, tree, config)).encode())
    for name, size, modified in _own_files():
        digest.update(f"{name}\0{size}\0{modified}\0".encode("utf-8", "surrogateescape"))
    if config.catalogs:
        from discover.config.catalog_files import catalog_files

        for file in catalog_files(root, config.catalogs):
            content = file.read_bytes()
            digest.update(f"{file.relative_to(root)}\0{len(content)}\0".encode("utf-8", "surrogateescape"))
            digest.update(content)
    return digest.digest()


def _own_files() -> list[tuple[str, int, int]]:
    """This program's modules and catalogs, with size and time: a checkout changes without a new version."""
    found: list[tuple[str, int, int]] = []
    pending = [str(Path(discover.__file__).parent)]
    while pending:
        with os.scandir(pending.pop()) as entries:
            for entry in entries:
                if entry.is_dir():
                    if entry.name != "__pycache__":
                        pending.append(entry.path)
                elif entry.name.endswith(_OWN):
                    status = entry.stat()
                    found.append((entry.path, status.st_size, status.st_mtime_ns))
    return sorted(found)


def _installed() -> list[str]:
    """Names and versions of the libraries whose work a result holds; `importlib.metadata` takes longer to import."""
    found: list[str] = []
    for folder in sys.path:
        if folder.endswith("-packages"):
            with suppress(OSError), os.scandir(folder) as entries:
                names = (entry.name.lower() for entry in entries)
                found += sorted(name for name in names if name.startswith(_LIBRARIES) and name.endswith(".dist-info"))
    return found
