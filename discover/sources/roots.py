"""Import roots: the folders that absolute imports start from, and the module names they give to files.

The tree's shape and the project's metadata yield candidates. Which of them are real is decided by the imports
themselves, when the facts are read: a candidate that nobody declared and that explains no import is dropped. Folders
that code puts on the import path join the candidates then.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress

from discover.sources.records import ImportRoot

_SUFFIX = ".py"
_STANDARD = frozenset(sys.stdlib_module_names)


def candidate_roots(paths: Iterable[str], declared: Iterable[tuple[str, str]]) -> tuple[ImportRoot, ...]:
    """The roots that the tree offers, declared ones first; `declared` are pairs of folder and evidence."""
    index = Packages(paths)
    roots: dict[str, ImportRoot] = {}
    for folder, evidence in declared:
        if index.has_python_below(folder) and folder not in roots:
            roots[folder] = ImportRoot(path=folder, evidence=evidence, declared=True)
    for folder in index.source_folders():
        roots.setdefault(folder, ImportRoot(path=folder, evidence="a folder named src", declared=True))
    roots.setdefault("", ImportRoot(path="", evidence="the scanned root"))
    for folder in index.bases():
        roots.setdefault(folder, ImportRoot(path=folder, evidence="holds modules and is no package"))
    return tuple(roots.values())


class Packages:
    """The Python files of a tree as folders and modules."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._paths = frozenset(paths)
        self._folders = _folders(self._paths)

    def has_python_below(self, folder: str) -> bool:
        """Whether there is a Python file in this folder or below it."""
        return folder in self._folders

    def source_folders(self) -> list[str]:
        """Folders named `src` that are no packages."""
        return sorted(
            folder
            for folder in self._folders
            if folder.rpartition("/")[2] == "src" and f"{folder}/__init__.py" not in self._paths
        )

    def bases(self) -> list[str]:
        """For each Python file, the nearest folder above it that is no package."""
        found: set[str] = set()
        for path in self._paths:
            folder = path.rpartition("/")[0]
            while folder and f"{folder}/__init__.py" in self._paths:
                folder = folder.rpartition("/")[0]
            found.add(folder)
        return sorted(found)

    def offering(self, roots: Iterable[ImportRoot]) -> dict[str, list[ImportRoot]]:
        """Each top-level name with the roots that hold a module or folder of that name."""
        by_path = {root.path: root for root in roots}
        found: dict[str, list[ImportRoot]] = {}
        for place in sorted({*self._folders, *(path[:-3] for path in self._paths if path.endswith(".py"))} - {""}):
            above, _, name = place.rpartition("/")
            if above in by_path:
                found.setdefault(name, []).append(by_path[above])
        order = {path: number for number, path in enumerate(by_path)}
        for holders in found.values():
            holders.sort(key=lambda root: order[root.path])
        return found

    def offers(self, root: str, module: str) -> int:
        """How many parts of the dotted name can be followed below the root."""
        place = root
        parts = module.split(".")
        for depth, part in enumerate(parts):
            place = f"{place}/{part}" if place else part
            if f"{place}.py" in self._paths:
                return depth + 1
            if place not in self._folders:
                return depth
        return len(parts)


def _folders(paths: frozenset[str]) -> frozenset[str]:
    found: set[str] = {""}
    for path in paths:
        folder = path.rpartition("/")[0]
        while folder not in found:
            found.add(folder)
            folder = folder.rpartition("/")[0]
    return frozenset(found)


def score_roots(
    roots: Iterable[ImportRoot],
    imports: Mapping[str, Iterable[str]],
    paths: Iterable[str],
    libraries: Collection[str] = (),
) -> dict[str, int]:
    """For each root, how many of the absolute imports it explains better than any other.

    `imports` holds, for each file, the dotted names of the modules it imports absolutely (top-level names will do).
    Names of the standard library, and of `libraries` below a root that nobody declared, explain nothing: a module of
    that name may exist by chance.
    """
    index = Packages(paths)
    candidates = tuple(roots)
    offering = index.offering(candidates)
    scores = {root.path: 0 for root in candidates}
    known: dict[tuple[str, str], str | None] = {}
    for path in sorted(imports):
        folder = path.rpartition("/")[0]
        for module in imports[path]:
            top = module.partition(".")[0]
            if top in _STANDARD or top not in offering:
                continue
            if (folder, module) not in known:
                held = offering[top] if top not in libraries else _certain(offering[top])
                known[folder, module] = _best(held, index, path, module)
            best = known[folder, module]
            if best is not None:
                scores[best] += 1
    return scores


