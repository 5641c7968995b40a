"""The validated settings. `docs/configuration.md` explains every field; a test keeps that page complete."""

from __future__ import annotations

import msgspec

from discover.config.corrections import Correction


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """Common settings of the records: immutable, compared by value."""


class Limits(Setting, kw_only=True, frozen=True):
    """Bounds that keep a scan and its result readable. What a limit cuts off is said in the result."""

    workflow_steps: int = 400
    """Nodes in one workflow; larger ones keep their outer part and are marked as truncated."""
    workflow_runs: int = 60
    """Runs (the handler and each task, consumer or receiver that it reaches) in one workflow."""
    call_depth: int = 40
    """How many calls deep a run is opened."""


class ServiceSetting(Setting, kw_only=True, frozen=True):
    """One deployable of the repository, as the user names it."""

    name: str
    root: str = ""
    """Folder relative to the scanned root; empty for the root itself."""


class Config(Setting, kw_only=True, frozen=True):
    """All settings of a scan. Without a configuration file every field has the default shown here."""

    include: tuple[str, ...] = ()
    """gitignore patterns of files and folders to read although a rule, a `.gitignore` or `exclude` leaves them out."""
    exclude: tuple[str, ...] = ()
    """gitignore patterns of files and folders to leave out, on top of the rules."""
    rules: dict[str, bool | tuple[str, ...]] = {}
    """Rule name to `false` (off), `true` (on), or a list of patterns that replaces the rule's own."""
    roots: tuple[str, ...] = ()
    """Folders that imports start from, instead of the ones found."""
    services: tuple[ServiceSetting, ...] = ()
    """The deployables of the repository, instead of the ones found."""
    catalogs: tuple[str, ...] = ()
    """Catalog files, or folders of them, inside the scanned root."""
    settings_modules: tuple[str, ...] = ()
    """Dotted names of the modules that hold settings, for frameworks that read them by name."""
    max_file_size: int = 2_000_000
    """Files larger than this many bytes are skipped with an entry."""
    limits: Limits = Limits()
    corrections: tuple[Correction, ...] = ()
    """What the user overrules of the analysis."""
    file: str = ""
    """Where the settings came from, for messages; empty for the defaults."""
