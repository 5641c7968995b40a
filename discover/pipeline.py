"""From a folder to its graph: the order of the passes, and the result that an unchanged tree already has.

Heavy modules are imported by the pass that needs them: a tree that did not change needs none of them.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from discover.config import Config
from discover.facts.cache import FactsCache
from discover.model import Graph, Skipped

if TYPE_CHECKING:
    from discover.catalog.copies import Copy
    from discover.catalog.load import Catalog
    from discover.catalog.spec import Library
    from discover.effects.records import SiteEffect
    from discover.facts.failure import Failure
    from discover.facts.records import ModuleFacts
    from discover.frameworks.records import Findings
    from discover.link.records import Linked
    from discover.resolve.program import Program
    from discover.sources.records import ImportRoot, Walk
    from discover.sources.tree import SourceTree

Progress = Callable[[str, int, int], None]
"""Called with a pass's name, how much of it is done, and of how much (0 when unknown)."""


_RECURSION = 20_000
"""Frames: resolving goes from a function to what it calls, inferring takes several for a level of an expression."""


class Scan:
    """What the passes know so far; each fills in its own part."""

    def __init__(self, root: Path, config: Config, workers: int, cache: FactsCache, progress: Progress) -> None:
        self.root = root
        self.config = config
        self.workers = workers
        self.cache = cache
        self.cache_folder: Path | None = None
        self.progress = progress
        self.walked: Walk | None = None
        self.tree: SourceTree
        self.contents: Sequence[bytes | Failure]
        self.facts: list[ModuleFacts] = []
        self.failures: list[Failure] = []
        self.left_out: list[Skipped] = []
        self.import_roots: list[str] = []
        self.catalog: Catalog
        self.program: Program
        self.found: Findings
        self.effects: list[SiteEffect]
        self.linked: Linked
        self.graph: Graph


def scan(
    root: Path,
    config: Config,
    *,
    workers: int | None = None,
    cache: Path | None = None,
    progress: Progress | None = None,
) -> Graph:
    """Read the backend below a folder, or one Python file of it.

    Args:
        root: the folder, or the file.
        config: the settings, from `load_config`.
        workers: number of processes that read files; the number of cores when left out.
        cache: the folder of the cache; None for no cache.
        progress: what is told how far the scan is.

    Raises:
        InputError: it is missing or holds nothing to read.
        ConfigError: a catalog of the user's is wrong.
    """
    from discover.warm import known_result

    tell = progress or _silent
    with _without_collection(), FactsCache(cache) as store:
        if store.is_open:
            tell("compare", 0, 0)
        known = known_result(root, config, store)
        if known.graph is not None:
            return known.graph
        state = Scan(root, config, workers or os.cpu_count() or 1, store, tell)
        state.cache_folder, state.walked = cache, known.walked
        for name, run in PASSES:
            tell(name, 0, 0)
            run(state)
        tell("store", 0, 0)
        known.store(state.graph)
    return state.graph


def _sources(state: Scan) -> None:
    from discover.sources.tree import read_tree

    state.tree = read_tree(state.root, state.config, walked=state.walked)


def _facts(state: Scan) -> None:
    from discover.facts.failure import Failure
    from discover.facts.pool import extract_all

    files = state.tree.files
    done = 0

    def advance(count: int) -> None:
        nonlocal done
        done += count
        state.progress("facts", done, len(files))

    results = extract_all(
        files, workers=state.workers, cache=state.cache, progress=advance, limit=state.config.max_file_size
    )
    for result in results:
        if isinstance(result, Failure):
            state.failures.append(result)
        else:
            state.facts.append(result)


def _resolve(state: Scan) -> None:
    from discover.catalog.compiled import compiled_folder
    from discover.catalog.copies import aliases
    from discover.catalog.load import described_types, narrowed, read_libraries
    from discover.catalog.stubs import kept_stubs
    from discover.config.catalog_files import catalog_files
    from discover.facts.imports import absolute_imports, top_level_names
    from discover.resolve.program import builtin_stubs, resolve
    from discover.sources.roots import choose_roots, module_names, package_of

    user_catalogs = catalog_files(Path(state.tree.root), state.config.catalogs)
    kept = (compiled_folder(), state.cache_folder) if state.cache_folder is not None else (compiled_folder(),)
    libraries = read_libraries(user_catalogs, kept)
    copies = _leave_copies_out(state, libraries)
    imports = {module.path: absolute_imports(module) for module in state.facts}
    imported = top_level_names(imports.values()) | {copy.library for copy in copies}
    state.catalog = narrowed(libraries, imported)
    paths = [module.path for module in state.facts]
    shipped = read_libraries((), kept) if user_catalogs else libraries
    named = frozenset(name for library in shipped for name in library.imports)
    roots = choose_roots(state.tree.import_roots, imports, paths, _added_roots(state, imports), named)
    state.import_roots = [root.path for root in roots]
    package = "" if state.config.roots else package_of(Path(state.tree.root).name, imports, paths)
    names = module_names(paths, roots, state.tree.links, package)
    types = {**state.catalog.types, **aliases(copies, state.catalog.types)} if copies else state.catalog.types
    plugins = [(plugin.group, plugin.name, plugin.target) for plugin in state.tree.layout.plugins]
    stubs = kept_stubs([*described_types(shipped).values(), *builtin_stubs().values()], kept)
    state.program = resolve(
        state.facts, names, types, namesakes=state.catalog.namesakes, plugins=plugins, stub_facts=stubs.of
    )


