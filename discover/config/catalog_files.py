"""The catalog files that a configuration names: regular files inside the root, and nothing else is opened."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from discover.errors import ConfigError

HOME = "undercurrent/catalogs"
"""Where a repository keeps catalogs of its own without saying so."""


def catalog_files(root: Path, named: Sequence[str]) -> list[Path]:
    """Every catalog file below the named files and folders, in the order of their names.

    Args:
        root: the scanned folder.
        named: paths relative to it, as the configuration has them; without any, those in `HOME` count where that folder
            exists. The configuration may belong to the code that is
            read, so what leads out of the root, by `..` or by a link, is refused.

    Raises:
        ConfigError: a path is missing or leads out of the root.
    """
    inside = root.resolve()
    files: list[Path] = []
    for name in named or ([HOME] if (root / HOME).is_dir() else []):
        path = root / name
        candidates = sorted([*path.glob("*.yaml"), *path.glob("*.yml")]) if path.is_dir() else [path]
        for file in candidates:
            real = file.resolve()
            if not real.is_relative_to(inside):
                raise ConfigError(name, 0, f"{file.name} leads out of the scanned folder; copy the catalog into it")
            if real.is_file():
                files.append(file)
            elif file is path:
                raise ConfigError(name, 0, "no such catalog file or folder; correct `catalogs` in the configuration")
    return files
