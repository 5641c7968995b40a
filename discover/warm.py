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
    from discover.sources.records import Walk

_LIBRARIES = ("libcst-", "msgspec-", "pathspec-", "pyyaml-", "sqlglot-")
_OWN = (".py", ".yaml", ".pyi")


class Known:
    """A result, or the place where it is to be kept."""

    def __init__(self, cache: FactsCache, key: bytes = b"", walked: Walk | None = None) -> None:
        self._cache = cache
        self._key = key
        self.walked = walked
        """The walk that was made to know it, for a scan that goes on."""
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
        if self.walked is not None:
            from discover.model.serialize import to_msgpack

            self._cache.store_result(self._key, to_msgpack(graph), self.walked.root)


def known_result(root: Path, config: Config, cache: FactsCache) -> Known:
    """What an earlier scan found, when nothing that it rests on has changed since."""
    if not cache.is_open:
        return Known(cache)
    from discover.sources.translation import Translations
    from discover.sources.walk import walk

    libraries = " ".join(_installed())
    walked = walk(root, config, Translations(cache, libraries))
    files = (*walked.files, *walked.others)
    key = tree_key(files, read_contents(files), _salt(walked, config, libraries))
    return Known(cache, key, walked)


def _salt(walked: Walk, config: Config, libraries: str) -> bytes:
    """All that a result depends on beside the files: shape of the tree, settings, catalogs, programs."""
    programs = (discover.__version__, FACTS_VERSION, sys.version_info[:2], libraries)
    root = Path(walked.root)
    tree = (root.name, len(walked.files), walked.skipped, walked.links, walked.told)
    digest = hashlib.sha256(repr((programs, tree, config)).encode())
    for name, size, modified in _own_files():
        digest.update(f"{name}\0{size}\0{modified}\0".encode("utf-8", "surrogateescape"))
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
