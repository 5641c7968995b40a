"""Tells whether anything changed that a scan reads: by names, sizes and times, without opening files of the code."""

from __future__ import annotations

import hashlib
from pathlib import Path

from discover.config import load_config
from discover.config.catalog_files import catalog_files
from discover.errors import DiscoverError

_SETTINGS = ("undercurrent.yaml", "pyproject.toml")


def state_of(repo: Path, config_file: Path | None) -> str:
    """What stands for the present state of a folder, a file or a document; the same as long as nothing changes."""
    beside = [repo] if repo.is_file() else [repo / name for name in _SETTINGS]
    seen = [_stamp(file) for file in (*beside, config_file) if file is not None]
    if repo.suffix != ".json":
        try:
            seen += _read_by_a_scan(repo, config_file)
        except DiscoverError as error:
            # The scan will say so; the next state of the settings or the folder counts as a change.
            seen.append(str(error))
    return hashlib.sha256("\0".join(seen).encode("utf-8", "surrogateescape")).hexdigest()


def _read_by_a_scan(repo: Path, config_file: Path | None) -> list[str]:
    from discover.sources.walk import walk

    config = load_config(repo, config_file)
    walked = walk(repo, config)
    files = [f"{one.path} {one.size} {one.modified}" for one in (*walked.files, *walked.others)]
    catalogs = [_stamp(file) for file in catalog_files(Path(walked.root), config.catalogs)]
    return [*files, repr(walked.skipped), *catalogs]


def _stamp(file: Path) -> str:
    try:
        status = file.stat()
    except OSError:
        return f"{file} is not there"
    return f"{file} {status.st_size} {status.st_mtime_ns}"