def _certain(roots: list[ImportRoot]) -> list[ImportRoot]:
    return [root for root in roots if root.declared or not root.path]


def _best(candidates: list[ImportRoot], index: Packages, path: str, module: str) -> str | None:
    """The root that explains this import: it follows the name furthest, then it is the nearest above the file."""
    whole = module.count(".") + 1
    above = set(_folders_above(path))
    best, best_rank = None, (0, False, False, 0)
    for is_above in (True, False):
        for root in candidates:
            if (root.path in above) is is_above:
                depth = index.offers(root.path, module)
                rank = (depth, is_above, root.declared, len(root.path) if is_above else 0)
                if depth and rank > best_rank:
                    best, best_rank = root.path, rank
        if best_rank[0] == whole:
            break
    return best


def _folders_above(path: str) -> list[str]:
    """The folders that hold a file, the nearest first, the scanned root last."""
    found: list[str] = []
    folder = path.rpartition("/")[0]
    while folder:
        found.append(folder)
        folder = folder.rpartition("/")[0]
    return [*found, ""]


def added_roots(paths: Iterable[str], additions: Mapping[str, Iterable[str]]) -> tuple[ImportRoot, ...]:
    """Folders that code puts on the import path: `additions` holds, for each file, the ends of their paths.

    Each folder of such an end is a candidate, packages too.
    """
    ends: dict[str, str] = {}
    for path in sorted(additions):
        for end in additions[path]:
            ends.setdefault(end, path)
    if not ends:
        return ()
    folders = sorted(_folders(frozenset(paths)) - {""})
    return tuple(
        ImportRoot(path=folder, evidence=path)
        for end, path in ends.items()
        for folder in folders
        if folder == end or folder.endswith("/" + end)
    )


def named_roots(
    roots: Iterable[ImportRoot], imports: Mapping[str, Iterable[str]], paths: Iterable[str]
) -> tuple[ImportRoot, ...]:
    """Folders above a folder that its own files import by its name, where no other root explains that.

    `image/agent/server.py` has `from agent.contract import Order`: a package without `__init__.py`, run elsewhere.
    """
    index, known = Packages(paths), tuple(roots)
    found: dict[str, ImportRoot] = {}
    explained: dict[str, bool] = {}
    for path in sorted(imports):
        parts = path.split("/")[:-1]
        for module in imports[path]:
            top, dot, _ = module.partition(".")
            if not dot or top not in parts or top in _STANDARD:
                continue
            whole = module.count(".") + 1
            if module not in explained:
                explained[module] = any(index.offers(root.path, module) == whole for root in known)
            if explained[module]:
                continue
            folder = "/".join(parts[: len(parts) - 1 - parts[::-1].index(top)])
            if index.offers(folder, module) == whole:
                found.setdefault(folder, ImportRoot(path=folder, evidence=f"{path} imports its own folder's {top}"))
    return tuple(found.values())


def choose_roots(
    roots: Iterable[ImportRoot],
    imports: Mapping[str, Iterable[str]],
    paths: Iterable[str],
    added: Iterable[ImportRoot] = (),
    libraries: Collection[str] = (),
) -> tuple[ImportRoot, ...]:
    """The roots that are declared or explain an import, the one that explains most first.

    The scanned root stays as the last resort, so that every module has a name. Of the folders that code puts on the
    import path (`added`) those count as declared that explain more than each root above them. A package that only
    a `manage.py` in it declares is none when all imports go by a root above it. `libraries` are the top-level names of
    libraries that are known.
    """
    paths = tuple(paths)
    known = tuple(roots)
    taken = {root.path for root in known}
    new = {root.path: root for root in added if root.path not in taken}
    candidates = (*known, *new.values())
    candidates += tuple(root for root in named_roots(candidates, imports, paths) if root.path not in new)
    scores = score_roots(candidates, imports, paths, libraries)
    files = frozenset(paths)
    kept = [
        ImportRoot(path=root.path, evidence=root.evidence, declared=_leads(root.path, scores))
        if root.path in new
        else root
        for root in candidates
        if scores[root.path] or not root.path or (root.declared and not _is_passed_over(root, scores, files))
    ]
    return tuple(sorted(kept, key=lambda root: (-scores[root.path], not root.declared, root.path)))


def _is_passed_over(root: ImportRoot, scores: Mapping[str, int], files: frozenset[str]) -> bool:
    return (
        root.evidence.rpartition("/")[2] == "manage.py"
        and f"{root.path}/__init__.py" in files
        and any(scores.get(above) for above in _folders_above(root.path))
    )


