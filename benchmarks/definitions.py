"""Export the workflows of real backends that rank highest to every form, and look what comes out.

python -m benchmarks.definitions                       fetch all, scan, export the first ten of each, print the tables
python -m benchmarks.definitions --only redash --first 3
python -m benchmarks.definitions --write               fill the tables of docs/conformance.md; with --only, those rows
python -m benchmarks.definitions --cache /tmp/cache    scan again only what changed

For each backend: how many steps are cut, how many are whole and why; for each form: whether it was written, whether the
validators that can be had accept it, whether its Python compiles, can be imported without the backend's requirements,
and whether pyright (basic) finds an error in it.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

import exporters
from benchmarks.backends import Backend, add_options, checkout, named
from benchmarks.tables import markdown, put, rows_kept
from discover import load_config, scan
from discover.model import Graph
from exporters.base import Artifact, ExportResult
from exporters.canonical.records import Definition
from exporters.cutting import tally
from exporters.cutting.export import definitions

PAGE = Path(__file__).parents[1] / "docs" / "conformance.md"
BACKENDS = ("redash", "healthchecks", "saleor", "netbox", "pretix")
_FAMILIES = (
    ("methods one by one", "the framework calls several methods of a class"),
    ("anew each time", "a function makes it"),
    ("inside of another class", "its class stands in another class"),
    ("can't leave the process", "a value can't leave the process"),
    ("leaves", "it leaves a loop, a `try` or a `with` from inside"),
    ("returns from inside", "it leaves a loop, a `try` or a `with` from inside"),
    ("session", "it shares a session or a transaction"),
    ("transaction", "it shares a session or a transaction"),
    ("any number of arguments", "it takes any number of arguments"),
    ("open around it", "a `with` is around it"),
    ("loop", "a loop that no steps can say"),
    ("the try", "a `try` that no steps can say"),
    ("the handler", "a `try` that no steps can say"),
    ("is a method", "it is a method"),
    ("wraps all", "a decorator wraps it"),
    ("above", "a decorator wraps it"),
    ("around it, in its decorators", "a decorator wraps it"),
    ("arguments of its own", "a task's class changes its arguments"),
    ("of its class is told", "a task's class is told how it went"),
    ("be one object", "two names may mean one object, which is changed"),
    ("yields", "it yields"),
    ("in its own lines", "it hands work over in other functions' lines"),
    ("may not be set", "a variable may not be set"),
)
"""Reasons by what they have in common, without the names of the code; the first words that are found count."""
_NAMED = re.compile(r"`(?!try`)[^`]*`")


@dataclass
class Form:
    """What came of one form of one backend."""

    files: int = 0
    losses: int = 0
    faults: list[str] = field(default_factory=list[str])


def main() -> None:
    """Scans, exports, checks, prints; with --write also fills the tables of docs/conformance.md."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_options(parser)
    parser.add_argument("--first", type=int, default=10, help="so many workflows of each (default 10)")
    parser.add_argument("--cache", type=Path, metavar="FOLDER", help="keep what is read of the backends there")
    parser.add_argument("--write", action="store_true", help="write the tables of docs/conformance.md")
    options = parser.parse_args()
    steps: list[list[str]] = []
    forms: list[list[str]] = []
    for backend in named(options.only or BACKENDS):
        made, graph, root = _definitions(backend, options.backends, options.first, options.cache)
        steps.append(_steps_row(backend, made))
        row = [backend.name]
        for name in exporters.FROM_DEFINITIONS:
            form = _checked(name, made)
            row.append("ok" if not form.faults else f"{len(form.faults)} faults")
            for fault in form.faults[:10]:
                print(f"{backend.name} {name}: {fault}")
        del graph, root
        forms.append(row)
        print(" | ".join(steps[-1]), "\n", " | ".join(row), flush=True)
    for name, heads, rows in (
        ("cut", ["backend", "runs", "steps cut", "steps whole", "why whole"], steps),
        ("forms", ["backend", *exporters.FROM_DEFINITIONS], forms),
    ):
        print(f"\n{markdown(heads, rows)}")
        if options.write:
            put(PAGE, name, markdown(heads, rows_kept(PAGE, name, heads, rows)))


