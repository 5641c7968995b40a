"""What has to stand before anything of a backend is imported."""

from __future__ import annotations

import importlib
import os
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

_SETTINGS = re.compile(r"DJANGO_SETTINGS_MODULE[\"']\s*,\s*[\"']([\w.]+)[\"']")


def enter(root: str | Path, roots: Sequence[str]) -> Path:
    """Make the backend's folder the place where everything is imported from; its full path.

    `roots` are the folders in it from which it imports its own modules, the first one first.
    """
    folder = Path(root).resolve()
    below = [folder / each for each in roots]
    for path in reversed(below):
        if str(path) not in sys.path:
            sys.path.insert(0, str(path))
    os.chdir(folder)
    prepare([folder, *below])
    return folder


def prepare(roots: Iterable[Path]) -> None:
    """Set Django up, where a `manage.py` or the environment names its settings."""
    if "DJANGO_SETTINGS_MODULE" not in os.environ:
        for root in roots:
            file = root / "manage.py"
            found = _SETTINGS.search(file.read_text(encoding="utf-8", errors="replace")) if file.is_file() else None
            if found:
                os.environ["DJANGO_SETTINGS_MODULE"] = found.group(1)
                break
        else:
            return
    importlib.import_module("django").setup()