def _leads(folder: str, scores: Mapping[str, int]) -> bool:
    return all(scores[folder] > scores.get(above, 0) for above in _folders_above(folder))


def package_of(folder: str, imports: Mapping[str, Iterable[str]], paths: Iterable[str]) -> str:
    """The package that the scanned folder itself is: its name, where its files import one another by that.

    Whoever scans `shop/shop` finds `from shop.models import Order` in it, and no folder `shop`.
    """
    index = Packages(paths)
    if not folder.isidentifier() or folder in _STANDARD or index.offers("", folder):
        return ""
    modules = [module for found in imports.values() for module in found if module.partition(".")[0] not in _STANDARD]
    inner = [module.removeprefix(f"{folder}.") for module in modules if module.startswith(f"{folder}.")]
    by_name = sum(index.offers("", module) > 0 for module in inner)
    return folder if by_name > sum(index.offers("", module) > 0 for module in modules) else ""


def module_names(
    paths: Iterable[str], roots: Iterable[ImportRoot], links: Mapping[str, str] | None = None, package: str = ""
) -> dict[str, tuple[str, ...]]:
    """The dotted names under which each file can be imported, the likeliest first.

    That is the one from the nearest declared root above the file, or the scanned root; a folder that nobody declared
    comes after these. Through a symbolic link a file has the link's name too. A file whose path is no dotted name (a
    script in `my-tools/`) has none. Where the scanned folder is a `package` itself, its files are modules of that.
    """
    by_path = {root.path: root for root in roots}
    names: dict[str, tuple[str, ...]] = {}
    aliases = sorted((links or {}).items())
    for path in paths:
        found = dict.fromkeys(_names(path, by_path, package))
        for link, target in aliases:
            if path == target or path.startswith(target + "/"):
                found.update(dict.fromkeys(_names(link + path[len(target) :], by_path, package)))
        names[path] = tuple(found)
    return names


def _names(path: str, roots: dict[str, ImportRoot], package: str) -> list[str]:
    if not path.endswith(".py"):
        return []
    above = [roots[folder] for folder in _folders_above(path) if folder in roots]
    found: list[str] = []
    for root in sorted(above, key=lambda root: not root.declared and bool(root.path)):
        parts = path[len(root.path) + 1 if root.path else 0 : -3].split("/")
        if parts[-1] == "__init__":
            parts.pop()
        if all(part.isidentifier() for part in parts):
            found += [".".join([package, *parts])] if package and not root.path else []
            found += [".".join(parts)] if parts else []
    return found


class ModuleMap:
    """Finds the file of a dotted name, as seen from the file that imports it.

    Several services of one repository may have modules of the same name; the nearest root above the importing file
    decides, then the order of the roots.
    """

    def __init__(self, names: Mapping[str, tuple[str, ...]]) -> None:
        self._names = names
        self._files: dict[str, list[str]] = {}
        for path in sorted(names):
            for name in names[path]:
                self._files.setdefault(name, []).append(path)

    def name_of(self, path: str) -> str:
        """The likeliest dotted name of a file; empty when it has none."""
        return next(iter(self._names.get(path, ())), "")

    def locate(self, module: str, importer: str = "") -> str | None:
        """The path of the module's file, None when it is not in the tree."""
        found = self._files.get(module)
        if not found:
            return None
        return found[0] if len(found) == 1 else max(found, key=lambda path: (_common(path, importer), -len(path)))


def _common(path: str, importer: str) -> int:
    """How many leading folders two paths share."""
    count = 0
    for left, right in zip(path.split("/")[:-1], importer.split("/")[:-1], strict=False):
        if left != right:
            break
        count += 1
    return count


def names_at(root: str, folders: Iterable[str]) -> frozenset[str]:
    """The names that imports find in these folders, whether or not the files are read: `tests`, say."""
    found: set[str] = set()
    for folder in folders:
        for name in _listed(f"{root}/{folder}"):
            if name.endswith(_SUFFIX):
                found.add(name.removesuffix(_SUFFIX))
            elif any(inner.endswith(_SUFFIX) for inner in _listed(f"{root}/{folder}/{name}")):
                found.add(name)
    return frozenset(found)


def _listed(folder: str) -> list[str]:
    """The Python files of a folder and the folders in it; none where it can't be read, and no links."""
    with suppress(OSError), os.scandir(folder) as entries:
        return [
            entry.name
            for entry in entries
            if entry.is_dir(follow_symlinks=False) or (entry.name.endswith(_SUFFIX) and not entry.is_symlink())
        ]
    return []
