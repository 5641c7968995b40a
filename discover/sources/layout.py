"""What a walked tree says about itself: import roots, services, and triggers outside Python code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from discover.config import Config
from discover.sources.packaging import Packaging, join_folder, packagings
from discover.sources.project import Project, home_of
from discover.sources.reader import Reader
from discover.sources.records import Layout, Walk
from discover.sources.roots import ModuleMap, candidate_roots, module_names
from discover.sources.services import find_services
from discover.sources.triggers.dockerfile import read_image
from discover.sources.triggers.registry import read_triggers

_PYTHONPATH = re.compile(r"\bPYTHONPATH\s*[:=]\s*[\"']?(?P<value>[^\s\"';&]+)")
_CODE = re.compile(r"\bCodeUri[\"']?\s*:\s*[\"']?(?P<folder>[\w./-]+)")
_INI_PATH = re.compile(
    r"(?m)^[ \t]*(?:python_paths|pythonpath|prepend_sys_path|--pythonpath)[ \t]*=[ \t]*(?P<value>.+)$"
)


def lay_out(walk: Walk, config: Config) -> Layout:
    """Read what the layout rests on and put it together."""
    reader = Reader(walk)
    paths = [file.path for file in walk.files]
    others = [file.path for file in walk.others]
    metadata = packagings(reader)
    roots = candidate_roots(paths, _declared(reader, paths, others, metadata, config))
    if config.roots:
        roots = tuple(root for root in roots if root.evidence == "configuration")
    project = Project(reader, ModuleMap(module_names(paths, roots, walk.links)), metadata)
    triggers, skipped = read_triggers(project, metadata, others)
    name = PurePosixPath(walk.root).name or "root"
    services = find_services(name, paths, others, metadata, triggers, config)
    return Layout(
        import_roots=roots,
        services=services,
        triggers=triggers,
        distributions=_distributions(metadata, name),
        plugins=tuple(plugin for packaging in metadata for plugin in packaging.plugins),
        skipped=skipped,
    )


def _distributions(metadata: list[Packaging], root: str) -> tuple[str, ...]:
    """The names of what the tree builds; the root's own name where a `setup.py` computes it."""
    at_root = [packaging for packaging in metadata if not packaging.folder]
    named = [packaging.name or root for packaging in at_root or metadata if packaging.name or _is_setup(packaging)]
    return tuple(dict.fromkeys(named))


def _is_setup(packaging: Packaging) -> bool:
    return not packaging.folder and packaging.file == "setup.py"


def _declared(
    reader: Reader, paths: list[str], others: list[str], metadata: list[Packaging], config: Config
) -> Iterator[tuple[str, str]]:
    """Folders that the project's own files name as import roots, the surest first."""
    for folder in config.roots:
        yield folder, "configuration"
    for path in paths:
        if path.rpartition("/")[2] == "manage.py":
            yield path.rpartition("/")[0], path
    for packaging in metadata:
        for folder in packaging.where or (packaging.folder,):
            yield folder, packaging.file
    for path in others:
        for folder in (*_python_path(reader, path), *_bundles(reader, path)):
            yield folder, path


def _bundles(reader: Reader, path: str) -> Iterator[str]:
    """Folders that a serverless platform bundles: the functions' imports start there."""
    name = path.rpartition("/")[2].lower()
    folder = path.rpartition("/")[0]
    if name.startswith("serverless.") and "functions" in reader.text(path):
        yield folder
    elif name.endswith(("template.yaml", "template.yml", "template.json")):
        for match in _CODE.finditer(reader.text(path)):
            place = join_folder(folder, match["folder"])
            if place is not None:
                yield place


def _python_path(reader: Reader, path: str) -> Iterator[str]:
    """Folders that a container, an environment file or a test configuration puts on the import path."""
    name = path.rpartition("/")[2].lower()
    folder = path.rpartition("/")[0]
    text = reader.text(path) if _may_set_path(name) else ""
    values: list[str] = []
    if "dockerfile" in name:
        folder = home_of(path)
        given = [
            value
            for name, _, value in (one.partition("=") for one in read_image(text).environment)
            if name == "PYTHONPATH"
        ]
        values += [part for value in given for part in value.split(":")]
    elif "PYTHONPATH" in text:
        values += [value for match in _PYTHONPATH.finditer(text) for value in match["value"].split(":")]
    elif name.endswith((".ini", ".cfg")):
        values += [value for match in _INI_PATH.finditer(text) for value in re.split(r"[\s:;]+", match["value"])]
    for value in values:
        place = _place(value.strip("\"'"), folder)
        if place is not None:
            yield place


def _may_set_path(name: str) -> bool:
    return (
        "dockerfile" in name
        or "compose" in name
        or name in (".env", "pytest.ini", "setup.cfg", "tox.ini", "alembic.ini")
    )


def _place(value: str, folder: str) -> str | None:
    """A folder of an import path; of a container's absolute path the part after its first folder is tried."""
    if not value or "$" in value:
        return None
    if value.startswith("/"):
        parts = value.strip("/").split("/")
        return join_folder(folder, "/".join(parts[1:])) if len(parts) > 1 else None
    return join_folder(folder, value)