def _definitions(
    backend: Backend, folder: Path, first: int, cache: Path | None
) -> tuple[list[Definition], Graph, Path]:
    root = checkout(backend, folder)
    graph = scan(root, load_config(root), cache=cache)
    graph = msgspec.structs.replace(graph, workflows=graph.workflows[:first])

    def sources(path: str) -> str | None:
        file = root / path
        try:
            return file.read_text(encoding="utf-8") if file.is_file() else None
        except UnicodeDecodeError:
            return None

    return definitions(graph, sources)[0], graph, root


def _steps_row(backend: Backend, made: Sequence[Definition]) -> list[str]:
    tallies = [tally(definition) for definition in made]
    whole: Counter[str] = Counter()
    for each in tallies:
        for reason, count in each.whole.items():
            whole[_family(reason)] += count
    why = "; ".join(f"{count} {reason}" for reason, count in whole.most_common(6))
    runs = sum(len(definition.runs) for definition in made)
    return [backend.name, str(runs), str(sum(t.cut for t in tallies)), str(whole.total()), why]


def _family(reason: str) -> str:
    told = _NAMED.sub("", reason).replace("`", "")
    return next((family for words, family in _FAMILIES if words in told), reason)


def _checked(name: str, made: Sequence[Definition]) -> Form:
    try:
        result = exporters.load_writer(name).write(made)
    except Exception as error:  # noqa: BLE001 - a form that can't be written is what this looks for
        return Form(faults=[f"not written: {type(error).__name__}: {error}"])
    form = Form(len(result.artifacts), len(result.losses))
    form.faults += _compile(result.artifacts)
    with tempfile.TemporaryDirectory() as folder:
        _put(result, Path(folder))
        if any(artifact.path.endswith(".py") for artifact in result.artifacts):
            form.faults += _import(result.artifacts, Path(folder))
            form.faults += _types(Path(folder))
    return form


def _put(result: ExportResult, folder: Path) -> None:
    for artifact in result.artifacts:
        file = folder / artifact.path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(artifact.text, encoding="utf-8")


def _compile(artifacts: Sequence[Artifact]) -> list[str]:
    faults: list[str] = []
    for artifact in artifacts:
        if artifact.path.endswith(".py"):
            try:
                compile(artifact.text, artifact.path, "exec")
            except (SyntaxError, ValueError) as error:
                faults.append(f"{artifact.path} does not compile: {error}")
    return faults


def _import(artifacts: Sequence[Artifact], folder: Path) -> list[str]:
    """The modules of the workflows: they import the backend only when a step runs."""
    modules = [
        artifact.path.removesuffix(".py").replace("/", ".")
        for artifact in artifacts
        if artifact.path.endswith(("/pieces.py", "/plan.py", "/flows.py", "/workflows.py"))
        and "/engine/" not in artifact.path
    ]
    program = "import importlib, sys\nfor name in sys.argv[1:]: importlib.import_module(name)"
    ended = subprocess.run(
        [sys.executable, "-c", program, *modules], cwd=folder, capture_output=True, text=True, check=False, timeout=300
    )
    return [] if ended.returncode == 0 else [f"can't be imported: {ended.stderr.strip().splitlines()[-1]}"]


def _types(folder: Path) -> list[str]:
    (folder / "pyrightconfig.json").write_text(json.dumps({"typeCheckingMode": "basic", "reportMissingImports": False}))
    command = [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable, "."]
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=600)
    try:
        told = json.loads(ended.stdout)["generalDiagnostics"]
    except (ValueError, KeyError):
        return [f"pyright: {ended.stderr.strip()[-300:]}"]
    return [
        f"{Path(one['file']).relative_to(folder)}:{one['range']['start']['line'] + 1}: {one['message'].splitlines()[0]}"
        for one in told
        if one["severity"] == "error"
    ]


if __name__ == "__main__":
    main()
