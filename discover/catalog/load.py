"""Catalog files to a `Catalog`: read, checked, kept parsed beside them, and narrowed to what is imported."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from discover.catalog.check import parse_library
from discover.catalog.compiled import LIBRARIES, compiled_folder, kept, store
from discover.catalog.spec import (
    Binding,
    Callback,
    Canvas,
    Cover,
    DeadLetter,
    Dispatch,
    Effect,
    Emit,
    EntryPoint,
    Exit,
    Hook,
    Library,
    Lookup,
    Mount,
    Receive,
    Router,
    Silence,
    StateChange,
    Subscription,
    Table,
    Wait,
)
from discover.errors import ConfigError

_FORMAT = b"undercurrent-catalogs-5"
_EVERY = "*"
"""Among the imports of a library: it belongs to every project."""
_LIMIT = 4_000_000


class Catalog(msgspec.Struct, kw_only=True):
    """All rules that apply to a project. Every rule comes with the name of its library."""

    libraries: tuple[str, ...] = ()
    imports: list[str] = []
    """The top-level modules of these libraries."""
    described: list[str] = []
    """Those of them of whose calls something is said."""
    harmless: dict[str, str] = {}
    namespaces: list[str] = []
    types: dict[str, str] = {}
    namesakes: list[str] = []
    schedules: list[str] = []
    entry_points: list[tuple[str, EntryPoint]] = []
    routers: list[tuple[str, Router]] = []
    mounts: list[tuple[str, Mount]] = []
    dispatches: list[tuple[str, Dispatch]] = []
    subscriptions: list[tuple[str, Subscription]] = []
    receives: list[tuple[str, Receive]] = []
    bindings: list[tuple[str, Binding]] = []
    dead_letters: list[tuple[str, DeadLetter]] = []
    lookups: list[tuple[str, Lookup]] = []
    canvases: list[tuple[str, Canvas]] = []
    emits: list[tuple[str, Emit]] = []
    silences: list[tuple[str, Silence]] = []
    callbacks: list[tuple[str, Callback]] = []
    hooks: list[tuple[str, Hook]] = []
    effects: list[tuple[str, Effect]] = []
    state_changes: list[tuple[str, StateChange]] = []
    waits: list[tuple[str, Wait]] = []
    exits: list[tuple[str, Exit]] = []
    covers: list[tuple[str, Cover]] = []
    tables: list[tuple[str, Table]] = []
    gathers: list[str] = []
    starts: list[str] = []
    keeps: list[str] = []
    plumbing: list[str] = []
    plugins: list[str] = []
    hosts: dict[str, str] = {}


def read_libraries(user_paths: Iterable[Path] = (), folders: Sequence[Path] | None = None) -> list[Library]:
    """Every library that is described, in the order of their names.

    A user's file comes after the bundled ones; one that has the name of a bundled library replaces it.
    The parsed form of the bundled ones is kept in the first of the folders that can be written
    (`compiled_folder` when left out).
    """
    bundled = _bundled((compiled_folder(),) if folders is None else folders)
    users = [parse_library(path.as_posix(), _read(path)) for path in _user_files(user_paths)]
    by_name = {library.library: library for library in [*bundled, *users]}
    return [by_name[name] for name in sorted(by_name)]


def narrowed(libraries: Iterable[Library], imported: Iterable[str] | None = None) -> Catalog:
    """The catalog of those libraries that these top-level modules belong to (None: of all)."""
    by_name = {library.library: library for library in libraries}
    chosen = _chosen(by_name, None if imported is None else set(imported))
    return _merged([by_name[name] for name in sorted(chosen)])


def described_types(libraries: Iterable[Library]) -> dict[str, str]:
    """Stub text by module name; several libraries may describe parts of one module."""
    types: dict[str, str] = {}
    for library in libraries:
        for module, text in library.types.items():
            types[module] = f"{types[module]}\n{text}" if module in types else text
    return types


def _chosen(by_name: dict[str, Library], imported: set[str] | None) -> set[str]:
    if imported is None:
        return set(by_name)
    chosen: set[str] = set()
    pending = [
        name
        for name, library in by_name.items()
        if _EVERY in library.imports or not imported.isdisjoint(library.imports)
    ]
    while pending:
        name = pending.pop()
        if name not in chosen and name in by_name:
            chosen.add(name)
            pending.extend(by_name[name].needs)
    return chosen


def _merged(libraries: list[Library]) -> Catalog:
    catalog = Catalog(libraries=tuple(library.library for library in libraries), types=described_types(libraries))
    for library in libraries:
        name = library.library
        catalog.namesakes += library.namesakes
        catalog.schedules += library.schedules
        catalog.entry_points += [(name, rule) for rule in library.entry_points]
        catalog.routers += [(name, rule) for rule in library.routers]
        catalog.mounts += [(name, rule) for rule in library.mounts]
        catalog.dispatches += [(name, rule) for rule in library.dispatches]
        catalog.subscriptions += [(name, rule) for rule in library.subscriptions]
        catalog.receives += [(name, rule) for rule in library.receives]
        catalog.bindings += [(name, rule) for rule in library.bindings]
        catalog.dead_letters += [(name, rule) for rule in library.dead_letters]
        catalog.canvases += [(name, library.canvas)] if library.canvas is not None else []
        catalog.lookups += [(name, rule) for rule in library.lookups]
        catalog.emits += [(name, rule) for rule in library.emits]
        catalog.silences += [(name, rule) for rule in library.silences]
        catalog.callbacks += [(name, rule) for rule in library.callbacks]
        catalog.hooks += [(name, rule) for rule in library.hooks]
        catalog.effects += [(name, rule) for rule in library.effects]
        catalog.state_changes += [(name, rule) for rule in library.state_changes]
        catalog.waits += [(name, rule) for rule in library.waits]
        catalog.exits += [(name, rule) for rule in library.exits]
        catalog.tables += [(name, rule) for rule in library.tables]
        catalog.covers += [(name, rule) for rule in library.covers]
        catalog.gathers += library.gathers
        catalog.starts += library.starts
        catalog.keeps += library.keeps
        catalog.plumbing += library.plumbing
        catalog.imports += library.imports
        catalog.described += library.imports if library.describes_calls else []
        catalog.harmless.update(library.harmless)
        catalog.namespaces += library.namespaces
        catalog.hosts.update(library.hosts)
        catalog.plugins += [plugin for plugin in library.plugins if plugin not in catalog.plugins]
    return catalog


def _bundled(folders: Sequence[Path]) -> list[Library]:
    digest = hashlib.blake2b(_FORMAT, digest_size=16)
    with os.scandir(LIBRARIES) as entries:
        files = sorted((entry.name, entry.stat()) for entry in entries if entry.name.endswith(".yaml"))
    for file, status in files:
        # Size and time, as the other files of this program are known by: reading all takes longer than decoding.
        digest.update(f"{file}\0{status.st_size}\0{status.st_mtime_ns}\0".encode())
    name = f"catalogs-{digest.hexdigest()}.msgpack"
    found = kept(folders, name, list[Library])
    if found is not None:
        return found
    libraries = [parse_library(file, (LIBRARIES / file).read_text("utf-8")) for file, _ in files]
    data = msgspec.msgpack.encode(libraries)
    any(store(folder / name, data) for folder in folders)
    return libraries


def _user_files(paths: Iterable[Path]) -> list[Path]:
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            files += sorted([*path.glob("*.yaml"), *path.glob("*.yml")])
        else:
            files.append(path)
    return files


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > _LIMIT:
            raise ConfigError(path.as_posix(), 0, f"a catalog file larger than {_LIMIT:,} bytes is not read")
        return path.read_text("utf-8")
    except OSError as error:
        raise ConfigError(path.as_posix(), 0, f"can't be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(path.as_posix(), 0, "is not UTF-8") from error
