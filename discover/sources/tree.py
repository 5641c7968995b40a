"""The sources stage: a folder and a configuration to everything that is to be read."""

from __future__ import annotations

from pathlib import Path

from discover.config import Config
from discover.errors import InputError
from discover.model import Skipped
from discover.sources.layout import lay_out
from discover.sources.records import DeclaredTrigger, ImportRoot, Layout, Service, SourceFile, Walk
from discover.sources.roots import module_names
from discover.sources.walk import walk


class SourceTree:
    """What the tree holds."""

    def __init__(self, walked: Walk, layout: Layout) -> None:
        self.root: str = walked.root
        """Absolute and real; never part of a result."""
        self.files: tuple[SourceFile, ...] = walked.files
        self.left_out: dict[str, int] = walked.told
        """Rule name to the number of files, and whole folders as one."""
        self.links: dict[str, str] = walked.links
        self.layout = layout
        self.skipped: tuple[Skipped, ...] = tuple(
            sorted((*walked.skipped, *layout.skipped), key=lambda entry: (entry.file, entry.line, entry.reason))
        )

    @property
    def services(self) -> tuple[Service, ...]:
        """The deployables."""
        return self.layout.services

    @property
    def import_roots(self) -> tuple[ImportRoot, ...]:
        """The candidates; `roots.choose_roots` keeps those that imports confirm."""
        return self.layout.import_roots

    @property
    def triggers(self) -> tuple[DeclaredTrigger, ...]:
        """What starts Python code from outside Python files."""
        return self.layout.triggers

    @property
    def modules(self) -> dict[str, tuple[str, ...]]:
        """Path to dotted names, the likeliest first, over all candidate roots."""
        return module_names((file.path for file in self.files), self.import_roots, self.links)


def read_tree(root: Path, config: Config, walked: Walk | None = None) -> SourceTree:
    """Walk the tree, unless a walk was just made, and read its layout.

    Raises:
        InputError: nothing is there, or nothing that could be read.
    """
    walked = walked or walk(root, config)
    if not walked.files and not walked.skipped:
        raise InputError(_nothing(root, walked))
    return SourceTree(walked, lay_out(walked, config))


def _nothing(root: Path, walked: Walk) -> str:
    if not walked.left_out:
        return f"{root}: holds no Python files; give the folder of a Python backend"
    rules = ", ".join(f"{name} ({count})" for name, count in walked.left_out.items())
    return f"{root}: every Python file is left out, by {rules}; `undercurrent rules` lists the rules to change"
