"""From the command line's words to a graph: a scanned folder, or a document that an earlier scan wrote."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from discover.cli.options import Reading
from discover.errors import InputError
from discover.model import Graph
from discover.terminal.safe import clean


def load_graph(repo: Path, reading: Reading) -> Graph:
    """Scans the folder or file, or reads the JSON document of an earlier scan."""
    if repo.suffix == ".json" and repo.is_file():
        return read_document(repo)
    return _scan(repo, reading)


def read_document(file: Path) -> Graph:
    """The graph in a document that `scan --format json` wrote."""
    import msgspec

    from discover.model.serialize import from_json

    try:
        return from_json(file.read_bytes())
    except msgspec.DecodeError as error:
        raise InputError(f"{file}: not a document that `undercurrent scan --format json` wrote: {error}") from None
    except OSError as error:
        raise InputError(f"{file}: {error.strerror}") from None


def existing_source(repo: Path) -> Path:
    """The same path, or where it leads for a Python file; raises InputError where there is nothing to read."""
    if repo.is_dir():
        return repo
    if repo.is_file() and repo.suffix == ".py":
        return repo.resolve()
    if os.path.lexists(repo):
        raise InputError(
            f"{repo}: is neither a folder nor a Python file; name the folder that holds the backend, a .py file, "
            "or a .json document of a scan"
        )
    kind = "file" if repo.suffix == ".py" else "folder"
    raise InputError(f"{repo}: no such {kind}; name the folder that holds the backend")


def cache_folder(reading: Reading) -> Path | None:
    """Where the cache lives; None when there is to be none."""
    if not reading["cache"]:
        return None
    if reading["cache_dir"] is not None:
        return reading["cache_dir"]
    base = Path(os.environ.get("XDG_CACHE_HOME", ""))
    # A relative path is invalid by the XDG specification and would put the cache into the scanned folder.
    if base.is_absolute():
        return base / "undercurrent"
    try:
        return Path.home() / ".cache" / "undercurrent"
    except RuntimeError:
        return None


def _scan(repo: Path, reading: Reading) -> Graph:
    from discover.cli.progress import watch
    from discover.config import load_config

    source = existing_source(repo)
    config = load_config(source, reading["config"])
    from discover.pipeline import scan

    with watch(timings=reading["timings"]) as progress:
        graph = scan(source, config, workers=reading["workers"], cache=cache_folder(reading), progress=progress)
    for correction in graph.corrections:
        if not correction.matched:
            why = f" ({correction.missing})" if correction.missing else ""
            text = f"{correction.file}:{correction.line}: {correction.text}: matches nothing{why}: mend or remove it"
            print(f"undercurrent: {clean(text)}", file=sys.stderr)
    return graph
