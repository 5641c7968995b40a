"""The deployables of a repository: folders that have their own entry, image or distribution."""

from __future__ import annotations

from collections.abc import Iterable

from discover.config import Config
from discover.sources.packaging import Packaging
from discover.sources.project import home_of
from discover.sources.records import DeclaredTrigger, Service
from discover.sources.roots import Packages


def find_services(
    name: str,
    paths: Iterable[str],
    others: Iterable[str],
    packagings: Iterable[Packaging],
    triggers: Iterable[DeclaredTrigger],
    config: Config,
) -> tuple[Service, ...]:
    """The services, in order of their folders; the root itself when nothing else is found."""
    if config.services:
        return tuple(Service(name=s.name, root=s.root, evidence="configuration") for s in config.services)
    files = list(paths)
    index = Packages(files)
    evidence: dict[str, list[str]] = {}
    names: dict[str, str] = {}
    for packaging in packagings:
        _note(evidence, packaging.folder, packaging.file)
        if packaging.name:
            names.setdefault(packaging.folder, packaging.name)
    for path in files:
        if path.rpartition("/")[2] == "manage.py":
            _note(evidence, path.rpartition("/")[0], path)
    for path in others:
        last = path.rpartition("/")[2].lower()
        if last.startswith(("dockerfile", "procfile", "serverless.y")):
            folder = home_of(path) if last.startswith("dockerfile") else path.rpartition("/")[0]
            _note(evidence, folder, path)
    _merge(evidence, names, files)
    starts = _starts(triggers, evidence)
    found = [
        Service(
            name=names.get(folder) or folder.rpartition("/")[2] or name,
            root=folder,
            evidence=sources[0],
            entry_points=tuple(starts.get(folder, ())),
        )
        for folder, sources in sorted(evidence.items())
        if index.has_python_below(folder)
    ]
    return tuple(found) or (Service(name=name, root="", evidence="the scanned root"),)


def _merge(evidence: dict[str, list[str]], names: dict[str, str], files: list[str]) -> None:
    """A folder and a single service in it that holds its code are one; a folder of services alone is none."""
    for folder in sorted(evidence, key=len, reverse=True):
        start = folder + "/" if folder else ""
        nested = [other for other in evidence if other != folder and other.startswith(start)]
        below = [path for path in files if path.startswith(start) and not path.endswith("setup.py")]
        inside = [path for path in below if any(path.startswith(other + "/") for other in nested)]
        if len(nested) == 1 and len(inside) >= 0.8 * len(below):
            evidence[folder] += evidence.pop(nested[0])
            if nested[0] in names:
                names.setdefault(folder, names[nested[0]])
        elif nested and len(inside) == len(below):
            del evidence[folder]


def _note(evidence: dict[str, list[str]], folder: str, source: str) -> None:
    evidence.setdefault(folder, []).append(source)


def _starts(triggers: Iterable[DeclaredTrigger], folders: Iterable[str]) -> dict[str, list[str]]:
    """The commands that start a process, by the folder of the service whose file they run."""
    found: dict[str, list[str]] = {}
    ordered = sorted(folders, key=len, reverse=True)
    for trigger in triggers:
        if trigger.starts and trigger.kind in ("process", "command"):
            place = trigger.starts.path or trigger.file
            folder = next((f for f in ordered if not f or place.startswith(f + "/")), None)
            if folder is not None and trigger.starts.text not in found.setdefault(folder, []):
                found[folder].append(trigger.starts.text)
    return found