def _added_roots(state: Scan, imports: Mapping[str, Sequence[str]]) -> Sequence[ImportRoot]:
    """Folders that the code itself puts on the import path; none where the configuration names the roots."""
    from discover.facts.path_changes import path_additions
    from discover.sources.roots import added_roots

    if state.config.roots:
        return ()
    changing = (module for module in state.facts if "sys" in imports[module.path] or "site" in imports[module.path])
    additions = {module.path: path_additions(module) for module in changing}
    return added_roots([module.path for module in state.facts], additions)


def _leave_copies_out(state: Scan, libraries: Sequence[Library]) -> list[Copy]:
    """Copies of described libraries, their files left out of the facts."""
    from discover.catalog.copies import find_copies
    from discover.catalog.load import described_types
    from discover.config.rules import COPIES, rules

    rule = next(rule for rule in rules(state.config) if rule.name == COPIES)
    if not rule.enabled or rule.patterns:
        return []
    found = find_copies(state.facts, state.tree.modules, described_types(libraries), state.tree.layout.distributions)
    if found:
        state.facts = [module for module in state.facts if not any(copy.holds(module.path) for copy in found)]
        state.left_out = [Skipped(file=copy.place, reason=f"a copy of the library {copy.library}") for copy in found]
    return found


def _frameworks(state: Scan) -> None:
    from discover.frameworks.find import find_frameworks

    state.found = find_frameworks(state.program, state.catalog, state.tree.triggers)


def _effects(state: Scan) -> None:
    from discover.effects.find import find_site_effects

    state.effects = find_site_effects(state.program, state.catalog)


def _link(state: Scan) -> None:
    import msgspec

    from discover.corrections.effects import corrected_effects
    from discover.corrections.entry_points import corrected_entry_points
    from discover.corrections.ledger import Ledger
    from discover.link.library_work import effects_of_works
    from discover.link.program import link
    from discover.link.unknown_libraries import told_of_libraries
    from discover.sources.roots import names_at

    state.effects = [*state.effects, *effects_of_works(state.found.works, state.effects)]
    ledger = Ledger(state.config.corrections, state.config.file)
    if ledger:
        entry_points = corrected_entry_points(state.program, state.found.entry_points, ledger)
        state.found = msgspec.structs.replace(state.found, entry_points=entry_points)
        state.effects = corrected_effects(state.program, state.effects, ledger)
    linked = link(state.program, state.catalog, state.found, state.effects, ledger)
    own = names_at(state.tree.root, state.import_roots)
    state.linked = told_of_libraries(linked, state.program, state.catalog, state.found, state.effects, own)


def _infer(state: Scan) -> None:
    from discover.infer.graph import graph_of

    state.graph = graph_of(
        root=Path(state.tree.root).name,
        import_roots=state.import_roots,
        left_out=state.tree.left_out,
        linked=state.linked,
        limits=state.config.limits,
        skipped=(*state.tree.skipped, *state.left_out),
        failures=[(failure.path, failure.line, failure.reason) for failure in state.failures],
        facts=state.facts,
        sites=(site for function in state.program.all_functions for site in function.sites.values()),
    )


PASSES: tuple[tuple[str, Callable[[Scan], None]], ...] = (
    ("sources", _sources),
    ("facts", _facts),
    ("resolve", _resolve),
    ("frameworks", _frameworks),
    ("effects", _effects),
    ("link", _link),
    ("infer", _infer),
)
"""The passes in their order; each rests on what the ones before it filled in."""


def _silent(*_: object) -> None:
    return


@contextmanager
def _without_collection() -> Generator[None]:
    """Almost all that a scan makes lives to its end: looking for garbage would only cost time.

    Source may nest as deep as the parser takes it, and so do the walks over it.
    """
    was_enabled = gc.isenabled()
    depth = sys.getrecursionlimit()
    gc.disable()
    sys.setrecursionlimit(max(depth, _RECURSION))
    try:
        yield
    finally:
        sys.setrecursionlimit(depth)
        if was_enabled:
            gc.enable()
